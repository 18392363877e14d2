// @ts-check
// Who changed a connection last, out of the audit trail.
import { api } from "../../app/api.js";

/** The row of the newest change, or null where the trail does not reach so far back. */
export async function lastChange(/** @type {string} */ slug, /** @type {AbortSignal | undefined} */ signal = undefined) {
  const query = new URLSearchParams({ server: slug, action: "server.change", limit: "1" });
  const page = await api("GET", `/v1/audit?${query}`, undefined, { signal });
  return page.events[0] ?? null;
}
