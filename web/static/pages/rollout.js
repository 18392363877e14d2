// @ts-check
// How far the appliance, and each connection, is given to people.
import { html, useState } from "../vendor/preact.js";
import { api, apiAll, useLoaded } from "../app/api.js";
import { isService, titleOf } from "../app/people.js";
import { nameOf } from "../app/servers.js";
import { address, useQuery } from "../app/where.js";
import { Button, EmptyState, ErrorNotice, Loaded, Notice, Page, Pill, SearchField, Tile, toast } from "../parts/kit.js";
import { Confirm, Dialog, useUnsaved } from "../parts/dialog.js";
import { Choices } from "../parts/form.js";
import { PersonPicker } from "../parts/picker.js";
import { DataTable } from "../parts/table.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/rollout.js";
import { Programs } from "./settings/clients.js";

const optionsOf = (hints) => Object.entries(words.states).map(([value, label]) => ({ value, label, hint: hints[value] }));
const tones = { on: "good", pilot: "accent", off: "warn", dark: "bad" };
const same = (a, b) => a.state === b.state && String([...a.people].sort()) === String([...b.people].sort()) && String([...a.teams].sort()) === String([...b.teams].sort());

/** The four steps, and at Pilot who is in it. */
function Steps({ label, value, hints, onChange, users, teams }) {
  return html`<${Choices} label=${label} value=${value.state} options=${optionsOf(hints)} onChange=${(state) => onChange({ ...value, state })} />
    ${value.state === "pilot" && html`<${PersonPicker} label=${words.pilot} hint=${words.pilotHint} allowEveryone=${false} users=${users} teams=${teams} value=${{ everyone: false, people: value.people, teams: value.teams }} onChange=${({ people, teams: chosen }) => onChange({ ...value, people, teams: chosen })} />
      ${!value.people.length && !value.teams.length && html`<p class="soft">${words.nobodyInPilot}</p>`}`}`;
}

/** Whom a state lets in, of those that are not admins. */
function letIn(rollout, users) {
  const has = (names, name) => names.some((one) => one.toLowerCase() === name.toLowerCase());
  if (rollout.state === "on") return users;
  return rollout.state === "pilot" ? users.filter((user) => has(rollout.people, user.name) || user.teams.some((team) => has(rollout.teams, team))) : [];
}

function All({ rollout, users, teams, onSaved }) {
  const [draft, setDraft] = useState(rollout);
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const isDirty = !same(draft, rollout);
  const unsaved = useUnsaved(isDirty);
  const others = users.filter((user) => user.state !== "disabled" && user.role !== "admin");
  const kept = new Set(letIn(draft, others));
  const lost = letIn(rollout, others).filter((user) => !kept.has(user));
  const save = async () => {
    const is = await api("PUT", "/v1/rollout", { state: draft.state, people: draft.people, teams: draft.teams });
    onSaved(is);
    setDraft(is);
    setError(null);
    toast(words.saved);
  };
  const begin = () => (lost.length || draft.state === "dark" ? setAsking(true) : save().catch(setError));
  return html`<section class="card stack" aria-labelledby="all"><div><h2 id="all">${words.all}</h2><p class="soft">${words.allLead}</p></div>${error && html`<${ErrorNotice} error=${error} />`}
    <${Steps} label=${words.state} value=${draft} hints=${words.allHints} onChange=${setDraft} users=${users} teams=${teams} />
    <div class="row"><${Button} kind="primary" disabled=${!isDirty} onClick=${begin}>${words.save}</${Button}>${isDirty && html`<${Button} onClick=${() => setDraft(rollout)}>${words.discard}</${Button}>`}</div>
    ${asking && html`<${Confirm} title=${words.confirmTitle[draft.state]} action=${words.confirmAction} danger onConfirm=${save} onClose=${() => setAsking(false)}>${words.confirm(lost.length)}</${Confirm}>`}${unsaved}</section>`;
}

function ChangeOne({ server, users, teams, onSaved, reload, onClose }) {
  const [edits, setEdits] = useState({});
  const [stale, setStale] = useState(false);
  const draft = { ...server.rollout, ...edits };
  const change = (next) => setEdits(Object.fromEntries(Object.entries(next).filter(([key, value]) => String(value) !== String(server.rollout[key]))));
  const submit = async () => {
    try {
      const rollout = await api("PUT", `/v1/servers/${encodeURIComponent(server.slug)}/rollout`, { state: draft.state, people: draft.people, teams: draft.teams }, { headers: { "If-Match": `"${server.revision}"` } });
      await onSaved(server, rollout);
      toast(words.saved);
      onClose();
    } catch (error) {
      if (!error.isStale) throw error;
      await reload(server);
      setStale(true);
    }
  };
  return html`<${Dialog} title=${words.dialog(nameOf(server))} onClose=${onClose} onSubmit=${submit}
    actions=${({ busy }) => html`<${Button} onClick=${onClose}>${words.cancel}</${Button}><${Button} type="submit" kind="primary" busy=${busy} disabled=${same(draft, server.rollout)}>${words.save}</${Button}>`}>
    ${stale && html`<${Notice} kind="warn" live>${words.stale}</${Notice}>`}<${Steps} label=${words.state} value=${draft} hints=${words.hints} onChange=${change} users=${users} teams=${teams} /></${Dialog}>`;
}

