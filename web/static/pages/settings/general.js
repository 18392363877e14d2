// @ts-check
// The organisation's name, and the public address with a look at whether it is the one that was opened.
import { html, useState } from "../../vendor/preact.js";
import { api, appliance } from "../../app/api.js";
import { address } from "../../app/where.js";
import { CopyField } from "../../parts/copy.js";
import { TextField } from "../../parts/form.js";
import { Notice } from "../../parts/kit.js";
import { isFixed, sourceText } from "../../parts/setting_rows.js";
import { words } from "../../i18n/en/settings.js";
import { Configuration, NotListed, SavedForm } from "./shared.js";

const w = words.general;

function PublicAddress({ setting }) {
  const says = (setting?.value ?? appliance.value?.public_url)?.replace(/\/$/, "");
  const opened = location.origin + address("");
  return html`<section class="card stack" aria-labelledby="address"><h2 id="address">${w.reached}</h2>
    ${!says ? html`<p class="soft">${w.unknown}</p>` : html`<${CopyField} label=${w.address} text=${says} hint=${setting && sourceText(setting)} />
      ${opened === says ? html`<${Notice} kind="good">${w.addressGood}</${Notice}>` : html`<${Notice} kind="warn" title=${w.addressBad(opened)}>${w.addressFix(setting?.variable ?? "PATCHBAY_PUBLIC_URL")}</${Notice}>`}`}</section>`;
}

function Organisation({ setting, onSettings }) {
  const [name, setName] = useState(setting.value ?? "");
  const save = async () => {
    const answer = await api("PATCH", "/v1/settings", { organisation: name.trim() || null });
    if (appliance.value) appliance.value = { ...appliance.value, organisation: name.trim() || null };
    onSettings(answer);
  };
  return html`<${SavedForm} id="organisation" title=${w.card} isDirty=${name.trim() !== (setting.value ?? "")} save=${save} discard=${() => setName(setting.value ?? "")}>
    <${TextField} label=${w.organisation} value=${name} onInput=${setName} maxlength="80" readonly=${!setting.editable} hint=${isFixed(setting) ? sourceText(setting) : w.hint} /></${SavedForm}>`;
}

export function General({ settings, onSettings }) {
  const organisation = settings?.get("organisation");
  return html`<div class="stack">${organisation && html`<${Organisation} setting=${organisation} onSettings=${onSettings} />`}<${PublicAddress} setting=${settings?.get("public_url")} />
    ${settings ? html`<${Configuration} settings=${settings} section="general" title=${w.configuration} except=${["organisation", "public_url"]} />` : html`<${NotListed} />`}</div>`;
}
