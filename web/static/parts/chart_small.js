// @ts-check
// Charts that fit into a line of text or a cell: a sparkline, and the last calls as a heartbeat.
import { html } from "../vendor/preact.js";
import { ago, count, duration } from "../app/format.js";
import { words } from "../i18n/en/charts.js";
import { linePath, linear, rangeOf } from "./chart_scale.js";
import { useStyles } from "./styles.js";

/** values: numbers in order of time, null where there is none. `label` says what they are, `text(value)` a value. */
export function Sparkline({ values, label, text = count, width = 120, height = 28 }) {
  useStyles("css/charts.css");
  const range = rangeOf(values);
  const x = linear(0, Math.max(1, values.length - 1), 2, width - 2);
  const y = linear(0, Math.max(range?.high ?? 1, 1e-9), height - 2, 3);
  const points = values.map((one, at) => (one === null || one === undefined ? null : /** @type {[number, number]} */ ([x(at), y(one)])));
  return html`<svg class="sparkline" role="img" aria-label=${words.trend(label, range, text)} width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`}>
    <path class="base" d=${`M0 ${height - 1.5}H${width}`} /><path class="line series-ok" d=${linePath(points)} /></svg>`;
}

export const isBad = (/** @type {string} */ outcome) => outcome === "failed" || outcome === "timeout" || outcome === "tool_error";

/**
 * The last calls, oldest first: beats [{ at, outcome, duration_ms }], as last_calls of the API. A call that went wrong is a tall bar of another colour; narrow
 * screens show the newest eight.
 */
export function Heartbeat({ beats, most = 40 }) {
  useStyles("css/charts.css");
  const shown = beats.slice(-most);
  const bad = shown.filter((one) => isBad(one.outcome)).length;
  const newest = shown.at(-1);
  const label = words.beats(shown.length, bad, newest ? `${isBad(newest.outcome) ? words.beatBad : words.beatGood}, ${ago(newest.at)}` : "");
  return html`<span class="heartbeat" role="img" aria-label=${label} title=${label}>${Array.from({ length: Math.max(0, most - shown.length) }, (_, at) => html`<i key=${`n${at}`} class="beat none" />`)}
    ${shown.map((one, at) => html`<i key=${at} class=${isBad(one.outcome) ? "beat bad" : one.outcome === "ok" ? "beat ok" : "beat other"} title=${one.duration_ms === null || one.duration_ms === undefined ? undefined : duration(one.duration_ms)} />`)}</span>`;
}
