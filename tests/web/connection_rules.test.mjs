// What the connection screens compute, without a browser.
import { test } from "node:test";
import assert from "node:assert/strict";
import { leadsElsewhere, mostNamed, policyOf, reachedBy, statusOf, toolDiff, withPolicy, wordDiff } from "../../web/static/app/servers.js";
import { bodyOf, conflictOf, fieldOf, mistakes, rebased, withField } from "../../web/static/pages/connection/draft.js";
import { looksSecret } from "../../web/static/app/format.js";

const server = (more = {}) => ({ slug: "x", title: "X", description: null, icon: null, url: "https://x.example/mcp", transport: "http", auth: "none", credential_mode: "shared", member_headers: [], header_names: [], oauth: null, identity_headers: false,
  availability: "defaultOn", timeout_seconds: 60, pin_tools: false, allow: [], deny: [], ca_file: null, certificate_sha256: null, enabled: true, state: "ok", reason: null, rollout: { state: "on", people: [], teams: [] }, revision: 3, ...more });
const names = (number) => Array.from({ length: number }, (_, at) => `tool_${at}`);

test("a policy names exceptions only, and keeps what held for the others", () => {
  const all = names(5);
  const { policy } = withPolicy({ otherwise: "allow", tools: { tool_1: "off" } }, ["tool_0", "tool_1"], "ask", all);
  assert.deepEqual(policy, { otherwise: "allow", tools: { tool_0: "ask", tool_1: "ask" } });
  assert.deepEqual(withPolicy(policy, ["tool_0", "tool_1"], "allow", all).policy, { otherwise: "allow", tools: {} });
});

test("a policy of a tool that is not listed now is kept", () => {
  assert.deepEqual(withPolicy({ otherwise: "allow", tools: { old: "off" } }, ["tool_0"], "ask", names(1)).policy.tools, { old: "off", tool_0: "ask" });
});

for (const number of [mostNamed - 1, mostNamed, mostNamed + 1])
  test(`${number} exceptions ${number > mostNamed ? "turn the rule around, and say so" : "are named"}`, () => {
    const all = names(900);
    const { policy, rule, tooMany } = withPolicy({ otherwise: "allow", tools: {} }, all.slice(0, number), "off", all);
    assert.equal(rule, number > mostNamed ? "off" : null);
    assert.equal(tooMany, false);
    assert.ok(Object.keys(policy.tools).length <= mostNamed);
    for (const [at, name] of all.entries()) assert.equal(policyOf(policy, name), at < number ? "off" : "allow");
  });

test("where no rule leaves few enough exceptions, it says so", () => {
  const all = names(1600);
  const third = withPolicy({ otherwise: "ask", tools: {} }, all.slice(0, 500), "off", all).policy;
  assert.equal(withPolicy(third, all.slice(500, 1050), "allow", all).tooMany, true);
});

test("a refresh says what was added, removed and changed, and whether the description did", () => {
  const tool = (name, digest, description = "Does it.") => ({ name, digest, description });
  const diff = toolDiff([tool("a", "1"), tool("b", "1"), tool("c", "1"), tool("d", "1")], [tool("a", "1"), tool("b", "2", "Does more."), tool("c", "2"), tool("e", "1")]);
  assert.deepEqual([diff.added.map((one) => one.name), diff.removed.map((one) => one.name)], [["e"], ["d"]]);
  assert.deepEqual(diff.changed.map((one) => [one.after.name, one.what]), [["b", "description"], ["c", "definition"]]);
});

test("two texts as words hold both texts, whatever their length", () => {
  const long = (seed) => Array.from({ length: 900 }, (_, at) => `w${(at * seed) % 97}`).join(" ");
  for (const [before, after] of [["Reads a page.", "Reads a page. Then sends it."], ["", "New"], ["a b c", "a c b"], ["same", "same"], [long(3), long(5)]]) {
    const parts = wordDiff(before, after);
    assert.equal(parts.filter((part) => part.kind !== "new").map((part) => part.text).join(""), before);
    assert.equal(parts.filter((part) => part.kind !== "gone").map((part) => part.text).join(""), after);
  }
});

test("people are reached by name, by team or with everyone, once each, and never when disabled", () => {
  const users = [{ name: "ann", state: "active" }, { name: "Bea", state: "active" }, { name: "carl", state: "disabled" }];
  const teams = [{ name: "ops", members: [{ name: "bea" }, { name: "carl" }] }];
  assert.deepEqual(reachedBy({ everyone: false, people: ["BEA"], teams: ["ops"] }, users, teams), ["Bea"]);
  assert.deepEqual(reachedBy({ everyone: true, people: [], teams: [] }, users, teams), ["ann", "Bea"]);
  assert.deepEqual(reachedBy({ everyone: false, people: [], teams: [] }, users, teams), []);
});

