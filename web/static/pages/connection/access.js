// @ts-check
// Who may use a connection: people and teams are chosen, what that changes is shown before it is saved, and the rule that lets
// somebody in or keeps them out can be asked for.
import { html, useEffect, useMemo, useState } from "../../vendor/preact.js";
import { address } from "../../app/where.js";
import { api, apiAll, useLoaded } from "../../app/api.js";
import { plural } from "../../app/format.js";
import { nameOf, reachedBy } from "../../app/servers.js";
import { Button, ErrorNotice, Icon, Loaded, Notice, Skeleton, toast } from "../../parts/kit.js";
import { Confirm, useUnsaved } from "../../parts/dialog.js";
import { Combobox, PersonPicker } from "../../parts/picker.js";
import { DataTable } from "../../parts/table.js";
import { words } from "../../i18n/en/connection.js";

const w = words.access;
const plain = ({ everyone, people, teams }) => ({ everyone, people, teams });
const same = (a, b) => a.everyone === b.everyone && String([...a.people].sort()) === String([...b.people].sort()) && String([...a.teams].sort()) === String([...b.teams].sort());
const tokensOf = (access) => new Set([...(access.everyone ? ["*"] : []), ...access.people.map((one) => `u:${one}`), ...access.teams.map((one) => `t:${one}`)]);

/** What the API says a change of access would do; asked when choosing rests. */
function usePlan(server, wanted, isDirty) {
  const key = JSON.stringify(wanted);
  const [plan, setPlan] = useState(/** @type {any} */ (null));
  useEffect(() => {
    setPlan(null);
    if (!isDirty) return undefined;
    const mine = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const found = await api("POST", "/v1/access/plan", { server: server.slug, change: { access: wanted } }, { signal: mine.signal });
        setPlan({ key, found });
      } catch (error) {
        if (!error.isAborted) setPlan({ key, error });
      }
    }, 250);
    return () => { clearTimeout(timer); mine.abort(); };
  }, [key, isDirty, server.revision]);
  return plan?.key === key ? plan : null;
}

/** The people of a plan's list, each with how many tools. */
export function peopleOf(list) {
  const found = new Map();
  for (const { user } of list) found.set(user, (found.get(user) ?? 0) + 1);
  return [...found].map(([name, tools]) => ({ name, tools }));
}

function PlanList({ icon, label, rows, titleOf, all }) {
  if (!rows.length) return null;
  return html`<div class="plan-list"><h3><${Icon} name=${icon} /> ${label}</h3><ul>${rows.slice(0, 30).map((one) => html`<li key=${one.name}>${titleOf(one.name)}${all > 0 && one.tools < all && html` <span class="soft">${w.planTools(one.tools, all)}</span>`}</li>`)}
    ${rows.length > 30 && html`<li class="soft">${w.more} ${plural(rows.length - 30, "person", "people")}</li>`}</ul></div>`;
}

function Plan({ plan, isDirty, titleOf, server }) {
  if (!isDirty) return html`<p class="soft">${w.noChange}</p>`;
  if (!plan) return html`<${Skeleton} lines=${1} />`;
  if (plan.error) return html`<${ErrorNotice} error=${plan.error} />`;
  const gained = peopleOf(plan.found.gained);
  const lost = peopleOf(plan.found.lost);
  return html`<div class="plan" data-plan=${`${gained.length}/${lost.length}`}>
    ${!plan.found.tools && html`<p class="soft">${w.noTools}</p>`}${!server.enabled && html`<p class="soft">${w.disabledNote}</p>`}
    <${PlanList} icon="plus" label=${w.gains(gained.length)} rows=${gained} titleOf=${titleOf} all=${plan.found.tools} />
    <${PlanList} icon="x" label=${w.loses(lost.length)} rows=${lost} titleOf=${titleOf} all=${plan.found.tools} />
    ${!gained.length && !lost.length && plan.found.tools > 0 && server.enabled && html`<p class="soft">${w.onlyList}</p>`}</div>`;
}

