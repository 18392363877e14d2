// @ts-check
// Counts over time as bars, stacked by series, each with a colour and a pattern of its own.
import { html, useId, useState } from "../vendor/preact.js";
import { count } from "../app/format.js";
import { words } from "../i18n/en/charts.js";
import { ChartFrame, Patterns, useWidth } from "./chart_frame.js";
import { factsOf, linear, niceScale, slotAt, stack, timeTicks, totalOf } from "./chart_scale.js";

const height = 200, top = 10, foot = 22;
const tickWidth = (/** @type {string} */ text) => text.length * 7 + 10;

function Axes({ width, left, y, ticks, x, times }) {
  return html`<g class="axes">${ticks.map((one) => html`<g key=${one}><path d=${`M${left} ${y(one)}H${width}`} class=${one === 0 ? "base" : "grid"} />
      <text x=${left - 6} y=${y(one)} dy="0.32em" text-anchor="end">${count(one)}</text></g>`)}
    ${times.map((one) => html`<text key=${one.at} x=${x(one.at)} y=${height - 6} text-anchor="middle">${one.isDay ? words.day(one.at) : words.hour(one.at)}</text>`)}</g>`;
}

/** Where the pointer is, in words; the table says the same to those without one. */
function Readout({ bucket, series, step, x, width }) {
  const keys = series.map((one) => one.key);
  const right = x > width / 2;
  return html`<div class="readout" aria-hidden="true" style=${{ left: right ? "auto" : `${x + 10}px`, right: right ? `${width - x + 10}px` : "auto" }}><strong>${words.span(bucket.start, step)}</strong>
    <span>${words.total}<b>${count(totalOf(bucket, keys))}</b></span>
    ${series.filter((one) => bucket.values[one.key]).map((one) => html`<span key=${one.key}>${one.label}<b>${count(bucket.values[one.key])}</b></span>`)}</div>`;
}

/**
 * buckets: [{ start: ms, values: { key: number } }] without holes, `step` ms each; series: [{ key, label, pattern }], the first
 * lies at the bottom. `what` is { one: "call", many: "calls" }.
 */
export function BarChart({ title, buckets, step, series, what, action = undefined }) {
  const id = useId();
  const [box, width] = useWidth();
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const shown = series.filter((one, index) => index === 0 || buckets.some((bucket) => bucket.values[one.key]));
  const keys = shown.map((one) => one.key);
  const facts = factsOf(buckets, keys);
  const most = Math.max(0, ...buckets.map((one) => totalOf(one, keys)));
  const { max, ticks } = niceScale(most, 4, { whole: true });
  const left = tickWidth(count(max));
  const y = linear(0, max, height - foot, top);
  const from = buckets[0]?.start ?? 0, to = (buckets.at(-1)?.start ?? 0) + step;
  const x = linear(from, to, left, width);
  const slot = (width - left) / Math.max(1, buckets.length);
  const gap = slot > 6 ? 2 : slot > 3 ? 1 : 0;
  const times = timeTicks(from, to, Math.max(2, Math.floor((width - left) / 76))).filter((one) => x(one.at) > left + 14 && x(one.at) < width - 18);
  const table = { columns: [words.time, ...shown.map((one) => one.label), ...(shown.length > 1 ? [words.total] : [])],
    rows: buckets.map((one) => [words.span(one.start, step), ...keys.map((key) => count(one.values[key] ?? 0)), ...(shown.length > 1 ? [count(totalOf(one, keys))] : [])]) };
  const parts = shown.length > 1 ? shown.filter((one) => facts.sums[one.key]).map((one) => `${count(facts.sums[one.key])} ${one.label}`) : [];
  const summary = words.counts(facts.total, what, parts, facts.peak && { value: facts.peak.value, when: words.span(facts.peak.start, step) });
  const move = (event) => setAt(buckets.length ? slotAt(event.clientX - event.currentTarget.getBoundingClientRect().left, left, width, buckets.length) : null);
  return html`<${ChartFrame} title=${title} summary=${summary} series=${shown} table=${table} action=${action}>${(named) => html`<div class="plot" ref=${box}>
    <svg ...${named} width=${width} height=${height} onPointerMove=${move} onPointerLeave=${() => setAt(null)}><${Patterns} id=${id} series=${shown} />
      ${at !== null && buckets[at] && html`<rect class="here" x=${left + at * slot} y=${top} width=${slot} height=${height - foot - top} />`}
      <${Axes} width=${width} left=${left} y=${y} ticks=${ticks} x=${x} times=${times} />
      ${buckets.map((bucket, index) => html`<g key=${bucket.start}>${stack(bucket, keys).map((one) => html`<rect key=${one.key} x=${left + index * slot + gap / 2} width=${Math.max(1, slot - gap)}
        y=${y(one.to)} height=${Math.max(1, y(one.from) - y(one.to) - (one.from > 0 ? 1 : 0))} fill=${`url(#${id}-${one.key})`} />`)}</g>`)}</svg>
    ${at !== null && buckets[at] && html`<${Readout} bucket=${buckets[at]} series=${shown} step=${step} x=${left + (at + 0.5) * slot} width=${width} />`}</div>`}</${ChartFrame}>`;
}
