// Rows of the requirements table (section 8) about what members see and what changes do, on the built binary. Each test names the rows it proves.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Agent } from "../support/agent.mjs";
import { freePort, until } from "../support/appliance.mjs";
import { Organisation, ok } from "../support/organisation.mjs";
import { Upstream } from "../support/upstream.mjs";

const secret = "planted-4f9a2c7711aa";
let plain, other, org, patchbay, admin, ann;

before(async () => {
  [plain, other] = await Promise.all([Upstream.start(), Upstream.start()]);
  org = await Organisation.create({ allow: [plain.host] });
  ({ patchbay, admin, ann } = org);
});

after(async () => {
  await org?.end();
  await plain?.stop();
  await other?.stop();
});

test("R89: what is off is 404 for members and listed for admins", async () => {
  await org.add("off", plain.url, { enabled: false });
  assert.ok(ok(await admin.call("GET", "/v1/servers")).servers.some((one) => one.slug === "off" && one.enabled === false));
  const unknown = await ann.call("GET", "/v1/me/connections/nothing");
  assert.deepEqual(await ann.call("GET", "/v1/me/connections/off"), unknown);
  assert.equal(unknown.status, 404);
  assert.ok(!ok(await ann.call("GET", "/v1/me/connections")).connections.some((one) => one.slug === "off"));
  assert.ok(!ok(await ann.call("GET", "/v1/selection")).servers.some((one) => one.slug === "off"));
  const token = await ann.token();
  assert.equal((await fetch(`${patchbay.url}/mcp/servers/off`, { method: "POST", headers: { Authorization: `Bearer ${token}` } })).status, 404);
  const client = await Agent.connect(patchbay, token);
  assert.deepEqual(await client.found("off"), []);
  assert.equal((await client.execute("mcp:off:echo")).error, "unknown_capability");
  await client.close();
  await org.remove("off");
});

test("R90: a member sees of a server neither where it is nor how it is reached, however it fails", async () => {
  const more = { auth: "headers", headers: { "X-Admin-Name": "v" }, access: { people: ["ann", "bob"] } };
  await org.add("seen", plain.url, { title: "Seen", ...more });
  await org.add("unread", plain.url, { title: "Unread", ca_file: "/etc/hidden.pem", ...more });
  await org.add("dead", `http://127.0.0.1:${await freePort()}/hidden-path`, { title: "Dead", ...more });
  const client = await org.agent(ann);
  for (const slug of ["unread", "dead"])
    await until(async () => (await client.search(slug)).matches.some((match) => match.name === `mcp:${slug}:*` && match.status === "error"), "the failure");
  const heard = [JSON.stringify(await client.search("seen unread dead", { limit: 20 }))];
  for (const slug of ["seen", "unread", "dead"]) heard.push((await client.execute(`mcp:${slug}:echo`)).text);
  for (const path of ["/v1/me/connections", "/v1/me/connections/seen", "/v1/me/connections/dead", "/v1/selection", "/v1/me/profiles", "/v1/tools", "/v1/me"])
    heard.push(JSON.stringify({ ...ok(await ann.call("GET", path)), scopes: undefined })); // of /v1/me: what ann's own session may do
  for (const text of heard.map((one) => one.replaceAll(patchbay.url, "")))
    for (const hidden of ["127.0.0.1", "hidden", "X-Admin-Name", '"url"', '"transport"', '"auth"', '"header_names"', '"access"', '"client_id"', '"scopes"', '"token_url"', "bob"])
      assert.ok(!text.includes(hidden), `${hidden} in ${text}`);
  const shown = ok(await ann.call("GET", "/v1/me/connections/seen"));
  assert.deepEqual(Object.keys(shown).sort(), ["account", "availability", "connect_url", "connected", "description", "gives", "icon", "message", "own", "reason", "selected", "slug", "status", "title", "tools"]);
  await client.close();
  await org.remove("seen", "unread", "dead");
});

