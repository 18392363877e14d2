// @ts-check
// The last calls of a connection in one line: a call that went wrong is a tall bar of another colour.
import { html } from "../vendor/preact.js";
import { ago } from "../app/format.js";
import { words } from "../i18n/en/servers.js";

const most = 40;
const isBad = (/** @type {string} */ outcome) => outcome === "failed" || outcome === "timeout" || outcome === "tool_error";

/** beats: [{ at, outcome }], oldest first, as last_calls of the API. Narrow screens show the newest eight. */
export function Heartbeat({ beats }) {
  const shown = beats.slice(-most);
  const label = words.beats(shown.length, shown.filter((one) => isBad(one.outcome)).length, shown.length ? ago(shown[shown.length - 1].at) : "");
  return html`<span class="heartbeat" role="img" aria-label=${label} title=${label}>${Array.from({ length: most - shown.length }, (_, at) => html`<i key=${`n${at}`} class="beat none" />`)}
    ${shown.map((one, at) => html`<i key=${at} class=${isBad(one.outcome) ? "beat bad" : one.outcome === "ok" ? "beat ok" : "beat"} />`)}</span>`;
}
