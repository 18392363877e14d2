// @ts-check
// The tools that one may use, read once and kept while the app is open; how they are searched. A page load asks no server
// behind Patchbay: this is its list.
import { signal } from "../vendor/preact.js";
import { apiAll, request } from "./api.js";
import { plainName } from "./format.js";
import { readExact } from "./schema/exact.js";

/** What was read last, so that coming back to the list is at once. */
export const kept = signal(/** @type {any[] | null} */ (null));

/** Every row, with the text that is searched. */
export async function loadTools(/** @type {AbortSignal} */ signal) {
  const rows = await apiAll("/v1/tools?format=people", "tools", { signal });
  kept.value = prepare(rows);
  return kept.value;
}

export const titleOf = (tool) => plainName(tool.title || tool.tool);

/** Rows by title, each with its words in lower case. Pure. */
export function prepare(rows) {
  const sorted = rows.map((tool) => ({ ...tool, id: tool.name, head: `${tool.title} ${tool.tool}`.toLowerCase(), all: `${tool.title} ${tool.tool} ${tool.server} ${tool.server_title} ${tool.description}`.toLowerCase() }));
  const collator = new Intl.Collator("en", { sensitivity: "base", numeric: true });
  return sorted.sort((one, other) => collator.compare(titleOf(one), titleOf(other)) || collator.compare(one.server, other.server));
}

const does = { reads: (tool) => tool.read_only, changes: (tool) => !tool.read_only && !tool.destructive, deletes: (tool) => tool.destructive };

/** Those with all words of `q`; the ones that are called so come first. Pure. */
export function findTools(rows, query) {
  const wanted = (query.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter((tool) => (!query.server || tool.server === query.server) && (!does[query.does] || does[query.does](tool)) && (!query.policy || tool.policy === query.policy)
    && wanted.every((word) => tool.all.includes(word)));
  if (!wanted.length) return found;
  const isNamed = (tool) => wanted.every((word) => tool.head.includes(word));
  const [named, others] = [[], []];
  for (const tool of found) (isNamed(tool) ? named : others).push(tool);
  return [...named, ...others];
}

/** One tool with its schemas, their numbers as they came. `name` is the flat name or the capability. */
export async function loadTool(/** @type {string} */ name, /** @type {AbortSignal} */ signal) {
  const answer = await request("GET", `/v1/tools?format=people&name=${encodeURIComponent(name)}`, undefined, { signal });
  return readExact(await answer.text()).tools[0];
}
