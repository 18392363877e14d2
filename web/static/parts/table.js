// @ts-check
// Tables that become cards where there is no room, paging by cursor, and filters that live in the address.
import { html, useRef, useState } from "../vendor/preact.js";
import { plainName } from "../app/format.js";
import { address, navigate, setQuery, useQuery } from "../app/where.js";
import { api } from "../app/api.js";
import { words } from "../i18n/en.js";
import { Button, ErrorNotice, Icon, Skeleton } from "./kit.js";

function Heading({ column, sort, onSort }) {
  const sorted = sort?.by === column.key ? (sort.descending ? "descending" : "ascending") : undefined;
  const icon = sorted === "descending" ? "arrow-down" : sorted ? "arrow-up" : "chevrons-up-down";
  return html`<th scope="col" class=${column.class} aria-sort=${sorted}>${column.sort && onSort
    ? html`<button type="button" class="sort" onClick=${() => onSort({ by: column.key, descending: sorted === "ascending" })}>${column.label}<${Icon} name=${icon} /></button>`
    : column.hideLabel ? html`<span class="unseen">${column.label}</span>` : column.label}</th>`;
}

/**
 * columns: [{ key, label, cell: (row) => …, sort: true | (row) => value, class, hideLabel }]; the first names the row.
 * `to(row)` makes the whole row a link to that path. Without `onSort` it sorts by itself the rows that it has.
 * `choose` puts a box before each row: { chosen: [id], onChange(ids), may(row), label(row), all: label, why: for those that may not }.
 */
export function DataTable({ caption, columns, rows, id = (row) => row.id ?? row.slug, to = undefined, sort = undefined, onSort = undefined, empty = undefined,
  hideCaption = true, rowClass = undefined, choose = undefined }) {
  const [own, setOwn] = useState(/** @type {any} */ (sort ?? null));
  const now = onSort ? sort : own;
  const by = !onSort && now && columns.find((one) => one.key === now.by);
  const value = by && (typeof by.sort === "function" ? by.sort : (row) => row[by.key]);
  const shown = by ? [...rows].sort((a, b) => compare(value(a), value(b)) * (now.descending ? -1 : 1)) : rows;
  if (!rows.length && empty) return empty;
  const open = (event, row) => {
    if (!to || event.defaultPrevented || event.target.closest("a, button, input, select, label, [popover]") || getSelection()?.toString()) return;
    navigate(to(row));
  };
  return html`<div class="table-box"><table class="table"><caption class=${hideCaption ? "unseen" : undefined}>${caption}</caption>
    <thead><tr>${choose && html`<td class="choose"><${ChooseAll} choose=${choose} ids=${shown.filter(choose.may).map(id)} /></td>`}${columns.map((one) => html`<${Heading} key=${one.key} column=${one} sort=${now} onSort=${onSort ?? setOwn} />`)}</tr></thead>
    <tbody>${shown.map((row) => html`<tr key=${id(row)} class=${[to && "leads", rowClass?.(row)].filter(Boolean).join(" ") || undefined} onClick=${(event) => open(event, row)}>${choose && html`<td class="choose"><${ChooseOne} choose=${choose} row=${row} id=${id(row)} /></td>`}${columns.map((one, at) => at === 0
      ? html`<th scope="row" class=${one.class}>${to ? html`<a class="row-link" href=${address(to(row))}>${one.cell(row)}</a>` : one.cell(row)}</th>`
      : html`<td class=${one.class} data-label=${one.hideLabel ? undefined : one.label}>${one.cell(row)}</td>`)}</tr>`)}</tbody></table></div>`;
}

function ChooseAll({ choose, ids }) {
  const count = ids.filter((one) => choose.chosen.includes(one)).length;
  const change = () => choose.onChange(count === ids.length ? choose.chosen.filter((one) => !ids.includes(one)) : [...new Set([...choose.chosen, ...ids])]);
  return html`<input type="checkbox" aria-label=${choose.all} disabled=${!ids.length} checked=${count > 0 && count === ids.length} indeterminate=${count > 0 && count < ids.length} onChange=${change} />`;
}

function ChooseOne({ choose, row, id }) {
  const may = choose.may(row);
  const on = choose.chosen.includes(id);
  return html`<input type="checkbox" aria-label=${choose.label(row)} title=${may ? undefined : choose.why} disabled=${!may} checked=${on}
    onChange=${() => choose.onChange(on ? choose.chosen.filter((one) => one !== id) : [...choose.chosen, id])} />`;
}

