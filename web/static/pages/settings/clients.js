// @ts-check
// What apps may do: register, where their sign-ins return to, how long they stay signed in; and which programs were seen.
import { html, useState } from "../../vendor/preact.js";
import { api, apiAll, useLoaded } from "../../app/api.js";
import { Foreign, Loaded, Notice, Time } from "../../parts/kit.js";
import { TextArea, TextField, Toggle, useFocusError } from "../../parts/form.js";
import { DataTable } from "../../parts/table.js";
import { words } from "../../i18n/en/settings.js";
import { SavedForm, linesOf } from "./shared.js";

const w = words.clients;
const draftOf = (apps) => ({ ...apps, hosts: apps.redirect_hosts.join("\n"), access: String(apps.access_minutes), refresh: String(apps.refresh_days) });
const wishOf = (draft) => ({ registration: draft.registration, documents: draft.documents, redirect_hosts: linesOf(draft.hosts), access_minutes: Number(draft.access), refresh_days: Number(draft.refresh) });
const isWhole = (text, low, high) => /^\d{1,4}$/.test(text.trim()) && Number(text) >= low && Number(text) <= high;

function wrongIn(draft) {
  const bad = linesOf(draft.hosts).find((line) => !/^[A-Za-z0-9*][A-Za-z0-9.*:_-]*$|^\[[0-9a-fA-F:]+\](:\d+)?$/.test(line));
  return { ...(bad && { hosts: w.badHost(bad) }), ...(!isWhole(draft.access, 1, 60) && { access: w.range(1, 60) }), ...(!isWhole(draft.refresh, 1, 365) && { refresh: w.range(1, 365) }) };
}

function Apps({ apps, onSaved }) {
  const [draft, setDraft] = useState(draftOf(apps));
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  useFocusError(errors);
  const put = (change) => setDraft({ ...draft, ...change });
  const save = async () => {
    const wrong = wrongIn(draft);
    setErrors(wrong);
    if (Object.keys(wrong).length) return false;
    const is = await api("PUT", "/v1/settings/apps", wishOf(draft));
    onSaved(is);
    setDraft(draftOf(is));
  };
  const isDirty = JSON.stringify(draft) !== JSON.stringify(draftOf(apps));
  return html`<${SavedForm} id="apps" title=${w.apps} isDirty=${isDirty} save=${save} discard=${() => { setDraft(draftOf(apps)); setErrors({}); }}>
    <${Toggle} label=${w.registration} hint=${w.registrationHint} on=${draft.registration} onChange=${(registration) => put({ registration })} />
    <${Toggle} label=${w.documents} hint=${w.documentsHint} on=${draft.documents} onChange=${(documents) => put({ documents })} />
    ${!draft.registration && !draft.documents && html`<${Notice} kind="warn">${w.neither}</${Notice}>`}
    <${TextArea} label=${w.hosts} hint=${w.hostsHint} error=${errors.hosts} value=${draft.hosts} onInput=${(hosts) => put({ hosts })} class="mono" spellcheck=${false} />
    <${TextField} label=${w.access} hint=${w.accessHint} error=${errors.access} value=${draft.access} onInput=${(access) => put({ access })} inputmode="numeric" />
    <${TextField} label=${w.refresh} hint=${w.refreshHint} error=${errors.refresh} value=${draft.refresh} onInput=${(refresh) => put({ refresh })} inputmode="numeric" /></${SavedForm}>`;
}

const columns = [
  { key: "name", label: w.program, sort: true, cell: (one) => html`<${Foreign} text=${one.name} limit=${80} />` },
  { key: "people", label: w.people, sort: true, class: "number", cell: (one) => one.people },
  { key: "last_seen_at", label: w.lastSeen, sort: true, cell: (one) => html`<${Time} when=${one.last_seen_at} />` },
];

/** The programs that people ask with; nothing from a server that does not count them. */
export function Programs() {
  const seen = useLoaded(async (signal) => {
    try {
      const { people } = await api("GET", "/v1/clients?limit=1", undefined, { signal });
      return { people, clients: await apiAll("/v1/clients", "clients", { signal }) };
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  });
  if (seen.value === null) return null;
  return html`<section class="stack tight" aria-labelledby="seen"><h2 id="seen">${w.seen}</h2><${Loaded} of=${seen} lines=${2}>${({ people, clients }) => html`${clients.length > 0 && html`<p class="soft">${w.seenLead(people)}</p>`}
    <${DataTable} caption=${w.seen} columns=${columns} rows=${clients} id=${(one) => one.name} sort=${{ by: "people", descending: true }} empty=${html`<p class="soft">${w.none}</p>`} />`}</${Loaded}></section>`;
}

export function Clients() {
  const apps = useLoaded("/v1/settings/apps");
  return html`<div class="stack"><${Loaded} of=${apps}>${(found) => html`<${Apps} apps=${found} onSaved=${apps.set} />`}</${Loaded}><${Programs} /></div>`;
}
