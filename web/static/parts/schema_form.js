// @ts-check
// A form for whatever a JSON schema asks for. What is not filled in is not sent: each optional part says so and can be taken
// away again. Parts that a form cannot show are written as JSON, each alone.
import { html, useId, useMemo, useRef, useState } from "../vendor/preact.js";
import { plainName } from "../app/format.js";
import { same, writeExact } from "../app/schema/exact.js";
import { fitsKind, isObject, nodeOf } from "../app/schema/schema.js";
import { beginning, intoShape, pointerOf, shapeOf, valueAt, withAt } from "../app/schema/model.js";
import { Button, Foreign, Icon, Menu } from "./kit.js";
import { JsonInput, NumberInput, PickInput, TextInput, kindOf } from "./schema_inputs.js";
import { words as all } from "../i18n/en/tools.js";

const words = all.field;
const deepest = 4; // fieldsets in one another; below that is JSON
const mostOptional = 6;

/**
 * How the parts of a form reach what they show: form = { root, value, set(path, value), problemOf(pointer), touch(pointer),
 * chosen, choose(path, at) }.
 * @param {{root: any, value: any, onChange: (value: any) => void, chosen: Record<string, number>, onChoose: (chosen: Record<string, number>) => void,
 *   problemOf: (pointer: string) => string | undefined, onTouch: (pointer: string) => void}} given
 */
export function SchemaForm({ root, value, onChange, chosen, onChoose, problemOf, onTouch }) {
  const latest = useRef(value);
  latest.current = value;
  const form = {
    root, value, chosen, problemOf, touch: onTouch,
    set: (path, next) => { latest.current = withAt(latest.current, path, next); onChange(latest.current); },
    choose: (path, at) => onChoose({ ...chosen, [pointerOf(path)]: at }),
  };
  return html`<div class="schema-form"><${Inside} form=${form} schema=${root} path=${[]} level=${0} isRoot /></div>`;
}

const shortOf = (value) => { const text = typeof value === "string" ? value : writeExact(value); return text.length > 40 ? `${text.slice(0, 40)}…` : text; };

/** What stands under a label: what the part is for and what it must keep to. */
function Hint({ id, node, extra }) {
  if (!node.description && !extra && !node.reason) return null;
  return html`<p class="field-hint" id=${id}>${node.description && html`<${Foreign} text=${node.description} limit=${240} />`}${node.description && extra ? " " : ""}${extra}</p>`;
}

/** A part with its name, what can be done with it, its control, its error and what it is for. */
function Field({ form, name, node, path, required, canOmit, level, schema }) {
  const id = useId();
  const pointer = pointerOf(path);
  const value = valueAt(form.value, path);
  const present = value !== undefined;
  const [asJson, setAsJson] = useState(false);
  const problem = form.problemOf(pointer);
  const isNull = value === null && node.nullable && node.kind !== "null";
  const fits = !present || isNull || fitsKind(node, value) || (node.kind === "number" && typeof value === "string");
  const asText = asJson || node.kind === "json" || !fits || (isGroup(node) && level >= deepest);
  const reason = node.kind === "json" || !asText ? node.reason : isGroup(node) && level >= deepest ? words.deep : undefined;
  const group = isGroup(node) && !asText && !isNull;
  const extra = reason ? words.json(reason) : group ? undefined : limitsOf(node);
  const describes = [problem && `${id}e`, `${id}k`, (node.description || extra) && `${id}h`].filter(Boolean).join(" ") || undefined;
  const control = { id, "aria-describedby": describes, "aria-invalid": problem ? "true" : undefined, "aria-required": required ? "true" : undefined, "data-pointer": pointer, onBlur: () => form.touch(pointer) };
  const set = (next) => form.set(path, next);
  const tools = html`<${Tools} ...${{ node, name, value, present, required, canOmit, set, asJson, setAsJson }} />`;
  const wrong = problem && html`<p class="field-error" id=${`${id}e`}><${Icon} name="circle-alert" /><span>${problem}</span></p>`;
  const hint = html`<${Hint} id=${`${id}h`} node=${node} extra=${extra} />`;
  const label = html`<${Label} name=${name} node=${node} />`;
  const kind = html`<span class="soft schema-kind" id=${`${id}k`}>${[kindOf(node), !required && words.optional].filter(Boolean).join(" · ")}</span>`;
  if (group && present) return html`<fieldset class=${problem ? "schema-group wrong" : "schema-group"} aria-describedby=${describes} data-pointer=${pointer} tabindex="-1" data-wrong=${problem ? "" : undefined}>
    <legend><span class="unseen">${name}</span></legend><div class="schema-head"><span class="schema-label"><span aria-hidden="true">${label}</span>${kind}</span>${tools}</div>${hint}${wrong}
    <${Inside} form=${form} schema=${schema} path=${path} level=${level + 1} name=${name} /></fieldset>`;
  if (group) return html`<div class=${problem ? "field schema-absent wrong" : "field schema-absent"}><div class="schema-head"><span class="schema-label">${label}${kind}</span></div>${hint}
    <div><${Button} small icon="plus" ...${control} aria-invalid=${undefined} aria-required=${undefined} data-wrong=${problem ? "" : undefined} onClick=${() => add(form, path, schema, set, pointer)}>${words.add(name)}</${Button}></div>${wrong}</div>`;
  const which = asText ? JsonInput : node.options ? PickInput : node.kind === "boolean" ? PickInput : node.kind === "number" ? NumberInput : TextInput;
  return html`<div class=${problem ? "field wrong" : "field"}><div class="schema-head"><span class="schema-label"><label for=${id}>${label}</label>${kind}</span>${tools}</div>
    ${isNull && !node.options && node.kind !== "boolean" ? html`<${Fixed} ...${{ control, text: words.isNull, onChange: () => set(undefined) }} />`
      : html`<${which} ...${{ control, node, value, set, required, canOmit }} />`}${wrong}${hint}</div>`;
}

