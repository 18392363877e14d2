// @ts-check
// One team: who is in it, what that gives, and its name.
import { html, useState } from "../vendor/preact.js";
import { api, apiAll, useLoaded } from "../app/api.js";
import { isService, pageOf, teamAt, titleOf } from "../app/people.js";
import { nameOf } from "../app/servers.js";
import { address, navigate } from "../app/where.js";
import { Button, EmptyState, ErrorNotice, Icon, Loaded, Notice, Page, Pill, Tile, toast } from "../parts/kit.js";
import { Confirm, useUnsaved } from "../parts/dialog.js";
import { TextField } from "../parts/form.js";
import { Combobox } from "../parts/picker.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/people.js";

const w = words.team;
const crumbs = [{ to: "/people?show=teams", label: words.title }];
const has = (names, name) => names.some((one) => one.toLowerCase() === name.toLowerCase());
const optionOf = (user) => ({ value: user.name, label: titleOf(user), hint: user.title ? user.name : undefined, icon: isService(user) ? "bot" : "user" });

function Member({ user, isNew, onOut }) {
  return html`<li><${Icon} name=${isService(user) ? "bot" : "user"} /><span class="member-name"><a href=${address(pageOf(user))}>${titleOf(user)}</a>${user.title && html` <span class="soft small-text">${user.name}</span>`}
    ${isNew && html` <${Pill} tone="accent">${w.isNew}</${Pill}>`}${(user.disabled || user.state === "disabled") && html` <${Pill}>${w.isOff}</${Pill}>`}</span>
    <${Button} small kind="quiet" icon="x" aria-label=${w.take(titleOf(user))} onClick=${onOut}>${w.out}</${Button}></li>`;
}

/** The members are replaced as a whole, with the revision that was looked at; where somebody was quicker, their changes stay, too. */
function Members({ team, users, save, stale }) {
  const known = new Map(users.map((user) => [user.name, user]));
  const before = team.members.map((one) => one.name);
  const [joining, setJoining] = useState(/** @type {string[]} */ ([]));
  const [leaving, setLeaving] = useState(/** @type {string[]} */ ([]));
  const [asking, setAsking] = useState(false);
  const added = joining.filter((name) => !before.includes(name));
  const removed = before.filter((name) => leaving.includes(name));
  const names = [...before.filter((name) => !leaving.includes(name)), ...added];
  const put = (name, isIn) => {
    setJoining([...joining.filter((one) => one !== name), ...(isIn ? [name] : [])]);
    setLeaving([...leaving.filter((one) => one !== name), ...(isIn ? [] : [name])]);
  };
  const discard = () => { setJoining([]); setLeaving([]); };
  const isDirty = added.length + removed.length > 0;
  const unsaved = useUnsaved(isDirty);
  const titles = (some) => some.map((name) => titleOf(known.get(name) ?? { name }));
  const rows = names.map((name) => known.get(name) ?? team.members.find((one) => one.name === name));
  const confirm = async () => {
    if (await save({ members: names })) discard();
  };
  return html`<section class="stack" aria-labelledby="members"><h2 id="members">${w.membersTitle}</h2>${stale && html`<${Notice} kind="warn" live>${words.one.stale}</${Notice}>`}
    <${Combobox} label=${w.addMember} placeholder=${w.find} options=${users.filter((user) => !names.includes(user.name)).map(optionOf)} onPick=${(one) => put(one.value, true)} />
    ${rows.length ? html`<ul class="members" aria-labelledby="members">${rows.map((user) => html`<${Member} key=${user.name} user=${user} isNew=${added.includes(user.name)} onOut=${() => put(user.name, false)} />`)}</ul>`
      : html`<${EmptyState} icon="users" title=${w.none}>${w.noneText}</${EmptyState}>`}
    ${isDirty && html`<div class="row save-bar" role="status"><span>${w.summary(added.length, removed.length)}</span><${Button} onClick=${discard}>${w.discard}</${Button}><${Button} kind="primary" onClick=${() => setAsking(true)}>${w.save}</${Button}></div>`}
    ${asking && html`<${Confirm} title=${w.saveTitle} action=${w.save} danger=${removed.length > 0} onConfirm=${confirm} onClose=${() => setAsking(false)}>
      ${added.length > 0 && html`<p>${w.adds(titles(added))}</p>`}${removed.length > 0 && html`<p><strong>${w.takes(titles(removed))}</strong></p>`}</${Confirm}>`}${unsaved}</section>`;
}

