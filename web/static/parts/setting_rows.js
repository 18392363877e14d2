// @ts-check
// What the configuration says: a value, and who set it. Nothing here can be changed.
import { html } from "../vendor/preact.js";
import { Foreign, Icon } from "./kit.js";
import { words } from "../i18n/en/settings.js";

/** "Set by PATCHBAY_PUBLIC_URL, read-only here." */
export function sourceText(setting) {
  const text = words.source[setting.source];
  if (typeof text === "string") return text;
  return text ? text(setting.source === "default" ? setting.variable : (setting.place ?? setting.variable ?? setting.name)) : words.fixed;
}

function valueText({ name, value }) {
  if (name.startsWith("limits.") && Number(value) === 0) return words.noLimit;
  if (Array.isArray(value)) return value.length ? value.join(", ") : words.unsetList;
  return { true: words.yes, false: words.no }[value] ?? value ?? words.unset;
}

const isSet = (setting) => (Array.isArray(setting.value) ? setting.value.length > 0 : setting.value !== null);
export const isFixed = (setting) => ["environment", "file", "flag"].includes(setting.source);

export function SettingRows({ settings }) {
  return html`<dl class="settings">${settings.map((one) => html`<div key=${one.name} data-setting=${one.name}><dt>${words.names[one.name] ?? html`<code>${one.name}</code>`}</dt>
    <dd><span class=${isSet(one) ? "mono" : "soft"}><${Foreign} text=${valueText(one)} limit=${300} /></span>
      <small class="soft">${isFixed(one) && html`<${Icon} name="lock" /> `}${sourceText(one)}</small></dd></div>`)}</dl>`;
}
