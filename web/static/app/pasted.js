// @ts-check
// What somebody typed or pasted into the bar of the add dialog. Pure.
import { looksSecret, slugOf } from "./format.js";

const addressLike = /^(https?:\/\/)?((?:[\w-]+\.)+[\w-]{2,}|localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])(:\d{1,5})?([/?#]\S*)?$/i;
const commandLike = /^(npx|uvx|uv|docker|podman|node|python3?|bunx?|deno|pipx|java)\s+\S/;

/** An address with its scheme; people leave https:// out. */
export const withScheme = (text) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);

/** "mcp.linear.app" is called "Linear"; an address of numbers or one word stays what it is. */
export function titleOf(url) {
  let host = "";
  try {
    host = new URL(withScheme(url)).hostname;
  } catch {
    return "";
  }
  const labels = host.split(".");
  if (labels.length < 2 || /^[\d.]+$/.test(host) || host.startsWith("[")) return host;
  const at = labels.length > 2 && labels[labels.length - 2].length <= 3 ? labels.length - 3 : labels.length - 2;
  return labels[at].charAt(0).toUpperCase() + labels[at].slice(1);
}

function keyOf(headers) {
  const names = Object.keys(headers);
  if (names.length !== 1 || names[0].toLowerCase() !== "authorization") return null;
  return String(headers[names[0]]).match(/^Bearer\s+(\S+)$/i)?.[1] ?? null;
}

/** An entry of a client's config file: {"mcpServers": {"x": {"url": …, "headers": {…}}}} and what others call it. */
function readConfig(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    return { kind: "broken" };
  }
  const all = found?.mcpServers ?? found?.servers ?? found?.mcp_servers ?? found?.context_servers ?? found;
  const [name, entry] = all && typeof all === "object" && typeof all.url !== "string" && typeof all.command !== "string" ? (Object.entries(all)[0] ?? []) : ["", all];
  if (!entry || typeof entry !== "object") return { kind: "broken" };
  if (typeof entry.command === "string") return { kind: "command" };
  const url = entry.url ?? entry.serverUrl ?? entry.httpUrl ?? entry.uri;
  if (typeof url !== "string" || !/^https?:\/\//i.test(url)) return { kind: "broken" };
  const headers = entry.headers && typeof entry.headers === "object" ? entry.headers : {};
  const key = keyOf(headers);
  const given = key ? { auth: "apiKey", key } : Object.keys(headers).length
    ? { auth: "headers", headers: Object.entries(headers).map(([header, value]) => ({ name: header, value: String(value) })) } : {};
  return { kind: "address", url, given: { ...(name && { name, slug: slugOf(name) }), ...given } };
}

/** { kind: "empty" | "filter" | "address" | "secret" | "command" | "scheme" | "broken", url, given } */
export function readPasted(text) {
  const said = String(text).trim();
  if (!said) return { kind: "empty" };
  if (said.startsWith("{")) return readConfig(said);
  if (commandLike.test(said)) return { kind: "command" };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(said) && !/^https?:\/\//i.test(said)) return { kind: "scheme" };
  if (/^https?:\/\/[^/]*@/i.test(said)) return { kind: "secret" };
  if (addressLike.test(said)) return { kind: "address", url: withScheme(said) };
  if (/^https?:\/\/\S+$/i.test(said)) return { kind: "address", url: said };
  return looksSecret(said) ? { kind: "secret" } : { kind: "filter" };
}