test("R91, R92, R93: absent keeps, empty clears, a list replaces; another kind of sign-in or destination wipes", async () => {
  await org.add("patched", plain.url, { enabled: false, description: "Notes", allow: ["a", "b"], auth: "apiKey", api_key: secret });
  const patch = async (body) => ok(await admin.call("PATCH", "/v1/servers/patched", body));
  const kept = await patch({ title: "Patched" });
  assert.deepEqual([kept.description, kept.allow, kept.has_api_key], ["Notes", ["a", "b"], true]);
  assert.deepEqual((await patch({ allow: ["c"] })).allow, ["c"]);
  const cleared = await patch({ allow: [], description: null, api_key: "" });
  assert.deepEqual([cleared.allow, cleared.description, cleared.has_api_key, cleared.header_names], [[], null, false, []]);
  assert.equal((await patch({ api_key: secret })).has_api_key, true);
  const changed = await patch({ auth: "headers", headers: { "X-One": "v", "X-Two": "v" } });
  assert.deepEqual([changed.has_api_key, changed.header_names], [false, ["X-One", "X-Two"]]);
  assert.deepEqual((await patch({ headers: { "X-Three": "v" } })).header_names, ["X-Three"]);
  assert.deepEqual((await patch({ url: `${plain.url}/other` })).header_names, ["X-Three"], "the same origin");
  assert.deepEqual((await patch({ url: other.url })).header_names, []);
  assert.deepEqual((await patch({ auth: "none" })).header_names, []);
  for (const bad of [{ auth: "apiKey" }, { auth: "headers" }, { slug: "other" }, { title: 7 }, { nonsense: 1 }])
    assert.equal((await admin.call("PATCH", "/v1/servers/patched", bad)).status, 400, JSON.stringify(bad));
  await org.remove("patched");
});

test("R93: what people gave for one destination is gone with it", async () => {
  await org.add("given", plain.url, { auth: "headers", credential_mode: "perMember", member_headers: ["X-Api-Key"] });
  const give = async () => ok(await ann.call("PUT", "/v1/me/credentials/given", { headers: { "X-Api-Key": secret } }));
  const has = async () => ok(await ann.call("GET", "/v1/me/credentials/given")).headers[0].has_value;
  await give();
  ok(await admin.call("PATCH", "/v1/servers/given", { title: "Given" }));
  assert.equal(await has(), true);
  const before = other.requests;
  ok(await admin.call("PATCH", "/v1/servers/given", { url: other.url }));
  assert.equal(await has(), false);
  assert.equal(other.requests, before, "the key went to the new place");
  await org.remove("given");
});

test("R94: a change made from a stale revision is refused, in the body and in If-Match, and changes nothing", async () => {
  await org.add("revised", plain.url);
  ok(await admin.call("PATCH", "/v1/servers/revised", { title: "A", revision: 1 }));
  const late = await admin.call("PATCH", "/v1/servers/revised", { title: "B", revision: 1 });
  assert.deepEqual([late.status, late.body.error], [409, "stale_revision"]);
  const matched = await fetch(`${patchbay.url}/v1/servers/revised`, { method: "DELETE", headers: { ...admin.headers, "If-Match": '"1"' } });
  assert.equal(matched.status, 412);
  const both = await Promise.all(["C", "D", "E", "F"].map((title) => admin.call("PATCH", "/v1/servers/revised", { title, revision: 2 })));
  assert.deepEqual(both.map((one) => one.status).sort(), [200, 409, 409, 409]);
  const { title, revision } = ok(await admin.call("GET", "/v1/servers/revised"));
  assert.deepEqual([title, revision], [both.find((one) => one.status === 200).body.title, 3]);
  await org.remove("revised");
});

test("R95: who asks is told only where an admin wants it, and a configured header of that name wins in any case", async () => {
  await org.add("told", plain.url);
  const client = await org.agent(ann);
  const said = (word) => until(async () => (await client.execute("mcp:told:who")).text === word, word);
  await said("nobody");
  ok(await admin.call("PATCH", "/v1/servers/told", { identity_headers: true }));
  await said("ann");
  ok(await admin.call("PATCH", "/v1/servers/told", { auth: "headers", headers: { "X-PATCHBAY-user": "fixed" } }));
  await said("fixed");
  ok(await admin.call("PATCH", "/v1/servers/told", { auth: "none", identity_headers: false }));
  await said("nobody");
  await client.close();
  await org.remove("told");
});

