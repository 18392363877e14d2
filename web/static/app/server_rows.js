// @ts-check
// What a connection's row says of itself, out of GET /v1/servers' rows. Pure.

import { isPersonal, nameOf, statusOf } from "./servers.js";

/** As statusOf; or "each" where everybody signs in as themselves, so that there is no one answer. */
export function rowStatus(server) {
  const is = statusOf(server);
  return is === "connected" && server.state !== "ok" ? "each" : is;
}

/** none: nobody signs in; each: everybody as themselves; shared: all as one. */
export const accountModeOf = (server) => (server.auth === "none" ? "none" : isPersonal(server) ? "each" : "shared");

/** How many of its tools may be used: { on, total }. */
export function toolCounts(server) {
  const total = server.tools ?? 0;
  const { otherwise = "allow", tools = {} } = server.tool_policy ?? {};
  const named = Object.values(tools);
  const on = otherwise === "off" ? named.filter((one) => one !== "off").length : total - named.filter((one) => one === "off").length;
  return { on: Math.max(0, Math.min(total, on)), total };
}

/** The host of an address, for people; the whole text where it is none. */
export function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return String(url ?? "");
  }
}

/** Whether it is still being looked at, so that its row is worth another look. */
export const isSettling = (server) => statusOf(server) === "checking";

/** The rows that search and filters leave. `filters` are those of the address: q, status, auth, account, origin. */
export function matching(servers, { q = "", status = "", auth = "", account = "", origin = "" }) {
  const words = q.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return servers.filter((one) => {
    if (status && rowStatus(one) !== status) return false;
    if (auth && one.auth !== auth) return false;
    if (account && accountModeOf(one) !== account) return false;
    if (origin && one.origin !== origin) return false;
    const text = `${one.title ?? ""} ${one.slug} ${one.url} ${one.description ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const worst = ["error", "needs_sign_in", "paused", "checking", "disabled", "each", "connected"];
const keys = {
  name: (one) => nameOf(one),
  status: (one) => worst.indexOf(rowStatus(one)),
  account: (one) => ["each", "shared", "none"].indexOf(accountModeOf(one)),
  tools: (one) => toolCounts(one).on,
  calls: (one, figures) => figures?.get(one.slug)?.calls ?? 0,
};

/** Sorted by "name", "status", "account", "tools" or "calls" (of `figures`, by slug); "-name" turns it around. Names decide among equals. */
export function sorted(servers, by = "name", figures = null) {
  const descending = by.startsWith("-");
  const key = keys[descending ? by.slice(1) : by] ?? keys.name;
  const compare = (a, b) => {
    const [x, y] = [key(a, figures), key(b, figures)];
    const first = typeof x === "number" ? x - y : order.compare(x, y);
    return (descending ? -first : first) || order.compare(nameOf(a), nameOf(b));
  };
  return [...servers].sort(compare);
}
