// The built binary against the document that it serves: every route, every status, every answer's schema.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { Appliance, Everything, freePort, until } from "../support/appliance.mjs";
import { Browser, password } from "../support/browser.mjs";
import { OAuthBrowser } from "../support/oauth_browser.mjs";

let server, patchbay, api, ajv, admin, reader, caller, ann;
const covered = new Set();
const no_id = "0198b3a2-0000-7000-8000-000000000001";

const pointer = (...parts) => parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
const at = (ref) => ref.slice(2).split("/").reduce((value, key) => value[key], api);
const resolved = (value) => (value.$ref ? at(value.$ref) : value);
const refOf = (value, ...place) => (value.$ref ? value.$ref.slice(2) : pointer(...place));

function check(schemaPath, value, what) {
  const validate = ajv.compile({ $ref: `api#/${schemaPath}` });
  assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 400)}`);
}

// What an event stream says first; then it is ended.
async function beginning(answer) {
  const reader = answer.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}

// Asks `operation` ("GET /v1/servers/{slug}"), and holds request and answer against the document. `as` is a token, a browser
// or nobody; `parts` fill the path in order.
async function ask(operation, status, { as = admin, parts = [], query = {}, body, headers = {}, url = patchbay.url, endless = false } = {}) {
  const [method, pattern] = operation.split(" ");
  const place = ["paths", pattern, method.toLowerCase()];
  const described = api.paths[pattern]?.[method.toLowerCase()];
  assert.ok(described, `${operation} is not in the document`);
  const rest = [...parts];
  const path = pattern.replaceAll(/\{[^}]*\}/g, () => encodeURIComponent(rest.shift() ?? "nothing"));
  const names = (described.parameters ?? []).map((one) => resolved(one).name.toLowerCase());
  for (const name of [...Object.keys(query), ...Object.keys(headers)].map((one) => one.toLowerCase()))
    if (name !== "accept") assert.ok(names.includes(name), `${operation} has no parameter ${name}`);
  const search = new URLSearchParams(query).toString();
  const answer = await fetch(url + path + (search && `?${search}`), {
    method,
    headers: { ...(typeof as === "string" ? { Authorization: `Bearer ${as}` } : as?.headers), ...headers,
      ...(body !== undefined && { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = endless ? await beginning(answer) : await answer.text();
  const cookie = answer.headers.get("set-cookie");
  if (cookie && as instanceof Browser) as.cookie = cookie.split(";")[0];
  const what = `${operation} ${answer.status}`;
  assert.equal(answer.status, status, `${what}: ${text.slice(0, 400)}`);
  const response = described.responses[status];
  assert.ok(response, `${what} is not documented: ${text.slice(0, 400)}`);
  covered.add(what);
  for (const header of Object.keys(resolved(response).headers ?? {})) assert.ok(answer.headers.get(header), `${what} has no ${header}`);
  if (body !== undefined && status < 300 && described.requestBody)
    check(pointer(...place, "requestBody", "content", "application/json", "schema"), body, `the body of ${what}`);
  const content = resolved(response).content;
  if (!content) {
    assert.equal(text, "", what);
    return { headers: answer.headers };
  }
  const type = answer.headers.get("content-type")?.split(";")[0];
  assert.ok(content[type], `${what} is ${type}`);
  const value = type === "application/json" ? JSON.parse(text) : text;
  check(`${refOf(response, ...place, "responses", String(status))}/${pointer("content", type, "schema")}`, value, what);
  return { headers: answer.headers, body: value };
}

const operations = () =>
  Object.entries(api.paths).flatMap(([pattern, methods]) => Object.entries(methods).map(([method, described]) => ({ name: `${method.toUpperCase()} ${pattern}`, described })));

before(async () => {
  server = await Everything.start();
  const dead = await freePort();
  patchbay = await Appliance.create({
    servers: [{ name: "everything", transport: "http", url: server.url }, { name: "dead", transport: "http", url: `http://127.0.0.1:${dead}/mcp` }],
    config: `network:\n  allow: ["${new URL(server.url).host}"]\n`, // members reach private addresses only where they are listed
  });
  const port = await freePort();
  await patchbay.start({ port, args: ["--public-url", `http://127.0.0.1:${port}`] });
  api = await (await patchbay.get("/v1/openapi.json")).json();
  ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(api, "api");
  admin = await patchbay.token("admin", ["admin"]);
  reader = await patchbay.token("reader", ["catalog:read"]);
  caller = await patchbay.token("caller", ["mcp:read", "mcp:write"]);
  ann = await new Browser(patchbay).accept((await patchbay.json("admin", "reset")).setup_link, "ann");
  await ask("POST /v1/me/servers", 201, { as: ann, body: { slug: "mine", title: "Mine", url: server.url } });
});

after(async () => {
  await patchbay?.remove();
  await server?.stop();
});

