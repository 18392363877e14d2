// @ts-check
// The fields of a connection's settings, section by section. `form` is { server, draft, get(field), put(field, value),
// errors: { field: sentence }, fixed: whether nothing may be changed }.
import { html } from "../../vendor/preact.js";
import { returnAddress } from "../../app/return_address.js";
import { Button, Disclosure, Foreign, Icon } from "../../parts/kit.js";
import { CopyField } from "../../parts/copy.js";
import { Checkbox, Choices, SecretField, SelectField, TextArea, TextField } from "../../parts/form.js";
import { words } from "../../i18n/en/connection_settings.js";

const named = (form, field) => ({ label: words.fields[field], hint: words.hints[field], error: form.errors[field] });
const Line = ({ form, field, ...rest }) => html`<${TextField} ...${named(form, field)} value=${form.get(field)} onInput=${(value) => form.put(field, value)} readOnly=${form.fixed} ...${rest} />`;
const Lines = ({ form, field, ...rest }) => html`<${TextArea} ...${named(form, field)} value=${form.get(field)} onInput=${(value) => form.put(field, value)} readOnly=${form.fixed} class="mono" spellcheck=${false} ...${rest} />`;
const Select = ({ form, field, options }) => html`<${SelectField} ...${named(form, field)} value=${form.get(field)} options=${options} onInput=${(value) => form.put(field, value)} disabled=${form.fixed} />`;
const Check = ({ form, field }) => html`<${Checkbox} label=${words.fields[field]} hint=${words.hints[field]} checked=${form.get(field)} disabled=${form.fixed} onChange=${(value) => form.put(field, value)} />`;
const Pick = ({ form, field, options }) => html`<${Choices} label=${words.fields[field]} value=${form.get(field)} onChange=${(value) => form.put(field, value)} options=${options.map((one) => ({ ...one, disabled: form.fixed }))} />`;

export function Details({ form }) {
  return html`<div class="field-grid"><${Line} form=${form} field="title" /><${TextField} label=${words.fields.slug} hint=${words.hints.slug} value=${form.server.slug} onInput=${() => {}} readOnly mono /></div>
    <${TextArea} ...${named(form, "description")} value=${form.get("description")} onInput=${(value) => form.put("description", value)} readOnly=${form.fixed} />
    <${Line} form=${form} field="url" mono inputmode="url" />
    <div class="field-grid"><${Select} form=${form} field="transport" options=${words.transports} /><${Line} form=${form} field="icon" mono /></div>`;
}

/** Names and values; only names are ever shown again. */
function HeaderRows({ form }) {
  const { server, draft } = form;
  const rows = draft.headers;
  const put = (next) => form.put("headers", next);
  const isSet = server.auth === "headers" && server.header_names.length > 0;
  if (!rows && (isSet || form.fixed))
    return html`<div class="field"><span class="label">${words.fields.headers}</span><div class="secret set"><span class="secret-set"><${Icon} name="lock" /><${Foreign} text=${server.header_names.length ? words.headersSet(server.header_names.join(", ")) : words.none} /></span>
      ${!form.fixed && html`<${Button} small onClick=${() => put(server.header_names.map((name) => ({ name, value: "" })))}>${words.replaceHeaders}</${Button}>`}</div></div>`;
  const list = rows ?? [{ name: "", value: "" }];
  const change = (at, part, value) => put(list.map((row, index) => (index === at ? { ...row, [part]: value } : row)));
  return html`<fieldset class="header-rows"><legend>${words.fields.headers}</legend><p class="field-hint">${words.hints.headers}</p>
    ${list.map((row, at) => html`<div class="header-row" key=${at}><${TextField} label=${words.headerName} mono value=${row.name} error=${at === 0 ? form.errors.headers : undefined} onInput=${(value) => change(at, "name", value)} />
      <${SecretField} label=${words.headerValue} isSet=${false} value=${row.value} onInput=${(value) => change(at, "value", value ?? "")} />
      <${Button} kind="quiet" icon="x" label=${words.removeHeader(row.name)} onClick=${() => put(list.filter((_, index) => index !== at))} /></div>`)}
    <div class="row"><${Button} small icon="plus" onClick=${() => put([...list, { name: "", value: "" }])}>${words.addHeader}</${Button}>${isSet && html`<${Button} small kind="quiet" onClick=${() => put(undefined)}>${words.keepHeaders}</${Button}>`}</div></fieldset>`;
}

