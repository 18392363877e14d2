// @ts-check
// The organisation's connections as a page shows them: read page by page once, then changed row by row.
import { signal, useEffect, useMemo, useRef } from "../vendor/preact.js";
import { api, apiAll } from "./api.js";
import { isSettling } from "./server_rows.js";

const firstPage = 100;
const nextPages = 1000;
const mostWatched = 20; // of those that are being tested when the page opens
const looks = [700, 1000, 1500, 2500, 4000, 6000, 9000]; // milliseconds between looks at a row that is being tested

/**
 * { rows, isComplete, error, figures, reload(), put(row), remove(slug), refetch(slug) }. `figures` has how each fared by slug,
 * null until that is known. Rows that are being tested are looked at again by themselves, one by one.
 */
export function useServers() {
  const state = useMemo(() => signal({ rows: /** @type {any[] | undefined} */ (undefined), isComplete: false, error: /** @type {any} */ (null), figures: /** @type {Map<string, any> | null} */ (null) }), []);
  const alive = useRef(true);
  const watched = useRef(/** @type {Map<string, number>} */ (new Map()));

  const put = (row) => {
    const { rows = [], ...rest } = state.peek();
    const known = rows.some((one) => one.slug === row.slug);
    state.value = { ...rest, rows: known ? rows.map((one) => (one.slug === row.slug ? row : one)) : [...rows, row] };
    watch(row);
  };
  const remove = (slug) => { state.value = { ...state.peek(), rows: state.peek().rows?.filter((one) => one.slug !== slug) }; };
  const refetch = async (slug) => {
    try {
      const row = await api("GET", `/v1/servers/${slug}`);
      if (alive.current) put(row);
      return row;
    } catch (error) {
      if (error.status === 404) remove(slug);
      return null;
    }
  };
  const watch = (row) => {
    if (!isSettling(row)) return void watched.current.delete(row.slug);
    const round = watched.current.get(row.slug) ?? 0;
    if (round >= looks.length) return;
    watched.current.set(row.slug, round + 1);
    setTimeout(() => { if (alive.current && state.peek().rows?.some((one) => one.slug === row.slug)) refetch(row.slug); }, looks[round]);
  };
  const readFigures = async () => {
    try {
      const all = await apiAll("/v1/overview/servers", "servers");
      if (alive.current) state.value = { ...state.peek(), figures: new Map(all.map((one) => [one.slug, one])) };
    } catch {
      // The table stands without them.
    }
  };
  const reload = async () => {
    state.value = { ...state.peek(), error: null };
    try {
      const all = [];
      let cursor = null;
      do {
        const query = new URLSearchParams({ limit: String(cursor ? nextPages : firstPage), ...(cursor && { cursor }) });
        const page = await api("GET", `/v1/servers?${query}`);
        if (!alive.current) return;
        all.push(...page.servers);
        cursor = page.next_cursor;
        state.value = { ...state.peek(), rows: [...all], isComplete: cursor === null, error: null };
      } while (cursor);
      readFigures();
      all.filter(isSettling).slice(0, mostWatched).forEach(watch);
    } catch (error) {
      if (alive.current && !error.isAborted) state.value = { ...state.peek(), error };
    }
  };
  useEffect(() => {
    alive.current = true;
    reload();
    return () => { alive.current = false; };
  }, []);
  return { ...state.value, reload, put, remove, refetch };
}
