// @ts-check
// Long and foreign texts: JSON in colours, and text of any length a piece at a time, so that the page stays quick.
import { html, useMemo, useState } from "../vendor/preact.js";
import { bytes, piecesOf } from "../app/format.js";
import { piecesOfJson } from "../app/schema/highlight.js";
import { CopyButton } from "./copy.js";
import { Button, Icon } from "./kit.js";
import { words as shell } from "../i18n/en.js";
import { words as all } from "../i18n/en/tools.js";

const words = all.run;
const first = 20_000; // characters
const step = 100_000;
const mostBadges = 500;

/** What may be cut without taking a character apart. */
const upTo = (text, end) => (end < text.length && text.charCodeAt(end - 1) >= 0xd800 && text.charCodeAt(end - 1) < 0xdc00 ? end + 1 : end);

/** The pieces of a foreign text, hidden characters of one kind in a row as one, and no more of them than a page can bear. */
export function shownPieces(/** @type {string} */ text) {
  /** @type {(string | {badge: string, times: number})[]} */
  const made = [];
  let badges = 0;
  for (const piece of piecesOf(text)) {
    const last = made.at(-1);
    if (typeof piece === "string") made.push(piece);
    else if (last && typeof last !== "string" && last.badge === piece.badge) last.times += 1;
    else if (badges++ < mostBadges) made.push({ badge: piece.badge, times: 1 });
    else if (typeof last === "string") made[made.length - 1] = `${last}\ufffd`;
  }
  return made;
}

const badge = (piece) => html`<span class="hidden-character" title=${shell.parts.hiddenCharacter}>${piece.badge}${piece.times > 1 ? ` ×${piece.times}` : ""}</span>`;

function coloured(text) {
  return piecesOfJson(text).map((piece) => {
    const inside = shownPieces(piece.text).map((one) => (typeof one === "string" ? one : badge(one)));
    return piece.kind ? html`<span class=${`json-${piece.kind}`}>${inside}</span>` : inside;
  });
}

/** A text from outside in a frame of its own, with what it is and what can be done with it. `json` puts it in colours. */
export function TextBlock({ text, name, icon = "file-text", json = false, actions = undefined }) {
  const [end, setEnd] = useState(first);
  const cut = upTo(text, end);
  const shown = text.length > cut ? text.slice(0, cut) : text;
  const inside = useMemo(() => (json ? coloured(shown) : shownPieces(shown).map((one) => (typeof one === "string" ? one : badge(one)))), [shown, json]);
  const left = text.length - shown.length;
  return html`<figure class="code-block text-block"><figcaption><${Icon} name=${icon} /><span>${name}</span>${actions}<${CopyButton} text=${text} kind="quiet" /></figcaption>
    <pre tabindex="0" role="region" aria-label=${name} dir=${json ? "ltr" : "auto"}><code>${inside}</code></pre>
    ${left > 0 && html`<div class="text-more"><span class="soft">${words.partly(bytes(shown.length), bytes(text.length))}</span>
      <${Button} small onClick=${() => setEnd(end + step)}>${words.more(bytes(Math.min(step, left)))}</${Button}></div>`}</figure>`;
}

/** Gives a person a file. */
export function saveFile(/** @type {string} */ name, /** @type {BlobPart} */ content, type = "text/plain;charset=utf-8") {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
