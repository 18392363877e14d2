// What one person reaches and another does not, on the built binary with the official SDK: own accounts, own connectors,
// selections, profiles, roll-out, tool policies, limits.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Appliance, until } from "../support/appliance.mjs";
import { Browser } from "../support/browser.mjs";
import { Upstream } from "../support/upstream.mjs";

let crm, notes, patchbay, admin, ann, bob;

async function connect(person, path = "/mcp") {
  const client = new Client({ name: "e2e", version: "1.0.0" });
  const token = await person.token();
  await client.connect(new StreamableHTTPClientTransport(new URL(patchbay.url + path), { requestInit: { headers: { Authorization: `Bearer ${token}` } } }));
  return client;
}
const call = async (client, name, args = {}) => {
  const result = await client.callTool({ name: "execute_capability", arguments: { name, arguments: args } });
  return { text: result.content[0].text, isError: result.isError === true };
};
const search = async (client, query) =>
  JSON.parse((await client.callTool({ name: "search_capabilities", arguments: { query } })).content[0].text).matches;
const ok = (answer, status = 200) => { assert.equal(answer.status, status, JSON.stringify(answer.body)); return answer.body; };

before(async () => {
  crm = await Upstream.start();
  crm.demands = true;
  notes = await Upstream.start();
  // Members reach private addresses only where the operator lists them.
  patchbay = await Appliance.create({ config: `network:\n  allow: ["${new URL(notes.url).host}"]\n` });
  await patchbay.start();
  admin = await new Browser(patchbay).accept((await patchbay.json("admin", "reset")).setup_link, "root");
  ann = await Browser.join(patchbay, "ann");
  bob = await Browser.join(patchbay, "bob");
  ok(await admin.call("POST", "/v1/servers", { slug: "crm", url: crm.url, enabled: true, auth: "headers",
    credential_mode: "perMember", member_headers: ["X-Api-Key"], description: "Customers and deals." }), 201);
});

after(async () => {
  await patchbay?.remove();
  await crm?.stop();
  await notes?.stop();
});

test("R69, R76: each person's call carries their own key, and who gave none is told where to give it", async () => {
  ok(await ann.call("PUT", "/v1/me/credentials/crm", { headers: { "X-Api-Key": "key-of-ann" } }));
  const anns = await connect(ann);
  const bobs = await connect(bob);
  const found = (await search(bobs, "customers"))[0];
  assert.equal(found.status, "needs_connection");
  assert.equal(found.link, `${patchbay.url}/connect/crm`);
  const unconnected = await call(bobs, "mcp:crm:key");
  assert.match(unconnected.text, /needs_connection/);
  assert.equal((await call(anns, "mcp:crm:key")).text, "key-of-ann");

  ok(await bob.call("PUT", "/v1/me/credentials/crm", { headers: { "X-Api-Key": "key-of-bob" } }));
  await until(async () => !(await call(bobs, "mcp:crm:key")).isError, "the list with bob's key");
  const both = await Promise.all(Array.from({ length: 40 }, (_, i) => call(i % 2 ? anns : bobs, "mcp:crm:key")));
  both.forEach((result, i) => assert.equal(result.text, i % 2 ? "key-of-ann" : "key-of-bob"));

  ok(await bob.call("DELETE", "/v1/me/credentials/crm"), 204);
  assert.match((await call(bobs, "mcp:crm:key")).text, /needs_connection/);
  assert.equal((await call(anns, "mcp:crm:key")).text, "key-of-ann");
  await anns.close();
  await bobs.close();
});

test("a connector of one's own is found, listed and called by its owner alone", async () => {
  const made = ok(await bob.call("POST", "/v1/me/servers", { title: "My notes", url: notes.url }), 201);
  assert.equal(made.slug, "my-notes");
  const bobs = await connect(bob, "/mcp/all");
  const anns = await connect(ann, "/mcp/all");
  const names = async (client) => (await client.listTools()).tools.map((tool) => tool.name);
  await until(async () => (await names(bobs)).includes("mcp__my-notes__echo"), "the connector's tools");
  assert.ok(!(await names(anns)).some((name) => name.includes("my-notes")));
  assert.equal((await bobs.callTool({ name: "mcp__my-notes__echo", arguments: { text: "mine" } })).content[0].text, "mine");
  await assert.rejects(anns.callTool({ name: "mcp__my-notes__echo", arguments: { text: "mine" } }), /no such tool/);
  assert.equal((await fetch(`${patchbay.url}/mcp/servers/my-notes`, { method: "POST", headers: { Authorization: `Bearer ${await ann.token()}` } })).status, 404);
  const tested = ok(await bob.call("POST", "/v1/me/servers/my-notes/test"));
  assert.deepEqual(tested.steps.map((step) => [step.step, step.ok]), [["configure", true], ["connect", true], ["negotiate", true], ["list", true]]);
  assert.equal(notes.calls, 1);
  ok(await bob.call("DELETE", "/v1/me/servers/my-notes"), 204);
  await assert.rejects(bobs.callTool({ name: "mcp__my-notes__echo", arguments: {} }), /no such tool/);
  await bobs.close();
  await anns.close();
});