test("R100: who did what is in the trail, refusals too, without arguments, keys or tokens", async () => {
  const token = await ann.token(["mcp:read", "mcp:write", "catalog:read"]);
  await org.add("trailed", plain.url, { auth: "headers", headers: { "X-Api-Key": secret } });
  ok(await admin.call("PATCH", "/v1/servers/trailed", { headers: { "X-Api-Key": `${secret}-2` } }));
  const client = await Agent.connect(patchbay, token);
  await until(async () => (await client.execute("mcp:trailed:echo", { text: "an argument to be kept out" })).text.includes("argument"), "the call");
  ok(await admin.call("POST", "/v1/servers/trailed/disconnect"), 204);
  await org.add("joined", plain.url, { auth: "headers", credential_mode: "perMember", member_headers: ["X-Api-Key"] });
  ok(await ann.call("PUT", "/v1/me/credentials/joined", { headers: { "X-Api-Key": secret } }));
  ok(await ann.call("DELETE", "/v1/me/credentials/joined"), 204);
  assert.equal((await ann.call("DELETE", "/v1/servers/trailed")).status, 403);
  assert.equal((await client.execute("mcp:nothing:echo")).isError, true);
  await client.close();
  await org.remove("trailed", "joined");
  const { events } = ok(await admin.call("GET", "/v1/audit?limit=1000"));
  const of = (action, server, outcome = "ok") => events.find((one) => one.action === action && one.server === server && one.outcome === outcome);
  for (const action of ["server.create", "server.change", "server.disconnect", "server.remove"]) assert.equal(of(action, "trailed")?.actor_name, "root", action);
  assert.equal(of("server.change", "trailed").changes.headers, "changed");
  for (const action of ["credential.put", "credential.remove"]) assert.equal(of(action, "joined")?.actor_name, "ann", action);
  assert.equal(of("tool.call", "trailed")?.actor_name, "ann");
  const text = JSON.stringify(events);
  for (const hidden of [secret, "an argument to be kept out", token]) assert.ok(!text.includes(hidden), hidden);
  const refused = events.find((one) => one.action === "api.call" && one.tool === "DELETE /v1/servers/{slug}");
  assert.deepEqual([refused?.outcome, refused?.reason, refused?.actor_name], ["refused", "missing_scope", "ann"]);
  assert.ok(events.some((one) => one.action === "tool.call" && one.outcome === "refused" && one.reason === "unknown_capability"));
});

test("R117: the presets with their URLs; a second of the same needs a name of its own", async () => {
  const { presets } = ok(await ann.call("GET", "/v1/servers/presets"));
  const urls = { notion: "https://mcp.notion.com/mcp", linear: "https://mcp.linear.app/mcp", stripe: "https://mcp.stripe.com", sentry: "https://mcp.sentry.dev/mcp",
    context7: "https://mcp.context7.com/mcp", granola: "https://mcp.granola.ai/mcp", polar: "https://mcp.polar.sh/mcp/polar-mcp", xquik: "https://xquik.com/mcp",
    slack: "https://mcp.slack.com/mcp", exa: "https://mcp.exa.ai/mcp", render: "https://mcp.render.com/mcp" };
  assert.deepEqual(Object.fromEntries(presets.map((one) => [one.key, one.url])), urls);
  assert.equal(presets.find((one) => one.key === "context7").auth, "none");
  for (const one of presets) assert.equal((await patchbay.get(one.icon)).status, 200, one.icon);
  const post = (body) => admin.call("POST", "/v1/servers", body);
  assert.equal(ok(await post({ preset: "context7" }), 201).url, urls.context7);
  assert.deepEqual([(await post({ preset: "context7" })).status, (await post({ preset: "context7", slug: "CONTEXT7" })).status], [409, 409]);
  assert.equal(ok(await post({ preset: "context7", slug: "docs" }), 201).url, urls.context7);
  await org.remove("context7", "docs");
});

test("R118: while the gate is shut members have nothing, and admins stage on", async () => {
  await org.add("gated", plain.url);
  await until(async () => (await org.flat(ann)).includes("mcp__gated__echo"), "the tools");
  const client = await org.agent(ann);
  for (const state of ["off", "dark"]) {
    ok(await admin.call("PUT", "/v1/rollout", { state }));
    assert.deepEqual(ok(await ann.call("GET", "/v1/me/connections")).connections, []);
    assert.deepEqual(await org.flat(ann), []);
    assert.deepEqual(await client.found("echo gated"), []);
    assert.equal((await client.execute("mcp:gated:echo", { text: "x" })).error, "unknown_capability");
    assert.ok(ok(await admin.call("GET", "/v1/servers")).servers.some((one) => one.slug === "gated"));
    await org.add(`staged-${state}`, plain.url);
    ok(await admin.call("PUT", `/v1/servers/staged-${state}/access`, { people: ["ann"] }));
    await org.remove(`staged-${state}`);
  }
  ok(await admin.call("PUT", "/v1/rollout", { state: "on" }));
  assert.equal((await client.execute("mcp:gated:echo", { text: "x" })).text, "x");
  await client.close();
  await org.remove("gated");
});

test("R119: the same server put twice under a key is one row and one change", async () => {
  const body = { slug: "keyed", url: plain.url, enabled: false };
  const put = (more = {}) => admin.call("PUT", "/v1/servers/by-key/infra%2F7", { ...body, ...more });
  assert.deepEqual([(await put()).status, (await put()).status, (await put()).body.revision], [201, 200, 1]);
  assert.equal(ok(await put({ title: "Infra" })).revision, 2);
  assert.equal(ok(await admin.call("GET", "/v1/servers")).servers.filter((one) => one.external_key === "infra/7").length, 1);
  ok(await admin.call("DELETE", "/v1/servers/by-key/infra%2F7"), 204);
});
