// @ts-check
// The settings of a connection: one form in sections, saved with the revision it began with. Whoever was quicker is named, and
// what was entered here stays.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/preact.js";
import { api, apiAll, useLoaded } from "../../app/api.js";
import { looksSecret } from "../../app/format.js";
import { leadsElsewhere } from "../../app/servers.js";
import { Button, ErrorNotice, Icon, Loaded, Notice, toast } from "../../parts/kit.js";
import { useUnsaved } from "../../parts/dialog.js";
import { Choices } from "../../parts/form.js";
import { PersonPicker } from "../../parts/picker.js";
import { words as general } from "../../i18n/en/connection.js";
import { words } from "../../i18n/en/connection_settings.js";
import { Conflict } from "./conflict.js";
import { Danger } from "./danger.js";
import { lastChange } from "./last_change.js";
import { Authentication, Behaviour, Details } from "./settings_fields.js";
import { bodyOf, fieldOf, mistakes, rebased, sectionOf, shown, withField } from "./draft.js";

const isStale = (error) => error.status === 412 || error.id === "stale_revision";
const labelOf = (options, value) => options.find((one) => one.value === value)?.label ?? "";

function Section({ name, note, open, onToggle, children }) {
  return html`<details class="card section" id=${name} open=${open} onToggle=${(event) => onToggle(event.currentTarget.open)}>
    <summary><${Icon} name="chevron-right" /><h2>${words.sections[name]}</h2>${note && html`<span class="soft">${note}</span>`}</summary><div class="stack section-body">${children}</div></details>`;
}

function Rollout({ form }) {
  const value = form.get("rollout");
  const found = useLoaded(async (signal) => {
    const [users, teams] = await Promise.all([apiAll("/v1/users", "users", { signal }), apiAll("/v1/teams", "teams", { signal })]);
    return { users: users.filter((user) => user.state !== "disabled"), teams };
  }, []);
  return html`<${Choices} label=${words.fields.rollout} value=${value.state} options=${words.rollouts} onChange=${(state) => form.put("rollout", { ...value, state })} />
    ${value.state === "pilot" && html`<${Loaded} of=${found} lines=${1}>${({ users, teams }) => html`<${PersonPicker} label=${words.pilot} hint=${words.pilotHint} allowEveryone=${false} users=${users} teams=${teams}
      value=${{ everyone: false, people: value.people, teams: value.teams }} onChange=${({ people, teams: chosen }) => form.put("rollout", { state: value.state, people, teams: chosen })} />`}</${Loaded}>`}`;
}

function notesOf(server) {
  const isEach = server.credential_mode === "perMember";
  const mode = server.auth === "oauth" || server.auth === "headers" ? words.summaries[isEach ? "perMember" : "shared"] : server.has_api_key ? words.summaries.keySet : "";
  const pilot = server.rollout.state === "pilot" ? ` · ${words.summaries.pilot(server.rollout.people.length + server.rollout.teams.length)}` : "";
  return {
    details: server.url, authentication: [labelOf(words.auths, server.auth), mode].filter(Boolean).join(" · "),
    behaviour: [labelOf(words.availabilities, server.availability), server.pin_tools && words.summaries.pinned].filter(Boolean).join(" · "), rollout: labelOf(words.rollouts, server.rollout.state) + pilot, danger: "",
  };
}

/** Which sections are open: those that were opened, the one that the address names, and those in which something is wrong. */
function useSections(errors) {
  const named = location.hash.slice(1);
  const [open, setOpen] = useState(/** @type {Record<string, boolean>} */ ({ details: !named || named === "details", ...(named && { [named]: true }) }));
  useLayoutEffect(() => { if (named) document.getElementById(named)?.scrollIntoView({ block: "start" }); }, []);
  useEffect(() => {
    const wrong = Object.keys(errors).filter((field) => errors[field]).map(sectionOf);
    if (!wrong.length) return;
    setOpen((was) => ({ ...was, ...Object.fromEntries(wrong.map((name) => [name, true])) }));
    setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector('.section [aria-invalid="true"]'))?.focus());
  }, [errors]);
  return (name) => ({ name, open: Boolean(open[name]), onToggle: (is) => setOpen((was) => (Boolean(was[name]) === is ? was : { ...was, [name]: is })) });
}

