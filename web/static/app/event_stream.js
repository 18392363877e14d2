// @ts-check
// GET /v1/events, read with fetch so that Last-Event-ID can be sent from the first request on, and so that we notice at once
// when the stream ends. EventReader and waitBefore are pure.
import { address } from "./where.js";

/**
 * Reads the text of an event stream as it comes (WHATWG HTML §9.2.6):
 *   stream = *(block LF), block = *(line LF), line = ":" comment | field [":" [" "] value]
 * feed(text) gives the events that are complete: { type, data (text), id }. A block of an id alone moves `lastId` on.
 */
export class EventReader {
  rest = "";
  lastId = "";
  #id = "";
  #type = "";
  /** @type {string[]} */
  #data = [];

  feed(/** @type {string} */ text) {
    const events = [];
    this.rest += text;
    for (;;) {
      const found = this.rest.match(/\r\n|\n|\r(?!$)/);
      if (!found) return events;
      const line = this.rest.slice(0, found.index);
      this.rest = this.rest.slice(/** @type {number} */ (found.index) + found[0].length);
      if (line !== "") this.#line(line);
      else {
        const event = this.#dispatch();
        if (event) events.push(event);
      }
    }
  }

  #line(/** @type {string} */ line) {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
  }

  #dispatch() {
    if (this.#id) this.lastId = this.#id;
    const event = this.#data.length ? { type: this.#type || "message", data: this.#data.join("\n"), id: this.lastId } : null;
    this.#type = "";
    this.#data = [];
    return event;
  }
}

/** How long to wait before try `tries` (from 1), in ms: at once after the first break, then longer, 5 s at most. */
export const waitBefore = (/** @type {number} */ tries, random = Math.random()) => (tries <= 1 ? 300 : Math.min(5_000, 500 * 2 ** (tries - 1)) * (0.8 + 0.2 * random));

/** The server gives a sign of life every 8 s; whoever holds the stream back for longer than this has broken it. */
const longestSilence = 20_000;

/**
 * Follows the stream until `signal` aborts. `onEvent(type, data, id)`: data is parsed. `onState({ is, since, tries, status })`: `is` is
 * open, broken, refused (401, 403 or another 4xx: it does not try again) or over; `since` is when it broke.
 * Returns a function that tries again at once.
 * @param {{ query: Record<string, string>, onEvent: (type: string, data: any, id: string) => void,
 *   onState: (state: { is: string, since?: number, tries: number, status?: number }) => void, signal: AbortSignal }} wish
 */
export function followEvents({ query, onEvent, onState, signal }) {
  let lastId = "";
  let tries = 0;
  let since = 0;
  let wake = () => {};
  const broken = (status = 0) => {
    since ||= Date.now();
    tries += 1;
    onState({ is: "broken", since, tries, status });
  };
  const pause = (milliseconds) => new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), milliseconds);
    wake = () => { clearTimeout(timer); resolve(undefined); };
  });
  const read = async () => {
    const mine = new AbortController();
    const stop = () => mine.abort();
    signal.addEventListener("abort", stop, { once: true });
    let silence = setTimeout(stop, longestSilence);
    let isOpen = false;
    try {
      const response = await fetch(`${address("/v1/events")}?${new URLSearchParams(query)}`, { signal: mine.signal, credentials: "same-origin", cache: "no-store",
        headers: { Accept: "text/event-stream", ...(lastId && { "Last-Event-ID": lastId }) } });
      if (!response.ok || !response.body) return response.status || 1;
      const reader = new EventReader();
      const stream = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await stream.read();
        if (done) return 0;
        clearTimeout(silence);
        silence = setTimeout(stop, longestSilence);
        const events = reader.feed(value);
        if (reader.lastId) lastId = reader.lastId;
        if (!isOpen) {
          isOpen = true;
          tries = since = 0;
          onState({ is: "open", tries });
        }
        for (const event of events) onEvent(event.type, JSON.parse(event.data), event.id);
      }
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      const status = await read().catch(() => 0);
      if (signal.aborted) break;
      if (status >= 400 && status < 500 && status !== 429 && status !== 408) {
        onState({ is: "refused", tries, status });
        return;
      }
      broken(status);
      await pause(status === 429 ? 10_000 : waitBefore(tries));
    }
    onState({ is: "over", tries });
  };
  const again = () => wake();
  addEventListener("online", again);
  signal.addEventListener("abort", () => { removeEventListener("online", again); wake(); }, { once: true });
  run();
  return again;
}