const isGroup = (node) => node.kind === "object" || node.kind === "array" || Boolean(node.shapes);

function add(form, path, schema, set, pointer) {
  const start = beginning(form.root, schema);
  set(start ?? {});
  setTimeout(() => {
    const group = document.querySelector(`fieldset[data-pointer="${CSS.escape(pointer)}"]`);
    /** @type {HTMLElement | null} */ (group?.querySelector("input, select, textarea, .schema-add") ?? group)?.focus();
  });
}

function Label({ name, node }) {
  const isTitled = node.title && node.title !== name;
  return html`<span class="schema-name">${isTitled ? html`<${Foreign} text=${node.title} limit=${80} /> <code class="soft"><${Foreign} text=${name} limit=${60} /></code>` : html`<${Foreign} text=${name} limit=${80} />`}</span>`;
}

function limitsOf(node) {
  if (node.kind !== "number" && node.kind !== "string") return undefined;
  const { minimum, maximum, format, pattern } = node.schema;
  const said = [minimum !== undefined && words.least(shortOf(minimum)), maximum !== undefined && words.most(shortOf(maximum)), typeof format === "string" && format !== "multiline" && format.slice(0, 40), typeof pattern === "string" && pattern.slice(0, 80)].filter(Boolean);
  return said.length ? html`<span class="schema-limits"><${Foreign} text=${said.join(" · ")} limit=${160} /></span>` : undefined;
}

/** What is sent is no text to type: an explicit null. */
function Fixed({ control, text, onChange }) {
  return html`<div class="schema-fixed"><span>${text}</span><button type="button" class="link" ...${control} aria-required=${undefined} aria-invalid=${undefined} onClick=${onChange}>${words.otherValue}</button></div>`;
}

function Tools({ node, name, value, present, required, canOmit, set, asJson, setAsJson }) {
  const hasDefault = node.initial !== undefined && !(present && same(value, node.initial));
  const picks = node.options || node.kind === "boolean";
  const items = [
    node.kind === "string" && !picks && value !== "" && { label: words.emptyText, onSelect: () => set("") },
    node.nullable && !picks && !["json", "null"].includes(node.kind) && value !== null && { label: words.nothing, onSelect: () => set(null) },
    node.kind !== "json" && (isGroup(node) ? present || asJson : asJson) && { label: asJson ? words.asForm : words.asJson, onSelect: () => setAsJson(!asJson) },
  ].filter(Boolean);
  return html`<span class="schema-tools">
    ${hasDefault && html`<${Button} small kind="quiet" aria-label=${words.useDefaultLabel(name, shortOf(node.initial))} onClick=${() => set(node.initial)}>${words.useDefault(shortOf(node.initial))}</${Button}>`}
    ${items.length > 0 && html`<${Menu} label=${words.more(name)} items=${items} />`}
    ${present && canOmit && !required && html`<${Button} small kind="quiet" icon="x" label=${words.remove(name)} onClick=${() => set(undefined)} />`}</span>`;
}