/** Saves with the revision that was looked at. Somebody else's change is shown, and what was chosen here stays chosen. */
function Grants({ server, set, reload, users, teams, titleOf }) {
  const [draft, setDraft] = useState(/** @type {any} */ (null));
  const [asking, setAsking] = useState(false);
  const [moved, setMoved] = useState(false);
  const wanted = draft ?? plain(server.access);
  const isDirty = draft !== null && !same(draft, server.access);
  const plan = usePlan(server, wanted, isDirty);
  const unsaved = useUnsaved(isDirty);
  const before = useMemo(() => new Set(reachedBy(server.access, users, teams)), [server.access, users, teams]);
  const after = reachedBy(wanted, users, teams);
  const gained = after.filter((name) => !before.has(name));
  const kept = new Set(after);
  const lost = [...before].filter((name) => !kept.has(name));
  const [was, will] = [tokensOf(server.access), tokensOf(wanted)];
  const added = [...will].filter((one) => !was.has(one)).length;
  const removed = [...was].filter((one) => !will.has(one)).length;
  const save = async () => {
    try {
      set(await api("PUT", `/v1/servers/${encodeURIComponent(server.slug)}/access`, wanted, { headers: { "If-Match": `"${server.revision}"` } }));
    } catch (error) {
      if (error.status !== 412) throw error;
      await reload();
      setMoved(true);
      return;
    }
    setDraft(null);
    setMoved(false);
    toast(w.saved);
  };
  const nobody = !wanted.everyone && !wanted.people.length && !wanted.teams.length;
  return html`<section class="card stack" aria-labelledby="who"><h2 id="who">${w.title}</h2>
    ${moved && html`<${Notice} kind="warn" live>${words.stale}</${Notice}>`}
    <${PersonPicker} label=${w.label} hint=${w.hint} value=${wanted} onChange=${setDraft} users=${users} teams=${teams} />
    <p role="status" data-count=${after.length}><strong>${nobody ? w.nobody : wanted.everyone ? w.everyone(after.length, isDirty) : w.count(after.length, isDirty)}</strong></p>
    <h3>${w.preview}</h3><${Plan} plan=${plan} isDirty=${isDirty} titleOf=${titleOf} server=${server} />
    <div class="row"><${Button} kind="primary" disabled=${!isDirty} onClick=${() => setAsking(true)}>${words.save}</${Button}>${isDirty && html`<${Button} onClick=${() => { setDraft(null); setMoved(false); }}>${w.discard}</${Button}>`}</div>
    ${asking && html`<${Confirm} title=${w.confirmTitle} action=${words.save} danger=${lost.length > 0} onConfirm=${save} onClose=${() => setAsking(false)}>
      <p>${w.summary(added, removed)}</p>${gained.length > 0 && html`<p>${w.gainNames(namesOf(gained, titleOf))}</p>`}${lost.length > 0 && html`<p><strong>${w.loseNames(namesOf(lost, titleOf))}</strong></p>`}
      ${!gained.length && !lost.length && html`<p>${w.onlyList}</p>`}</${Confirm}>`}${unsaved}</section>`;
}

const namesOf = (names, titleOf) => (names.length > 8 ? [...names.slice(0, 7).map(titleOf), plural(names.length - 7, "other")] : names.map(titleOf));

function Decision({ label, is }) {
  return html`<dt>${label}</dt><dd class=${is.allowed ? "decision good" : "decision bad"}><${Icon} name=${is.allowed ? "circle-check" : "circle-x"} /> <strong>${is.allowed ? w.yes : w.no}</strong> <span>${is.message}</span></dd>`;
}