test("the document is one of OpenAPI 3.1 whose references all lead somewhere", () => {
  assert.match(api.openapi, /^3\.1\./);
  assert.equal(JSON.stringify(api).match(/"\$ref":"#[^"]*"/g).every((ref) => at(JSON.parse(`{${ref}}`).$ref)), true);
  for (const schema of Object.keys(api.components.schemas)) ajv.compile({ $ref: `api#/components/schemas/${schema}` });
});

test("who proves nothing gets 401, and whose scope is another 403, on every route that is not public", async () => {
  for (const { name, described } of operations()) {
    if (described.security.length === 0) continue;
    await ask(name, 401, { as: null });
    const [scope] = Object.values(described.security[0])[0];
    await ask(name, 403, { as: scope === "catalog:read" ? admin : scope.startsWith("mcp:") ? admin : scope === "self" ? admin : reader,
      ...(name === "POST /v1/tools/call" && { body: { name: "x" } }) });
  }
});

test("every list refuses a limit and a cursor that are none", async () => {
  for (const { name, described } of operations()) {
    const names = (described.parameters ?? []).map((one) => resolved(one).name);
    if (!names.includes("limit") || !names.includes("cursor")) continue;
    const parts = [name.includes("/me/servers") ? "mine" : name.includes("{slug}") ? "everything" : "ann"];
    await ask(name, 400, { as: ann, parts, query: { limit: "0" } });
    await ask(name, 400, { as: ann, parts, query: { cursor: "!" } });
    await ask(name, 200, { as: ann, parts, query: { limit: "1" } });
  }
});

test("the appliance says how it is", async () => {
  for (const path of ["/", "/healthz", "/readyz", "/v1/errors", "/v1/openapi.json"]) await ask(`GET ${path}`, 200, { as: null });
  for (const path of ["/metrics", "/v1/status", "/v1/catalog"]) await ask(`GET ${path}`, 200);
  await ask("POST /v1/catalog/reload", 200);
  const { body } = await ask("GET /v1/mcp/managed-servers", 200, { as: reader, query: { client: "x" } });
  assert.equal(body.length, 2);
  await ask("GET /v1/mcp/managed-servers", 400, { as: reader, query: { client: "\u0001" } });
});

test("servers", async () => {
  const one = { slug: "one", title: "One", url: "https://one.example/mcp", enabled: false, auth: "apiKey", api_key: "secret" };
  const made = await ask("POST /v1/servers", 201, { body: one });
  assert.equal(made.headers.get("etag"), '"1"');
  await ask("POST /v1/servers", 400, { body: { slug: "two" } });
  await ask("POST /v1/servers", 409, { body: one });
  await ask("GET /v1/servers", 200);
  const show = "GET /v1/servers/{slug}", change = "PATCH /v1/servers/{slug}", remove = "DELETE /v1/servers/{slug}", parts = ["one"];
  await ask(show, 200, { parts });
  await ask(show, 304, { parts, headers: { "If-None-Match": '"1"' } });
  await ask(show, 404);
  await ask(change, 412, { parts, body: { title: "x" }, headers: { "If-Match": '"7"' } });
  await ask(change, 409, { parts, body: { title: "x", revision: 7 } });
  await ask(change, 400, { parts, body: { title: "x", revision: 7 }, headers: { "If-Match": '"1"' } });
  await ask(change, 400, { parts, body: { unknown: 1 } });
  await ask(change, 404, { body: { title: "x" } });
  await ask(change, 409, { parts: ["everything"], body: { title: "x" } });
  await ask(change, 200, { parts, headers: { "If-Match": '"1"' }, body: { title: "Two", description: null, allow: ["a"], access: { people: ["ann"] } } });
  await ask(remove, 400, { parts, headers: { "If-Match": "2" } });
  await ask(remove, 412, { parts, headers: { "If-Match": '"1"' } });
  await ask(remove, 409, { parts: ["everything"] });
  await ask(remove, 204, { parts, headers: { "If-Match": '"2"' } });
  await ask(remove, 404, { parts });
});

test("a server's tools", async () => {
  const parts = ["everything"];
  assert.equal((await ask("POST /v1/servers/{slug}/test", 200, { parts })).body.ok, true);
  assert.equal((await ask("POST /v1/servers/{slug}/test", 200, { parts: ["dead"] })).body.ok, false);
  await ask("POST /v1/servers/{slug}/test", 404);
  await ask("POST /v1/servers/{slug}/refresh", 200, { parts });
  await ask("POST /v1/servers/{slug}/refresh", 502, { parts: ["dead"] });
  await ask("POST /v1/servers/{slug}/refresh", 404);
  const { body } = await ask("GET /v1/servers/{slug}/tools", 200, { parts });
  await ask("GET /v1/servers/{slug}/tools", 404);
  const [{ name, digest }] = body.tools;
  const accept = "POST /v1/servers/{slug}/tools/{tool}/accept";
  await ask(accept, 204, { parts: [...parts, name], body: { digest } });
  await ask(accept, 409, { parts: [...parts, name], body: { digest: "another" } });
  await ask(accept, 404, { parts: [...parts, "none"], body: { digest } });
  await ask(accept, 400, { parts: [...parts, name], body: {} });
});

test("servers that come from presets and from automation, and who may use them", async () => {
  await ask("GET /v1/servers/presets", 200, { as: null });
  await ask("GET /v1/servers/presets/{preset}/icon.svg", 200, { as: null, parts: ["notion"] });
  await ask("GET /v1/servers/presets/{preset}/icon.svg", 404, { as: null });
  const put = "PUT /v1/servers/by-key/{key}", remove = "DELETE /v1/servers/by-key/{key}", parts = ["infra-1"];
  const body = { slug: "keyed", url: "https://keyed.example/mcp", enabled: false };
  await ask(put, 201, { parts, body });
  assert.equal((await ask(put, 200, { parts, body })).headers.get("etag"), '"1"');
  await ask(put, 400, { parts, body: { unknown: 1 } });
  await ask(put, 409, { parts: ["infra-2"], body: { ...body, slug: "everything" } });
  await ask(put, 412, { parts, body: { title: "x" }, headers: { "If-Match": '"7"' } });
  const access = "PUT /v1/servers/{slug}/access";
  await ask(access, 200, { parts: ["keyed"], body: { people: ["ann"] }, headers: { "If-Match": '"1"' } });
  await ask(access, 400, { parts: ["keyed"], body: { robots: [] } });
  await ask(access, 404, { body: {} });
  await ask(access, 409, { parts: ["everything"], body: {} });
  await ask(access, 412, { parts: ["keyed"], body: {}, headers: { "If-Match": '"1"' } });
  await ask("POST /v1/servers/{slug}/disconnect", 204, { parts: ["keyed"] });
  await ask("POST /v1/servers/{slug}/disconnect", 404);
  await ask("POST /v1/servers/{slug}/disconnect", 409, { parts: ["everything"] });
  await ask(remove, 400, { parts, headers: { "If-Match": "2" } });
  await ask(remove, 412, { parts, headers: { "If-Match": '"1"' } });
  await ask(remove, 204, { parts });
  await ask(remove, 404, { parts });
});

test("a server's tool policy and roll-out, and the whole appliance's", async () => {
  const show = "GET /v1/servers/{slug}/tool-policy", put = "PUT /v1/servers/{slug}/tool-policy", parts = ["everything"];
  const stale = { "If-Match": '"77"' };
  await ask(put, 200, { parts, body: { otherwise: "allow", tools: { echo: "off" } } });
  assert.deepEqual((await ask(show, 200, { parts })).body, { otherwise: "allow", tools: { echo: "off" } });
  await ask(show, 404);
  await ask(put, 200, { parts, body: { preset: "everything" } });
  await ask(put, 400, { parts, body: { otherwise: "maybe" } });
  await ask(put, 404, { body: { otherwise: "allow" } });
  await ask(put, 409, { parts: ["dead"], body: { preset: "read_only" } });
  await ask(put, 412, { parts, body: { otherwise: "off" }, headers: stale });
  const rollout = "PUT /v1/servers/{slug}/rollout";
  await ask(rollout, 200, { parts, body: { state: "pilot", people: ["ann"] } });
  await ask(rollout, 200, { parts, body: { state: "on" } });
  await ask(rollout, 400, { parts, body: { state: "maybe" } });
  await ask(rollout, 404, { body: { state: "on" } });
  await ask(rollout, 412, { parts, body: { state: "dark" }, headers: stale });
  await ask("PUT /v1/rollout", 200, { body: { state: "on" } });
  await ask("PUT /v1/rollout", 400, { body: { state: "maybe" } });
  assert.equal((await ask("GET /v1/rollout", 200)).body.state, "on");
});

test("addresses, before anybody adds them", async () => {
  for (const [probe, as] of [["POST /v1/servers/probe", admin], ["POST /v1/me/servers/probe", ann]]) {
    const { body } = await ask(probe, 200, { as, body: { url: server.url } });
    assert.deepEqual([body.ok, body.auth], [true, "none"]);
    assert.equal((await ask(probe, 200, { as, body: { url: "http://169.254.169.254/mcp" } })).body.error, "link_local");
    await ask(probe, 400, { as, body: { url: "ftp://x/" } });
    for (let i = 0; i < 30; i += 1) await fetch(patchbay.url + probe.split(" ")[1], { method: "POST", body: JSON.stringify({ url: "http://169.254.169.254/" }),
      headers: { ...(typeof as === "string" ? { Authorization: `Bearer ${as}` } : as.headers), "Content-Type": "application/json" } });
    await ask(probe, 429, { as, body: { url: server.url } });
  }
});

test("how calls fare, how the appliance is set up, and whether all is in order", async () => {
  await ask("GET /v1/overview", 200, { query: { since: "1h", buckets: "30" } });
  await ask("GET /v1/overview", 400, { query: { buckets: "121" } });
  await ask("GET /v1/overview/servers", 200);
  await ask("GET /v1/servers/{slug}/health", 200, { parts: ["everything"] });
  await ask("GET /v1/servers/{slug}/health", 404);
  const shown = await ask("GET /v1/settings", 200);
  assert.deepEqual(shown.body.settings.find((one) => one.name === "network.allow").source, "file");
  await ask("PATCH /v1/settings", 200, { body: { organisation: "Acme" } });
  await ask("PATCH /v1/settings", 400, { body: { organisation: "a\nb" } });
  await ask("PATCH /v1/settings", 403, { body: { public_url: "https://mcp.example.com" } });
  await ask("PATCH /v1/settings", 409, { as: ann, body: { public_url: "https://mcp.example.com" } });
  await ask("PUT /v1/settings/network", 200, { as: ann, body: { private: "admin" } });
  await ask("PUT /v1/settings/network", 400, { as: ann, body: { private: "open" } });
  await ask("PUT /v1/settings/network", 403, { body: { private: "admin" } });
  await ask("PUT /v1/settings/network", 409, { as: ann, body: { allow: ["10.0.0.0/8"] } });
  await ask("GET /v1/diagnostics", 200);
  await ask("POST /v1/diagnostics/run", 200);
  assert.match((await ask("GET /v1/diagnostics/stream", 200, { endless: true })).body, /event: tick/);
});

test("what one did, and what people ask with", async () => {
  await ask("GET /v1/me/activity", 200, { as: ann, query: { since: "1h" } });
  await ask("GET /v1/me/activity", 400, { as: ann, query: { since: "yesterday" } });
  await ask("GET /v1/me/clients", 200, { as: ann, query: { since: "1h" } });
  await ask("GET /v1/me/clients", 400, { as: ann, query: { since: "yesterday" } });
  await ask("GET /v1/clients", 200);
});

test("a connector of one's own", async () => {
  const body = { slug: "mine", url: server.url }, as = ann, parts = ["mine"];
  await ask("POST /v1/me/servers", 400, { as, body: { slug: "two" } });
  await ask("POST /v1/me/servers", 409, { as, body });
  await ask("GET /v1/me/servers", 200, { as });
  const show = "GET /v1/me/servers/{slug}", change = "PATCH /v1/me/servers/{slug}", remove = "DELETE /v1/me/servers/{slug}";
  await ask(show, 200, { as, parts });
  await ask(show, 304, { as, parts, headers: { "If-None-Match": '"1"' } });
  await ask(show, 404, { as });
  assert.equal((await ask("POST /v1/me/servers/{slug}/test", 200, { as, parts })).body.ok, true);
  await ask("POST /v1/me/servers/{slug}/test", 404, { as });
  await ask("GET /v1/me/servers/{slug}/tools", 200, { as, parts });
  await ask("GET /v1/me/servers/{slug}/tools", 404, { as });
  await ask(change, 412, { as, parts, body: { title: "x" }, headers: { "If-Match": '"7"' } });
  await ask(change, 409, { as, parts, body: { title: "x", revision: 7 } });
  await ask(change, 400, { as, parts, body: { access: {} } });
  await ask(change, 404, { as, body: { title: "x" } });
  await ask(change, 200, { as, parts, body: { title: "Mine alone" }, headers: { "If-Match": '"1"' } });
  await ask("GET /v1/me/connections", 200, { as });
  await ask("GET /v1/me/connections/{slug}", 200, { as, parts });
  await ask("GET /v1/me/connections/{slug}", 404, { as });
  await ask(remove, 400, { as, parts, headers: { "If-Match": "2" } });
  await ask(remove, 412, { as, parts, headers: { "If-Match": '"1"' } });
  await ask(remove, 204, { as, parts });
  await ask(remove, 404, { as, parts });
});

test("a connector's changed tools are its owner's to accept", async () => {
  await ask("POST /v1/me/servers", 201, { as: ann, body: { slug: "pinned", url: server.url, pin_tools: true } });
  const list = () => ask("GET /v1/me/servers/{slug}/tools", 200, { as: ann, parts: ["pinned"] });
  const { name, digest } = await until(async () => (await list()).body.tools[0]);
  const accept = "POST /v1/me/servers/{slug}/tools/{tool}/accept", parts = ["pinned", name];
  await ask(accept, 204, { as: ann, parts, body: { digest } });
  await ask(accept, 409, { as: ann, parts, body: { digest: "another" } });
  await ask(accept, 404, { as: ann, parts: ["everything", name], body: { digest } });
  await ask(accept, 400, { as: ann, parts, body: {} });
});

test("an account that one signs in with", async () => {
  // Endpoints that an admin typed in need no discovery, so nobody is asked before the browser goes there.
  const oauth = { client_id: "ours", client_secret: "between us", authorization_endpoint: `${server.url}/authorize`, token_endpoint: `${server.url}/token`, scopes: ["read"] };
  const body = { url: server.url, auth: "oauth", enabled: true };
  const shown = (await ask("POST /v1/servers", 201, { body: { slug: "typed", credential_mode: "perMember", oauth, ...body } })).body;
  assert.equal(shown.oauth.has_client_secret, true);
  await ask("POST /v1/servers", 400, { body: { slug: "half", ...body, oauth: { client_id: "ours", token_endpoint: oauth.token_endpoint } } });
  await ask("POST /v1/servers", 201, { body: { slug: "silent", credential_mode: "perMember", ...body } });
  await ask("POST /v1/me/servers", 201, { as: ann, body: { slug: "own", url: server.url, auth: "oauth", oauth } });
  await ask("POST /v1/me/servers", 201, { as: ann, body: { slug: "own-silent", url: server.url, auth: "oauth" } });
  for (const [place, slug, silent, plain] of [["/v1/servers/{slug}", "typed", "silent", "everything"], ["/v1/me/servers/{slug}", "own", "own-silent", "pinned"]]) {
    const start = `POST ${place}/oauth/start`, end = `DELETE ${place}/oauth`, flows = "GET /v1/me/oauth/flows/{flow}";
    await ask(start, 404, { as: ann });
    await ask(start, 409, { as: ann, parts: [plain] });
    const failed = (await ask(start, 502, { as: ann, parts: [silent] })).body;
    assert.ok(failed.details.trace.some((step) => !step.ok), JSON.stringify(failed));
    const begun = (await ask(start, 200, { as: ann, parts: [slug] })).body;
    const asked = new URL(begun.authorize_url).searchParams;
    assert.deepEqual([asked.get("client_id"), asked.get("scope"), asked.get("code_challenge_method"), asked.get("redirect_uri")], ["ours", "read", "S256", `${patchbay.url}/oauth/callback`]);
    assert.equal((await ask(flows, 200, { as: ann, parts: [begun.flow] })).body.state, "waiting");
    await ask(flows, 404, { as: ann, parts: [no_id] });
    await ask(end, 204, { as: ann, parts: [slug] });
    await ask(end, 204, { as: ann, parts: [slug] });
    await ask(end, 404, { as: ann });
    await ask(end, 409, { as: ann, parts: [plain] });
  }
  await ask("GET /v1/servers/{slug}/accounts", 200, { parts: ["typed"] });
  await ask("GET /v1/me/connections/{slug}", 200, { as: ann, parts: ["typed"] });
  for (const slug of ["typed", "silent"]) await ask("DELETE /v1/servers/{slug}", 204, { parts: [slug] });
  for (const slug of ["own", "own-silent", "pinned"]) await ask("DELETE /v1/me/servers/{slug}", 204, { as: ann, parts: [slug] });
});

test("one's own values for a server", async () => {
  await ask("POST /v1/servers", 201, { body: { slug: "crm", url: server.url, enabled: true, auth: "headers", credential_mode: "perMember", member_headers: ["X-Api-Key"] } });
  const show = "GET /v1/me/credentials/{slug}", put = "PUT /v1/me/credentials/{slug}", remove = "DELETE /v1/me/credentials/{slug}";
  const as = ann, parts = ["crm"], headers = { "X-Api-Key": "a key" };
  assert.equal((await ask(show, 200, { as, parts })).body.headers[0].has_value, false);
  await ask(put, 200, { as, parts, body: { headers } });
  assert.equal((await ask("GET /v1/servers/{slug}/accounts", 200, { parts })).body.accounts[0].user, "ann");
  await ask("GET /v1/servers/{slug}/accounts", 404);
  await ask(put, 400, { as, parts, body: { headers: {} } });
  await ask(remove, 204, { as, parts });
  for (const [operation, body] of [[show], [put, { headers }], [remove]]) {
    await ask(operation, 404, { as, body });
    await ask(operation, 409, { as, parts: ["everything"], body });
  }
  await ask("DELETE /v1/servers/{slug}", 204, { parts });
});

test("a call that waits for its person's word", async () => {
  const policy = (body) => ask("PUT /v1/servers/{slug}/tool-policy", 200, { parts: ["everything"], body });
  await policy({ otherwise: "allow", tools: { echo: "ask" } });
  const asked = await ask("POST /v1/tools/call", 200, { as: await ann.token(), body: { name: "mcp__everything__echo", arguments: { message: "hello" } } });
  assert.equal(asked.body.error, "needs_approval");
  const [{ id }] = (await ask("GET /v1/me/approvals", 200, { as: ann })).body.approvals;
  const decide = "POST /v1/me/approvals/{approval}", parts = [id];
  await ask(decide, 400, { as: ann, parts, body: {} });
  await ask(decide, 404, { as: ann, body: { allow: true } });
  await ask(decide, 204, { as: ann, parts, body: { allow: true } });
  await policy({ preset: "everything" });
});

test("one's selection", async () => {
  const as = ann, bad = { session: "a b" };
  await ask("PUT /v1/selection", 200, { as, body: { servers: ["everything"] } });
  await ask("PUT /v1/selection", 200, { as, query: { session: "chat-1" }, body: { servers: [] } });
  await ask("PUT /v1/selection", 400, { as, body: { servers: 7 } });
  assert.equal((await ask("GET /v1/selection", 200, { as, query: { session: "chat-1" } })).body.touched, true);
  await ask("GET /v1/selection", 400, { as, query: bad });
  await ask("DELETE /v1/selection", 204, { as });
  await ask("DELETE /v1/selection", 400, { as, query: bad });
});

test("profiles", async () => {
  const body = { slug: "desk", title: "Desk", access: { people: ["ann"] }, servers: [{ server: "everything", tools: ["echo"] }, { server: "dead" }] };
  await ask("POST /v1/profiles", 201, { body });
  await ask("POST /v1/profiles", 400, { body: { slug: "two", shape: "round" } });
  await ask("POST /v1/profiles", 404, { body: { slug: "two", servers: [{ server: "none" }] } });
  await ask("POST /v1/profiles", 409, { body });
  await ask("GET /v1/profiles", 200);
  assert.equal((await ask("GET /v1/me/profiles", 200, { as: ann })).body.profiles.length, 1);
  const show = "GET /v1/profiles/{profile}", change = "PATCH /v1/profiles/{profile}", remove = "DELETE /v1/profiles/{profile}", parts = ["desk"];
  await ask(show, 200, { parts });
  await ask(show, 304, { parts, headers: { "If-None-Match": '"1"' } });
  await ask(show, 404);
  await ask(change, 412, { parts, body: { title: "x" }, headers: { "If-Match": '"7"' } });
  await ask(change, 409, { parts, body: { title: "x", revision: 7 } });
  await ask(change, 400, { parts, body: { shape: "round" } });
  await ask(change, 404, { body: { title: "x" } });
  await ask(change, 200, { parts, body: { shape: "search" }, headers: { "If-Match": '"1"' } });
  await ask(remove, 400, { parts, headers: { "If-Match": "2" } });
  await ask(remove, 412, { parts, headers: { "If-Match": '"1"' } });
  await ask(remove, 204, { parts });
  await ask(remove, 404, { parts });
});

test("users and their tokens", async () => {
  await ask("POST /v1/users", 201, { body: { name: "bob", title: "Bob", role: "auditor" } });
  await ask("POST /v1/users", 201, { body: { name: "robot", kind: "service" } });
  await ask("POST /v1/users", 400, { body: { name: "a b" } });
  await ask("POST /v1/users", 404, { body: { name: "carl", teams: ["nobody"] } });
  await ask("POST /v1/users", 409, { body: { name: "bob" } });
  await ask("GET /v1/users", 200, { query: { q: "bo" } });
  const show = "GET /v1/users/{user}", change = "PATCH /v1/users/{user}", remove = "DELETE /v1/users/{user}", parts = ["bob"];
  await ask(show, 200, { parts });
  await ask(show, 304, { parts, headers: { "If-None-Match": '"1"' } });
  await ask(show, 404);
  await ask(change, 412, { parts, body: { title: "x" }, headers: { "If-Match": '"7"' } });
  await ask(change, 409, { parts, body: { title: "x", revision: 7 } });
  await ask(change, 400, { parts, body: { role: "king" } });
  await ask(change, 403, { as: ann, parts: ["ann"], body: { role: "member" } });
  await ask(change, 404, { body: { title: "x" } });
  await ask(change, 200, { parts, body: { title: "Robert", disabled: true, revision: 1 } });
  await ask("POST /v1/users/{user}/invite", 400, { as: ann, parts });
  await ask("POST /v1/users/{user}/invite", 403, { parts });
  await ask("POST /v1/users/{user}/invite", 404, { as: ann });
  await ask("POST /v1/users/{user}/invite", 201, { as: ann, parts: ["ann"] });
  const tokens = "POST /v1/users/{user}/tokens", body = { name: "r", scopes: ["mcp:read"] };
  await ask(tokens, 201, { as: ann, parts: ["robot"], body });
  await ask(tokens, 400, { as: ann, parts: ["robot"], body: { name: "s", scopes: ["root"] } });
  await ask(tokens, 403, { as: ann, parts, body });
  await ask(tokens, 404, { as: ann, body });
  await ask(tokens, 409, { as: ann, parts: ["robot"], body });
  await ask("GET /v1/users/{user}/tokens", 200, { parts: ["robot"] });
  await ask("GET /v1/users/{user}/tokens", 404);
  await ask("DELETE /v1/users/{user}/sessions", 204, { parts });
  await ask("DELETE /v1/users/{user}/sessions", 404);
  await ask(remove, 400, { parts, headers: { "If-Match": "1" } });
  await ask(remove, 412, { parts, headers: { "If-Match": '"1"' } });
  await ask(remove, 409, { parts: ["ann"] });
  await ask(remove, 204, { parts });
  await ask(remove, 404, { parts });
  await ask("POST /v1/setup", 403, { body: {} });
  await ask("POST /v1/setup", 201, { as: ann, body: {} });
});

test("teams", async () => {
  await ask("POST /v1/teams", 201, { body: { name: "ops", title: "Operations", members: ["ann"] } });
  await ask("POST /v1/teams", 400, { body: { name: "Big Team" } });
  await ask("POST /v1/teams", 404, { body: { name: "data", members: ["nobody"] } });
  await ask("POST /v1/teams", 409, { body: { name: "ops" } });
  await ask("GET /v1/teams", 200);
  const show = "GET /v1/teams/{team}", change = "PATCH /v1/teams/{team}", remove = "DELETE /v1/teams/{team}", parts = ["ops"];
  await ask(show, 200, { parts });
  await ask(show, 304, { parts, headers: { "If-None-Match": '"1"' } });
  await ask(show, 404);
  await ask(change, 412, { parts, body: { title: "x" }, headers: { "If-Match": '"7"' } });
  await ask(change, 409, { parts, body: { title: "x", revision: 7 } });
  await ask(change, 400, { parts, body: { title: 1 } });
  await ask(change, 404, { body: { title: "x" } });
  await ask(change, 200, { parts, body: { members: [] } });
  await ask(remove, 400, { parts, headers: { "If-Match": "1" } });
  await ask(remove, 412, { parts, headers: { "If-Match": '"1"' } });
  await ask(remove, 204, { parts });
  await ask(remove, 404, { parts });
});

test("tokens of the appliance", async () => {
  const body = { name: "ci", scopes: ["mcp:read"], expires_in_days: 1 };
  await ask("POST /v1/tokens", 201, { as: ann, body });
  await ask("POST /v1/tokens", 400, { as: ann, body: { name: "x", scopes: [] } });
  await ask("POST /v1/tokens", 403, { body });
  await ask("POST /v1/tokens", 409, { as: ann, body });
  await ask("GET /v1/tokens", 200);
  await ask("DELETE /v1/tokens/{token}", 204, { parts: ["ci"] });
  await ask("DELETE /v1/tokens/{token}", 404, { parts: ["ci"] });
});

test("the audit trail, with the changes of the tests before", async () => {
  const { body } = await ask("GET /v1/audit", 200, { query: { since: "1h", limit: "1000" } });
  assert.ok(body.events.some((event) => event.changes?.headers === "changed"));
  await ask("GET /v1/audit", 400, { query: { since: "yesterday" } });
  const changes = (await ask("GET /v1/audit", 200, { query: { changes: "true" } })).body.events;
  assert.ok(changes.some((event) => event.action === "server.create") && changes.every((event) => event.action !== "tool.call"));
  const lines = (await ask("GET /v1/audit/export", 200, { query: { action: "server.create" } })).body.trim().split("\n").map(JSON.parse);
  assert.ok(lines.length >= 1);
  for (const { chain, ...event } of lines) check("components/schemas/Event", event, `a line of the export (${chain.length})`);
  const csv = (await ask("GET /v1/audit/export", 200, { query: { format: "csv", server: "one" } })).body;
  assert.match(csv, /^sequence,at,.*,chain\r\n\d/);
  await ask("GET /v1/audit/export", 400, { query: { format: "xml" } });
  assert.equal((await ask("GET /v1/audit/verify", 200)).body.intact, true);
  const printed = await patchbay.verb("audit", "export", "--format", "csv", "--server", "one");
  assert.equal(printed.stdout.split("\r\n").length, csv.split("\r\n").length);
});

test("what happens, as it happens", async () => {
  assert.match((await ask("GET /v1/events", 200, { endless: true, query: { types: "audit" } })).body, /event: hello/);
  await ask("GET /v1/events", 400, { query: { types: "weather" } });
});

test("why, and what if", async () => {
  const query = { user: "ann", server: "everything", tool: "echo" };
  await ask("GET /v1/access/explain", 200, { query });
  await ask("GET /v1/access/explain", 200, { query: { ...query, client: "x" } });
  await ask("GET /v1/access/explain", 400, { query: { user: "ann" } });
  await ask("GET /v1/access/explain", 404, { query: { ...query, user: "nobody" } });
  const plan = "POST /v1/access/plan", body = { server: "everything", change: { access: { people: [] } } };
  await ask(plan, 200, { body });
  await ask(plan, 400, { body: { server: "everything" } });
  await ask(plan, 404, { body: { ...body, server: "none" } });
});

test("tools for chat applications", async () => {
  for (const format of ["mcp", "openai", "anthropic", "gemini"]) await ask("GET /v1/tools", 200, { as: caller, query: { format } });
  await ask("GET /v1/tools", 400, { as: caller, query: { format: "cobol" } });
  const [row] = (await ask("GET /v1/tools", 200, { as: caller, query: { format: "people" } })).body.tools;
  for (const name of [row.name, row.capability]) await ask("GET /v1/tools", 200, { as: caller, query: { format: "people", name } });
  await ask("GET /v1/tools", 404, { as: caller, query: { format: "people", name: "mcp:one:nothing" } });
  await ask("GET /v1/tools", 400, { as: caller, query: { name: row.name } });
  const { body } = await ask("GET /v1/tools", 200, { as: caller });
  const name = body.tools.find((tool) => tool.name.includes("echo")).name;
  const call = "POST /v1/tools/call";
  await ask(call, 200, { as: caller, body: { name, arguments: { message: "hello" } } });
  await ask(call, 200, { as: caller, body: { name, arguments: { message: "hello" } }, headers: { Accept: "text/event-stream" } });
  await ask(call, 400, { as: caller, body: { name, arguments: 7 } });
  await ask(call, 404, { as: caller, body: { name: "none" } });
  await ask(call, 406, { as: caller, body: { name }, headers: { Accept: "image/png" } });
});

test("a person about themselves", async () => {
  const { invite_link } = (await ask("POST /v1/users", 201, { body: { name: "dora" } })).body;
  const invite = invite_link.split("#")[1];
  const dora = new Browser(patchbay);
  await ask("POST /v1/welcome/look", 200, { as: dora, body: { invite } });
  await ask("POST /v1/welcome/look", 400, { as: dora, body: {} });
  await ask("POST /v1/welcome/look", 404, { as: dora, body: { invite: "pbk_inv_none" } });
  await ask("POST /v1/welcome", 400, { as: dora, body: { invite, password: "short" } });
  await ask("POST /v1/welcome", 404, { as: dora, body: { invite: "pbk_inv_none", password } });
  await ask("POST /v1/welcome", 200, { as: dora, body: { invite, password } });
  await ask("GET /v1/session", 200, { as: dora });
  await ask("GET /v1/me", 200, { as: dora });
  await ask("PATCH /v1/me", 200, { as: dora, body: { title: "Dora" } });
  await ask("PATCH /v1/me", 400, { as: dora, body: { role: "admin" } });
  await ask("POST /v1/session/confirm", 204, { as: dora, body: { password } });
  await ask("POST /v1/session/confirm", 400, { as: dora, body: {} });
  await ask("POST /v1/session/confirm", 403, { as: dora, body: { password: "something else" } });
  const next = "another good password";
  await ask("POST /v1/me/password", 400, { as: dora, body: { old_password: password } });
  await ask("POST /v1/me/password", 403, { as: dora, body: { old_password: "something else", new_password: next } });
  await ask("POST /v1/me/password", 204, { as: dora, body: { old_password: password, new_password: next } });
  const other = new Browser(patchbay);
  await ask("POST /v1/session", 200, { as: other, body: { name: "dora", password: next } });
  await ask("POST /v1/session", 400, { as: null, body: { name: "dora" } });
  await ask("POST /v1/session", 401, { as: null, body: { name: "dora", password } });
  const { sessions } = (await ask("GET /v1/me/sessions", 200, { as: other })).body;
  const old = sessions.find((session) => !session.current);
  if (old) await ask("DELETE /v1/me/sessions/{session}", 204, { as: other, parts: [old.id] });
  else {
    await ask("POST /v1/session", 200, { as: dora, body: { name: "dora", password: next } });
    const again = (await ask("GET /v1/me/sessions", 200, { as: other })).body.sessions.find((session) => !session.current);
    await ask("DELETE /v1/me/sessions/{session}", 204, { as: other, parts: [again.id] });
  }
  await ask("DELETE /v1/me/sessions/{session}", 404, { as: other, parts: [no_id] });
  const body = { name: "laptop", scopes: ["mcp:read"] };
  const { id } = (await ask("POST /v1/me/tokens", 201, { as: other, body })).body;
  await ask("POST /v1/me/tokens", 400, { as: other, body: { name: "x", scopes: ["root"] } });
  await ask("POST /v1/me/tokens", 403, { as: other, body: { name: "x", scopes: ["admin"] } });
  await ask("POST /v1/me/tokens", 409, { as: other, body });
  await ask("GET /v1/me/tokens", 200, { as: other });
  await ask("DELETE /v1/me/tokens/{token}", 204, { as: other, parts: [id] });
  await ask("DELETE /v1/me/tokens/{token}", 404, { as: other, parts: [no_id] });
  await ask("DELETE /v1/session", 204, { as: other });
});

// Lets an application in, as its person would.
async function letIn(who) {
  const redirect_uri = "https://app.example/callback";
  const registered = await fetch(`${patchbay.url}/oauth/register`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ client_name: "App", redirect_uris: [redirect_uri] }) });
  const { client_id } = await registered.json();
  const request = new URLSearchParams({ client_id, redirect_uri, response_type: "code", code_challenge: "A".repeat(43), code_challenge_method: "S256" });
  const browser = new OAuthBrowser(patchbay.url, { name: who });
  const { location } = await browser.journey(`${patchbay.url}/oauth/authorize?${request}`);
  assert.match(location.searchParams.get("code"), /^pbk_ac_/);
}

