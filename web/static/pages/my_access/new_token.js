// @ts-check
// Makes a token, and shows it this once.
import { html, useState } from "../../vendor/preact.js";
import { me } from "../../app/api.js";
import { looksSecret } from "../../app/format.js";
import { createToken, lives } from "../../app/tokens.js";
import { Button, Notice } from "../../parts/kit.js";
import { CopyField } from "../../parts/copy.js";
import { Dialog } from "../../parts/dialog.js";
import { Checkbox, SelectField, TextField, useFocusError } from "../../parts/form.js";
import { words } from "../../i18n/en/access.js";

const say = words.make;
const everybody = ["mcp:read", "mcp:write", "catalog:read"];
/** What the person may give on. */
const scopesFor = (role) => [...everybody, ...(role === "member" ? [] : ["admin:read"]), ...(role === "admin" ? ["admin"] : [])];

function check(wish) {
  return { ...(wish.name.trim() ? looksSecret(wish.name) && { name: say.secretName } : { name: say.nameHint }), ...(!wish.scopes.length && { scopes: say.noScope }) };
}

function Once({ made, onClose }) {
  return html`<${Dialog} title=${say.title} steady onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>${say.saved}</${Button}>`}>
    <${Notice} kind="warn" title=${say.onceTitle}>${say.once}</${Notice}><${CopyField} label=${say.itself(made.name)} text=${made.token} /></${Dialog}>`;
}

/** `make` and `role` are another account's: a service account's, whose tokens admins make. */
export function NewToken({ onMade, onClose, make = createToken, role = undefined }) {
  const [wish, setWish] = useState({ name: "", scopes: ["mcp:read", "mcp:write"], days: "365" });
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [made, setMade] = useState(/** @type {any} */ (null));
  useFocusError(errors);
  const submit = async () => {
    const wrong = check(wish);
    setErrors(wrong);
    if (Object.keys(wrong).length) return;
    const { token, ...rest } = await make({ name: wish.name.trim(), scopes: wish.scopes, days: Number(wish.days) });
    onMade(rest);
    setMade({ name: rest.name, token });
  };
  if (made) return html`<${Once} made=${made} onClose=${onClose} />`;
  const toggle = (scope, on) => setWish({ ...wish, scopes: on ? [...wish.scopes, scope] : wish.scopes.filter((one) => one !== scope) });
  return html`<${Dialog} title=${say.title} onClose=${onClose} onSubmit=${submit}
    actions=${({ busy }) => html`<${Button} onClick=${onClose}>${words.cancel}</${Button}><${Button} type="submit" kind="primary" busy=${busy}>${say.create}</${Button}>`}>
    <${TextField} label=${say.name} value=${wish.name} onInput=${(name) => setWish({ ...wish, name })} placeholder=${say.namePlaceholder} hint=${say.nameHint} error=${errors.name} maxlength="100" />
    <fieldset class="stack tight" aria-describedby=${errors.scopes ? "scopes-wrong" : undefined}><legend class="legend">${say.may}</legend>
      ${scopesFor(role ?? me.value?.role).map((scope) => html`<${Checkbox} key=${scope} label=${say.scopes[scope][0]} hint=${say.scopes[scope][1]} checked=${wish.scopes.includes(scope)} onChange=${(on) => toggle(scope, on)} />`)}
      ${errors.scopes && html`<p class="field-error" id="scopes-wrong" role="alert">${errors.scopes}</p>`}</fieldset>
    <${SelectField} label=${say.until} value=${wish.days} options=${lives.map((days) => ({ value: String(days), label: say.days[days] }))} onInput=${(days) => setWish({ ...wish, days })} /></${Dialog}>`;
}
