// @ts-check
// One person or service account: what they are, what they may use and why, and what can act as them.
import { html, useState } from "../vendor/preact.js";
import { api, apiAll, me, useLoaded } from "../app/api.js";
import { isService, titleOf, userAt } from "../app/people.js";
import { address, navigate } from "../app/where.js";
import { Button, EmptyState, Icon, Loaded, Menu, Notice, Page, Pill, Time, toast } from "../parts/kit.js";
import { useUnsaved } from "../parts/dialog.js";
import { Choices, TextField } from "../parts/form.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/people.js";
import { TeamPicker, roleOptions } from "./people/add.js";
import { EffectiveAccess } from "./people/effective_access.js";
import { State, UserLayer, menuOf } from "./people/user_menu.js";
import { Apps, Sessions, Tokens } from "./people/what_acts.js";

const w = words.one;
const draftOf = (user) => ({ title: user.title ?? "", role: user.role, teams: user.teams });
const sameTeams = (a, b) => String([...a].sort()) === String([...b].sort());

function changesIn(user, draft) {
  return {
    ...(draft.title.trim() !== (user.title ?? "") && { title: draft.title.trim() }),
    ...(draft.role !== user.role && { role: draft.role }),
    ...(!sameTeams(draft.teams, user.teams) && { teams: draft.teams }),
  };
}

/** Saves with the revision that was looked at; where somebody was quicker, what was entered stays and the rest is theirs. */
function Details({ user, teams, onSaved, reload }) {
  const [edits, setEdits] = useState({});
  const [error, setError] = useState(/** @type {any} */ (null));
  const [stale, setStale] = useState(false);
  const draft = { ...draftOf(user), ...edits };
  const changes = changesIn(user, draft);
  const isDirty = Object.keys(changes).length > 0;
  const unsaved = useUnsaved(isDirty);
  const put = (change) => setEdits({ ...edits, ...change });
  const isMe = user.id === me.value?.id;
  const save = async () => {
    setError(null);
    try {
      const is = await api("PATCH", userAt(user.name), { ...changes, revision: user.revision });
      setEdits({});
      setStale(false);
      onSaved(is);
      toast(words.saved);
    } catch (problem) {
      if (!problem.isStale) return setError(problem);
      await reload();
      setStale(true);
    }
  };
  return html`<section class="card stack" aria-labelledby="details"><h2 id="details">${w.details}</h2>
    ${stale && html`<${Notice} kind="warn" live>${w.stale}</${Notice}>`}${error && html`<${Notice} kind="error">${error.message}</${Notice}>`}
    <${TextField} label=${words.fullName} optional value=${draft.title} onInput=${(title) => put({ title })} maxlength="120" />
    ${isService(user) ? html`<p class="soft">${w.serviceRole}</p>`
      : html`<${Choices} label=${words.role} value=${draft.role} options=${roleOptions.map((one) => ({ ...one, disabled: isMe && one.value !== user.role }))} onChange=${(role) => put({ role })} />${isMe && html`<p class="soft">${w.ownRole}</p>`}`}
    <${TeamPicker} label=${words.teams} hint=${words.form.teamsHint} value=${draft.teams} teams=${teams} onChange=${(chosen) => put({ teams: chosen })} />
    <div class="row"><${Button} kind="primary" disabled=${!isDirty} onClick=${save}>${w.save}</${Button}>${isDirty && html`<${Button} onClick=${() => { setEdits({}); setStale(false); setError(null); }}>${w.discard}</${Button}>`}</div>${unsaved}</section>`;
}

const Facts = ({ user }) => html`<dl class="facts">
  <dt>${words.name}</dt><dd class="mono">${user.name}</dd><dt>${words.state}</dt><dd><${State} of=${user} /></dd>
  <dt>${w.lastSeen}</dt><dd><${Time} when=${user.last_seen_at} none=${words.never} /></dd><dt>${w.created}</dt><dd><${Time} when=${user.created_at} /></dd><dt>${w.changed}</dt><dd><${Time} when=${user.updated_at} /></dd></dl>`;

function Person({ user, teams, set, reload }) {
  const [layer, setLayer] = useState(/** @type {any} */ (null));
  const done = (is) => (is ? set((was) => ({ ...was, user: is })) : navigate(isService(user) ? "/people?show=services" : "/people", { saved: true }));
  const actions = html`<${Button} href=${address(`/activity/log?actor=${encodeURIComponent(user.name)}`)} icon="history">${w.activity}</${Button}><${Menu} kind="plain" label=${words.moreFor(titleOf(user))} items=${menuOf(user, { onLayer: setLayer, onDone: done, withOpen: false }).filter((one, at, all) => one !== null || all.slice(0, at).some(Boolean))} />`;
  const lead = [isService(user) && w.serviceLead, w.lead(user.state)].filter(Boolean).join(" ");
  return html`<${Page} title=${titleOf(user)} lead=${lead || undefined} crumbs=${[{ to: isService(user) ? "/people?show=services" : "/people", label: words.title }]} actions=${actions} class="person"
      icon=${html`<span class="person-mark" aria-hidden="true"><${Icon} name=${isService(user) ? "bot" : "user"} /></span>`}>
    <div class="person-cards wide-first"><${Details} key=${user.id} user=${user} teams=${teams} reload=${reload} onSaved=${(is) => set((was) => ({ ...was, user: is }))} />
      <section class="card stack">${user.id === me.value?.id && html`<span><${Pill} tone="accent">${words.you}</${Pill}></span>`}<${Facts} user=${user} /></section></div>
    <${EffectiveAccess} user=${user} teams=${teams} />
    <${Tokens} user=${user} />${!isService(user) && html`<${Apps} user=${user} /><${Sessions} user=${user} />`}
    <${UserLayer} layer=${layer} onDone=${done} onClose=${() => setLayer(null)} /></${Page}>`;
}

export default function PersonPage({ params }) {
  useStyles("css/people.css");
  const found = useLoaded(async (signal) => {
    const [user, teams] = await Promise.all([api("GET", userAt(params.user), undefined, { signal }), apiAll("/v1/teams", "teams", { signal })]);
    return { user, teams };
  }, [params.user]);
  if (found.error?.status === 404) return html`<${Page} title=${params.user} crumbs=${[{ to: "/people", label: words.title }]}><${EmptyState} icon="user" title=${w.gone}>${w.goneText}</${EmptyState}></${Page}>`;
  if (found.value) return html`<${Person} key=${found.value.user.id} user=${found.value.user} teams=${found.value.teams} set=${found.set} reload=${found.reload} />`;
  return html`<${Page} title=${params.user} crumbs=${[{ to: "/people", label: words.title }]}><${Loaded} of=${found} lines=${6}>${() => null}</${Loaded}></${Page}>`;
}
