// @ts-check
// A connector of one's own: adding it, changing it, signing in at it.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { api, useLoaded } from "../app/api.js";
import { address, navigate } from "../app/where.js";
import { looksSecret, slugOf } from "../app/format.js";
import { Button, Disclosure, Loaded, Notice, Page, Status, Tile, Time, toast } from "../parts/kit.js";
import { Choices, SecretField, SelectField, TextField, Toggle, useFocusError } from "../parts/form.js";
import { Confirm, useUnsaved } from "../parts/dialog.js";
import { ConnectionLayer } from "../parts/connection_layers.js";
import { SignInPanel, runSignIn } from "../parts/sign_in.js";
import { words } from "../i18n/en.js";
import { words as say } from "../i18n/en/own_connections.js";

const empty = { title: "", slug: "", url: "", auth: "oauth", transport: "http", enabled: true, api_key: undefined, api_key_header: "", headers: undefined, client_id: "", client_secret: undefined, scopes: "" };

const draftOf = (server) => server && { ...empty, title: server.title ?? "", slug: server.slug, url: server.url, auth: server.auth, transport: server.transport, enabled: server.enabled,
  client_id: server.oauth?.client_id ?? "", scopes: (server.oauth?.scopes ?? []).join(" ") };

/** What is wrong with a draft, by field. `server` is what is there already. */
export function problemsOf(draft, server) {
  const wrong = {};
  if (!draft.title.trim()) wrong.title = say.titleMissing;
  else if (looksSecret(draft.title)) wrong.title = say.secretInName;
  if (!draft.url.trim()) wrong.url = say.urlMissing;
  else if (looksSecret(draft.url)) wrong.url = say.secretInUrl;
  if (looksSecret(draft.slug)) wrong.slug = say.secretInName;
  if (draft.auth === "apiKey" && !(draft.api_key ?? "").trim() && (draft.api_key !== undefined || !server?.has_api_key)) wrong.api_key = say.apiKeyMissing;
  const rows = draft.headers ?? (server?.auth === "headers" ? null : [{ name: "", value: "" }]);
  if (draft.auth === "headers" && rows && !rows.every((row) => row.name.trim() && row.value.trim())) wrong.headers = say.headersMissing;
  return wrong;
}

/** The body that makes `server` (or a new one) what the draft says. What was not touched is not sent. */
export function bodyOf(draft, server) {
  const changed = (name, value) => !server || (server[name] ?? "") !== value;
  const body = {};
  for (const name of ["title", "url", "auth", "transport", "enabled"]) {
    const value = typeof draft[name] === "string" ? draft[name].trim() : draft[name];
    if (changed(name, value)) body[name] = value;
  }
  if (!server && draft.slug) body.slug = draft.slug;
  if (draft.auth === "apiKey" && draft.api_key !== undefined) {
    body.api_key = draft.api_key.trim();
    if (draft.api_key_header.trim()) body.api_key_header = draft.api_key_header.trim();
  }
  if (draft.auth === "headers" && draft.headers) body.headers = Object.fromEntries(draft.headers.map((row) => [row.name.trim(), row.value.trim()]));
  if (draft.auth === "oauth") {
    const oauth = {};
    const scopes = draft.scopes.split(/\s+/).filter(Boolean);
    if (draft.client_id.trim() !== (server?.oauth?.client_id ?? "")) oauth.client_id = draft.client_id.trim() || null;
    if (draft.client_secret !== undefined) oauth.client_secret = draft.client_secret.trim() || null;
    if (scopes.join(" ") !== (server?.oauth?.scopes ?? []).join(" ")) oauth.scopes = scopes;
    if (Object.keys(oauth).length) body.oauth = oauth;
  }
  if (server) body.revision = server.revision;
  return body;
}

