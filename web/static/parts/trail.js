// @ts-check
// A list of audit rows: the newest first, page after page by cursor, with what has come since behind a pill. Rows are kept page by
// page, so that a page that stands is not drawn again.
import { Component, html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { api, me } from "../app/api.js";
import { followEvents } from "../app/event_stream.js";
import { matches } from "../app/trail.js";
import { words } from "../i18n/en/activity.js";
import { Button, Icon } from "./kit.js";

const perPage = 50;
const mostEmptyPages = 5; // looked at by themselves: the API looks at 200,000 rows for one page
const mostNewer = 999;

/**
 * The rows of `path` for `filters` and `times` ({ since, until }); `keep(row)` leaves rows out here. `stream` is the query for
 * GET /v1/events, null for no pill. Gives { pages, rows, error, loading, more, lookedTo, newer, next(), reload(), showNewer(), newest }.
 */
export function useTrail({ path, filters, times, extra = {}, keep = undefined, stream = {} }) {
  const asked = `${path}?${new URLSearchParams({ ...extra, ...filters, ...(times.since && { since: times.since }), ...(times.until && { until: times.until }) })}`;
  const empty = { asked, pages: /** @type {any[][]} */ ([]), cursor: /** @type {string | null} */ (null), error: /** @type {any} */ (null), loading: true, newest: 0, lookedTo: /** @type {string | null} */ (null) };
  const [state, setState] = useState(empty);
  const [newer, setNewer] = useState(0);
  const waiting = useRef(new Set());
  const running = useRef(/** @type {AbortController | null} */ (null));
  const later = useRef(() => {}); // a look for newer rows that waits for the list
  const now = state.asked === asked ? state : empty;
  const passes = (row) => !keep || keep(row);
  const latest = useRef(now);
  latest.current = now;

  const ask = (cursor, signal, limit = perPage) => api("GET", `${asked}${asked.endsWith("?") ? "" : "&"}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`, undefined, { signal });
  const load = async (before) => {
    running.current?.abort();
    const mine = (running.current = new AbortController());
    setState({ ...before, loading: true, error: null });
    let { cursor, newest, lookedTo } = before;
    try {
      for (let looks = 0; looks < mostEmptyPages; ++looks) {
        const page = await ask(cursor, mine.signal, keep ? 500 : perPage);
        newest = Math.max(newest, page.events[0]?.sequence ?? 0);
        lookedTo = page.events.at(-1)?.at ?? lookedTo;
        const found = page.events.filter(passes);
        cursor = page.next_cursor;
        if (found.length || cursor === null || looks + 1 === mostEmptyPages) {
          if (!mine.signal.aborted) setState({ ...before, pages: found.length ? [...before.pages, found] : before.pages, cursor, newest, lookedTo, error: null, loading: false });
          return;
        }
      }
    } catch (error) {
      if (!mine.signal.aborted && !error.isAborted) setState({ ...before, cursor, newest, lookedTo, error, loading: false });
    }
  };
  const reload = () => {
    waiting.current.clear();
    setNewer(0);
    return load(empty);
  };
  useEffect(() => {
    reload();
    return () => running.current?.abort();
  }, [asked]);

  // What is newer than the first row: from the stream, and asked for once where the stream may have left something out.
  const note = (rows) => {
    for (const row of rows) if (row.sequence > latest.current.newest && matches(row, filters) && passes(row) && waiting.current.size < mostNewer) waiting.current.add(row.sequence);
    setNewer(waiting.current.size);
  };
  useEffect(() => {
    if (!stream || times.until) return undefined;
    const ending = new AbortController();
    const look = async () => {
      if (latest.current.loading) {
        later.current = look;
        return;
      }
      try {
        note((await ask(null, ending.signal)).events);
      } catch {
        // The list itself says what is wrong.
      }
    };
    followEvents({ query: { types: "audit", ...stream }, signal: ending.signal, onState: () => {}, onEvent: (type, data) => {
      if (type === "audit") note([data]);
      else if (type === "hello" || type === "reset") look();
    } });
    return () => {
      later.current = () => {};
      ending.abort();
    };
  }, [asked, JSON.stringify(stream)]);
  useEffect(() => {
    if (now.loading) return;
    const look = later.current;
    later.current = () => {};
    look();
  }, [now.loading]);

  const showNewer = async () => {
    const fresh = [];
    let cursor = null;
    do {
      const page = await ask(cursor, running.current?.signal, 200);
      const found = page.events.filter((row) => row.sequence > now.newest);
      fresh.push(...found);
      cursor = found.length === page.events.length ? page.next_cursor : null;
      if (fresh.length > mostNewer) return reload();
    } while (cursor);
    const shown = fresh.filter(passes);
    for (const row of fresh) waiting.current.delete(row.sequence);
    const newest = Math.max(now.newest, fresh[0]?.sequence ?? 0);
    for (const sequence of waiting.current) if (sequence <= newest) waiting.current.delete(sequence);
    setNewer(waiting.current.size);
    setState({ ...latest.current, newest, pages: shown.length ? [shown, ...latest.current.pages] : latest.current.pages });
  };
  const rows = useMemo(() => now.pages.flat(), [now.pages]);
  return { ...now, rows, more: now.cursor !== null, newer, isCapped: newer >= mostNewer, next: () => load(now), reload, showNewer };
}

/** The stream's query for one's own rows: admins' and auditors' streams are of everybody. */
export const ownStream = () => (me.value?.role === "member" ? {} : { actor: me.value?.name ?? "" });

/** "Newer rows: 14", always in the same place, said once it is there. */
export function NewerPill({ count, capped = false, onShow }) {
  return html`<div class="newer" role="status">${count > 0 && html`<button type="button" class="newer-pill" onClick=${onShow}><${Icon} name="arrow-up" />${words.newer(count, capped)}</button>`}</div>`;
}

/** One piece of the list: a table of its own, so that what is out of sight costs no layout. Drawn again only for other rows, columns or another chosen one. */
class TrailPage extends Component {
  shouldComponentUpdate(next) {
    return ["rows", "columns", "open", "current"].some((one) => next[one] !== this.props[one]);
  }
  render({ rows, columns, open, current, caption }) {
    return html`<div class="trail-page" style=${{ "--rows": rows.length }}><table class="table trail"><caption class="unseen">${caption}</caption><colgroup>${columns.map((one) => html`<col key=${one.key} class=${`col-${one.key}`} />`)}</colgroup>
      <thead><tr>${columns.map((one) => html`<th scope="col" key=${one.key} class=${one.class}>${one.label}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${row.sequence} data-row=${row.sequence} class=${current === row.sequence ? "leads chosen" : "leads"}
        onClick=${(event) => { if (!event.target.closest("a, button") && !getSelection()?.toString()) open(row); }}>${columns.map((one, at) => at === 0
          ? html`<th scope="row" class=${one.class}>${one.cell(row, open)}</th>` : html`<td class=${`cell-${one.key} ${one.class ?? ""}`} data-label=${one.label}>${one.cell(row, open)}</td>`)}</tr>`)}</tbody></table></div>`;
  }
}

/** pages: rows in the pieces in which they came; what is the same piece as before is not drawn again. One that changes has a `key`. */
export function TrailTable({ caption, pages, columns, open, current = null }) {
  const shown = (page) => (current && page.some((row) => row.sequence === current) ? current : null);
  return html`<div class="table-box trail-box">${pages.map((page) => html`<${TrailPage} key=${page.key ?? page.at(-1).sequence} rows=${page} columns=${columns} open=${open} current=${shown(page)} caption=${caption} />`)}</div>`;
}

/** What stands below the rows: the way on, or that there is nothing more. */
export function TrailEnd({ trail, when }) {
  if (trail.error) return null;
  if (trail.more) {
    return html`<div class="more">${!trail.loading && trail.lookedTo && trail.pages.length === 0 && html`<p class="soft">${words.looked(when(trail.lookedTo))}</p>`}
      <${Button} busy=${trail.loading} onClick=${() => trail.next()}>${trail.pages.length ? words.more : words.further}</${Button}></div>`;
  }
  return trail.rows.length > 10 ? html`<p class="trail-end soft">${words.end(trail.rows.length)}</p>` : null;
}