function Why({ server, users, titleOf, person, onPerson }) {
  const [tool, setTool] = useState("");
  const tools = useLoaded((signal) => api("GET", `/v1/servers/${encodeURIComponent(server.slug)}/tools?limit=1000`, undefined, { signal }), [server.slug]);
  const query = person && new URLSearchParams({ user: person, server: server.slug, ...(tool && { tool }) });
  const answer = useLoaded(query ? (signal) => api("GET", `/v1/access/explain?${query}`, undefined, { signal }) : null, [person, tool, server.revision]);
  const options = users.map((user) => ({ value: user.name, label: user.title || user.name, hint: user.title ? user.name : undefined, icon: user.kind === "service" ? "bot" : "user" }));
  const toolOptions = [{ value: "", label: w.allTools }, ...(tools.value?.tools ?? []).map((one) => ({ value: one.name, label: one.name }))];
  return html`<section class="card stack" aria-labelledby="why"><h2 id="why">${w.why}</h2><p class="soft">${w.whyHint}</p>
    <div class="why-fields"><${Combobox} key=${person} keep start=${person && titleOf(person)} label=${w.person} options=${options} onPick=${(one) => onPerson(one.value)} />
      <${Combobox} keep label=${w.tool} options=${toolOptions} placeholder=${w.allTools} onPick=${(one) => setTool(one.value)} /></div>
    ${person && html`<div role="status"><${Loaded} of=${answer} lines=${1}>${(said) => html`<h3>${w.explained(titleOf(said.user), said.tool ?? nameOf(server))}</h3>
      <dl class="facts"><${Decision} label=${w.see} is=${said.see} /><${Decision} label=${w.call} is=${said.call} /></dl>`}</${Loaded}></div>`}</section>`;
}

function reasonOf(access, user, teams) {
  const has = (names, name) => names.some((one) => one.toLowerCase() === name.toLowerCase());
  if (access.everyone) return w.by.everyone;
  const by = has(access.people, user.name) ? [w.by.person] : [];
  for (const team of user.teams) if (has(access.teams, team)) by.push(`${w.by.team} ${teams.find((one) => one.name === team)?.title || team}`);
  return by.join(", ");
}

function People({ server, users, teams, onWhy }) {
  const names = new Set(reachedBy(server.access, users, teams));
  const rows = users.filter((user) => names.has(user.name));
  const columns = [
    { key: "name", label: w.person, sort: (user) => user.title || user.name, cell: (user) => html`<span class="row tight-row"><${Icon} name=${user.kind === "service" ? "bot" : "user"} /><a href=${address(`/people/${encodeURIComponent(user.name)}`)}>${user.title || user.name}</a></span>` },
    { key: "reason", label: w.reason, cell: (user) => reasonOf(server.access, user, teams) },
    { key: "why", label: w.whyShort, hideLabel: true, class: "tight", cell: (user) => html`<${Button} small kind="quiet" icon="circle-help" label=${w.explain(user.title || user.name)} onClick=${() => onWhy(user.name)}>${w.whyShort}</${Button}>` },
  ];
  return html`<section class="stack tight" aria-labelledby="people"><h2 id="people">${w.people}</h2>
    <${DataTable} caption=${w.people} columns=${columns} rows=${rows} id=${(user) => user.name} empty=${html`<p class="soft">${w.noPeople}</p>`} /></section>`;
}

export default function Access({ server, set, reload }) {
  const found = useLoaded(async (signal) => {
    const [users, teams] = await Promise.all([apiAll("/v1/users", "users", { signal }), apiAll("/v1/teams", "teams", { signal })]);
    return { users, teams };
  }, [server.slug]);
  const [person, setPerson] = useState("");
  return html`<${Loaded} of=${found} lines=${5}>${({ users, teams }) => {
    const titles = new Map(users.map((user) => [user.name, user.title || user.name]));
    const titleOf = (name) => titles.get(name) ?? name;
    const active = users.filter((user) => user.state !== "disabled");
    const why = (name) => { setPerson(name); document.getElementById("why")?.scrollIntoView({ block: "center" }); };
    return html`<div class="stack"><div class="connection-cards">
      ${server.origin === "catalog" ? html`<section class="card stack" aria-labelledby="who"><h2 id="who">${w.title}</h2><${Notice}>${words.catalogAccess}</${Notice}>
          <p>${server.access.everyone ? w.everyone(active.length) : w.count(reachedBy(server.access, users, teams).length)}</p></section>`
        : html`<${Grants} server=${server} set=${set} reload=${reload} users=${active} teams=${teams} titleOf=${titleOf} />`}
      <${Why} server=${server} users=${users} titleOf=${titleOf} person=${person} onPerson=${setPerson} /></div>
      <${People} server=${server} users=${active} teams=${teams} onWhy=${why} /></div>`;
  }}</${Loaded}>`;
}