function Gives({ servers, profiles }) {
  const rows = [...servers.map((one) => ({ id: `s${one.slug}`, name: nameOf(one), icon: one.icon, kind: w.connection, to: `/connections/${encodeURIComponent(one.slug)}/access` })), ...profiles.map((one) => ({ id: `p${one.slug}`, name: nameOf(one), kind: w.profile, to: `/profiles/${encodeURIComponent(one.slug)}` }))];
  return html`<section class="card stack tight" aria-labelledby="gives"><h2 id="gives">${w.gives}</h2><p class="soft">${rows.length ? w.givesLead : w.givesNone}</p>
    <ul class="gives">${rows.map((one) => html`<li key=${one.id}><${Tile} size="small" name=${one.name} icon=${one.icon} /><a href=${address(one.to)}>${one.name}</a><span class="soft">${one.kind}</span></li>`)}</ul></section>`;
}

function Name({ team, save }) {
  const [title, setTitle] = useState(team.title ?? "");
  const [error, setError] = useState(/** @type {any} */ (null));
  const rename = () => save({ title: title.trim() }).then(() => setError(null), setError);
  return html`<section class="card stack" aria-labelledby="name"><h2 id="name">${words.one.details}</h2>${error && html`<${ErrorNotice} error=${error} />`}<${TextField} label=${w.rename} value=${title} onInput=${setTitle} maxlength="120" />
    <dl class="facts"><dt>${w.shortName}</dt><dd class="mono">${team.name}</dd></dl>
    <div class="row"><${Button} disabled=${title.trim() === (team.title ?? "")} onClick=${rename}>${w.save}</${Button}></div></section>`;
}

function Team({ team, users, servers, profiles, found }) {
  const [asking, setAsking] = useState(false);
  const [stale, setStale] = useState(false);
  const save = async (change) => {
    try {
      const is = await api("PATCH", teamAt(team.name), { ...change, revision: team.revision });
      found.set((was) => ({ ...was, team: is }));
      setStale(false);
      toast(words.saved);
      return true;
    } catch (error) {
      if (!error.isStale) throw error;
      await found.reload();
      setStale(true);
      return false;
    }
  };
  const remove = async () => {
    await api("DELETE", teamAt(team.name));
    toast(words.removed(nameOf({ ...team, slug: team.name })));
    navigate("/people?show=teams", { saved: true });
  };
  const name = team.title || team.name;
  return html`<${Page} title=${name} lead=${w.members(team.members.length)} crumbs=${crumbs} class="person" actions=${html`<${Button} kind="danger" icon="trash-2" onClick=${() => setAsking(true)}>${w.remove}</${Button}>`}>
    <div class="person-cards wide-first"><${Members} team=${team} users=${users} save=${save} stale=${stale} /><div class="stack"><${Gives} servers=${servers} profiles=${profiles} /><${Name} team=${team} save=${save} /></div></div>
    ${asking && html`<${Confirm} title=${w.removeTitle(name)} action=${words.remove} danger onConfirm=${remove} onClose=${() => setAsking(false)}>${w.removeText(team.members.length, [...servers, ...profiles].map(nameOf))}</${Confirm}>`}</${Page}>`;
}

export default function TeamPage({ params }) {
  useStyles("css/people.css");
  const found = useLoaded(async (signal) => {
    const [team, users, servers, profiles] = await Promise.all([api("GET", teamAt(params.team), undefined, { signal }), apiAll("/v1/users", "users", { signal }), apiAll("/v1/servers", "servers", { signal }), apiAll("/v1/profiles", "profiles", { signal })]);
    const given = (all) => all.filter((one) => has(one.access.teams, team.name));
    return { team, users, servers: given(servers), profiles: given(profiles) };
  }, [params.team]);
  if (found.error?.status === 404) return html`<${Page} title=${params.team} crumbs=${crumbs}><${EmptyState} icon="users" title=${w.gone}>${w.goneText}</${EmptyState}></${Page}>`;
  if (found.value) return html`<${Team} key=${found.value.team.id} ...${found.value} found=${found} />`;
  return html`<${Page} title=${params.team} crumbs=${crumbs}><${Loaded} of=${found} lines=${6}>${() => null}</${Loaded}></${Page}>`;
}
