// @ts-check
// A long list of rows of one height of which only those in sight are in the document.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";

/** The rows to draw: those in sight and `spare` on both sides, never more than `most`. Pure. */
export function windowOf({ scrollTop, height, rowHeight, total, spare = 8, most = 120 }) {
  const first = Math.max(0, Math.min(total - 1, Math.floor(scrollTop / rowHeight)) - spare);
  const count = Math.min(most, Math.ceil(height / rowHeight) + 2 * spare, total - first);
  return { first: Math.max(0, first), count: Math.max(0, count) };
}

/**
 * children(row, index, isCurrent) draws a row. Arrow keys, Page Up and Down, Home and End move the current one, Enter calls
 * onOpen(row). `label` names the list, `rowLabel(row)` a row.
 */
export function VirtualList({ rows, rowHeight, label, onOpen = undefined, id = (row) => row.id ?? row.name, children }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [view, setView] = useState({ scrollTop: 0, height: 600 });
  const [current, setCurrent] = useState(0);
  const moved = useRef(false);
  useEffect(() => {
    const element = /** @type {HTMLElement} */ (box.current);
    const measure = () => setView({ scrollTop: element.scrollTop, height: element.clientHeight });
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  useEffect(() => { setCurrent(0); if (box.current) box.current.scrollTop = 0; }, [rows]);
  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    const element = /** @type {HTMLElement} */ (box.current);
    const top = current * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = top + rowHeight - element.clientHeight;
  }, [current]);
  const { first, count } = windowOf({ ...view, rowHeight, total: rows.length });
  const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
  const keys = (event) => {
    if (event.target !== box.current) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length };
    if (event.key === "Enter" && rows[current]) return onOpen?.(rows[current]);
    if (!(event.key in steps)) return;
    event.preventDefault();
    moved.current = true;
    setCurrent(Math.max(0, Math.min(rows.length - 1, current + steps[event.key])));
  };
  const shown = rows.slice(first, first + count);
  const key = (row) => `v-${id(row)}`;
  return html`<div class="virtual" ref=${box} role="listbox" tabindex="0" aria-label=${label} aria-activedescendant=${shown.includes(rows[current]) ? key(rows[current]) : undefined} onKeyDown=${keys}>
    <div class="virtual-all" role="presentation" style=${{ height: `${rows.length * rowHeight}px` }}><div class="virtual-window" role="presentation" style=${{ transform: `translateY(${first * rowHeight}px)` }}>
      ${shown.map((row, offset) => html`<div key=${id(row)} id=${key(row)} role="option" class="virtual-row" aria-selected=${first + offset === current} aria-setsize=${rows.length} aria-posinset=${first + offset + 1}
        style=${{ height: `${rowHeight}px` }} onClick=${() => { setCurrent(first + offset); onOpen?.(row); }}>${children(row, first + offset, first + offset === current)}</div>`)}</div></div></div>`;
}
