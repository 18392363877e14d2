// Requests as programs send them, for what corpora/webui.json asks of answers and limits.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { fileURLToPath } from "node:url";

export const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const browser = { Accept: "text/html,application/xhtml+xml" };
export const json = { "Content-Type": "application/json" };
export const ownOrigin = (scene) => new URL(scene.stage.url).origin;

/** One request with these headers and no others, its answer whole. */
export const raw = (url, path, { method = "GET", headers = {}, body = undefined } = {}) => new Promise((resolve, reject) => {
  const { hostname, port } = new URL(url);
  const asked = httpRequest({ hostname, port, path, method, headers: { ...headers, ...(body !== undefined && { "Content-Length": Buffer.byteLength(body) }) } }, async (answer) => {
    resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(await answer.toArray()).toString() });
    asked.destroy(); // also where the rest of a body that is too large was never read
  });
  asked.on("error", reject).end(body);
});

/** A test that does what the case says, by its very name. */
export function named(file, title) {
  const found = new RegExp(`(test\\(|TEST_CASE\\(\\s*)"${title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);
  assert.match(readFileSync(here(`../../${file}`), "utf8"), found, `${file} has the test`);
  return { how: `by tests/${file}, "${title}"` };
}

/** The routes of the API, with something that is there in place of each parameter. */
export async function routes(scene) {
  const { paths } = await scene.stage.api("ann", "GET", "/v1/openapi.json");
  const values = { slug: "plain", user: "person-plain", team: "team-plain", profile: "profile-plain", tool: "hostile", preset: "github", key: "none" };
  return Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).filter((one) => /^(get|post|put|patch|delete)$/.test(one))
    .map((method) => ({ method: method.toUpperCase(), path: path.replace("/me/servers/{slug}", "/me/servers/mine-plain").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "01a1ffa8-c28c-7e46-bd0b-b3774ecbb197") })));
}
