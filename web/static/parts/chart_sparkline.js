// @ts-check
// A chart that fits into a line of text or a cell.
import { html } from "../vendor/preact.js";
import { count } from "../app/format.js";
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
