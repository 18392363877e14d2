// @ts-check
// What every chart has around it: its name, what it says in a sentence, a legend, and the same numbers as a table.
import { html, useId, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { useStyles } from "./styles.js";
import { Segmented } from "./form.js";
import { words } from "../i18n/en/charts.js";

/** The patterns that stand beside the colours; the first is plain. */
const marks = {
  plain: null,
  stripes: "M-1 1l2-2M0 6l6-6M5 7l2-2",
  dots: "M1.5 1.5h.01M4.5 4.5h.01",
  cross: "M0 0l6 6M6 0l-6 6",
  lines: "M0 1.5h6M0 4.5h6",
  columns: "M1.5 0v6M4.5 0v6",
};

/** The definitions for an svg; `fill(key)` of useFills names them. series: [{ key, pattern }], CSS gives .series-<key> a colour. */
export function Patterns({ id, series }) {
  return html`<defs>${series.map((one) => html`<pattern key=${one.key} id=${`${id}-${one.key}`} class=${`series-${one.key}`} width="6" height="6" patternUnits="userSpaceOnUse">
    <rect width="6" height="6" class="pattern-ground" />${marks[one.pattern] && html`<path d=${marks[one.pattern]} class="pattern-mark" />`}</pattern>`)}</defs>`;
}

/** How wide the chart may be, in pixels; follows its box. */
export function useWidth(first = 640) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = () => setWidth(Math.max(180, Math.floor(element.clientWidth)));
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  return /** @type {const} */ ([box, width]);
}

function Legend({ series, kind }) {
  const id = useId();
  return html`<ul class="legend">${series.map((one) => html`<li key=${one.key}><svg width="14" height="10" aria-hidden="true">${kind === "line"
    ? html`<path d="M0 5h14" class=${`line series-${one.key} ${one.dash ?? ""}`} />`
    : html`<${Patterns} id=${id} series=${[one]} /><rect width="14" height="10" rx="2" fill=${`url(#${id}-${one.key})`} />`}</svg>${one.label}</li>`)}</ul>`;
}

function Numbers({ title, columns, rows }) {
  return html`<div class="chart-table" tabindex="0" role="region" aria-label=${title}><table><caption class="unseen">${title}</caption>
    <thead><tr>${columns.map((one) => html`<th scope="col" key=${one}>${one}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row[0]}>${row.map((cell, at) => (at === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`)}</tbody></table></div>`;
}

/** `table` is { columns: [text], rows: [[text]] }; children(ids) draws the svg, which takes `aria-labelledby` from it. */
export function ChartFrame({ title, summary, series, kind = "bar", table, children, action = undefined }) {
  useStyles("css/charts.css");
  const id = useId();
  const [view, setView] = useState("chart");
  return html`<figure class="chart card" aria-labelledby=${`${id}t`}>
    <div class="chart-head"><h2 id=${`${id}t`}>${title}</h2>${action}<${Segmented} label=${words.view(title)} hideLabel value=${view} onChange=${setView}
      options=${[{ value: "chart", label: words.chart }, { value: "table", label: words.table }]} /></div>
    <p class="chart-summary soft" id=${`${id}s`}>${summary}</p>
    ${view === "table" ? html`<${Numbers} title=${title} ...${table} />` : html`${children({ role: "img", "aria-labelledby": `${id}t ${id}s` })}${series.length > 1 && html`<${Legend} series=${series} kind=${kind} />`}`}</figure>`;
}
