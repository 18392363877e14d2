// What was pasted, what a connection that is being added becomes, and how rows are found and ordered.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readPasted, titleOf } from "../../web/static/app/pasted.js";
import { actionOf, anew, bodyOf, emptyDraft, filledIn, foundBy, foundIn, freeSlug, problemsOf, typed } from "../../web/static/app/server_draft.js";
import { accountModeOf, matching, rowStatus, sorted, toolCounts } from "../../web/static/app/server_rows.js";

const me = { name: "ann", teams: ["platform"] };
const say = new Proxy({}, { get: (_, rule) => (rule === "slugTaken" ? () => rule : rule) });
const probe = (more) => ({ ok: true, url: "https://mcp.linear.app/mcp", title: "Linear", slug: "linear", preset: null, transport: "http", auth: "none", tools: 3, ...more });
const draftOf = (auth, change = {}) => typed(filledIn(emptyDraft(), { ...foundBy(probe({ auth })), url: "https://mcp.linear.app/mcp" }), change);

test("15 · an address is told from a search, a command, a secret and an entry of a config file", () => {
  const kinds = Object.entries({ "": "empty", "not": "filter", "a.b": "filter", "mcp.linear.app": "address", "localhost:3000/mcp": "address", "10.0.0.5/mcp": "address", "[::1]:8080": "address",
    "http://intranet/mcp": "address", "npx -y server": "command", "ftp://host/x": "scheme", "https://user:word@host.example/": "secret", "Bearer abcdefghijkl": "secret",
    '{"mcpServers":{"x":{"command":"npx"}}}': "command", '{"command":"npx"}': "command", '{"x"': "broken", "{}": "broken", '{"x":{"url":"javascript:alert(1)"}}': "broken" });
  for (const [text, kind] of kinds) assert.equal(readPasted(text).kind, kind, text);
  assert.equal(readPasted(" mcp.linear.app ").url, "https://mcp.linear.app");
  const entry = (headers) => readPasted(JSON.stringify({ servers: { "My Notes": { url: "https://n.example/mcp", headers } } })).given;
  assert.deepEqual(entry({ Authorization: "Bearer k1" }), { name: "My Notes", slug: "my-notes", auth: "apiKey", key: "k1" });
  assert.deepEqual(entry({ "X-A": "1", "X-B": "2" }).headers, [{ name: "X-A", value: "1" }, { name: "X-B", value: "2" }]);
  assert.deepEqual(["mcp.linear.app", "a.example.co.uk", "10.0.0.5", "localhost", "%%"].map(titleOf), ["Linear", "Example", "10.0.0.5", "localhost", ""]);
});

test("what was found fills in what nobody typed, and another address keeps what was typed but no secret for another host", () => {
  let draft = filledIn(emptyDraft(), foundBy(probe({ auth: "key" })), ["linear"]);
  assert.deepEqual([draft.name, draft.slug, draft.auth, draft.mode, draft.transport], ["Linear", "linear-2", "apiKey", "shared", "http"]);
  draft = typed(draft, { name: "Our Linear", key: "k" });
  assert.equal(draft.slug, "our-linear");
  assert.equal(filledIn(draft, foundBy(probe({ title: "Other" }))).name, "Our Linear");
  assert.deepEqual([anew(draft, true).key, anew(draft, false).key, anew(draft, false).name], ["k", "", "Our Linear"]);
  assert.equal(typed(draft, { name: "Bearer abcdefghijklmnop" }).slug, "");
  assert.equal(freeSlug("a", ["A", "a-2"]), "a-3");
  assert.deepEqual(foundIn({ key: "slack", title: "Slack", description: "d", url: "u", auth: "oauth" }).preset, "slack");
});

test("what is sent says who may use it, how it signs in and nothing that was not asked for", () => {
  const open = bodyOf(draftOf("none"), me);
  assert.deepEqual(open, { slug: "linear", title: "Linear", url: "https://mcp.linear.app/mcp", transport: "http", enabled: true, access: { everyone: false, people: ["ann"], teams: [] }, auth: "none", credential_mode: "shared" });
  const key = bodyOf(draftOf("key", { key: " k ", keyHeader: "X-Key", who: "everyone" }), me);
  assert.deepEqual([key.api_key, key.api_key_header, key.access.everyone, key.credential_mode], ["k", "X-Key", true, "shared"]);
  const each = bodyOf(draftOf("key", { mode: "perMember", memberHeaders: [{ name: "X-Key" }, { name: " " }] }), me);
  assert.deepEqual([each.auth, each.member_headers, each.api_key], ["headers", ["X-Key"], undefined]);
  const app = bodyOf(draftOf("oauth_app", { clientId: "id", scopes: "a b", who: "chosen", teams: ["sales"] }), me);
  assert.deepEqual([app.auth, app.credential_mode, app.oauth, app.access.teams], ["oauth", "perMember", { client_id: "id", scopes: ["a", "b"] }, ["sales"]]);
  assert.deepEqual(bodyOf(draftOf("oauth"), me).oauth, {});
  const more = bodyOf(draftOf("none", { timeout: "30", pinTools: true, deny: "a, b", caFile: "/ca.pem" }), me);
  assert.deepEqual([more.timeout_seconds, more.pin_tools, more.deny, more.ca_file, more.allow], [30, true, ["a", "b"], "/ca.pem", undefined]);
});

