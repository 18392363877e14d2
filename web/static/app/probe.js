// @ts-check
// A look at an address while it is being typed: after a pause, one at a time, and never an answer to an older address.
import { useEffect, useRef, useState } from "../vendor/preact.js";
import { api } from "./api.js";

const pause = 600; // milliseconds after the last key
const longest = 12_000; // the server gives up after 8 s and says why

/**
 * state: idle, checking, done (result), failed (error), unknown (this Patchbay cannot look; it will when it is added).
 * `path` is /v1/servers/probe or /v1/me/servers/probe; `again()` looks once more.
 */
export function useProbe(/** @type {string} */ url, path = "/v1/servers/probe") {
  const [found, setFound] = useState({ url: "", state: "idle", result: /** @type {any} */ (null), error: /** @type {any} */ (null) });
  const [round, setRound] = useState(0);
  const asked = useRef(0);
  useEffect(() => {
    if (!url) return undefined;
    const mine = ++asked.current;
    const ends = new AbortController();
    const say = (state) => { if (mine === asked.current && !ends.signal.aborted) setFound({ url, result: null, error: null, ...state }); };
    let tooLong = 0;
    const later = setTimeout(async () => {
      tooLong = setTimeout(() => {
        say({ state: "failed", error: { id: "upstream_timeout", message: "" } });
        ends.abort();
      }, longest);
      try {
        say({ state: "done", result: await api("POST", path, { url }, { signal: ends.signal }) });
      } catch (error) {
        if (error.isAborted || error.id === "superseded") return;
        say(error.status === 404 || error.status === 405 ? { state: "unknown" } : { state: "failed", error });
      } finally {
        clearTimeout(tooLong);
      }
    }, round ? 0 : pause);
    return () => {
      clearTimeout(later);
      clearTimeout(tooLong);
      ends.abort();
    };
  }, [url, path, round]);
  const current = !url ? { url: "", state: "idle", result: null, error: null } : found.url === url ? found : { url, state: "checking", result: null, error: null };
  return { ...current, again: () => { setFound({ url: "", state: "idle", result: null, error: null }); setRound((n) => n + 1); } };
}
