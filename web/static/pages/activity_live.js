// @ts-check
// What happens, as it happens. The rows that one looks at never move: while somebody reads, newer ones wait.
import { html, useCallback, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { api, apiAll, isAdmin, useLoaded } from "../app/api.js";
import { address, setQuery, useQuery } from "../app/where.js";
import { duration, plural } from "../app/format.js";
import { followEvents } from "../app/event_stream.js";
import { filtersOf, keepNewest, matches, outcomes } from "../app/trail.js";
import { Button, EmptyState, Notice } from "../parts/kit.js";
import { FilterChips } from "../parts/table.js";
import { NewerPill, TrailTable } from "../parts/trail.js";
import { logColumns } from "../parts/trail_columns.js";
import { TrailDetail } from "../parts/trail_detail.js";
import { words } from "../i18n/en/activity.js";

const ring = 500;
const flushEvery = 250; // ms
const shownAsBrokenAfter = 1_500; // a break that is mended at once is not worth a word
const pollEvery = 5_000;
const triesBeforePolling = 3;

/** Rows after number `newest`, from the list; for what the stream did not give. */
async function rowsAfter(newest, filters, signal) {
  const rows = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ ...filters, limit: "200", ...(cursor && { cursor }) });
    const page = await api("GET", `/v1/audit?${query}`, undefined, { signal });
    const found = page.events.filter((row) => row.sequence > newest);
    rows.push(...found);
    cursor = found.length === page.events.length ? page.next_cursor : null;
  } while (cursor && rows.length < ring);
  return rows;
}

/**
 * The pieces with more rows on top, `ring` rows at most. Small pieces become one, so that there are never many; a piece keeps its
 * key while it grows at one end or is cut at the other, so that its rows are not drawn anew.
 */
export function withRows(/** @type {any[]} */ pages, /** @type {any[]} */ more) {
  const known = new Set(pages.flat().map((row) => row.sequence));
  const fresh = keepNewest([], more.filter((row) => !known.has(row.sequence)), ring);
  if (!fresh.length) return pages;
  const piece = (rows, key) => Object.assign(rows, { key });
  const [first, ...rest] = pages;
  if (first && fresh.at(-1).sequence < first[0].sequence) return [piece(keepNewest(pages.flat(), fresh, ring), `late-${fresh[0].sequence}`)];
  const all = first && first.length + fresh.length <= 50 ? [piece([...fresh, ...first], first.key), ...rest] : [piece(fresh, fresh.at(-1).sequence), ...pages];
  const kept = [];
  let count = 0;
  for (const page of all) {
    if (count >= ring) break;
    kept.push(count + page.length > ring ? piece(page.slice(0, ring - count), page.key) : page);
    count += page.length;
  }
  return kept;
}

/**
 * The newest rows that pass the filters: { pages, waiting, state, flush(), again() }. While `held()` is true, rows wait.
 * No row is lost while the stream is broken: what it cannot give again is read from the list by number.
 */
function useLive(filters, held) {
  const [shown, setShown] = useState(/** @type {any[][]} */ ([]));
  const [waiting, setWaiting] = useState(0);
  const [state, setState] = useState(/** @type {any} */ ({ is: "connecting", tries: 0, since: 0 }));
  const box = useRef({ incoming: /** @type {any[]} */ ([]), pages: /** @type {any[][]} */ ([]), newest: 0, timer: 0, polls: 0, again: () => {} });
  const asked = JSON.stringify(filters);

  const flush = useCallback(() => {
    const now = box.current;
    now.pages = withRows(now.pages, now.incoming);
    now.incoming = [];
    setWaiting(0);
    setShown(now.pages);
  }, []);

  useEffect(() => {
    const now = box.current;
    Object.assign(now, { incoming: [], pages: [], newest: 0 });
    setShown([]);
    setWaiting(0);
    setState({ is: "connecting", tries: 0, since: Date.now() });
    const ending = new AbortController();
    const take = (rows) => {
      for (const row of rows) now.newest = Math.max(now.newest, row.sequence);
      const passing = rows.filter((row) => matches(row, filters));
      if (!passing.length) return;
      now.incoming = keepNewest(now.incoming, passing, ring);
      if (!now.timer) now.timer = setTimeout(() => { now.timer = 0; if (held()) setWaiting(now.incoming.length); else flush(); }, flushEvery);
    };
    const fill = async () => {
      if (!now.newest) return;
      try {
        take(await rowsAfter(now.newest, filters, ending.signal));
      } catch {
        // The stream says how it stands.
      }
    };
    // Where nobody has called for a while the view begins with what was last, so that it is not empty.
    const begin = async () => {
      try {
        const page = await api("GET", `/v1/audit?${new URLSearchParams({ ...filters, limit: "20" })}`, undefined, { signal: ending.signal });
        take(page.events);
        if (!now.newest) now.newest = page.events[0]?.sequence ?? 0;
      } catch {
        // The stream says how it stands.
      }
    };
    const query = { types: "audit", ...(filters.server && { server: filters.server }), ...(filters.actor && { actor: filters.actor }) };
    let begun = false;
    now.again = followEvents({ query, signal: ending.signal, onState: (next) => {
      setState(next);
      if (next.is === "refused" && next.status === 401) api("GET", "/v1/session").then(() => setState({ is: "connecting", tries: 0, since: Date.now(), renew: Date.now() }), () => {});
    }, onEvent: (type, data) => {
      if (type === "audit") take([data]);
      else if (type === "hello" && !begun) { begun = true; begin(); }
      else if (type === "reset") fill();
    } });
    now.polls = setInterval(() => { if (latest.current.is === "broken" && latest.current.tries >= triesBeforePolling) (begun ? fill() : begin()); }, pollEvery);
    return () => {
      ending.abort();
      clearInterval(now.polls);
      clearTimeout(now.timer);
      now.timer = 0;
    };
  }, [asked, state.renew]);
  const latest = useRef(state);
  latest.current = state;
  return { pages: shown, waiting, state, flush, again: () => box.current.again() };
}

