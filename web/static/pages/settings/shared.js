// @ts-check
// What several sections of the settings have.
import { html, useState } from "../../vendor/preact.js";
import { Button, ErrorNotice, Notice, toast } from "../../parts/kit.js";
import { useUnsaved } from "../../parts/dialog.js";
import { SettingRows } from "../../parts/setting_rows.js";
import { words } from "../../i18n/en/settings.js";

/** A server that does not list its configuration is said to be one. */
export const NotListed = () => html`<${Notice} title=${words.none404}>${words.none404Text}</${Notice}>`;

/** The settings of a section but those that are shown elsewhere on it. */
export function Configuration({ settings, section, title, except = [] }) {
  const rows = [...settings.values()].filter((one) => one.section === section && !except.includes(one.name));
  if (!rows.length) return null;
  return html`<section class="card stack tight" aria-labelledby=${`c-${section}`}><h2 id=${`c-${section}`}>${title}</h2><${SettingRows} settings=${rows} /><p class="soft small-text">${words.restart}</p></section>`;
}

/** Fields that are saved together. `save` throws what is shown; answers are kept by the caller. */
export function SavedForm({ title, id, isDirty, save, discard, children }) {
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const unsaved = useUnsaved(isDirty);
  const submit = async (event) => {
    event.preventDefault();
    if (busy || !isDirty) return;
    setError(null);
    setBusy(true);
    try {
      if ((await save()) !== false) toast(words.saved);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return html`<form class="card stack" aria-labelledby=${id} novalidate onSubmit=${submit}><h2 id=${id}>${title}</h2>${error && html`<${ErrorNotice} error=${error} />`}${children}
    <div class="row"><${Button} type="submit" kind="primary" busy=${busy} disabled=${!isDirty}>${words.save}</${Button}>${isDirty && html`<${Button} onClick=${() => { setError(null); discard(); }}>${words.discard}</${Button}>`}</div>${unsaved}</form>`;
}

export const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
