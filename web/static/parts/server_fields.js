// @ts-check
// The fields of a connection that is being added: name, sign-in, whose account, who may use it, and what few need.
import { html } from "../vendor/preact.js";
import { useLoaded, apiAll, me } from "../app/api.js";
import { looksSecret } from "../app/format.js";
import { Button, Disclosure, Notice } from "./kit.js";
import { Checkbox, Choices, Field, SecretField, Segmented, SelectField, TextArea, TextField } from "./form.js";
import { CopyField } from "./copy.js";
import { PersonPicker } from "./picker.js";
import { words } from "../i18n/en/add_connection.js";

const optionsOf = (labels, icons = {}) => Object.entries(labels).map(([value, label]) => ({ value, label, icon: icons[value] }));

/** Names and values of headers, a line each; without `values` only names. */
function HeaderRows({ rows, onChange, values, error }) {
  const put = (at, change) => onChange(rows.map((one, index) => (index === at ? { ...one, ...change } : one)));
  return html`<div class="pairs">${rows.map((one, at) => html`<div class=${values ? "pair" : "pair single"} key=${at}>
      <${TextField} label=${words.nth(words.headerName, at)} mono value=${one.name} onInput=${(name) => put(at, { name })} placeholder=${values ? "X-Api-Key" : "Authorization"} error=${at === 0 ? error : undefined} />
      ${values && html`<${SecretField} label=${words.nth(words.headerValue, at)} isSet=${false} value=${one.value} onInput=${(value) => put(at, { value: value ?? "" })} />`}
      ${rows.length > 1 ? html`<${Button} kind="quiet" icon="trash-2" label=${words.removeHeader} onClick=${() => onChange(rows.filter((_, index) => index !== at))} />` : html`<span />`}</div>`)}
    <div><${Button} small kind="quiet" icon="plus" onClick=${() => onChange([...rows, { name: "", value: "" }])}>${words.addHeader}</${Button}></div></div>`;
}

function KeyFields({ draft, put, problems }) {
  const isEach = draft.mode === "perMember";
  if (isEach) return html`<div class="part"><p class="soft">${words.memberHeadersHint}</p><${HeaderRows} rows=${draft.memberHeaders} onChange=${(memberHeaders) => put({ memberHeaders })} values=${false} error=${problems.memberHeaders} /></div>`;
  if (draft.auth === "headers") return html`<div class="part"><p class="soft">${words.headersHint}</p><${HeaderRows} rows=${draft.headers} onChange=${(headers) => put({ headers })} values error=${problems.headers} /></div>`;
  return html`<div class="two"><${SecretField} label=${words.key} isSet=${false} value=${draft.key} onInput=${(key) => put({ key: key ?? "" })} hint=${words.keyHint} error=${problems.key} />
    <${TextField} label=${words.keyHeader} optional mono value=${draft.keyHeader} onInput=${(keyHeader) => put({ keyHeader })} placeholder="Authorization" hint=${words.keyHeaderHint} /></div>`;
}

function OAuthFields({ draft, put, problems, probe, returnAddress }) {
  if (draft.auth === "oauth") return html`<p class="soft">${words.oauthHint}</p>`;
  const cannotRegister = probe.result?.auth === "oauth_app";
  return html`<div class="part">${cannotRegister && html`<${Notice} kind="warn" title=${words.needsApp1(draft.name)}>${words.needsApp2(returnAddress)}</${Notice}>`}
    <${CopyField} label=${words.returnAddress} text=${returnAddress} hint=${words.returnHint} />
    <div class="two"><${TextField} label=${words.clientId} mono value=${draft.clientId} onInput=${(clientId) => put({ clientId })} error=${problems.clientId} />
      <${SecretField} label=${words.clientSecret} optional isSet=${false} value=${draft.clientSecret} onInput=${(clientSecret) => put({ clientSecret: clientSecret ?? "" })} hint=${words.clientSecretHint} /></div></div>`;
}

/** A name that is a key by mistake: what it is, and one step that puts it where it belongs. */
function PasteGuard({ draft, put }) {
  const at = ["name", "slug", "description"].find((name) => looksSecret(draft[name]));
  if (!at) return null;
  const move = () => put({ [at]: "", auth: "apiKey", mode: "shared", key: draft[at].trim().replace(/^bearer\s+/i, "") });
  return html`<${Notice} kind="warn" live title=${words.secretTitle} action=${html`<${Button} small icon="key-round" onClick=${move}>${words.moveKey}</${Button}>`}>${words.secret}</${Notice}>`;
}

function Names({ draft, put, problems }) {
  return html`<div class="part"><div class="two">
      <${TextField} label=${words.name} value=${draft.name} onInput=${(name) => put({ name })} error=${problems.name} maxlength=${80} />
      <${TextField} label=${words.slug} mono value=${draft.slug} onInput=${(slug) => put({ slug })} hint=${words.slugHint} error=${problems.slug} maxlength=${64} /></div>
    <${PasteGuard} draft=${draft} put=${put} /></div>`;
}