/** Seconds since `since`, told every second while it is set. */
function useAge(since) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!since) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [since]);
  return since ? Math.max(0, now - since) : 0;
}

function Broken({ state, again }) {
  const isLate = state.is === "broken" || state.is === "connecting";
  const age = useAge(isLate ? state.since : 0);
  if (state.is === "refused") return html`<${Notice} kind="error" action=${html`<${Button} small onClick=${() => location.reload()}>${words.stream.now}</${Button}>`}>${words.stream.refused}</${Notice}>`;
  if (!isLate || age < (state.is === "connecting" ? 4_000 : shownAsBrokenAfter)) return null;
  return html`<div class="stream-broken" role="status"><${Notice} kind="warn" title=${words.stream.broken(duration(Math.floor(age / 1000) * 1000))} action=${html`<${Button} small onClick=${again}>${words.stream.now}</${Button}>`}>
    ${words.stream.proxy} ${isAdmin.value ? html`<a href=${address("/settings/diagnostics")}>${words.stream.diagnostics}</a>` : words.stream.diagnostics}.${state.tries >= triesBeforePolling && html` ${words.stream.polling}`}</${Notice}></div>`;
}

export default function Live() {
  const [query] = useQuery();
  const filters = filtersOf(query);
  const servers = useLoaded(async (signal) => (await apiAll("/v1/servers", "servers", { signal })).map((one) => ({ value: one.slug, label: one.title || one.slug })), []);
  const [isPaused, setPaused] = useState(false);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const paused = useRef(false);
  paused.current = isPaused;
  /** Whether somebody reads: then no row may move. */
  const held = useCallback(() => {
    const box = list.current;
    if (paused.current) return true;
    if (!box) return false;
    const chosen = getSelection();
    return box.contains(document.activeElement) || document.querySelector("dialog[open]") !== null || box.getBoundingClientRect().top < 52 || (!!chosen?.toString() && box.contains(chosen.anchorNode));
  }, []);
  const live = useLive(filters, held);
  const rows = useMemo(() => live.pages.flat(), [live.pages]);
  const known = useRef(rows);
  known.current = rows;
  const open = useCallback((row) => setQuery({ row: String(row.sequence) }, { replace: false }), []);
  const sequence = Number(query.row) || null;
  const toggle = () => {
    paused.current = !isPaused;
    setPaused(!isPaused);
    if (isPaused && !held()) live.flush();
  };
  const show = () => {
    live.flush();
    list.current?.scrollIntoView({ block: "nearest" });
  };
  const filterList = [{ name: "outcome", label: words.outcome, options: outcomes.map((value) => ({ value, label: words.outcomes[value] })) },
    { name: "server", label: words.connection, options: servers.value ?? [] },
    { name: "action", label: words.action, options: Object.entries(words.actions).map(([value, label]) => ({ value, label })) },
    ...(query.actor ? [{ name: "actor", label: words.who, options: [] }] : [])];
  const kind = isPaused ? "paused" : live.state.is;
  const word = isPaused ? words.stream.paused : live.state.is === "open" ? words.stream.live : words.stream.connecting;
  return html`<div class="live-view">
    <div class="live-bar"><span class="live-state"><i class=${`live-dot ${kind}`} />${word}</span>
      <${Button} small icon=${isPaused ? "play" : "pause"} aria-pressed=${isPaused} onClick=${toggle}>${isPaused ? words.stream.resume : words.stream.pause}</${Button}><${FilterChips} filters=${filterList} /></div>
    <${Broken} state=${live.state} again=${live.again} />
    <${NewerPill} count=${sequence === null ? live.waiting : 0} capped=${live.waiting >= ring} onShow=${isPaused ? toggleAndShow : show} />
    <div ref=${list}>${rows.length ? html`<${TrailTable} caption=${words.live} pages=${live.pages} columns=${logColumns} open=${open} current=${sequence} />`
      : html`<${EmptyState} icon="radio" title=${words.stream.waitingTitle}>${words.stream.waiting}</${EmptyState}>`}</div>
    ${rows.length >= ring && html`<p class="trail-end soft">${words.stream.ring(ring)}</p>`}
    ${sequence !== null && html`<${TrailDetail} path="/v1/audit" sequence=${sequence} only=${["actor", "action", "server", "outcome"]} known=${(number) => known.current.find((one) => one.sequence === number)} onClose=${() => setQuery({ row: null }, { replace: false })} />`}</div>`;
  function toggleAndShow() {
    paused.current = false;
    setPaused(false);
    show();
  }
}
