// @ts-check
// A whole list of activity: range, filters, rows, what is newer, one row in a drawer. For the log, one's own activity, and the
// activity of one connection (`fixed` filters are not shown).
import { html, useCallback, useMemo, useRef, useState } from "../vendor/preact.js";
import { api, apiAll, useLoaded } from "../app/api.js";
import { setQuery, useQuery } from "../app/where.js";
import { filtersOf, outcomes, timesOf } from "../app/trail.js";
import { words } from "../i18n/en/activity.js";
import { Button, EmptyState, ErrorNotice, Menu, Notice, Skeleton, toast } from "./kit.js";
import { FilterChips } from "./table.js";
import { Combobox } from "./picker.js";
import { TimeRange } from "./time_range.js";
import { NewerPill, TrailEnd, TrailTable, useTrail } from "./trail.js";
import { logColumns, moment } from "./trail_columns.js";
import { TrailDetail } from "./trail_detail.js";
import { useStyles } from "./styles.js";

const logActions = ["tool.call", "tool.search", "tool.list", ...Object.keys(words.actions).filter((one) => !["tool.call", "tool.search", "tool.list"].includes(one))];

/** The names that a filter offers; asked for once the list is there. */
function useServers(wanted) {
  return useLoaded(wanted ? async (signal) => (await apiAll("/v1/servers", "servers", { signal })).map((one) => ({ value: one.slug, label: one.title || one.slug })) : null, []);
}

const findPeople = async (/** @type {string} */ text) => {
  const found = await api("GET", `/v1/users?${new URLSearchParams({ limit: "20", ...(text.trim() && { q: text.trim() }) })}`).catch(() => ({ users: [] }));
  const options = found.users.map((one) => ({ value: one.name, label: one.title || one.name, hint: one.title ? one.name : undefined, icon: one.kind === "service" ? "bot" : "user" }));
  const typed = text.trim();
  return typed && !options.some((one) => one.value === typed) ? [...options, { value: typed, label: typed, hint: words.personHint, icon: "search" }] : options;
};

function ExportMenu({ trail, query }) {
  const [share, setShare] = useState(/** @type {number | null} */ (null));
  const run = async (format) => {
    setShare(0);
    try {
      const { readExport, save } = await import("../app/export.js");
      const texts = await readExport({ format, query, newest: trail.newest, onProgress: setShare, signal: undefined });
      save(texts, `patchbay-activity-${new Date().toISOString().slice(0, 10)}.${format}`, format === "csv" ? "text/csv" : "application/x-ndjson");
      if (format === "jsonl") toast(words.exported(texts.reduce((sum, text) => sum + (text.match(/\n/g)?.length ?? 0), 0)));
    } catch (error) {
      toast(error.message, { kind: "error" });
    } finally {
      setShare(null);
    }
  };
  if (share !== null) return html`<${Button} busy icon="download">${words.exporting(Math.round(share * 100))}</${Button}>`;
  return html`<${Menu} label=${words.export} kind="plain" button=${words.export} items=${[
    { label: words.exportCsv, icon: "download", hint: words.exportHint, disabled: !trail.rows.length, onSelect: () => run("csv") },
    { label: words.exportJsonl, icon: "download", hint: words.exportHint, disabled: !trail.rows.length, onSelect: () => run("jsonl") }]} />`;
}

function Nothing({ range, hasFilters, names }) {
  const clear = () => setQuery(Object.fromEntries(names.map((name) => [name, null])), { replace: false });
  return html`<${EmptyState} icon="history" title=${words.emptyTitle} action=${hasFilters ? html`<${Button} onClick=${clear}>${words.clear}</${Button}>`
    : range !== "all" && html`<${Button} onClick=${() => setQuery({ range: "all", from: null, to: null }, { replace: false })}>${words.widen}</${Button}>`}>${words.empty(words.lastRange[range] ?? range)}</${EmptyState}>`;
}

