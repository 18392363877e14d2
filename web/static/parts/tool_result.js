// @ts-check
// What a tool answered. All of it is foreign: texts are text, pictures only of four kinds and only as data, links only to
// https, and everything else can be saved, not shown.
import { html, useMemo } from "../vendor/preact.js";
import { bytes, clock, safeHref } from "../app/format.js";
import { writeExact } from "../app/schema/exact.js";
import { isObject } from "../app/schema/schema.js";
import { check } from "../app/schema/check.js";
import { Button, Disclosure, Foreign, Icon, Notice, Pill } from "./kit.js";
import { TextBlock, saveFile } from "./json_view.js";
import { words as all } from "../i18n/en/tools.js";

const words = all.run;
const pictures = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const mostParts = 100;

const isBase64 = (text) => typeof text === "string" && text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
const sizeOf = (text) => Math.floor((text.length * 3) / 4);
const fileName = (text, otherwise) => (typeof text === "string" ? text.split("/").at(-1)?.replace(/[^\w.-]+/g, "_").replace(/^[._]+/, "").slice(0, 80) : "") || otherwise;

function bytesOf(text) {
  const raw = atob(text);
  const made = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) made[at] = raw.charCodeAt(at);
  return made;
}

/** What is only saved: its kind and size. */
function Saved({ icon, label, data, name }) {
  return html`<div class="result-part row between"><span class="row"><${Icon} name=${icon} /><${Foreign} text=${label} limit=${200} /></span>
    ${isBase64(data) && html`<${Button} small icon="download" onClick=${() => saveFile(name, bytesOf(data), "application/octet-stream")}>${words.save}</${Button}>`}</div>`;
}

function Picture({ part, at }) {
  if (!pictures.includes(part.mimeType) || !isBase64(part.data))
    return html`<${Saved} icon="file-text" label=${words.noImage(String(part.mimeType))} data=${part.data} name=${`image-${at + 1}.bin`} />`;
  return html`<figure class="result-part result-image"><img src=${`data:${part.mimeType};base64,${part.data}`} alt=${words.image(at + 1)} />
    <figcaption class="row between"><span class="soft">${part.mimeType} · ${bytes(sizeOf(part.data))}</span>
      <${Button} small icon="download" onClick=${() => saveFile(`image-${at + 1}.${part.mimeType.slice(6)}`, bytesOf(part.data), part.mimeType)}>${words.save}</${Button}></figcaption></figure>`;
}

/** An address from outside: a link where it is https, else its text. */
function Address({ text }) {
  const href = safeHref(text);
  return href?.startsWith("https:") ? html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow"><${Foreign} text=${text} limit=${300} /></a>` : html`<code><${Foreign} text=${text} limit=${300} /></code>`;
}

function ResourceLink({ part }) {
  return html`<div class="result-part"><p class="row"><${Icon} name="link" /><strong><${Foreign} text=${part.title ?? part.name ?? words.resourceLink} limit=${120} /></strong>${part.mimeType && html`<${Pill}>${String(part.mimeType).slice(0, 60)}</${Pill}>`}</p>
    <p><${Address} text=${String(part.uri ?? "")} /></p>${part.description && html`<p class="soft"><${Foreign} text=${part.description} /></p>`}</div>`;
}

function Resource({ part, at }) {
  const inner = isObject(part.resource) ? part.resource : {};
  const name = typeof inner.uri === "string" ? inner.uri : words.resource;
  if (typeof inner.text === "string") return html`<div class="result-part"><p class="row soft"><${Icon} name="file-text" /><${Address} text=${name} /></p><${TextBlock} text=${inner.text} name=${String(inner.mimeType ?? words.resource).slice(0, 80)} /></div>`;
  return html`<${Saved} icon="file-text" label=${`${name} · ${inner.mimeType ?? "?"} · ${bytes(sizeOf(String(inner.blob ?? "")))}`} data=${inner.blob} name=${fileName(inner.uri, `resource-${at + 1}.bin`)} />`;
}

function Part({ part, at }) {
  if (!isObject(part)) return html`<${TextBlock} text=${writeExact(part)} name=${words.unknown("?")} json />`;
  if (part.type === "text") return html`<${TextBlock} text=${String(part.text ?? "")} name=${words.text} icon="message-square" />`;
  if (part.type === "image") return html`<${Picture} part=${part} at=${at} />`;
  if (part.type === "audio") return html`<${Saved} icon="file-text" label=${words.audio(String(part.mimeType), bytes(sizeOf(String(part.data ?? ""))))} data=${part.data} name=${`sound-${at + 1}.bin`} />`;
  if (part.type === "resource_link") return html`<${ResourceLink} part=${part} />`;
  if (part.type === "resource") return html`<${Resource} part=${part} at=${at} />`;
  return html`<${TextBlock} text=${writeExact(part, 2)} name=${words.unknown(String(part.type).slice(0, 40))} json />`;
}

/** Structured content, and whether it is what the tool's output schema promises. */
function Structured({ value, schema }) {
  const text = useMemo(() => writeExact(value, 2), [value]);
  const problems = useMemo(() => (isObject(schema) ? check(schema, schema, value) : null), [value, schema]);
  return html`<div class="result-part stack tight"><${TextBlock} text=${text} name=${words.structured} icon="list" json />
    ${problems && (problems.length ? html`<${Notice} kind="warn">${words.unfit("")}${problems.slice(0, 3).map((one, at) => html`${at ? "; " : ""}<code><${Foreign} text=${one.pointer || words.atRoot} limit=${80} /></code> <${Foreign} text=${one.message} limit=${120} />`)}</${Notice}>`
      : html`<p class="soft row"><${Icon} name="check" />${words.fits}</p>`)}</div>`;
}

/** The parts of a result, text first where it is an error. */
export function ToolResult({ outcome, outputSchema }) {
  const parts = Array.isArray(outcome.result.content) ? outcome.result.content.slice(0, mostParts) : [];
  const placed = parts.map((part, at) => ({ part, at }));
  if (outcome.isError) placed.sort((one, other) => Number(other.part?.type === "text") - Number(one.part?.type === "text"));
  const structured = outcome.result.structuredContent;
  const shown = placed.map(({ part, at }) => html`<${Part} key=${at} part=${part} at=${at} />`);
  return html`${shown}${structured !== undefined && structured !== null && html`<${Structured} value=${structured} schema=${outcome.isError ? null : outputSchema} />`}
    ${!parts.length && (structured === undefined || structured === null) && html`<p class="soft">${words.empty}</p>`}`;
}

/** All of a result as a file. */
export function saveResult(name, outcome) {
  saveFile(`${fileName(name, "tool")}.json`, writeExact(outcome.result, 2), "application/json");
}

/** The very arguments that were sent, and when. */
export function Sent({ sent, children }) {
  return html`<${Disclosure} summary=${words.sent}><div class="stack tight"><p class="soft">${words.sentAt(clock(sent.at))} · <code>${sent.name}</code></p>
    <${TextBlock} text=${sent.text} name=${words.arguments} json />${children}</div></${Disclosure}>`;
}
