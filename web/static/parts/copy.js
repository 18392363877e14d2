// @ts-check
// Copying. Browsers offer the clipboard only to https and loopback; elsewhere the text is selected for Ctrl+C.
import { html, useId, useRef, useState } from "../vendor/preact.js";
import { words } from "../i18n/en.js";
import { Button, Icon } from "./kit.js";

/** Whether the clipboard took the text. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Copies `text`; where that cannot be, `onRefused` may select it, or the text is shown to be copied by hand. */
export function CopyButton({ text, label = words.parts.copy, small = true, kind = "plain", onRefused = undefined, onCopied = undefined }) {
  const [state, setState] = useState("");
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const timer = useRef(0);
  const click = async () => {
    const value = typeof text === "function" ? text() : text;
    const done = await copy(value);
    setState(done ? "done" : "refused");
    clearTimeout(timer.current);
    if (done) {
      timer.current = setTimeout(() => setState(""), 2000);
      onCopied?.();
    } else if (onRefused) {
      onRefused();
    } else {
      setTimeout(() => field.current?.select());
    }
  };
  return html`<span class="copy"><${Button} small=${small} kind=${kind} icon=${state === "done" ? "check" : "copy"} onClick=${click}>${state === "done" ? words.parts.copied : label}</${Button}>
    <span role="status" class=${state === "refused" ? "soft" : "unseen"}>${state === "refused" ? words.parts.pressToCopy : state === "done" ? words.parts.copied : ""}</span>
    ${state === "refused" && !onRefused && html`<textarea class="mono copy-by-hand" readonly ref=${field} aria-label=${words.parts.textToCopy}>${typeof text === "function" ? text() : text}</textarea>`}</span>`;
}

/** A line that is there to be copied. */
export function CopyField({ label, text, hint = undefined }) {
  const id = useId();
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  return html`<div class="field"><label for=${id}>${label}</label><div class="copy-field">
    <input id=${id} ref=${input} class="mono" readonly value=${text} onFocus=${(event) => event.currentTarget.select()} />
    <${CopyButton} text=${text} onRefused=${() => { input.current?.focus(); input.current?.select(); }} /></div>${hint && html`<p class="field-hint">${hint}</p>`}</div>`;
}

/** Some lines of code with a button to copy exactly them. `name` says what they are; `children` may be highlighted text. */
export function CodeBlock({ text, name, children = undefined }) {
  const code = useRef(/** @type {HTMLElement | null} */ (null));
  const select = () => {
    const range = document.createRange();
    range.selectNodeContents(/** @type {HTMLElement} */ (code.current));
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
  };
  return html`<figure class="code-block"><figcaption><${Icon} name="file-text" /><span>${name}</span><${CopyButton} text=${text} onRefused=${select} /></figcaption>
    <pre tabindex="0" aria-label=${name}><code ref=${code}>${children ?? text}</code></pre></figure>`;
}
