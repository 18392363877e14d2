// @ts-check
// One profile: its address, who may use it, and what is in it.
import { html, useState } from "../vendor/preact.js";
import { api, apiAll, useLoaded } from "../app/api.js";
import { nameOf } from "../app/servers.js";
import { address, navigate } from "../app/where.js";
import { Button, EmptyState, ErrorNotice, Loaded, Notice, Page, toast } from "../parts/kit.js";
import { CopyField } from "../parts/copy.js";
import { Confirm, useUnsaved } from "../parts/dialog.js";
import { Choices, TextArea, TextField } from "../parts/form.js";
import { PersonPicker } from "../parts/picker.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/profiles.js";
import { Contents } from "./profiles/contents.js";

const w = words.one;
const crumbs = [{ to: "/profiles", label: words.title }];
const shapeOptions = ["flat", "search"].map((value) => ({ value, label: words.shapes[value], hint: words.shapeHints[value] }));

const draftOf = (profile) => ({
  title: profile.title ?? "", description: profile.description ?? "", shape: profile.shape, access: profile.access,
  servers: profile.servers, some: profile.servers.filter((one) => one.tools.length > 0).map((one) => one.server),
});
const bodyOf = ({ title, description, shape, access, servers }) => ({
  title: title.trim() || null, description: description.trim() || null, shape, access: { everyone: access.everyone, people: access.people, teams: access.teams },
  servers: servers.map((one) => ({ server: one.server, ...(one.tools.length && { tools: one.tools }) })),
});

/** Of the fields that differ, what is wanted: nobody's other change is overwritten. */
function changesOf(profile, draft) {
  const [was, is] = [bodyOf(draftOf(profile)), bodyOf(draft)];
  return Object.fromEntries(Object.entries(is).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(was[key])));
}

function Profile({ profile, servers, users, teams, found }) {
  const [edits, setEdits] = useState({});
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [stale, setStale] = useState(false);
  const [asking, setAsking] = useState(false);
  const draft = { ...draftOf(profile), ...edits }; // where somebody was quicker, what was not entered here is theirs
  const put = (change) => setEdits({ ...edits, ...change });
  const changes = changesOf(profile, draft);
  const empties = draft.some.filter((slug) => !draft.servers.find((one) => one.server === slug)?.tools.length);
  const isDirty = Object.keys(changes).length > 0 || empties.length > 0;
  const unsaved = useUnsaved(isDirty);
  const at = `/v1/profiles/${encodeURIComponent(profile.slug)}`;
  const name = nameOf(profile);
  const save = async () => {
    const titles = new Map(servers.map((one) => [one.slug, nameOf(one)]));
    const wrong = Object.fromEntries(empties.map((slug) => [slug, w.chooseOne(titles.get(slug) ?? slug)]));
    setErrors(wrong);
    setProblem(null);
    if (empties.length) return;
    try {
      const is = await api("PATCH", at, { ...changes, revision: profile.revision });
      found.set((was) => ({ ...was, profile: is }));
      setEdits({});
      setStale(false);
      toast(w.saved);
    } catch (error) {
      if (!error.isStale) return setProblem(error);
      await found.reload();
      setStale(true);
    }
  };
  const remove = async () => {
    await api("DELETE", at);
    toast(w.removed(name));
    navigate("/profiles", { saved: true });
  };
  const nobody = !draft.access.everyone && !draft.access.people.length && !draft.access.teams.length;
  return html`<${Page} title=${name} lead=${profile.description || undefined} crumbs=${crumbs} class="person" actions=${html`<${Button} href=${address("/connect")} icon="cable">${w.clients}</${Button}><${Button} kind="danger" icon="trash-2" onClick=${() => setAsking(true)}>${w.remove}</${Button}>`}>
    <section class="card"><${CopyField} label=${w.endpoint} text=${profile.endpoint} hint=${w.endpointHint} /></section>
    ${stale && html`<${Notice} kind="warn" live>${w.stale}</${Notice}>`}
    <div class="person-cards wide-first"><section class="stack" aria-labelledby="contents"><div><h2 id="contents">${w.contents}</h2><p class="soft">${w.contentsLead}</p></div>
        <${Contents} value=${draft.servers} some=${draft.some} servers=${servers} errors=${errors} onChange=${(next, some) => put({ servers: next, some })} /></section>
      <div class="stack"><section class="card stack" aria-labelledby="details"><h2 id="details">${w.details}</h2>
          <${TextField} label=${words.name} value=${draft.title} onInput=${(title) => put({ title })} maxlength="120" />
          <${TextArea} label=${words.description} optional value=${draft.description} onInput=${(description) => put({ description })} hint=${words.descriptionHint} />
          <${Choices} label=${words.shape} value=${draft.shape} options=${shapeOptions} onChange=${(shape) => put({ shape })} />
          <dl class="facts"><dt>${words.slug}</dt><dd class="mono">${profile.slug}</dd></dl></section>
        <section class="card stack" aria-labelledby="access"><h2 id="access">${w.access}</h2><${PersonPicker} label=${w.accessLabel} hint=${w.accessHint} users=${users} teams=${teams} value=${draft.access} onChange=${(access) => put({ access })} />
          ${nobody && html`<p><strong>${w.nobody}</strong></p>`}</section></div></div>
    ${problem && html`<${ErrorNotice} error=${problem} />`}
    ${isDirty && html`<div class="row save-bar"><span>${w.unsaved}</span><${Button} onClick=${() => { setEdits({}); setErrors({}); setStale(false); setProblem(null); }}>${w.discard}</${Button}><${Button} kind="primary" onClick=${save}>${w.save}</${Button}></div>`}
    ${asking && html`<${Confirm} title=${w.removeTitle(name)} action=${w.remove} danger onConfirm=${remove} onClose=${() => setAsking(false)}>${w.removeText}</${Confirm}>`}${unsaved}</${Page}>`;
}

export default function ProfilePage({ params }) {
  useStyles("css/people.css");
  const found = useLoaded(async (signal) => {
    const [profile, servers, users, teams] = await Promise.all([api("GET", `/v1/profiles/${encodeURIComponent(params.profile)}`, undefined, { signal }), apiAll("/v1/servers", "servers", { signal }), apiAll("/v1/users", "users", { signal }), apiAll("/v1/teams", "teams", { signal })]);
    return { profile, servers, users, teams };
  }, [params.profile]);
  if (found.error?.status === 404) return html`<${Page} title=${params.profile} crumbs=${crumbs}><${EmptyState} icon="list" title=${w.notThere}>${w.notThereText}</${EmptyState}></${Page}>`;
  if (found.value) return html`<${Profile} key=${found.value.profile.id} ...${found.value} found=${found} />`;
  return html`<${Page} title=${params.profile} crumbs=${crumbs}><${Loaded} of=${found} lines=${6}>${() => null}</${Loaded}></${Page}>`;
}
