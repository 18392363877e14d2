// @ts-check
// Measures what app/diagnostics.js judges: the server's time, and how its events arrive.
import { address } from "./where.js";

const fresh = { credentials: /** @type {const} */ ("same-origin"), cache: /** @type {const} */ ("no-store") };

/** The server's checks with its time: { found, theirs, asked, answered }; `found` is null from one that has none. */
export async function askServer(long, csrfCall, signal) {
  const asked = Date.now();
  let found = null;
  try {
    found = await csrfCall(long ? "POST" : "GET", long ? "/v1/diagnostics/run" : "/v1/diagnostics", undefined, { signal });
  } catch (error) {
    if (error.status !== 404) throw error;
  }
  if (found && !long) return { found, theirs: Date.parse(found.now), asked, answered: Date.now() };
  return { found, ...(await askTime(signal)) };
}

/** The time in an answer's Date header, which a proxy adds where the server does not. */
async function askTime(signal) {
  const asked = Date.now();
  const response = await fetch(address("/v1/session"), { ...fresh, signal });
  return { theirs: Date.parse(response.headers.get("date") ?? "") + 500, asked, answered: Date.now() };
}

/** When each event of the test arrived, in milliseconds; null from a server that has no such test. */
export async function timeEvents(signal) {
  const began = performance.now();
  const response = await fetch(address("/v1/diagnostics/stream"), { ...fresh, signal, headers: { Accept: "text/event-stream" } });
  if (response.status === 404) return null;
  if (!response.ok || !response.body) throw new Error(String(response.status));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const arrived = [];
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    rest += part.value;
    const events = rest.split(/\r?\n\r?\n/);
    rest = events.pop() ?? "";
    for (const event of events) if (/^event: ?tick$/m.test(event)) arrived.push(performance.now() - began);
  }
  return arrived;
}