function OAuthFields({ form }) {
  const { server } = form;
  const keepsSecret = server.oauth?.has_client_secret && form.get("oauth.client_id") === (server.oauth.client_id ?? "");
  const hasClient = form.get("oauth.client_id") !== "";
  const isOpen = ["oauth.authorization_endpoint", "oauth.token_endpoint", "oauth.scopes", "oauth.allowed_origins"].some((field) => form.get(field) || form.errors[field]);
  return html`${server.oauth?.issuer && html`<dl class="facts"><dt>${words.issuer}</dt><dd><${Foreign} text=${server.oauth.issuer} /></dd></dl>`}
    <div class="field-grid"><${Line} form=${form} field="oauth.client_id" mono />${hasClient && html`<${SecretField} ...${named(form, "oauth.client_secret")} isSet=${keepsSecret} value=${form.draft["oauth.client_secret"]} optional=${!keepsSecret} onInput=${(value) => form.put("oauth.client_secret", value)} />`}</div>
    ${hasClient && html`<${Select} form=${form} field="oauth.token_endpoint_auth_method" options=${words.methods} />
      <${CopyField} label=${words.callback} hint=${words.redirect} text=${returnAddress()} />`}
    <${Disclosure} summary=${words.oauthMore} open=${isOpen}><div class="stack"><div class="field-grid"><${Line} form=${form} field="oauth.authorization_endpoint" mono /><${Line} form=${form} field="oauth.token_endpoint" mono /></div>
      <div class="field-grid"><${Lines} form=${form} field="oauth.scopes" rows=${2} /><${Lines} form=${form} field="oauth.allowed_origins" rows=${2} /></div><${Check} form=${form} field="oauth.send_resource" /></div></${Disclosure}>`;
}

export function Authentication({ form }) {
  const auth = form.get("auth");
  const hasKey = form.server.auth === "apiKey" && form.server.has_api_key;
  const mayChoose = auth === "oauth" || auth === "headers";
  return html`<${Select} form=${form} field="auth" options=${words.auths} />
    ${mayChoose && html`<${Pick} form=${form} field="credential_mode" options=${words.modes} />`}
    ${auth === "apiKey" && html`<div class="field-grid"><${SecretField} ...${named(form, "api_key")} isSet=${hasKey} value=${form.draft.api_key} onInput=${(value) => form.put("api_key", value)} />
      ${(!hasKey || form.draft.api_key !== undefined) && html`<${TextField} ...${named(form, "api_key_header")} optional mono value=${form.draft.api_key_header ?? ""} onInput=${(value) => form.put("api_key_header", value || undefined)} />`}</div>`}
    ${auth === "headers" && html`<${HeaderRows} form=${form} />`}
    ${auth === "headers" && form.get("credential_mode") === "perMember" && html`<${Lines} form=${form} field="member_headers" rows=${2} />`}
    ${auth === "oauth" && html`<${OAuthFields} form=${form} />`}
    <${Check} form=${form} field="identity_headers" />`;
}

export function Behaviour({ form }) {
  return html`<${Pick} form=${form} field="availability" options=${words.availabilities} />
    <${Check} form=${form} field="pin_tools" />
    <div class="field-grid"><${Lines} form=${form} field="allow" /><${Lines} form=${form} field="deny" /></div>
    <div class="field-grid"><${Line} form=${form} field="timeout_seconds" inputmode="numeric" /><${Line} form=${form} field="ca_file" mono /></div>
    <${Line} form=${form} field="certificate_sha256" mono />`;
}

