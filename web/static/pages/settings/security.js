// @ts-check
// What is kept, and how much anybody may ask.
import { html } from "../../vendor/preact.js";
import { address } from "../../app/where.js";
import { words } from "../../i18n/en/settings.js";
import { Configuration, NotListed } from "./shared.js";

const w = words.security;

export function Security({ settings }) {
  return html`<div class="stack"><section class="card stack tight"><p>${w.bodies}</p><p>${w.pinning} <a href=${address("/connections")}>${w.connections}</a></p></section>
    ${settings ? html`<${Configuration} settings=${settings} section="security" title=${w.audit} /><${Configuration} settings=${settings} section="limits" title=${w.limits} />` : html`<${NotListed} />`}</div>`;
}