/**
 * `only` names the filters that are offered: actor, action, server, outcome. `stream` is the query for the event stream, null for none.
 * `extra` goes along with each question; `keep(row)` leaves out what the API cannot. `missing` is shown where the API has no such path.
 */
export function TrailView({ path, only, fixed = {}, columns = logColumns, stream = {}, extra = {}, keep = undefined, canExport = false, servers = undefined,
  actions = logActions, standard = "24h", missing = undefined, empty = undefined }) {
  useStyles("css/activity.css");
  const [query] = useQuery({ range: standard, from: "", to: "" });
  const times = useMemo(() => timesOf(query), [query.range, query.from, query.to]);
  const chosen = Object.fromEntries(Object.entries(filtersOf(query)).filter(([name]) => only.includes(name)));
  const filters = { ...chosen, ...fixed };
  const listening = stream && { ...stream, ...(filters.server && { server: filters.server }), ...(filters.actor && { actor: filters.actor }) };
  const trail = useTrail({ path, filters, times, extra, keep, stream: listening });
  const known = useServers(only.includes("server") && !servers);
  const names = servers ?? known.value ?? [];
  const top = useRef(/** @type {HTMLElement | null} */ (null));
  const rows = useRef(trail.rows);
  rows.current = trail.rows;
  const open = useCallback((row) => setQuery({ row: String(row.sequence) }, { replace: false }), []);
  const sequence = Number(query.row) || null;
  const filterList = [
    only.includes("outcome") && { name: "outcome", label: words.outcome, options: outcomes.map((value) => ({ value, label: words.outcomes[value] })) },
    only.includes("server") && { name: "server", label: words.connection, options: names },
    only.includes("action") && { name: "action", label: words.action, options: actions.map((value) => ({ value, label: words.actions[value] })) },
    only.includes("actor") && query.actor && { name: "actor", label: words.who, options: [] },
  ].filter(Boolean);
  const show = async () => {
    try {
      await trail.showNewer();
      top.current?.scrollIntoView({ block: "nearest" });
    } catch (error) {
      if (!error.isAborted) toast(error.message, { kind: "error" });
    }
  };
  if (trail.error?.status === 404 && missing && !trail.rows.length) return html`<${Notice} kind="info">${missing}</${Notice}>`;
  const exported = { ...filters, ...(times.since && { since: times.since }), ...(times.until && { until: times.until }) };
  return html`<div class="trail-view" ref=${top}>
    <div class="trail-bar"><${TimeRange} standard=${standard} />${canExport && html`<${ExportMenu} trail=${trail} query=${exported} />`}</div>
    ${(filterList.length > 0 || only.includes("actor")) && html`<div class="trail-filters">${only.includes("actor") && !query.actor && html`<${Combobox} label=${words.person} hideLabel placeholder=${words.person} find=${findPeople} onPick=${(one) => setQuery({ actor: one.value }, { replace: false })} />`}
      <${FilterChips} filters=${filterList} /></div>`}
    ${stream && html`<${NewerPill} count=${sequence === null ? trail.newer : 0} capped=${trail.isCapped} onShow=${show} />`}
    ${trail.rows.length > 0 ? html`<${TrailTable} caption=${words.title} pages=${trail.pages} columns=${columns} open=${open} current=${sequence} />`
      : trail.loading ? html`<${Skeleton} lines=${8} />` : !trail.error && !trail.more && (empty && !Object.keys(chosen).length ? empty(query.range) : html`<${Nothing} range=${query.range} hasFilters=${Object.keys(chosen).length > 0} names=${only} />`)}
    ${trail.error && html`<${ErrorNotice} error=${trail.error} retry=${() => (trail.rows.length ? trail.next() : trail.reload())} />`}
    <${TrailEnd} trail=${trail} when=${moment} />
    ${sequence !== null && html`<${TrailDetail} path=${path} sequence=${sequence} only=${only} known=${(number) => rows.current.find((one) => one.sequence === number)} onClose=${() => setQuery({ row: null }, { replace: false })} />`}</div>`;
}
