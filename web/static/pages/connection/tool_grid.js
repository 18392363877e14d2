// @ts-check
// The tools of a connection as a grid of which only the rows in sight are in the document. Arrow keys go from row to row, Tab
// into the row's controls, Enter opens it.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/preact.js";
import { policyOf } from "../../app/servers.js";
import { Button, Foreign, Pill } from "../../parts/kit.js";
import { windowOf } from "../../parts/virtual_list.js";
import { words } from "../../i18n/en/connection.js";

const w = words.tools;
const narrow = matchMedia("(max-width: 720px)");
export const policyWords = ["allow", "ask", "off"];

/** Allow, ask or off for one tool, or with `value` null for many. */
export function PolicyChoice({ label, value, onChoose, disabled = false, inRow = false }) {
  return html`<span class="policy" role="group" aria-label=${label}>${policyWords.map((word) => html`<button type="button" key=${word} class=${word} tabindex=${inRow ? -1 : undefined}
    aria-pressed=${value === null ? undefined : value === word} title=${w.policyHints[word]} disabled=${disabled} onClick=${() => onChoose(word)}>${w.policies[word]}</button>`)}</span>`;
}

/** What is to be known of a tool at a glance. */
export function ToolPills({ tool, server }) {
  const left = server.deny.includes(tool.name) ? w.denied : server.allow.length && !server.allow.includes(tool.name) ? w.notAllowed : null;
  return html`${tool.held && html`<${Pill} tone="warn" icon="hand">${w.heldPill}</${Pill}>`}
    ${tool.flags?.length > 0 && html`<${Pill} tone="warn" icon="triangle-alert" title=${tool.flags.map((one) => w.flags[one] ?? one).join(" ")}>${w.flagged}</${Pill}>`}
    ${left && html`<${Pill} tone="bad" icon="ban" title=${w.lists}>${left}</${Pill}>`}
    ${tool.read_only === true && html`<${Pill} icon="eye">${w.reads}</${Pill}>`}`;
}

function useNarrow() {
  const [is, setIs] = useState(narrow.matches);
  useEffect(() => {
    const changed = () => setIs(narrow.matches);
    narrow.addEventListener("change", changed);
    return () => narrow.removeEventListener("change", changed);
  }, []);
  return is;
}

/** `filter` is what the rows were chosen by: when it becomes another, the list begins at its top. */
export function ToolGrid({ rows, server, filter, onOpen, onChoose, runTo }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const isNarrow = useNarrow();
  const rowHeight = isNarrow ? 116 : 60;
  const [view, setView] = useState({ scrollTop: 0, height: 600 });
  const [place, setCurrent] = useState(0);
  const current = Math.min(place, rows.length - 1);
  const moved = useRef(false);
  useEffect(() => {
    const element = /** @type {HTMLElement} */ (box.current);
    const measure = () => setView({ scrollTop: element.scrollTop, height: element.clientHeight });
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => { watcher.disconnect(); element.removeEventListener("scroll", measure); };
  }, []);
  useEffect(() => { setCurrent(0); if (box.current) box.current.scrollTop = 0; }, [filter]);
  const { first, count } = windowOf({ ...view, rowHeight, total: rows.length });
  useLayoutEffect(() => {
    if (!moved.current) return;
    const element = /** @type {HTMLElement} */ (box.current);
    const row = /** @type {HTMLElement | null} */ (element.querySelector(`[aria-rowindex="${current + 1}"]`));
    if (!row) return;
    moved.current = false;
    row.focus({ preventScroll: true });
  });
  const go = (to) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    const element = /** @type {HTMLElement} */ (box.current);
    const top = next * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = top + rowHeight - element.clientHeight;
    moved.current = true;
    setCurrent(next);
    setView({ scrollTop: element.scrollTop, height: element.clientHeight });
  };
  const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
  const keys = (event) => {
    const isRow = event.target.getAttribute("role") === "row";
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + page, PageUp: current - page, Home: 0, End: rows.length - 1 }[event.key];
    if (isRow && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); return onOpen(rows[current]); }
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };
  const clicked = (event, index) => {
    setCurrent(index);
    if (!event.target.closest("button, a") && !getSelection()?.toString()) onOpen(rows[index]);
  };
  const draw = (tool, index) => {
    const isCurrent = index === current;
    return html`<div key=${tool.name} role="row" aria-rowindex=${index + 1} tabindex=${isCurrent ? 0 : -1} class="tool-row" style=${{ height: `${rowHeight}px` }} onClick=${(event) => clicked(event, index)} onFocusIn=${() => setCurrent(index)}>
      <div role="gridcell" class="tool-name"><code><${Foreign} text=${tool.name} limit=${120} /></code><span class="tool-pills"><${ToolPills} tool=${tool} server=${server} /></span>
        <span class="tool-text"><${Foreign} text=${tool.description ?? tool.title ?? ""} limit=${200} /></span></div>
      <div role="gridcell" class="tool-controls"><${PolicyChoice} label=${w.policyOf(tool.name)} value=${policyOf(server.tool_policy, tool.name)} inRow=${!isCurrent} onChoose=${(word) => onChoose(tool, word)} />
        <${Button} small kind="quiet" icon="play" label=${`${w.run}: ${tool.name}`} href=${runTo(tool)} tabindex=${isCurrent ? undefined : -1} /></div></div>`;
  };
  return html`<div class="virtual tool-grid" ref=${box} role="grid" aria-label=${w.list} aria-rowcount=${rows.length} style=${{ height: `${rows.length * rowHeight + 2}px` }} onKeyDown=${keys}>
    <div class="virtual-all" role="presentation" style=${{ height: `${rows.length * rowHeight}px` }}><div class="virtual-window" role="presentation" style=${{ transform: `translateY(${first * rowHeight}px)` }}>
      ${rows.slice(first, first + count).map((tool, offset) => draw(tool, first + offset))}</div></div></div>`;
}