function pilots({ state, people, teams }, titles) {
  const names = [...teams.map((name) => titles.get(`t:${name}`) ?? name), ...people.map((name) => titles.get(`u:${name}`) ?? name)];
  if (state !== "pilot" || !names.length) return "";
  return names.length > 4 ? `${names.slice(0, 3).join(", ")} ${words.moreNames(names.length - 3)}` : names.join(", ");
}

const columns = (titles, onChange) => [
  { key: "name", label: words.connection, sort: nameOf, cell: (one) => html`<span class="row tight-row"><${Tile} size="small" name=${nameOf(one)} icon=${one.icon} /><a href=${address(`/connections/${encodeURIComponent(one.slug)}`)}>${nameOf(one)}</a>${!one.enabled && html` <${Pill}>${words.disabled}</${Pill}>`}</span>` },
  { key: "state", label: words.state, sort: (one) => one.rollout.state, cell: (one) => html`<${Pill} tone=${tones[one.rollout.state]}>${words.states[one.rollout.state]}</${Pill}>` },
  { key: "who", label: words.who, cell: (one) => pilots(one.rollout, titles) || "–" },
  { key: "do", label: words.change, hideLabel: true, class: "tight", cell: (one) => html`<${Button} small aria-label=${words.changeOf(nameOf(one))} onClick=${() => onChange(one.slug)}>${words.change}</${Button}>` },
];

/** Who was here at all; which programs they use is counted by the server where it can. */
function Coverage({ users }) {
  const people = users.filter((user) => !isService(user) && user.state !== "disabled");
  const seen = people.filter((user) => user.last_seen_at).length;
  return html`<section class="card stack tight" aria-labelledby="coverage"><h2 id="coverage">${words.coverage}</h2><p>${words.coverageLead(seen, people.length)}</p>
    <progress max=${people.length || 1} value=${seen} aria-labelledby="coverage" /><p class="soft small-text">${words.allSeen}</p></section><${Programs} />`;
}

function Screen({ found, all }) {
  const [query] = useQuery({ q: "" });
  const [changing, setChanging] = useState("");
  const put = (is) => found.set((was) => ({ ...was, servers: was.servers.map((one) => (one.slug === is.slug ? is : one)) }));
  const read = async (server) => put(await api("GET", `/v1/servers/${encodeURIComponent(server.slug)}`));
  const saved = (server, rollout) => {
    put({ ...server, rollout });
    return read(server).catch(() => found.reload()); // its revision has moved on
  };
  const titles = new Map([...all.teams.map((team) => [`t:${team.name}`, team.title || team.name]), ...all.users.map((user) => [`u:${user.name}`, titleOf(user)])]);
  const wanted = query.q.trim().toLowerCase();
  const rows = all.servers.filter((one) => `${one.title ?? ""} ${one.slug}`.toLowerCase().includes(wanted));
  const one = changing && all.servers.find((server) => server.slug === changing);
  const empty = all.servers.length ? html`<${EmptyState} icon="server" title=${words.noMatch} />` : html`<${EmptyState} icon="server" title=${words.none} action=${html`<${Button} href=${address("/connections")}>${words.addFirst}</${Button}>`} />`;
  return html`<div class="person-cards wide-first"><${All} rollout=${all.rollout} users=${all.users} teams=${all.teams} onSaved=${(rollout) => found.set((was) => ({ ...was, rollout }))} /><div class="stack"><${Coverage} users=${all.users} /></div></div>
    <section class="stack tight" aria-labelledby="each"><div class="row between"><div><h2 id="each">${words.connections}</h2><p class="soft">${words.connectionsLead}</p></div>${all.servers.length > 8 && html`<${SearchField} label=${words.search} />`}</div>
      <${DataTable} caption=${words.connections} columns=${columns(titles, setChanging)} rows=${rows} id=${(server) => server.slug} empty=${empty} /></section>
    ${one && html`<${ChangeOne} key=${one.slug} server=${one} users=${all.users} teams=${all.teams} onSaved=${saved} reload=${read} onClose=${() => setChanging("")} />`}`;
}

export default function Rollout() {
  useStyles("css/people.css");
  const found = useLoaded(async (signal) => {
    const [rollout, servers, users, teams] = await Promise.all([api("GET", "/v1/rollout", undefined, { signal }), apiAll("/v1/servers", "servers", { signal }), apiAll("/v1/users", "users", { signal }), apiAll("/v1/teams", "teams", { signal })]);
    return { rollout, servers, users, teams };
  });
  return html`<${Page} title=${words.title} lead=${words.lead} class="person"><${Loaded} of=${found} lines=${6}>${(all) => html`<${Screen} found=${found} all=${all} />`}</${Loaded}></${Page}>`;
}