test("applications that were let in, and what they may do", async () => {
  await letIn("ann");
  const { apps } = (await ask("GET /v1/me/apps", 200, { as: ann })).body;
  assert.equal(apps[0].redirect_host, "app.example");
  await ask("DELETE /v1/me/apps/{app}", 404, { as: ann, parts: [no_id] });
  await ask("DELETE /v1/me/apps/{app}", 204, { as: ann, parts: [apps[0].id] });
  await letIn("ann");
  const all = (await ask("GET /v1/apps", 200)).body.apps;
  assert.equal(all[0].user, "ann");
  await ask("DELETE /v1/apps/{app}", 404, { parts: [no_id] });
  await ask("DELETE /v1/apps/{app}", 204, { parts: [all[0].id] });
  const { body } = await ask("GET /v1/settings/apps", 200);
  await ask("PUT /v1/settings/apps", 200, { body });
  await ask("PUT /v1/settings/apps", 400, { body: { ...body, access_minutes: 0 } });
});

test("too many wrong passwords have to wait", async () => {
  const body = { name: "mallory", password: "something else" };
  const tried = async () => (await fetch(`${patchbay.url}/v1/session`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status;
  let tries = 1; // the tests before have used up some of this peer's
  while ((await tried()) === 401) assert.ok(++tries <= 10, "nobody has to wait");
  const { headers } = await ask("POST /v1/session", 429, { as: null, body });
  assert.ok(Number(headers.get("retry-after")) > 0);
});

test("an appliance whose catalog was never good is not ready", async () => {
  const other = await Appliance.create({});
  try {
    const token = await other.token("reader", ["catalog:read"]);
    other.catalog = `${other.folder}/absent.yaml`;
    await other.start({ ready: "/healthz" });
    await ask("GET /readyz", 503, { as: null, url: other.url });
    await ask("GET /v1/mcp/managed-servers", 503, { as: token, url: other.url });
  } finally {
    await other.remove();
  }
});

test("beyond its limit a token has to wait", async () => {
  const other = await Appliance.create({ servers: [{ name: "everything", transport: "http", url: server.url }], config: "limits:\n  token_per_minute: 1\n" });
  try {
    await other.start();
    const as = await other.token("caller", ["mcp:read", "mcp:write"]);
    const body = { name: "mcp__everything__echo", arguments: { message: "hello" } };
    const list = async () => (await (await fetch(`${other.url}/v1/tools`, { headers: { Authorization: `Bearer ${as}` } })).json()).tools;
    await until(async () => (await list()).length > 0, "the tools of the sample server");
    await ask("POST /v1/tools/call", 200, { as, url: other.url, body });
    const { headers } = await ask("POST /v1/tools/call", 429, { as, url: other.url, body });
    assert.ok(Number(headers.get("retry-after")) > 0);
  } finally {
    await other.remove();
  }
});

test("every documented status was asked for", () => {
  const documented = operations().flatMap(({ name, described }) =>
    Object.entries(described.responses).filter(([status]) => status !== "default").map(([status, response]) => ({ name: `${name} ${status}`, reason: response["x-untested"] })));
  const untested = documented.filter(({ reason }) => reason);
  const missing = documented.filter(({ name, reason }) => !reason && !covered.has(name)).map(({ name }) => name);
  console.log(`${operations().length} operations, ${documented.length} documented statuses, ${covered.size} asked for, ${untested.length} marked untested:`);
  for (const { name, reason } of untested) console.log(`  ${name}: ${reason}`);
  assert.deepEqual(missing, []);
  assert.deepEqual(untested.filter(({ name }) => covered.has(name)).map(({ name }) => name), [], "marked as untested, and tested");
});