test("the button says what happens: add, add and test, add and sign in", () => {
  assert.equal(actionOf(draftOf("none"), probe(), me), "add");
  assert.equal(actionOf(draftOf("none"), null, me), "test");
  assert.equal(actionOf(draftOf("key"), probe({ auth: "key" }), me), "test");
  assert.equal(actionOf(draftOf("key", { mode: "perMember" }), probe({ auth: "key" }), me), "add");
  assert.equal(actionOf(draftOf("oauth"), probe({ auth: "oauth" }), me), "signIn");
  assert.equal(actionOf(draftOf("oauth", { who: "chosen", people: ["bea"] }), null, me), "add");
  assert.equal(actionOf(draftOf("oauth", { who: "chosen", teams: ["platform"] }), null, me), "signIn");
  assert.equal(actionOf(draftOf("oauth", { who: "chosen", people: ["bea"], mode: "shared" }), null, me), "signIn");
});

test("28 · what is missing or a secret in the wrong place is said by field", () => {
  const problems = (auth, change, taken = []) => problemsOf(draftOf(auth, change), taken, say);
  assert.deepEqual(problems("none", {}), {});
  assert.deepEqual(problems("none", {}, ["LINEAR"]), { slug: "slugTaken" });
  assert.equal(problems("none", { name: "Bearer 0123456789abcdef" }).name, "secretInName");
  assert.equal(problems("none", { slug: "a b" }).slug, "slugRule");
  assert.deepEqual(problems("key", {}), { key: "keyMissing" });
  assert.deepEqual(problems("oauth_app", {}), { clientId: "clientMissing" });
  assert.deepEqual(problems("none", { who: "chosen", timeout: "0" }), { who: "nobodyChosen", timeout: "timeoutRule" });
  for (const [timeout, found] of [["600", {}], ["601", { timeout: "timeoutRule" }], ["1.5", { timeout: "timeoutRule" }]]) assert.deepEqual(problems("none", { timeout }), found);
  assert.deepEqual(problems("key", { auth: "headers" }), { headers: "headerMissing" });
});

test("rows are found by all words, filtered by what they say, and ordered with names among equals", () => {
  const row = (slug, more = {}) => ({ slug, title: null, url: `https://${slug}.example/mcp`, description: "", enabled: true, auth: "none", credential_mode: "shared", state: "ok", reason: null, origin: "admin", tools: 4,
    tool_policy: { otherwise: "allow", tools: {} }, access: { everyone: true, people: [], teams: [] }, ...more });
  const rows = [row("b10"), row("b9", { enabled: false }), row("a", { title: "Zeta", state: "error", reason: "upstream_unreachable" }),
    row("c", { auth: "oauth", credential_mode: "perMember", state: "error", reason: "needs_connection" }), row("d", { auth: "oauth", oauth: { auth_connected: false }, state: "unknown" })];
  const slugs = (found) => found.map((one) => one.slug).join(" ");
  assert.deepEqual(rows.map(rowStatus), ["connected", "disabled", "error", "each", "needs_sign_in"]);
  assert.deepEqual(rows.map(accountModeOf), ["none", "none", "none", "each", "shared"]);
  assert.equal(slugs(matching(rows, { q: "zet mcp" })), "a");
  assert.equal(slugs(matching(rows, { status: "each" })), "c");
  assert.equal(slugs(matching(rows, { auth: "none", account: "none", status: "connected" })), "b10");
  assert.equal(slugs(sorted(rows, "name")), "b9 b10 c d a");
  assert.equal(slugs(sorted(rows, "-name")), "a d c b10 b9");
  assert.equal(slugs(sorted(rows, "status")), "a d b9 c b10");
  assert.equal(slugs(sorted(rows, "-calls", new Map([["c", { calls: 9 }], ["d", { calls: 2 }]]))), "c d b9 b10 a");
  assert.deepEqual(toolCounts(row("x", { tool_policy: { otherwise: "allow", tools: { t: "off", u: "ask" } } })), { on: 3, total: 4 });
  assert.deepEqual(toolCounts(row("x", { tool_policy: { otherwise: "off", tools: { t: "allow", u: "off" } } })), { on: 1, total: 4 });
});