/** What is inside a part: its fields, its items or the shape that was chosen. */
function Inside({ form, schema, path, level, name = "", isRoot = false }) {
  const node = useMemo(() => nodeOf(form.root, isRoot && schema.type === undefined && !schema.$ref ? { ...schema, type: "object" } : schema), [form.root, schema]);
  if (node.shapes) return html`<${Shapes} ...${{ form, node, path, level, name }} />`;
  if (node.kind === "array") return html`<${Items} ...${{ form, node, path, level }} />`;
  return html`<${Members} ...${{ form, node, path, level }} />`;
}

function Shapes({ form, node, path, level, name }) {
  const id = useId();
  const value = valueAt(form.value, path);
  const at = shapeOf(form.root, node, value, form.chosen, path);
  const shape = node.shapes[at];
  const inner = useMemo(() => nodeOf(form.root, shape.schema), [form.root, node, at]);
  const change = (event) => {
    const next = Number(event.currentTarget.value);
    form.choose(path, next);
    form.set(path, intoShape(form.root, node.shapes[next].schema, value));
  };
  return html`<div class="field"><label for=${id}>${name ? words.shapeOf(name) : words.shape}</label>
    <select id=${id} data-shape=${pointerOf(path)} value=${String(at)} onChange=${change}>${node.shapes.map((one, index) => html`<option key=${index} value=${String(index)} selected=${index === at}>${one.label}</option>`)}</select></div>
    ${isGroup(inner) ? html`<${Inside} key=${at} form=${form} schema=${shape.schema} path=${path} level=${level} name=${name} />`
      : html`<${Field} key=${at} form=${form} name=${shape.label} node=${inner} schema=${shape.schema} path=${path} required canOmit=${false} level=${level} />`}`;
}

const labelOf = (node, name) => (node.title && node.title !== name ? `${name} – ${node.title.slice(0, 60)}` : name);

function Members({ form, node, path, level }) {
  const value = valueAt(form.value, path) ?? {};
  const [added, setAdded] = useState(/** @type {string[]} */ ([]));
  const [wanted, setWanted] = useState("");
  const id = useId();
  const nodes = useMemo(() => new Map((node.properties ?? []).map(([name, schema]) => [name, nodeOf(form.root, schema)])), [node]);
  const optional = (node.properties ?? []).filter(([name]) => !node.required.has(name));
  const collapses = optional.length > mostOptional;
  const isShown = (name) => node.required.has(name) || !collapses || Object.hasOwn(value, name) || added.includes(name);
  const shown = (node.properties ?? []).filter(([name]) => isShown(name)).sort(([one], [other]) => Number(node.required.has(other)) - Number(node.required.has(one)));
  const hidden = optional.filter(([name]) => !isShown(name));
  const addField = () => {
    const name = hidden.some(([one]) => one === wanted) ? wanted : hidden[0]?.[0];
    if (name === undefined) return;
    setAdded([...added, name]);
    setWanted("");
    setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector(`[data-pointer="${CSS.escape(pointerOf([...path, name]))}"]`))?.focus());
  };
  return html`<div class="schema-fields">${shown.map(([name, schema]) => html`<${Field} key=${name} form=${form} name=${name} node=${nodes.get(name)} schema=${schema}
      path=${[...path, name]} required=${node.required.has(name)} canOmit level=${level} />`)}
    ${hidden.length > 0 && html`<div class="schema-more"><div class="field"><label for=${id}>${words.addField}</label><div class="row"><select id=${id} value=${wanted || hidden[0][0]} onChange=${(event) => setWanted(event.currentTarget.value)}>
      ${hidden.map(([name]) => html`<option key=${name} value=${name} selected=${name === (wanted || hidden[0][0])}>${plainName(labelOf(nodes.get(name), name))}</option>`)}</select>
      <${Button} small icon="plus" onClick=${addField}>${words.addButton}</${Button}></div></div></div>`}
    ${isObject(node.additional) && html`<${Entries} ...${{ form, node, path, level, value }} />`}</div>`;
}

