// @ts-check
// What rows of the audit trail mean: outcomes, stretches of time, filters, changes before and after. Pure.

export const outcomes = ["ok", "tool_error", "refused", "failed", "timeout", "cancelled"];

const signInReasons = new Set(["needs_connection", "needs_credentials", "upstream_unauthorized", "oauth_sign_in_ended", "oauth_client_gone"]);

/** An outcome of the API, or "needs_sign_in" where that is why. */
export const outcomeOf = (row) => (row.outcome !== "ok" && signInReasons.has(row.reason) ? "needs_sign_in" : row.outcome);

export const isCall = (row) => row.action === "tool.call";

const comings = ["tool.", "session.", "auth.", "api.", "diagnostics.", "app.sign_in", "app.authorize", "app.device", "app.token", "server.test", "server.probe",
  "account.connect_start", "approval.", "selection."];

/** Whether something is another than before because of it. The same rule as the server's is_change. */
export function isChange(row) {
  if (row.outcome !== "ok") return false;
  if (row.action === "tool.accept" || row.action === "tool.changed") return true;
  return !comings.some((start) => row.action.startsWith(start));
}

export const ranges = /** @type {const} */ (["15m", "1h", "24h", "7d", "30d", "all"]);
const lengths = { "15m": 900_000, "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 };
export const lengthOf = (/** @type {string} */ range) => lengths[range] ?? null;

/** What the query string says of time, as moments fixed now, so that all pages and the export are of the same rows. */
export function timesOf({ range = "24h", from = "", to = "" }, now = Date.now()) {
  const moment = (text) => (text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined);
  if (range === "custom") return { since: moment(from), until: moment(to) };
  const length = lengthOf(range);
  return length ? { since: new Date(now - length).toISOString(), until: undefined } : { since: undefined, until: undefined };
}

export const filterNames = ["actor", "action", "server", "outcome"];

/** The filters of a query string, without empty ones. */
export const filtersOf = (query) => Object.fromEntries(filterNames.filter((name) => query[name]).map((name) => [name, query[name]]));

/** Whether a row passes; the same rules as GET /v1/audit. */
export const matches = (row, filters) => (!filters.actor || row.actor === filters.actor || row.actor_name === filters.actor) &&
  ["action", "server", "outcome"].every((name) => !filters[name] || row[name] === filters[name]);

/** The newest `most` rows, newest first, each once; `more` may overlap with `rows` and be in any order. */
export function keepNewest(rows, more, most = 500) {
  const known = new Set(rows.map((one) => one.sequence));
  const fresh = more.filter((one) => !known.has(one.sequence) && known.add(one.sequence));
  if (!fresh.length) return rows;
  return [...fresh, ...rows].sort((a, b) => b.sequence - a.sequence).slice(0, most);
}

/** A value as one line of text; null where there is none. */
export function valueText(value) {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length ? value.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(", ") : null;
  if (typeof value !== "object") return String(value);
  const parts = Object.entries(value).map(([key, one]) => [key, valueText(one)]).filter(([, text]) => text !== null && text !== "no");
  return parts.length ? parts.map(([key, text]) => `${key}: ${text}`).join("; ") : null;
}

const ends = ["remove", "revoke", "disconnect", "retire", "end", "end_all", "cut", "lost"];

/**
 * What a row changed: [{ field, before, after, hidden }], texts or null. `hidden`: that it changed is all that is kept. What came
 * into being or ceased to be without more being known is one line without a field.
 */
export function changesOf(row) {
  const thing = row.tool || row.server || null;
  if (row.changes) {
    return Object.entries(row.changes).map(([field, change]) => Array.isArray(change)
      ? { field, before: valueText(change[0]), after: valueText(change[1]), hidden: false } : { field, before: null, after: null, hidden: true });
  }
  const verb = row.action.split(".")[1] ?? "";
  if (ends.includes(verb)) return [{ field: "", before: thing, after: null, hidden: false }];
  if (verb === "create" || verb === "register" || verb === "put") return [{ field: "", before: null, after: thing, hidden: false }];
  return [];
}
