// @ts-check
// Where Patchbay may connect to. Saving asks for the password once more.
import { html, useState } from "../../vendor/preact.js";
import { api } from "../../app/api.js";
import { Choices, TextArea } from "../../parts/form.js";
import { SettingRows } from "../../parts/setting_rows.js";
import { words } from "../../i18n/en/settings.js";
import { Configuration, NotListed, SavedForm, linesOf } from "./shared.js";

const w = words.network;
const modes = Object.entries(w.modes).map(([value, [label, hint]]) => ({ value, label, hint }));

function Reach({ mode, allow, onSettings }) {
  const was = { mode: mode.value ?? "admin", lines: (allow.value ?? []).join("\n") };
  const [edits, setEdits] = useState({});
  const draft = { ...was, ...edits }; // what was not entered here may have been changed by others meanwhile
  const changes = { ...(draft.mode !== was.mode && { private: draft.mode }), ...(String(linesOf(draft.lines)) !== String(allow.value ?? []) && { allow: linesOf(draft.lines) }) };
  const save = async () => {
    onSettings(await api("PUT", "/v1/settings/network", changes));
    setEdits({});
  };
  return html`<${SavedForm} id="reach" title=${words.names["network.private"]} isDirty=${Object.keys(changes).length > 0} save=${save} discard=${() => setEdits({})}>
    ${mode.editable ? html`<${Choices} label=${w.private} value=${draft.mode} options=${modes} onChange=${(next) => setEdits({ ...edits, mode: next })} />` : html`<${SettingRows} settings=${[mode]} />`}
    ${allow.editable ? html`<${TextArea} label=${w.allow} hint=${w.allowHint} value=${draft.lines} onInput=${(lines) => setEdits({ ...edits, lines })} class="mono" spellcheck=${false} />` : html`<${SettingRows} settings=${[allow]} />`}
    ${(mode.editable || allow.editable) && html`<p class="soft">${w.warning}</p>`}</${SavedForm}>`;
}

export function Network({ settings, onSettings }) {
  const [mode, allow] = [settings?.get("network.private"), settings?.get("network.allow")];
  if (!mode || !allow) return html`<${NotListed} />`;
  return html`<div class="stack"><${Reach} mode=${mode} allow=${allow} onSettings=${onSettings} /><${Configuration} settings=${settings} section="network" title=${w.more} except=${["network.private", "network.allow"]} /></div>`;
}
