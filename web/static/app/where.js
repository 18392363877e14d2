// @ts-check
// Where we are: the address as a signal, how to go elsewhere, and what the query string says.
import { computed, signal } from "../vendor/preact.js";

const inBrowser = typeof document !== "undefined";

/** The path that Patchbay lives under: "" or "/x". */
export const base = inBrowser ? (document.documentElement.dataset.base ?? "") : "";

/** The folder that our own files come from, without a slash at its end. */
export const assets = new URL("..", import.meta.url).href.replace(/\/$/, "");

/** An address of ours, for href and fetch: address("/tools"). */
export const address = (/** @type {string} */ path) => base + path;

/** The path of an address without the base; null for one that is not below it. */
export function pathOf(/** @type {string} */ pathname, under = base) {
  if (!pathname.startsWith(under)) return null;
  const rest = pathname.slice(under.length);
  return rest === "" ? "/" : rest.startsWith("/") ? rest : null;
}

/** What `pattern` ("/people/{user}") finds in `path`: its parts, or null. */
export function match(/** @type {string} */ pattern, /** @type {string} */ path) {
  const wanted = pattern.split("/");
  const given = (path.length > 1 ? path.replace(/\/$/, "") : path).split("/");
  if (wanted.length !== given.length) return null;
  /** @type {Record<string, string>} */
  const parts = {};
  for (const [at, name] of wanted.entries()) {
    const value = given[at];
    const part = name.match(/^\{(\w+)(?::([\w|-]+))?\}$/);
    if (!part) {
      if (name !== value) return null;
      continue;
    }
    let decoded;
    try {
      decoded = decodeURIComponent(value);
    } catch {
      return null;
    }
    if (!decoded || (part[2] && !part[2].split("|").includes(decoded))) return null;
    parts[part[1]] = decoded;
  }
  return parts;
}

const read = () => ({ path: inBrowser ? (pathOf(location.pathname) ?? "/") : "/", search: inBrowser ? location.search : "", moves: 0 });

/** `moves` counts navigations to another path, so that a page knows whether it came first. */
export const here = signal(read());
export const path = computed(() => here.value.path);

/** Ends with the path: what a page asked for is of no use on the next one. */
let leaving = new AbortController();
export const whileHere = () => leaving.signal;

/** @type {null | (() => Promise<boolean>)} */
let guard = null;
/** Asked before the page is left; answer whether that is all right. Returns how to take it away. */
export function guardLeaving(/** @type {() => Promise<boolean>} */ ask) {
  guard = ask;
  return () => {
    if (guard === ask) guard = null;
  };
}

let position = 0;

function arrive() {
  const next = read();
  const moved = next.path !== here.value.path;
  if (moved) {
    leaving.abort();
    leaving = new AbortController();
  }
  here.value = { ...next, moves: here.value.moves + (moved ? 1 : 0) };
}

/** Goes to an address of ours, written without the base: "/tools?q=x". `saved`: nothing is left to lose, so nobody is asked. */
export async function navigate(/** @type {string} */ to, { replace = false, saved = false } = {}) {
  const target = new URL(address(to), location.href);
  const samePath = pathOf(target.pathname) === here.value.path;
  if (!samePath && !saved && guard && !(await guard())) return;
  if (!samePath) guard = null;
  if (!replace) position += 1;
  history[replace ? "replaceState" : "pushState"]({ position }, "", target);
  arrive();
  if (!samePath && !target.hash) scrollTo(0, 0);
}

/** Changes the query string: {q: "x", team: null} sets one and takes the other away. */
export function setQuery(/** @type {Record<string, string | null | undefined>} */ changes, { replace = true } = {}) {
  const query = new URLSearchParams(here.value.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  navigate(here.value.path + (text ? `?${text}` : ""), { replace });
}

/** The query string as an object with defaults, and how to change it. Filters belong here, so that an address shows them. */
export function useQuery(/** @type {Record<string, string>} */ defaults = {}) {
  const query = new URLSearchParams(here.value.search);
  /** @type {Record<string, string>} */
  const values = { ...defaults };
  for (const [name, value] of query) values[name] = value;
  return /** @type {const} */ ([values, setQuery]);
}

/** Makes links into navigations where `isOurs(path)` says that the app has such a page. */
export function followLinks(/** @type {(path: string) => boolean} */ isOurs) {
  position = history.state?.position ?? 0;
  addEventListener("popstate", async (event) => {
    const to = event.state?.position ?? 0;
    if (guard && pathOf(location.pathname) !== here.value.path) {
      const wanted = location.href;
      const back = position - to;
      history.go(back);
      if (!(await guard())) return;
      guard = null;
      if (back) history.go(-back);
      else location.assign(wanted);
      return;
    }
    position = to;
    arrive();
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("a[href]"));
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    const to = pathOf(link.pathname);
    if (to === null || !isOurs(to)) return;
    if (link.hash && to === here.value.path && link.search === location.search) return;
    event.preventDefault();
    navigate(to + link.search + link.hash);
  });
}