test("R95: a server that is told who asks hears each person's own name, and of a machine none", async () => {
  ok(await admin.call("POST", "/v1/servers", { slug: "told", url: notes.url, enabled: true, identity_headers: true }), 201);
  const anns = await connect(ann);
  const bobs = await connect(bob);
  const machine = await connect({ token: () => patchbay.token("machine") });
  for (const client of [anns, bobs, machine]) await until(async () => !(await call(client, "mcp:told:who")).isError, "the list");
  const both = await Promise.all(Array.from({ length: 30 }, (_, i) => call([anns, bobs, machine][i % 3], "mcp:told:who")));
  both.forEach((result, i) => assert.equal(result.text, ["ann", "bob", "nobody"][i % 3]));
  const all = await connect(ann, "/mcp/all");
  assert.equal((await all.callTool({ name: "mcp__told__who", arguments: {} })).content[0].text, "ann");
  assert.equal((await all.listTools()).tools.filter((tool) => tool.name === "mcp__told__who").length, 1);
  ok(await admin.call("PATCH", "/v1/servers/told", { auth: "headers", headers: { "x-patchbay-USER": "fixed" } }));
  await until(async () => (await call(anns, "mcp:told:who")).text === "fixed", "the configured header");
  ok(await admin.call("DELETE", "/v1/servers/told"), 204);
  for (const client of [anns, bobs, machine, all]) await client.close();
});

test("R88: a selection hides a server at the next call, a session's own before the person's, and forced ones stay", async () => {
  ok(await admin.call("POST", "/v1/servers", { slug: "notes", url: notes.url, enabled: true }), 201);
  const client = await connect(ann, "/mcp/all");
  const lists = async (from = client) => (await from.listTools()).tools.some((tool) => tool.name === "mcp__notes__echo");
  await until(lists, "the tools of notes");
  ok(await ann.call("PUT", "/v1/selection", { servers: [] }));
  assert.equal(await lists(), false);
  await assert.rejects(client.callTool({ name: "mcp__notes__echo", arguments: {} }), /no such/);
  const session = client.transport.sessionId;
  ok(await ann.call("PUT", `/v1/selection?session=${session}`, { servers: ["notes"] }));
  assert.equal(await lists(), true);
  const other = await connect(ann, "/mcp/all");
  assert.equal(await lists(other), false);
  ok(await admin.call("PATCH", "/v1/servers/notes", { availability: "forceOn" }));
  assert.equal(await lists(other), true);
  ok(await admin.call("PATCH", "/v1/servers/notes", { availability: "defaultOn" }));
  assert.equal(await lists(other), false);
  ok(await ann.call("DELETE", "/v1/selection"), 204);
  assert.equal(await lists(other), true);
  await client.close();
  await other.close();
});

test("a profile's endpoint has its tools and no more, for those it is granted to", async () => {
  ok(await admin.call("POST", "/v1/profiles", { slug: "desk", title: "Desk", access: { people: ["ann"] },
    servers: [{ server: "notes", tools: ["echo"] }] }), 201);
  const client = await connect(ann, "/mcp/p/desk");
  await until(async () => (await client.listTools()).tools.length > 0, "the profile's tools");
  assert.deepEqual((await client.listTools()).tools.map((tool) => tool.name), ["mcp__notes__echo"]);
  assert.equal((await client.callTool({ name: "mcp__notes__echo", arguments: { text: "hi" } })).content[0].text, "hi");
  await assert.rejects(client.callTool({ name: "mcp__notes__wait", arguments: {} }), /no such tool/);
  await assert.rejects(connect(bob, "/mcp/p/desk"), /404|not_found/);
  assert.deepEqual(ok(await ann.call("GET", "/v1/me/profiles")).profiles.map((one) => one.endpoint), [`${patchbay.url}/mcp/p/desk`]);
  ok(await admin.call("PATCH", "/v1/profiles/desk", { shape: "search" }));
  const searching = await connect(ann, "/mcp/p/desk");
  assert.deepEqual((await searching.listTools()).tools.map((tool) => tool.name), ["search_capabilities", "execute_capability"]);
  assert.deepEqual((await search(searching, "echo wait")).map((match) => match.name), ["mcp:notes:echo"]);
  ok(await admin.call("PUT", "/v1/servers/notes/access", {}));
  assert.deepEqual(await search(searching, "echo wait"), []);
  ok(await admin.call("PUT", "/v1/servers/notes/access", { everyone: true }));
  await client.close();
  await searching.close();
});

