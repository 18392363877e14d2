// @ts-check
// Layers over the page: <dialog> does the work (focus stays in, Esc closes), and the focus goes back where it was.
import { html, useEffect, useId, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { guardLeaving } from "../app/where.js";
import { words } from "../i18n/en.js";
import { Button, ErrorNotice, Icon } from "./kit.js";

/**
 * A modal dialog, there as long as it is rendered. `onClose` is called on Esc, the cross and a click beside it; `actions`
 * is the row at its foot. `onSubmit` makes it a form whose submit button is in `actions`; a promise it gives is waited for
 * and what that throws is shown. `steady` keeps a click beside it from closing.
 */
export function Dialog({ title, onClose, actions = undefined, onSubmit = undefined, steady = false, wide = false, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const element = /** @type {HTMLDialogElement} */ (dialog.current);
    element.showModal();
    const first = element.querySelector("[autofocus], [data-first]") ?? element.querySelector(".dialog-body input, .dialog-body select, .dialog-body textarea, .dialog-body button");
    /** @type {HTMLElement | null} */ (first)?.focus();
    return () => {
      element.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setError(null);
    setBusy(true);
    try {
      await onSubmit?.(event);
    } catch (problem) {
      if (!problem.isAborted) setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const inside = html`<div class="dialog-head"><h2 id=${id}>${title}</h2><${Button} kind="quiet" icon="x" label=${words.parts.close} onClick=${() => onClose()} /></div>
    <div class="dialog-body">${error && html`<${ErrorNotice} error=${error} />`}${children}</div>
    ${actions && html`<div class="dialog-foot">${typeof actions === "function" ? actions({ busy }) : actions}</div>`}`;
  return html`<dialog ref=${dialog} class=${wide ? "dialog wide" : "dialog"} aria-labelledby=${id}
    onCancel=${(event) => { if (event.target === dialog.current) { event.preventDefault(); onClose(); } }}
    onMouseDown=${(event) => { if (event.target === dialog.current && !steady) onClose(); }}>
    ${onSubmit ? html`<form class="dialog-box" method="dialog" novalidate onSubmit=${submit}>${inside}</form>` : html`<div class="dialog-box">${inside}</div>`}</dialog>`;
}

/**
 * Asks before something happens. `onConfirm` may be async; what it throws is shown and the dialog stays. With `typed` the
 * word must be typed first.
 */
export function Confirm({ title, children, action, danger = false, typed = undefined, onConfirm, onClose }) {
  const [text, setText] = useState("");
  const id = useId();
  const may = typed === undefined || text.trim() === typed;
  return html`<${Dialog} title=${title} onClose=${onClose}
    onSubmit=${async () => { if (may) { await onConfirm(); onClose(); } }}
    actions=${({ busy }) => html`<${Button} onClick=${() => onClose()} ...${typed === undefined ? { "data-first": true } : {}}>${words.parts.cancel}</${Button}>
      <${Button} type="submit" kind=${danger ? "danger" : "primary"} busy=${busy} disabled=${!may}>${action}</${Button}>`}>
    <div class="confirm-text">${children}</div>
    ${typed !== undefined && html`<div class="field"><label for=${id}>${words.parts.typeToConfirm} <code>${typed}</code></label>
      <input id=${id} data-first maxlength="500" autocomplete="off" spellcheck=${false} value=${text} onInput=${(event) => setText(event.currentTarget.value)} /></div>`}</${Dialog}>`;
}

/** A panel at the side, over the page: details of a row. */
export function Drawer({ title, onClose, actions = undefined, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog.current?.showModal();
    return () => {
      dialog.current?.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  return html`<dialog ref=${dialog} class="drawer" aria-labelledby=${id} onCancel=${(event) => { event.preventDefault(); onClose(); }}
    onMouseDown=${(event) => { if (event.target === dialog.current) onClose(); }}><div class="dialog-box">
    <div class="dialog-head"><h2 id=${id}>${title}</h2><${Button} kind="quiet" icon="x" label=${words.parts.close} onClick=${() => onClose()} /></div>
    <div class="dialog-body">${children}</div>${actions && html`<div class="dialog-foot">${actions}</div>`}</div></dialog>`;
}

/** While `dirty`, leaving the page asks first. Put what it gives on the page. */
export function useUnsaved(dirty) {
  const [answer, setAnswer] = useState(/** @type {null | ((go: boolean) => void)} */ (null));
  useLayoutEffect(() => {
    if (!dirty) return undefined;
    const away = guardLeaving(() => new Promise((resolve) => setAnswer(() => resolve)));
    const before = (event) => event.preventDefault();
    addEventListener("beforeunload", before);
    return () => {
      away();
      removeEventListener("beforeunload", before);
    };
  }, [dirty]);
  if (!answer) return null;
  const say = (go) => { setAnswer(null); answer(go); };
  return html`<${Confirm} title=${words.parts.unsavedTitle} action=${words.parts.leave} danger onConfirm=${() => say(true)} onClose=${() => say(false)}>${words.parts.unsaved}</${Confirm}>`;
}
