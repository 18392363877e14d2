// @ts-check
// The last calls of a connection as small bars, newest at the right: height says how it went, so colour is not alone.
import { html } from "../vendor/preact.js";
import { words } from "../i18n/en/servers.js";

const good = (outcome) => outcome === "ok";

/** figures: { last: [{ outcome, duration_ms }] }, oldest first. Narrow screens show the newest eight. */
export function CallBars({ figures }) {
  const last = figures?.last ?? [];
  if (!last.length) return html`<span class="soft">${words.noCalls}</span>`;
  const failed = last.filter((one) => !good(one.outcome)).length;
  return html`<svg class="call-bars" viewBox="0 0 160 20" width="160" height="20" role="img" aria-label=${words.lastCallsHint(last.length, failed)}>
    <title>${words.lastCallsHint(last.length, failed)}</title>${last.slice(-40).map((one, at, all) => html`<rect key=${at} class=${good(one.outcome) ? "good" : "bad"} x=${160 - (all.length - at) * 4}
      y=${good(one.outcome) ? 4 : 0} width="2.5" height=${good(one.outcome) ? 12 : 20} rx="1" />`)}</svg>`;
}
