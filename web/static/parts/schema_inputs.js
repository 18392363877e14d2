// @ts-check
// The controls of a schema form. Each shows a value and gives the next one; undefined is "not sent".
import { html, useEffect, useState } from "../vendor/preact.js";
import { plainName } from "../app/format.js";
import { same, writeExact } from "../app/schema/exact.js";
import { Unfinished, jsonTyped, numberText, numberTyped } from "../app/schema/model.js";
import { words as all } from "../i18n/en/tools.js";

const words = all.field;

/** What kind of value a part takes, in a word. */
export function kindOf(node) {
  if (node.options || node.shapes) return "";
  return words.kinds[node.kind === "number" && node.whole ? "integer" : node.kind] ?? "";
}

const textOf = (value) => (typeof value === "string" ? value : writeExact(value));
const placeholderOf = (node, value) => (value === "" ? words.isEmpty : node.initial !== undefined && node.initial !== null ? words.default(textOf(node.initial).slice(0, 80)) : undefined);
const plain = { autocomplete: "off", spellcheck: false, autocapitalize: "off", "data-1p-ignore": true, "data-lpignore": "true" };
const modes = { email: "email", uri: "url", "uri-reference": "url", url: "url", phone: "tel" };

const isLong = ({ format, contentMediaType, maxLength }, value) =>
  format === "multiline" || format === "textarea" || typeof contentMediaType === "string" || Number(maxLength?.text ?? maxLength) > 120 || (typeof value === "string" && (value.includes("\n") || value.length > 120));

export function TextInput({ control, node, value, set, canOmit }) {
  const [long] = useState(isLong(node.schema, value));
  const type = (event) => set(event.currentTarget.value === "" && canOmit ? undefined : event.currentTarget.value);
  const shown = typeof value === "string" ? value : "";
  if (long || shown.includes("\n")) return html`<textarea ...${control} rows="4" placeholder=${placeholderOf(node, value)} value=${shown} onInput=${type} />`;
  return html`<input ...${plain} ...${control} inputmode=${modes[node.schema.format]} placeholder=${placeholderOf(node, value)} value=${shown} onInput=${type} />`;
}

/** A text field, so that a number stays as it was typed. */
export function NumberInput({ control, node, value, set, canOmit }) {
  const [text, setText] = useState(numberText(value));
  // Another value came from elsewhere, the JSON for one.
  const known = numberTyped(text) ?? (canOmit ? undefined : text.trim());
  const isOther = value === undefined ? text.trim() !== "" : known === undefined || !same(known, value);
  const shown = isOther ? numberText(value) : text;
  const type = (event) => {
    const next = event.currentTarget.value;
    setText(next);
    set(numberTyped(next) ?? (canOmit ? undefined : ""));
  };
  return html`<input ...${plain} ...${control} inputmode=${node.whole ? "numeric" : "decimal"} placeholder=${placeholderOf(node, undefined)} value=${shown} onInput=${type} />`;
}

/** One of few values, numbers staying numbers. */
export function PickInput({ control, node, value, set, required, canOmit }) {
  const options = node.options ?? [{ value: true, label: words.true }, { value: false, label: words.false }];
  const at = value === null && node.nullable ? "null" : value === undefined ? "" : String(options.findIndex((one) => same(one.value, value)));
  const change = (event) => {
    const picked = event.currentTarget.value;
    set(picked === "" ? undefined : picked === "null" ? null : options[Number(picked)].value);
  };
  const none = canOmit && !required ? words.notSent : words.choose;
  return html`<select ...${control} value=${at} onChange=${change}><option value="" selected=${at === ""}>${none}</option>
    ${options.map((one, index) => html`<option key=${index} value=${String(index)} selected=${at === String(index)}>${plainName(one.label)}</option>`)}
    ${node.nullable && html`<option value="null" selected=${at === "null"}>null</option>`}</select>`;
}

/** A part written as JSON. While it is none, what was typed stays, and the form does not run. */
export function JsonInput({ control, value, set }) {
  const wanted = value === undefined ? "" : value instanceof Unfinished ? value.text : writeExact(value, 2);
  const [text, setText] = useState(wanted);
  useEffect(() => {
    const typed = jsonTyped(text);
    const isSame = value instanceof Unfinished ? value.text === text : value === undefined ? typed === undefined : typed !== undefined && !(typed instanceof Unfinished) && same(typed, value);
    if (!isSame) setText(wanted);
  }, [wanted]);
  const type = (event) => {
    setText(event.currentTarget.value);
    set(jsonTyped(event.currentTarget.value));
  };
  return html`<textarea ...${control} class="mono" rows=${Math.min(12, Math.max(3, text.split("\n").length))} spellcheck=${false} value=${text} onInput=${type} />`;
}