function HeaderRows({ draft, set, server, error }) {
  const known = server?.auth === "headers" ? server.header_names : [];
  if (known.length && !draft.headers) {
    return html`<div class="row"><span>${say.headersSet(known.join(", "))}</span><${Button} small onClick=${() => set({ headers: known.map((name) => ({ name, value: "" })) })}>${say.replaceHeaders}</${Button}></div>`;
  }
  const rows = draft.headers ?? [{ name: "", value: "" }];
  const change = (at, part) => set({ headers: rows.map((row, index) => (index === at ? { ...row, ...part } : row)) });
  return html`<fieldset class="stack tight"><legend class="unseen">${say.headers}</legend>
    ${rows.map((row, at) => html`<div class="header-row" key=${at}><${TextField} label=${say.headerName(at + 1)} mono value=${row.name} error=${error && !row.name.trim() ? error : undefined} placeholder="X-Api-Key" onInput=${(name) => change(at, { name })} />
      <${SecretField} label=${say.headerValue(at + 1)} isSet=${false} value=${row.value} error=${error && row.name.trim() && !row.value.trim() ? error : undefined} onInput=${(value) => change(at, { value: value ?? "" })} />
      ${rows.length > 1 && html`<${Button} kind="quiet" icon="x" label=${say.removeHeader(at + 1)} onClick=${() => set({ headers: rows.filter((_, index) => index !== at) })} />`}</div>`)}
    <div class="row"><${Button} small icon="plus" onClick=${() => set({ headers: [...rows, { name: "", value: "" }] })}>${say.addHeader}</${Button}>
      ${known.length > 0 && html`<${Button} small kind="quiet" onClick=${() => set({ headers: undefined })}>${say.keepHeaders}</${Button}>`}</div></fieldset>`;
}

function AccountFields({ draft, set, server, errors }) {
  return html`<${Choices} label=${say.how} value=${draft.auth} options=${say.hows} onChange=${(auth) => set({ auth })} />
    ${draft.auth === "apiKey" && html`<${SecretField} label=${say.apiKey} isSet=${Boolean(server?.has_api_key)} value=${draft.api_key} error=${errors.api_key} onInput=${(api_key) => set({ api_key })} />`}
    ${draft.auth === "headers" && html`<${HeaderRows} draft=${draft} set=${set} server=${server} error=${errors.headers} />`}`;
}

function AdvancedFields({ draft, set, server, errors }) {
  return html`<${Disclosure} summary=${say.advanced} open=${Boolean(errors.slug || errors.oauth)}><div class="stack">
    ${!server && html`<${TextField} label=${say.slug} mono value=${draft.slug || slugOf(draft.title)} hint=${say.slugHint} error=${errors.slug} onInput=${(slug) => set({ slug })} />`}
    <${SelectField} label=${say.transport} value=${draft.transport} options=${say.transports} onInput=${(transport) => set({ transport })} />
    ${draft.auth === "apiKey" && html`<${TextField} label=${say.apiKeyHeader} mono optional value=${draft.api_key_header} hint=${say.apiKeyHeaderHint} onInput=${(api_key_header) => set({ api_key_header })} />`}
    ${draft.auth === "oauth" && html`<${TextField} label=${say.clientId} mono optional value=${draft.client_id} hint=${say.clientIdHint} error=${errors.oauth} onInput=${(client_id) => set({ client_id })} />
      <${SecretField} label=${say.clientSecret} optional isSet=${Boolean(server?.oauth?.has_client_secret)} value=${draft.client_secret} onInput=${(client_secret) => set({ client_secret })} />
      <${TextField} label=${say.scopes} mono optional value=${draft.scopes} hint=${say.scopesHint} onInput=${(scopes) => set({ scopes })} />`}</div></${Disclosure}>`;
}

const openWaiting = () => window.open(address("/oauth/wait"), "pb-own", "popup,width=600,height=720");

