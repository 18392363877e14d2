// @ts-check
// Measures over time as lines; a dash beside each colour, and holes where nothing was measured.
import { html, useState } from "../vendor/preact.js";
import { words } from "../i18n/en/charts.js";
import { ChartFrame, useWidth } from "./chart_frame.js";
import { linePath, linear, niceScale, rangeOf, slotAt, timeTicks } from "./chart_scale.js";

const height = 200, top = 10, foot = 22;

/**
 * buckets: [{ start: ms, values: { key: number | null } }] without holes, `step` ms each; series: [{ key, label, dash }], `dash`
 * "" or "dashed". `text(value)` says a value.
 */
export function LineChart({ title, buckets, step, series, text, action = undefined }) {
  const [box, width] = useWidth();
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const valuesOf = (key) => buckets.map((one) => one.values[key] ?? null);
  const ranges = series.map((one) => ({ ...one, range: rangeOf(valuesOf(one.key)) }));
  const { max, ticks } = niceScale(Math.max(0, ...ranges.map((one) => one.range?.high ?? 0)));
  const left = Math.max(...ticks.map((one) => text(one).length)) * 6.6 + 10;
  const y = linear(0, max, height - foot, top);
  const from = buckets[0]?.start ?? 0, to = (buckets.at(-1)?.start ?? 0) + step;
  const x = linear(from, to, left, width);
  const times = timeTicks(from, to, Math.max(2, Math.floor((width - left) / 76))).filter((one) => x(one.at) > left + 14 && x(one.at) < width - 18);
  const summary = words.lines(ranges.filter((one) => one.range).map((one) => words.line(one.label, one.range, text)));
  const say = (value) => (value === null || value === undefined ? "–" : text(value));
  const table = { columns: [words.time, ...series.map((one) => one.label)], rows: buckets.map((one) => [words.span(one.start, step), ...series.map(({ key }) => say(one.values[key]))]) };
  const move = (event) => setAt(buckets.length ? slotAt(event.clientX - event.currentTarget.getBoundingClientRect().left, left, width, buckets.length) : null);
  const bucket = at === null ? null : buckets[at];
  const middle = bucket ? x(bucket.start + step / 2) : 0;
  return html`<${ChartFrame} title=${title} summary=${summary} series=${series} kind="line" table=${table} action=${action}>${(named) => html`<div class="plot" ref=${box}>
    <svg ...${named} width=${width} height=${height} onPointerMove=${move} onPointerLeave=${() => setAt(null)}>
      <g class="axes">${ticks.map((one) => html`<g key=${one}><path d=${`M${left} ${y(one)}H${width}`} class=${one === 0 ? "base" : "grid"} /><text x=${left - 6} y=${y(one)} dy="0.32em" text-anchor="end">${text(one)}</text></g>`)}
        ${times.map((one) => html`<text key=${one.at} x=${x(one.at)} y=${height - 6} text-anchor="middle">${one.isDay ? words.day(one.at) : words.hour(one.at)}</text>`)}</g>
      ${bucket && html`<path class="guide" d=${`M${middle} ${top}V${height - foot}`} />`}
      ${series.map((one) => html`<path key=${one.key} class=${`line series-${one.key} ${one.dash ?? ""}`} d=${linePath(buckets.map(({ start, values }) => values[one.key] === null || values[one.key] === undefined ? null : [x(start + step / 2), y(values[one.key])]))} />`)}
      ${bucket && series.map((one) => bucket.values[one.key] !== null && bucket.values[one.key] !== undefined && html`<circle key=${one.key} class=${`point series-${one.key}`} cx=${middle} cy=${y(bucket.values[one.key])} r="3.5" />`)}</svg>
    ${bucket && html`<div class="readout" aria-hidden="true" style=${{ left: middle > width / 2 ? "auto" : `${middle + 10}px`, right: middle > width / 2 ? `${width - middle + 10}px` : "auto" }}>
      <strong>${words.span(bucket.start, step)}</strong>${series.map((one) => html`<span key=${one.key}>${one.label}<b>${say(bucket.values[one.key])}</b></span>`)}</div>`}</div>`}</${ChartFrame}>`;
}