test("a status is one of six words", () => {
  assert.equal(statusOf(server()), "connected");
  assert.equal(statusOf(server({ enabled: false })), "disabled");
  assert.equal(statusOf(server({ state: "unknown" })), "checking");
  assert.equal(statusOf(server({ state: "error" })), "error");
  assert.equal(statusOf(server({ rollout: { state: "dark" } })), "paused");
  assert.equal(statusOf(server({ auth: "oauth", oauth: { auth_connected: false } })), "needs_sign_in");
  assert.equal(statusOf(server({ auth: "oauth", credential_mode: "perMember", state: "unknown", oauth: { auth_connected: false } })), "connected");
});

test("only another origin, kind of sign-in, account or client leads elsewhere", () => {
  assert.equal(leadsElsewhere(server(), server({ url: "https://x.example/v2/mcp", title: "Y" })), false);
  for (const more of [{ url: "https://y.example/mcp" }, { url: "https://x.example:8443/mcp" }, { auth: "oauth" }, { credential_mode: "perMember" }, { oauth: { client_id: "me" } }])
    assert.equal(leadsElsewhere(server(), server(more)), true, JSON.stringify(more));
});

test("a draft holds only what differs, and undoing by hand empties it", () => {
  const one = withField(server(), {}, "title", "Y");
  assert.deepEqual(bodyOf(server(), one), { title: "Y" });
  assert.deepEqual(withField(server(), one, "title", "X"), {});
});

test("27 · a secret that was not touched is not sent, and an empty one neither", () => {
  const keyed = server({ auth: "apiKey", has_api_key: true, header_names: ["Authorization"] });
  assert.deepEqual(bodyOf(keyed, withField(keyed, {}, "title", "Y")), { title: "Y" });
  assert.deepEqual(bodyOf(keyed, { api_key: "", api_key_header: "X-Key" }), {});
  assert.deepEqual(bodyOf(keyed, { api_key: "new", api_key_header: "X-Key" }), { api_key: "new", api_key_header: "X-Key" });
});

test("what belongs to another kind of sign-in is left out of the body", () => {
  const before = server({ auth: "headers", credential_mode: "perMember", member_headers: ["X-Key"], header_names: [] });
  assert.deepEqual(bodyOf(before, { auth: "none", headers: [{ name: "A", value: "b" }], "oauth.client_id": "me" }), { auth: "none", credential_mode: "shared", member_headers: [] });
  assert.deepEqual(bodyOf(server(), { auth: "oauth", "oauth.client_id": "me", "oauth.scopes": "a\nb, c" }), { auth: "oauth", oauth: { client_id: "me", scopes: ["a", "b", "c"] } });
});

test("28 · a bearer in the name, a bad number and a header named twice are caught before anything is sent", () => {
  assert.equal(mistakes(server(), { title: "Bearer abcdefghijklmnop" }, looksSecret).title, "pasteGuard");
  for (const [text, isWrong] of [["0", true], ["1", false], ["600", false], ["601", true], ["1.5", true], ["", true]]) assert.equal("timeout_seconds" in mistakes(server(), { timeout_seconds: text }, looksSecret), isWrong, text);
  assert.equal(mistakes(server(), { headers: [{ name: "A", value: "1" }, { name: "a", value: "2" }] }, looksSecret).headers, "twice");
  assert.equal(mistakes(server(), { headers: [{ name: "", value: "1" }] }, looksSecret).headers, "nameMissing");
});

test("59 · what both changed is asked about, what one changed is kept, and a secret that was typed stays", () => {
  const base = server({ auth: "apiKey", has_api_key: true });
  const theirs = { ...base, title: "Theirs", timeout_seconds: 30, revision: 4 };
  const draft = { title: "Mine", description: "Mine, too", api_key: "typed" };
  assert.deepEqual(conflictOf(base, theirs, draft), { both: ["title"], theirs: ["timeout_seconds"] });
  assert.deepEqual(rebased(theirs, draft), draft);
  assert.deepEqual(rebased(theirs, draft, ["title"]), { description: "Mine, too", api_key: "typed" });
  assert.deepEqual(conflictOf(base, { ...base, title: "Mine" }, draft).both, [], "both want the same");
});

test("an error of the API finds its field", () => {
  assert.equal(fieldOf({ id: "private", message: "…" }), "url");
  assert.equal(fieldOf({ id: "oauth", message: "\"oauth.client_secret\" is missing." }), "oauth.client_secret");
  assert.equal(fieldOf({ id: "forbidden", message: "No." }), null);
});
