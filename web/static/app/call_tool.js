// @ts-check
// Runs a tool: reads the event stream that the call answers with, and says how to do the same elsewhere.
import { request } from "./api.js";
import { readExact } from "./schema/exact.js";

const mostExact = 1_000_000; // characters; what is longer is read by the browser, whose numbers are near enough

/** Cuts a text/event-stream into events. Pure: feed(text) gives those that are complete. */
export class EventReader {
  constructor() {
    this.rest = "";
    this.parts = /** @type {string[]} */ ([]); // of an event that is not complete, joined once
  }
  feed(/** @type {string} */ text) {
    /** @type {{type: string, data: string}[]} */
    const events = [];
    const joined = this.rest + text;
    const lines = joined.split(/\r\n|\n/);
    this.rest = lines.pop() ?? "";
    // A long line comes in many pieces: it is kept apart so that each piece is looked at once.
    for (const [at, line] of lines.entries()) {
      const whole = at === 0 && this.parts.length ? [...this.parts.splice(0), line].join("") : line;
      this.line(whole, events);
    }
    if (this.rest.length > 65_536 && !this.rest.endsWith("\r")) {
      this.parts.push(this.rest);
      this.rest = "";
    }
    return events;
  }
  type = "message";
  data = /** @type {string[]} */ ([]);
  line(/** @type {string} */ line, /** @type {{type: string, data: string}[]} */ events) {
    if (line === "") {
      if (this.data.length) events.push({ type: this.type, data: this.data.join("\n") });
      this.type = "message";
      this.data = [];
    } else if (line.startsWith("data:")) this.data.push(line.slice(line[5] === " " ? 6 : 5));
    else if (line.startsWith("event:")) this.type = line.slice(6).trim();
  }
}

/** What a call came to. `result` is MCP's, its numbers as they came where it is not too long. */
function outcomeOf(/** @type {string} */ text) {
  const said = JSON.parse(text);
  const exact = text.length <= mostExact ? readExact(text) : said;
  return { result: exact.result ?? {}, isError: said.is_error === true, error: said.error ?? null, tookMs: said.duration_ms ?? null };
}

/**
 * Calls a tool with JSON text as its arguments. `onProgress` gets { progress, total, message }. Aborting `signal` cancels the
 * call, at the server behind too.
 */
export async function callTool({ name, argumentsText, signal, onProgress = (/** @type {any} */ _) => {} }) {
  const response = await request("POST", "/v1/tools/call", { name, arguments: argumentsText }, { signal, headers: { Accept: "text/event-stream" } });
  if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) return outcomeOf(await response.text());
  const reader = /** @type {ReadableStream} */ (response.body).pipeThrough(new TextDecoderStream()).getReader();
  const events = new EventReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw Object.assign(new Error("cut"), { id: "cut" });
    for (const event of events.feed(value)) {
      if (event.type === "progress") onProgress(JSON.parse(event.data));
      else if (event.type === "error") throw Object.assign(new Error(JSON.parse(event.data).message), { id: JSON.parse(event.data).error });
      else if (event.type === "mcp_tool_result") return outcomeOf(event.data);
    }
  }
}

/** A text as one word of a POSIX shell. */
export const shellWord = (/** @type {string} */ text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The call for curl; the token stays in a variable. */
export function curlOf(/** @type {{url: string, name: string, argumentsText: string}} */ { url, name, argumentsText }) {
  const body = `{"name":${JSON.stringify(name)},"arguments":${argumentsText}}`;
  return `curl -sS ${shellWord(`${url}/v1/tools/call`)} \\\n  -H "Authorization: Bearer $PATCHBAY_TOKEN" \\\n  -H 'Content-Type: application/json' \\\n  --data-binary ${shellWord(body)}`;
}

/** The same for our own command line, which reads PATCHBAY_TOKEN too. */
export const commandOf = (/** @type {{url: string, capability: string, argumentsText: string}} */ { url, capability, argumentsText }) =>
  `patchbay call ${shellWord(capability)} ${shellWord(argumentsText)} --url ${shellWord(url)}`;