/** Fields whose names the person chooses. */
function Entries({ form, node, path, level, value }) {
  const known = new Set((node.properties ?? []).map(([name]) => name));
  const names = Object.keys(value).filter((name) => !known.has(name));
  const inner = useMemo(() => nodeOf(form.root, node.additional), [node]);
  const rename = (from, to) => {
    if (!to || to === from || Object.hasOwn(value, to) || known.has(to)) return;
    form.set(path, Object.fromEntries(Object.entries(value).map(([name, one]) => [name === from ? to : name, one])));
  };
  const addEntry = () => {
    let name = "name";
    for (let at = 2; Object.hasOwn(value, name) || known.has(name); at++) name = `name${at}`;
    form.set([...path, name], beginning(form.root, node.additional) ?? "");
  };
  return html`${names.map((name, at) => html`<div key=${at} class="schema-entry"><div class="field"><label class="schema-label"><span>${words.entryName}</span>
      <input class="mono" value=${name} onChange=${(event) => rename(name, event.currentTarget.value)} autocomplete="off" spellcheck=${false} /></label></div>
    <${Field} form=${form} name=${name} node=${inner} schema=${node.additional} path=${[...path, name]} required=${false} canOmit level=${level} /></div>`)}
    <div><${Button} small icon="plus" class="schema-add" onClick=${addEntry}>${words.addEntry}</${Button}></div>`;
}

function Items({ form, node, path, level }) {
  const value = valueAt(form.value, path) ?? [];
  const most = Number(node.schema.maxItems?.text ?? node.schema.maxItems ?? Infinity);
  const schemaOf = (at) => node.prefix?.[at] ?? node.items ?? {};
  const keys = useRef(/** @type {number[]} */ ([]));
  const counter = useRef(0);
  while (keys.current.length < value.length) keys.current.push(++counter.current);
  keys.current.length = value.length;
  const focus = (at) => setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector(`[data-pointer="${CSS.escape(pointerOf([...path, at]))}"]`))?.focus());
  const addItem = () => {
    form.set(path, [...value, beginning(form.root, schemaOf(value.length))]);
    focus(value.length);
  };
  const remove = (at) => {
    keys.current.splice(at, 1);
    form.set(path, value.filter((_, index) => index !== at));
  };
  const move = (at, by) => {
    const next = [...value];
    [next[at], next[at + by]] = [next[at + by], next[at]];
    [keys.current[at], keys.current[at + by]] = [keys.current[at + by], keys.current[at]];
    form.set(path, next);
    focus(at + by);
  };
  const may = value.length < most && !(node.items === false && value.length >= (node.prefix?.length ?? 0));
  return html`${value.length === 0 && html`<p class="soft">${words.emptyList}</p>`}<ol class="schema-items">${value.map((_, at) => html`<li key=${keys.current[at]} class="schema-item">
      <${Item} form=${form} schema=${schemaOf(at)} path=${[...path, at]} at=${at} level=${level} />
      <span class="schema-item-tools"><${Button} small kind="quiet" icon="arrow-up" label=${words.up(at + 1)} disabled=${at === 0} onClick=${() => move(at, -1)} />
        <${Button} small kind="quiet" icon="arrow-down" label=${words.down(at + 1)} disabled=${at === value.length - 1} onClick=${() => move(at, 1)} />
        <${Button} small kind="quiet" icon="trash-2" label=${words.removeItem(at + 1)} onClick=${() => remove(at)} /></span></li>`)}</ol>
    ${may && html`<div><${Button} small icon="plus" class="schema-add" onClick=${addItem}>${words.addItem}</${Button}></div>`}`;
}

function Item({ form, schema, path, at, level }) {
  const node = useMemo(() => nodeOf(form.root, schema), [form.root, schema]);
  return html`<${Field} form=${form} name=${words.item(at + 1)} node=${node} schema=${schema} path=${path} required canOmit=${false} level=${level} />`;
}
