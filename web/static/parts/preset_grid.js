// @ts-check
// The well-known services as tiles: those that are there already lead to their connection.
import { html } from "../vendor/preact.js";
import { address } from "../app/where.js";
import { hostOf } from "../app/server_rows.js";
import { Icon, Pill, Tile } from "./kit.js";
import { words } from "../i18n/en/add_connection.js";

/** Those whose name, text or address has all words of `text`. */
export function matchingPresets(presets, text) {
  const wanted = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return presets.filter((one) => wanted.every((word) => `${one.title} ${one.description} ${hostOf(one.url)}`.toLowerCase().includes(word)));
}

function Inside({ preset, added }) {
  return html`<${Tile} name=${preset.title} icon=${preset.icon} /><span class="preset-text"><strong>${preset.title}</strong><small>${words.auths[preset.auth]}</small></span>
    ${added && html`<${Pill} tone="good" icon="check">${words.added}</${Pill}>`}`;
}

/** Arrow keys move between the tiles; `onUp` is called for Arrow Up in the first row. */
export function PresetGrid({ presets, servers, onPick, onUp }) {
  const addedOf = (preset) => servers.find((one) => one.url === preset.url);
  const keys = (event) => {
    const all = [...event.currentTarget.querySelectorAll(".preset")];
    const at = all.indexOf(document.activeElement);
    const across = all.filter((one) => one.offsetTop === all[0].offsetTop).length || 1;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + across, ArrowUp: at - across }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    if (to < 0) onUp();
    else all[Math.min(to, all.length - 1)].focus();
  };
  return html`<ul class="presets" aria-label=${words.presets} onKeyDown=${keys}>${presets.map((one) => {
    const added = addedOf(one);
    return html`<li key=${one.key}>${added ? html`<a class="preset" href=${address(`/connections/${added.slug}`)} title=${words.open(one.title)}><${Inside} preset=${one} added /></a>`
      : html`<button type="button" class="preset" title=${one.description} onClick=${() => onPick(one)}><${Inside} preset=${one} /></button>`}</li>`;
  })}</ul>`;
}

export const NoPreset = ({ text }) => html`<p class="soft row"><${Icon} name="info" /><span>${words.noPreset(text)}</span></p>`;