function SignIn({ draft, put, problems, probe, returnAddress }) {
  const takesKeys = draft.auth === "apiKey" || draft.auth === "headers";
  return html`<div class="part"><${Segmented} label=${words.signIn} value=${draft.auth} options=${optionsOf(words.auths)} onChange=${(auth) => put({ auth })} />
    ${draft.auth !== "none" && html`<${Choices} label=${words.account} value=${draft.mode} onChange=${(mode) => put({ mode })}
      options=${[{ value: "perMember", label: words.each, hint: words.eachHint }, { value: "shared", label: words.one, hint: words.oneHint }]} />`}
    ${takesKeys && html`<${KeyFields} draft=${draft} put=${put} problems=${problems} />`}
    ${draft.auth.startsWith("oauth") && html`<${OAuthFields} draft=${draft} put=${put} problems=${problems} probe=${probe} returnAddress=${returnAddress} />`}</div>`;
}

function Chosen({ draft, put, problems }) {
  const users = useLoaded(() => apiAll("/v1/users", "users"));
  const teams = useLoaded(() => apiAll("/v1/teams", "teams"));
  const change = ({ everyone, people, teams: chosen }) => put(everyone ? { who: "everyone", people: [], teams: [] } : { people, teams: chosen });
  return html`<${PersonPicker} label=${words.picker} value=${{ everyone: false, people: draft.people, teams: draft.teams }} onChange=${change} hint=${problems.who ?? (draft.people.length || draft.teams.length ? undefined : words.nobodyHint)}
    users=${(users.value ?? []).filter((one) => one.state !== "disabled")} teams=${teams.value ?? []} />`;
}

function Who({ draft, put, problems }) {
  return html`<div class="part"><${Segmented} label=${words.who} value=${draft.who} options=${optionsOf(words.whos, { me: "user", chosen: "users", everyone: "globe" })} onChange=${(who) => put({ who })} />
    ${draft.who === "chosen" && html`<${Chosen} draft=${draft} put=${put} problems=${problems} />`}</div>`;
}

function Advanced({ draft, put, problems, probe }) {
  const wantsCa = probe.result?.error === "tls_untrusted";
  const isWrong = problems.timeout || problems.description;
  return html`<${Disclosure} summary=${words.advanced} open=${Boolean(wantsCa || isWrong)}><div class="advanced">
    <${TextArea} label=${words.description} optional rows=${2} value=${draft.description} onInput=${(description) => put({ description })} hint=${words.descriptionHint} error=${problems.description} />
    <div class="two"><${SelectField} label=${words.transport} value=${draft.transport} onInput=${(transport) => put({ transport })} options=${optionsOf(words.transports)} />
      <${TextField} label=${words.timeout} optional inputmode="numeric" value=${draft.timeout} onInput=${(timeout) => put({ timeout })} hint=${words.timeoutHint} error=${problems.timeout} placeholder=${words.seconds} /></div>
    <${SelectField} label=${words.availability} value=${draft.availability} onInput=${(availability) => put({ availability })} options=${optionsOf(words.availabilities)} />
    ${draft.auth.startsWith("oauth") && html`<${TextField} label=${words.scopes} optional mono value=${draft.scopes} onInput=${(scopes) => put({ scopes })} hint=${words.scopesHint} />`}
    <div class="two"><${TextArea} label=${words.allow} optional rows=${2} class="mono" value=${draft.allow} onInput=${(allow) => put({ allow })} hint=${words.toolsHint} />
      <${TextArea} label=${words.deny} optional rows=${2} class="mono" value=${draft.deny} onInput=${(deny) => put({ deny })} /></div>
    <${Checkbox} label=${words.pin} checked=${draft.pinTools} onChange=${(pinTools) => put({ pinTools })} hint=${words.pinHint} />
    <${Checkbox} label=${words.identity} checked=${draft.identity} onChange=${(identity) => put({ identity })} hint=${words.identityHint} />
    <${TextField} label=${words.caFile} optional mono value=${draft.caFile} onInput=${(caFile) => put({ caFile })} hint=${words.caHint} placeholder="/etc/patchbay/ca.pem" /></div></${Disclosure}>`;
}

/** `put(change)` changes the draft by hand; `problems` says by field what is wrong. */
export function ServerFields({ draft, put, problems, probe, returnAddress }) {
  return html`<${Names} draft=${draft} put=${put} problems=${problems} />
    <${SignIn} draft=${draft} put=${put} problems=${problems} probe=${probe} returnAddress=${returnAddress} />
    <${Who} draft=${draft} put=${put} problems=${problems} /><${Advanced} draft=${draft} put=${put} problems=${problems} probe=${probe} />`;
}