const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
function compare(a, b) {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return typeof a === "number" && typeof b === "number" ? a - b : order.compare(String(a), String(b));
}

/**
 * A list with `next_cursor`, page after page below each other: const audit = usePaged("/v1/audit", "events", { outcome }).
 * Gives { rows, error, loading, more, next(), reload(), replace(row) }. It begins anew when path or query change.
 */
export function usePaged(path, key, query = {}, { limit = 50, sameRow = (a, b) => a.id === b.id } = {}) {
  const asked = `${path}?${new URLSearchParams({ ...query, limit: String(limit) })}`;
  const [state, setState] = useState({ asked: "", rows: /** @type {any[]} */ ([]), cursor: /** @type {string | null} */ (null), error: /** @type {any} */ (null), loading: true });
  const running = useRef(/** @type {AbortController | null} */ (null));
  const load = async (cursor, rows) => {
    running.current?.abort();
    const mine = (running.current = new AbortController());
    setState({ asked, rows, cursor, error: null, loading: true });
    try {
      const page = await api("GET", cursor ? `${asked}&cursor=${encodeURIComponent(cursor)}` : asked, undefined, { signal: mine.signal });
      if (!mine.signal.aborted) setState({ asked, rows: [...rows, ...page[key]], cursor: page.next_cursor, error: null, loading: false });
    } catch (error) {
      if (!mine.signal.aborted && !error.isAborted) setState({ asked, rows, cursor, error, loading: false });
    }
  };
  const begun = useRef("");
  if (begun.current !== asked) {
    begun.current = asked;
    queueMicrotask(() => load(null, []));
  }
  const now = state.asked === asked ? state : { ...state, rows: [], cursor: null, loading: true };
  return {
    rows: now.rows, error: now.error, loading: now.loading, more: now.cursor !== null,
    next: () => load(now.cursor, now.rows), reload: () => load(null, []),
    replace: (row) => setState((was) => ({ ...was, rows: was.rows.map((one) => (sameRow(one, row) ? row : one)) })),
  };
}

/** Shows what usePaged gave: children(rows), then "More". */
export function Paged({ of, children, empty = undefined }) {
  if (!of.rows.length && of.loading) return html`<${Skeleton} lines=${6} />`;
  if (!of.rows.length && !of.error) return empty ?? null;
  return html`${of.rows.length > 0 && children(of.rows)}${of.error && html`<${ErrorNotice} error=${of.error} retry=${() => (of.rows.length ? of.next() : of.reload())} />`}
    ${of.more && !of.error && html`<div class="more"><${Button} busy=${of.loading} onClick=${() => of.next()}>${words.parts.more}</${Button}></div>`}`;
}

/**
 * The filters that are set, each with a cross, and a choice for each that is not:
 * filters: [{ name, label, options: [{ value, label }] }]. They live in the query string, so Back takes the last one away.
 */
export function FilterChips({ filters }) {
  const [query] = useQuery();
  const set = filters.filter((one) => query[one.name]);
  const labelOf = (filter) => filter.options.find((one) => one.value === query[filter.name])?.label ?? query[filter.name];
  return html`<div class="filters" role="group" aria-label=${words.parts.filters}>
    ${filters.filter((one) => !query[one.name]).map((filter) => html`<span class="filter" key=${filter.name}><select aria-label=${filter.label} value="" onChange=${(event) => {
      setQuery({ [filter.name]: event.currentTarget.value }, { replace: false });
    }}><option value="">${filter.label}</option>${filter.options.map((one) => html`<option key=${one.value} value=${one.value}>${plainName(one.label)}</option>`)}</select></span>`)}
    ${set.map((filter) => html`<span class="chip" key=${filter.name}><span>${filter.label}: <strong>${labelOf(filter)}</strong></span>
      <button type="button" aria-label=${words.parts.removeFilter(filter.label)} onClick=${() => setQuery({ [filter.name]: null }, { replace: false })}><${Icon} name="x" /></button></span>`)}
    ${set.length > 1 && html`<${Button} small kind="quiet" onClick=${() => setQuery(Object.fromEntries(set.map((one) => [one.name, null])), { replace: false })}>${words.parts.clearFilters}</${Button}>`}</div>`;
}