test("R118: the roll-out counts at the next call in open sessions: off is for admins, dark for nobody", async () => {
  const client = await connect(ann);
  const admins = await connect(admin);
  const works = async (one) => !(await call(one, "mcp:notes:echo", { text: "x" })).isError;
  assert.equal(await works(client), true);
  await patchbay.json("rollout", "off");
  assert.equal(await works(client), false);
  assert.equal(await works(admins), true);
  assert.match((await patchbay.verb("why", "ann", "notes")).stdout, /only admins/);
  await patchbay.json("rollout", "pilot", "--person", "ann");
  assert.equal(await works(client), true);
  await patchbay.json("rollout", "dark");
  assert.equal(await works(client), false);
  assert.equal(await works(admins), false);
  assert.deepEqual(await search(admins, "echo"), []);
  assert.equal(ok(await admin.call("GET", "/v1/servers")).servers.length, 2);
  await patchbay.json("rollout", "on");
  await patchbay.json("rollout", "dark", "--server", "notes");
  assert.equal(await works(admins), false);
  await patchbay.json("rollout", "on", "--server", "notes");
  assert.equal(await works(client), true);
  await client.close();
  await admins.close();
});

test("a tool that asks waits for its person's word, once for each call; one that is off is not there", async () => {
  ok(await admin.call("PUT", "/v1/servers/notes/tool-policy", { otherwise: "allow", tools: { echo: "ask", wait: "off" } }));
  const client = await connect(ann);
  assert.deepEqual((await search(client, "echo wait key")).map((one) => one.name).sort(), ["mcp:crm:echo", "mcp:crm:key", "mcp:crm:wait", "mcp:notes:echo", "mcp:notes:key"]);
  assert.match((await call(client, "mcp:notes:wait", { milliseconds: 1 })).text, /no such capability/);
  const before = notes.calls;
  const asked = await call(client, "mcp:notes:echo", { text: "send it" });
  assert.match(asked.text, /needs_approval/);
  assert.match((await call(client, "mcp:notes:echo", { text: "send it" })).text, /needs_approval/);
  assert.equal(notes.calls, before);
  const waiting = ok(await ann.call("GET", "/v1/me/approvals")).approvals;
  assert.equal(waiting.length, 1);
  assert.match(waiting[0].arguments_preview, /send it/);
  assert.equal((await bob.call("POST", `/v1/me/approvals/${waiting[0].id}`, { allow: true })).status, 404);
  ok(await ann.call("POST", `/v1/me/approvals/${waiting[0].id}`, { allow: true }), 204);
  assert.match((await call(client, "mcp:notes:echo", { text: "something else" })).text, /needs_approval/);
  assert.equal((await call(client, "mcp:notes:echo", { text: "send it" })).text, "send it");
  assert.match((await call(client, "mcp:notes:echo", { text: "send it" })).text, /needs_approval/);
  const machine = await patchbay.token();
  const direct = await fetch(`${patchbay.url}/v1/tools/call`, { method: "POST", headers: { Authorization: `Bearer ${machine}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "mcp__notes__echo", arguments: { text: "x" } }) });
  assert.match((await direct.json()).text, /needs_person/);
  ok(await admin.call("PUT", "/v1/servers/notes/tool-policy", { preset: "everything" }));
  assert.equal((await call(client, "mcp:notes:echo", { text: "free" })).text, "free");
  await client.close();
});

test("beyond its limit a person is told when to come again, and the upstream is left alone", async () => {
  await patchbay.stop();
  process.env.PATCHBAY_LIMITS_PERSON_PER_MINUTE = "3";
  try {
    await patchbay.start();
  } finally {
    delete process.env.PATCHBAY_LIMITS_PERSON_PER_MINUTE;
  }
  const client = await connect(bob);
  await until(async () => (await search(client, "echo")).some((one) => one.name === "mcp:notes:echo"), "the list after the start");
  for (let i = 0; i < 3; ++i) assert.equal((await call(client, "mcp:notes:echo", { text: "x" })).text, "x");
  const before = notes.calls;
  const limited = await call(client, "mcp:notes:echo", { text: "x" });
  assert.equal(limited.isError, true);
  assert.match(limited.text, /person_rate.*retryAfterSeconds/);
  const direct = await fetch(`${patchbay.url}/v1/tools/call`, { method: "POST", headers: { Authorization: `Bearer ${await bob.token()}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "mcp__notes__echo", arguments: { text: "x" } }) });
  assert.equal(direct.status, 429);
  assert.ok(Number(direct.headers.get("retry-after")) >= 1);
  assert.equal(notes.calls, before);
  await client.close();
});
