// @ts-check
// Fields with their labels, hints and errors tied together, and switches.
import { html, useId, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { plainName } from "../app/format.js";
import { words } from "../i18n/en.js";
import { Button, Icon } from "./kit.js";

/**
 * A label with what it is for. `children` is a function that gets the attributes for the control: { id, "aria-describedby",
 * "aria-invalid" }. The first field with an error takes the focus when `focusError` changes.
 */
export function Field({ label, hint = undefined, error = undefined, optional = false, children, class: own = undefined }) {
  const id = useId();
  const describes = [hint && `${id}h`, error && `${id}e`].filter(Boolean).join(" ") || undefined;
  return html`<div class=${["field", error && "wrong", own].filter(Boolean).join(" ")}>
    <label for=${id}>${label}${optional && html` <span class="soft">${words.parts.optional}</span>`}</label>
    ${children({ id, "aria-describedby": describes, "aria-invalid": error ? "true" : undefined })}
    ${error && html`<p class="field-error" id=${`${id}e`}><${Icon} name="circle-alert" /><span>${error}</span></p>`}
    ${hint && html`<p class="field-hint" id=${`${id}h`}>${hint}</p>`}</div>`;
}

// A paste is cut here, so that megabytes pasted by mistake do not stop the page; what is too long below that, the API says.
const longestLine = 20_000;
const longestText = 200_000;

/** One line of text. `onInput` gets the text. `mono` for addresses and names of machines; managers of passwords leave it alone. */
export function TextField({ label, value, onInput, hint = undefined, error = undefined, optional = false, mono = false, type = "text", ...rest }) {
  return html`<${Field} label=${label} hint=${hint} error=${error} optional=${optional}>${(given) => html`<input ...${given} type=${type} class=${mono ? "mono" : undefined}
    maxlength=${longestLine} autocomplete="off" spellcheck=${false} data-1p-ignore data-lpignore="true" value=${value} onInput=${(event) => onInput(event.currentTarget.value)} ...${rest} />`}</${Field}>`;
}

export function TextArea({ label, value, onInput, hint = undefined, error = undefined, optional = false, rows = 3, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} error=${error} optional=${optional}>${(given) => html`<textarea ...${given} rows=${rows} maxlength=${longestText}
    onInput=${(event) => onInput(event.currentTarget.value)} ...${rest} value=${value} />`}</${Field}>`;
}

/** options: [{ value, label }] */
export function SelectField({ label, value, onInput, options, hint = undefined, error = undefined, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} error=${error}>${(given) => html`<select ...${given} value=${value} onChange=${(event) => onInput(event.currentTarget.value)} ...${rest}>
    ${options.map((one) => html`<option key=${one.value} value=${one.value} selected=${one.value === value}>${plainName(one.label)}</option>`)}</select>`}</${Field}>`;
}

/**
 * A secret that is only ever written. `isSet`: the server has one. `onInput` gets undefined while it is to stay as it is and
 * a text once it is to be replaced: send it only then.
 */
export function SecretField({ label, isSet, value, onInput, hint = undefined, error = undefined, placeholder = undefined, optional = false }) {
  const [shown, setShown] = useState(false);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const replacing = !isSet || value !== undefined;
  return html`<${Field} label=${label} hint=${hint} error=${error} optional=${optional}>${(given) => replacing
    ? html`<div class="secret"><input ...${given} ref=${input} type="text" maxlength=${longestLine} class=${shown ? "mono" : "mono veiled"} autocomplete="off" spellcheck=${false} autocapitalize="none"
        data-1p-ignore data-lpignore="true" placeholder=${placeholder} value=${value ?? ""} onInput=${(event) => onInput(event.currentTarget.value)} />
        <${Button} kind="quiet" icon=${shown ? "eye-off" : "eye"} label=${shown ? words.parts.hide : words.parts.show} onClick=${() => setShown(!shown)} />
        ${isSet && html`<${Button} kind="quiet" onClick=${() => onInput(undefined)}>${words.parts.keepOld}</${Button}>`}</div>`
    : html`<div class="secret set"><span class="secret-set"><${Icon} name="lock" />${words.parts.secretSet}</span>
        <button type="button" ...${given} aria-label=${`${words.parts.replace} ${label}`} class="button plain small" onClick=${() => { onInput(""); setTimeout(() => input.current?.focus()); }}>${words.parts.replace}</button></div>`}</${Field}>`;
}

/** On or off, at once. `label` is what is on. While `onChange` is under way it is busy. */
export function Toggle({ label, on, onChange, disabled = false, hideLabel = false, hint = undefined }) {
  const [busy, setBusy] = useState(false);
  const id = useId();
  const change = async () => {
    if (busy || disabled) return;
    setBusy(true);
    try {
      await onChange(!on);
    } finally {
      setBusy(false);
    }
  };
  return html`<span class="toggle-row"><button type="button" role="switch" id=${id} class="toggle" aria-checked=${on} aria-label=${hideLabel ? label : undefined} title=${hideLabel ? label : undefined}
    aria-describedby=${hint ? `${id}h` : undefined} aria-labelledby=${hideLabel ? undefined : `${id}l`} aria-busy=${busy || undefined} disabled=${disabled} onClick=${change}><span /></button>
    ${!hideLabel && html`<label id=${`${id}l`} for=${id}>${label}</label>`}${hint && html`<span class="soft" id=${`${id}h`}>${hint}</span>`}</span>`;
}

export function Checkbox({ label, checked, onChange, disabled = false, hint = undefined }) {
  const id = useId();
  return html`<div class="check"><input type="checkbox" id=${id} checked=${checked} disabled=${disabled} aria-describedby=${hint ? `${id}h` : undefined} onChange=${(event) => onChange(event.currentTarget.checked)} />
    <label for=${id}>${label}</label>${hint && html`<span class="soft" id=${`${id}h`}>${hint}</span>`}</div>`;
}

/** One of few, all in sight: options [{ value, label, icon }]. */
export function Segmented({ label, value, options, onChange, hideLabel = false, disabled = false }) {
  const name = useId();
  return html`<fieldset class="segmented" disabled=${disabled}><legend class=${hideLabel ? "unseen" : undefined}>${label}</legend><div class="segments">${options.map((one) => html`
    <label key=${one.value}><input type="radio" name=${name} value=${one.value} checked=${one.value === value} onChange=${() => onChange(one.value)} />
      <span>${one.icon && html`<${Icon} name=${one.icon} />`}${one.label}</span></label>`)}</div></fieldset>`;
}

/** One of few with a sentence each: options [{ value, label, hint }]. */
export function Choices({ label, value, options, onChange }) {
  const name = useId();
  return html`<fieldset class="choices"><legend>${label}</legend>${options.map((one) => html`<label key=${one.value} class="choice">
    <input type="radio" name=${name} value=${one.value} checked=${one.value === value} disabled=${one.disabled} onChange=${() => onChange(one.value)} />
    <span><span>${one.label}</span>${one.hint && html`<small>${one.hint}</small>`}</span></label>`)}</fieldset>`;
}

/** Puts the focus on the first field that has an error, each time `errors` becomes another object. */
export function useFocusError(errors) {
  useLayoutEffect(() => {
    if (errors && Object.keys(errors).length) /** @type {HTMLElement | null} */ (document.querySelector('[aria-invalid="true"]'))?.focus();
  }, [errors]);
}