/** The form. `server` is null for a new one; onSaved(server, wantsSignIn, popup). */
function ConnectorForm({ server, onSaved, onReload }) {
  const begun = useRef(draftOf(server) ?? empty);
  const [draft, setDraft] = useState(begun.current);
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const isDirty = !saved && JSON.stringify(draft) !== JSON.stringify(begun.current);
  const leave = useUnsaved(isDirty);
  useFocusError(errors);
  const set = (change) => setDraft((was) => ({ ...was, ...change }));
  const signsIn = draft.auth === "oauth" && !server?.oauth?.auth_connected;
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    const wrong = problemsOf(draft, server);
    setErrors(wrong);
    setProblem(null);
    if (Object.keys(wrong).length) return;
    const popup = signsIn ? openWaiting() : null;
    setBusy(true);
    try {
      const body = bodyOf(draft, server);
      const answer = await (server ? api("PATCH", `/v1/me/servers/${encodeURIComponent(server.slug)}`, body) : api("POST", "/v1/me/servers", body));
      begun.current = draftOf(answer);
      setDraft(begun.current);
      setSaved(!server);
      onSaved(answer, signsIn, popup);
    } catch (error) {
      popup?.close();
      if (error.field && ["title", "url", "slug", "api_key", "headers", "oauth"].includes(error.field)) setErrors({ [error.field]: error.message });
      else setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return html`<form class="card stack form" novalidate onSubmit=${submit}>
    ${problem && (problem.isConflict && server ? html`<${Notice} kind="warn" live title=${say.conflictTitle} action=${html`<${Button} small onClick=${onReload}>${say.reload}</${Button}>`}>${say.conflict}</${Notice}>`
      : html`<${Notice} kind="error">${problem.message}</${Notice}>`)}
    <${TextField} label=${say.url} mono value=${draft.url} hint=${say.urlHint} error=${errors.url} inputmode="url" placeholder="https://" onInput=${(url) => set({ url })} />
    <${TextField} label=${say.title} value=${draft.title} maxlength="80" error=${errors.title ?? (looksSecret(draft.title) ? say.secretInName : undefined)} onInput=${(title) => set({ title })} />
    <${AccountFields} draft=${draft} set=${set} server=${server} errors=${errors} />
    <${AdvancedFields} draft=${draft} set=${set} server=${server} errors=${errors} />
    ${server && html`<${Toggle} label=${say.enabled} hint=${say.enabledHint} on=${draft.enabled} onChange=${(enabled) => set({ enabled })} />`}
    <${Notice} kind="info" title=${say.trust}>${say.trustText}</${Notice}>
    <div class="form-foot"><${Button} href=${address("/")}>${words.parts.cancel}</${Button}><${Button} type="submit" kind="primary" busy=${busy} disabled=${Boolean(server) && !isDirty}>${server
      ? signsIn && isDirty ? say.saveAndSignIn : say.save : signsIn ? say.addAndSignIn : say.add}</${Button}></div>${leave}</form>`;
}

const connectionOf = (server) => ({ ...server, own: true, title: server.title });

function useSignIn(name, path, onConnected) {
  const [flow, setFlow] = useState(/** @type {any} */ (null));
  const running = useRef(/** @type {any} */ (null));
  useEffect(() => () => running.current?.stop(), []);
  const show = (next) => { running.current = next; setFlow(next); };
  const begin = (popup) => runSignIn({ popup, name, path, show, onConnected });
  const click = () => (running.current && !running.current.isOver ? running.current.bringForward() : begin(openWaiting()));
  return { flow, begin, click };
}

function Existing({ loaded, slug }) {
  const server = loaded.value;
  const name = server.title || slug;
  const path = `/v1/me/servers/${encodeURIComponent(slug)}`;
  const [layer, setLayer] = useState("");
  const signIn = useSignIn(name, path, () => loaded.reload());
  const remove = async () => {
    await api("DELETE", path);
    toast(say.removed(name));
    navigate("/", { saved: true });
  };
  const saved = (changed, wants, popup) => {
    loaded.set(changed);
    toast(say.saved(changed.title || slug));
    if (wants) signIn.begin(popup);
  };
  const is = !server.enabled ? "disabled" : { ok: "connected", error: "error" }[server.state] ?? "checking";
  const needs = server.auth === "oauth" && !server.oauth?.auth_connected;
  return html`<div class="card row between"><div class="row"><${Tile} name=${name} icon=${server.icon} /><${Status} is=${needs ? "needs_sign_in" : is} note=${server.message ?? undefined} /></div>
      <div class="row"><span class="soft">${words.connections.tools(server.tools)}${server.tested_at && html` · ${say.lastTested} <${Time} when=${server.tested_at} />`}</span>
      ${needs ? html`<${Button} kind="primary" onClick=${signIn.click}>${say.signInNow}</${Button}>`
        : server.auth === "oauth" && html`<${Button} onClick=${() => setLayer("disconnect")}>${say.disconnect}</${Button}>`}
      <${Button} onClick=${() => setLayer("test")}>${say.test}</${Button}></div>
      ${signIn.flow && html`<div class="whole"><${SignInPanel} flow=${signIn.flow} again=${signIn.click} /></div>`}</div>
    <${ConnectorForm} key=${server.revision} server=${server} onSaved=${saved} onReload=${() => loaded.reload()} />
    <div class="card row between"><div><h2>${say.danger}</h2><p class="soft">${say.removeText}</p></div><${Button} kind="danger" icon="trash-2" onClick=${() => setLayer("remove")}>${say.remove}</${Button}></div>
    ${layer === "remove" && html`<${Confirm} title=${say.removeTitle(name)} action=${say.remove} danger onConfirm=${remove} onClose=${() => setLayer("")}>${say.removeText}</${Confirm}>`}
    ${(layer === "test" || layer === "disconnect") && html`<${ConnectionLayer} kind=${layer} one=${connectionOf(server)} path=${path} onClose=${() => setLayer("")} onChanged=${() => loaded.reload()} />`}`;
}

function Edit({ slug }) {
  const loaded = useLoaded(`/v1/me/servers/${encodeURIComponent(slug)}`);
  return html`<${Page} title=${loaded.value?.title || slug} lead=${say.editLead} crumbs=${[{ to: "/", label: say.back }]} class="narrow">
    <${Loaded} of=${loaded}>${() => html`<${Existing} loaded=${loaded} slug=${slug} />`}</${Loaded}></${Page}>`;
}

function New() {
  const [made, setMade] = useState(/** @type {any} */ (null));
  const name = made ? made.title || made.slug : "";
  const path = made ? `/v1/me/servers/${encodeURIComponent(made.slug)}` : "";
  const finish = (server) => {
    const undo = async () => {
      await api("DELETE", `/v1/me/servers/${encodeURIComponent(server.slug)}`).catch((error) => toast(error.message, { kind: "error" }));
      navigate("/my/connectors/new");
    };
    navigate("/", { saved: true }).then(() => toast(say.added(server.title || server.slug), { seconds: 10,
      actions: [{ label: say.seeTools, href: address(`/tools?server=${encodeURIComponent(server.slug)}`) }, { label: say.undo, onSelect: undo }] }));
  };
  const signIn = useSignIn(name, path, () => navigate("/", { saved: true }));
  const popup = useRef(/** @type {any} */ (null));
  useEffect(() => { if (made) signIn.begin(popup.current); }, [made]);
  const saved = (server, wants, opened) => {
    if (!wants) return finish(server);
    popup.current = opened;
    setMade(server);
    return undefined;
  };
  return html`<${Page} title=${say.newTitle} lead=${say.newLead} crumbs=${[{ to: "/", label: say.back }]} class="narrow">
    ${made ? html`<div class="card stack"><div class="row"><${Tile} name=${name} /><strong>${name}</strong><${Status} is="needs_sign_in" /></div>
        ${signIn.flow && html`<${SignInPanel} flow=${signIn.flow} again=${signIn.click} />`}
        <div class="row"><${Button} href=${address(`/my/connectors/${encodeURIComponent(made.slug)}`)}>${words.connections.edit}</${Button}><${Button} href=${address("/")}>${say.back}</${Button}></div></div>`
      : html`<${ConnectorForm} server=${null} onSaved=${saved} />`}</${Page}>`;
}

export default function OwnConnector({ params }) {
  return params.slug ? html`<${Edit} key=${params.slug} slug=${params.slug} />` : html`<${New} />`;
}