export default function Settings({ server, set, reload }) {
  const [draft, setDraft] = useState(/** @type {any} */ ({}));
  const [errors, setErrors] = useState(/** @type {any} */ ({}));
  const [failed, setFailed] = useState(/** @type {any} */ (null));
  const [conflict, setConflict] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const isDirty = Object.keys(draft).length > 0;
  // What the form began with: a newer server does not slip in under fields that were looked at.
  const began = useRef(server);
  if (!isDirty || began.current.slug !== server.slug) began.current = server;
  const base = began.current;
  const isCatalog = server.origin === "catalog";
  const section = useSections(errors);
  const unsaved = useUnsaved(isDirty);
  const at = `/v1/servers/${encodeURIComponent(server.slug)}`;

  const form = {
    server: base, draft, errors, fixed: isCatalog, get: (field) => shown(base, draft, field),
    put: (field, value) => { setDraft((was) => withField(base, was, field, value)); if (errors[field]) setErrors((was) => ({ ...was, [field]: undefined })); },
  };
  const send = async (upon, changes) => {
    if (isCatalog) {
      await api("PUT", `${at}/rollout`, changes.rollout, { headers: { "If-Match": `"${upon.revision}"` } });
      return api("GET", at);
    }
    return api("PATCH", at, { ...bodyOf(upon, changes), revision: upon.revision });
  };
  const save = async (upon, changes) => {
    setErrors({});
    setFailed(null);
    const wrong = mistakes(upon, changes, looksSecret);
    if (Object.keys(wrong).length) return setErrors(Object.fromEntries(Object.entries(wrong).map(([field, word]) => [field, words[word]])));
    setBusy(true);
    try {
      const after = await send(upon, changes);
      setDraft({});
      setConflict(null);
      began.current = after;
      set(after);
      toast(words.saved);
    } catch (error) {
      if (isStale(error)) return await meet(upon, changes);
      setConflict(null);
      const field = fieldOf(error);
      if (field) setErrors({ [field]: error.message });
      else setFailed(error);
    } finally {
      setBusy(false);
    }
  };
  /** Somebody was quicker: shows what they changed. */
  const meet = async (upon, changes) => {
    try {
      const [theirs, change] = await Promise.all([api("GET", at), lastChange(server.slug).catch(() => null)]);
      setConflict({ base: upon, theirs, draft: changes, change });
    } catch (error) {
      setFailed(error.status === 404 ? Object.assign(error, { message: words.conflict.gone }) : error);
    }
  };
  const settle = async (take, saves) => {
    const next = rebased(conflict.theirs, conflict.draft, take);
    began.current = conflict.theirs;
    set(conflict.theirs);
    setDraft(next);
    setConflict(null);
    if (saves && Object.keys(next).length) await save(conflict.theirs, next);
    else if (saves) toast(words.saved);
  };
  const submit = (event) => {
    event.preventDefault();
    if (!busy && isDirty) save(base, draft);
  };
  const notes = notesOf(server);
  const wanted = { auth: form.get("auth"), credential_mode: form.get("credential_mode"), url: form.get("url"), oauth: { client_id: form.get("oauth.client_id"), authorization_endpoint: form.get("oauth.authorization_endpoint"), token_endpoint: form.get("oauth.token_endpoint") } };
  const leaves = isDirty && !isCatalog && leadsElsewhere(base, wanted);
  return html`<form class="stack settings" novalidate onSubmit=${submit}>
    ${isCatalog && html`<${Notice} kind="info" title=${`${words.readOnly}.`}>${general.catalog}</${Notice}>`}
    <${Section} ...${section("details")} note=${notes.details}><${Details} form=${form} /></${Section}>
    <${Section} ...${section("authentication")} note=${notes.authentication}><${Authentication} form=${form} /></${Section}>
    <${Section} ...${section("behaviour")} note=${notes.behaviour}><${Behaviour} form=${form} /></${Section}>
    <${Section} ...${section("rollout")} note=${notes.rollout}><${Rollout} form=${form} /></${Section}>
    <${Section} ...${section("danger")}><${Danger} server=${server} set=${set} reload=${reload} /></${Section}>
    <${ErrorNotice} error=${failed} />
    ${isDirty && html`<div class="save-bar" role="group" aria-label=${words.save}>${leaves && html`<${Notice} kind="warn" title=${words.elsewhere}>${words.elsewhereMore}</${Notice}>`}
      <span role="status">${words.unsaved(Object.keys(draft).length)}</span><span class="top-gap" /><${Button} onClick=${() => { setDraft({}); setErrors({}); setFailed(null); }}>${words.discard}</${Button}><${Button} type="submit" kind="primary" busy=${busy}>${words.save}</${Button}></div>`}
    ${conflict && html`<${Conflict} ...${conflict} onDone=${settle} onClose=${() => setConflict(null)} />`}${unsaved}</form>`;
}
