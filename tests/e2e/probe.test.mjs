// Looks at addresses before anybody adds them, what people did and what they ask with: what the pages are made from.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { Agent } from "../support/agent.mjs";
import { Appliance, Everything, freePort, until } from "../support/appliance.mjs";
import { Browser } from "../support/browser.mjs";
import { OAuthProvider } from "../support/oauth_provider.mjs";
import { certificate, served } from "../support/served.mjs";
import { Upstream } from "../support/upstream.mjs";

const ends = [];
let patchbay, admin, ann, open, keyed, page, legacy, provider, secure, silent;

const ok = (answer, status = 200) => { assert.equal(answer.status, status, JSON.stringify(answer.body)); return answer.body; };
const look = async (url, person = admin) => ok(await person.call("POST", person === admin ? "/v1/servers/probe" : "/v1/me/servers/probe", { url }));
const failed = (probe) => probe.steps.filter((step) => !step.ok).map((step) => step.step);

before(async () => {
  open = await Upstream.start();
  keyed = await Upstream.start();
  keyed.demands = true;
  silent = await Upstream.start({ fault: "silence" });
  legacy = await Everything.start("sse");
  provider = await OAuthProvider.start();
  const html = (_request, response) => response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end("<h1>hello</h1>");
  page = await served(createServer(html), ends);
  secure = await served(createTlsServer(certificate(), html), ends);
  patchbay = await Appliance.create({ config: `network:\n  allow: ["${open.host}", "${keyed.host}"]\n` });
  await patchbay.start();
  admin = await new Browser(patchbay).accept((await patchbay.json("admin", "reset")).setup_link, "root");
  ann = await Browser.join(patchbay, "ann");
});

after(async () => {
  await patchbay?.remove();
  for (const one of [open, keyed, silent, legacy, provider]) await one?.stop();
  for (const end of ends) await end();
});

test("whoever may not add a server may not look through our eyes either", async () => {
  const before = open.requests;
  assert.equal((await ann.call("POST", "/v1/servers/probe", { url: open.url })).status, 403);
  assert.equal((await new Browser(patchbay).call("POST", "/v1/servers/probe", { url: open.url })).status, 401);
  assert.equal((await new Browser(patchbay).call("POST", "/v1/me/servers/probe", { url: open.url })).status, 401);
  for (const body of [{}, { url: "" }, { url: "ftp://x/" }, { url: "https://u:p@x.example/" }, { url: open.url, more: 1 }])
    assert.equal((await admin.call("POST", "/v1/servers/probe", body)).status, 400, JSON.stringify(body));
  assert.equal(open.requests, before);
});

test("a server that is open to all says what it is and how many tools it has; nothing is kept and nothing is called", async () => {
  const probe = await look(open.url);
  assert.deepEqual([probe.ok, probe.auth, probe.tools, probe.transport, probe.added, probe.error], [true, "none", 4, "http", null, null]);
  assert.equal(probe.server.name, "upstream");
  assert.deepEqual(probe.steps.map((step) => step.step), ["connect", "negotiate", "list"]);
  assert.deepEqual(probe.warnings.map((one) => one.id), ["plain_http"]);
  assert.equal(open.calls, 0);
  assert.deepEqual(ok(await admin.call("GET", "/v1/servers")).servers, []);
  ok(await admin.call("POST", "/v1/servers", { slug: "open", url: open.url, enabled: true }), 201);
  assert.equal((await look(open.url)).added, "open");
});

test("a host without a path is asked at /mcp as well", async () => {
  const sample = await Everything.start(); // it answers at /mcp alone
  try {
    const probe = await look(new URL(sample.url).origin);
    assert.deepEqual([probe.url, probe.ok], [sample.url, true], JSON.stringify(probe));
  } finally {
    await sample.stop();
  }
});

test("the old transport is recognised", async () => {
  const probe = await look(legacy.url);
  assert.deepEqual([probe.ok, probe.transport, probe.auth], [true, "sse", "none"], JSON.stringify(probe));
  assert.ok(probe.tools > 5);
  assert.ok(probe.warnings.some((one) => one.id === "legacy_transport"));
});

test("how one signs in is found out before anything is added", async () => {
  const key = await look(keyed.url);
  assert.deepEqual([key.ok, key.auth, key.tools, key.sign_in], [true, "key", null, null], JSON.stringify(key));
  const oauth = await look(provider.url);
  assert.deepEqual([oauth.ok, oauth.auth, oauth.sign_in?.registration], [true, "oauth", "dynamic"], JSON.stringify(oauth));
  assert.equal(provider.counts.registrations, 0);
});

test("16 · a web page, a dead host, a private address and a bad certificate each have words of their own", async () => {
  const web = await look(`http://${page}/`);
  assert.deepEqual([web.ok, web.error], [false, "web_page"]);
  assert.equal(web.message, "That address answers with a web page, not an MCP server. Most servers end in /mcp.");
  const dead = await look(`http://127.0.0.1:${await freePort()}/mcp`);
  assert.deepEqual([dead.ok, failed(dead)], [false, ["connect"]]);
  const tls = await look(`https://${secure}/mcp`);
  assert.deepEqual([tls.ok, tls.error], [false, "tls_untrusted"], JSON.stringify(tls));
  assert.match(tls.message, /^The certificate of 127\.0\.0\.1 is not trusted here \(self-signed\)\./);
  const inside = await look("http://10.0.0.5/mcp", ann);
  assert.deepEqual([inside.ok, inside.error], [false, "private"]);
  assert.equal(inside.message, "10.0.0.5 is a private address. Patchbay blocks those unless an admin allows them in Settings > Network.");
});

test("a member looks with a member's rights: what an admin may reach stays closed", async () => {
  const before = provider.everything.requests;
  const inside = await look(provider.url, ann);
  assert.equal(inside.ok, false);
  assert.ok(["loopback", "private"].includes(inside.error), inside.error);
  assert.equal(provider.everything.requests, before);
  assert.equal((await look(open.url, ann)).ok, true);
});

test("a look at a server that says nothing ends within nine seconds, and a newer look ends it at once", async () => {
  const older = admin.call("POST", "/v1/servers/probe", { url: silent.url });
  await until(() => silent.requests > 0, "the first look");
  const began = Date.now();
  assert.equal((await look(open.url)).ok, true);
  assert.equal((await older).status, 409);
  assert.ok(Date.now() - began < 2000);
  const slow = await look(silent.url);
  assert.deepEqual([slow.ok, slow.error], [false, "upstream_timeout"]);
  assert.ok(Date.now() - began < 9500, `${Date.now() - began} ms`);
});

test("what a person did is theirs to read, and nobody else's rows are among it", async () => {
  const token = await ann.token();
  const agent = await Agent.connect(patchbay, token);
  await until(async () => !(await agent.execute("mcp:open:echo", { text: "hello" })).isError, "a call");
  await agent.close();
  ok(await admin.call("POST", "/v1/servers", { slug: "secret", url: open.url, enabled: true, access: { everyone: false } }), 201);
  const { events } = ok(await ann.call("GET", "/v1/me/activity?since=1h"));
  assert.ok(events.some((one) => one.action === "tool.call" && one.server === "open" && one.outcome === "ok"), JSON.stringify(events));
  assert.ok(events.some((one) => one.action === "token.create"));
  assert.ok(events.every((one) => one.actor_name === "ann"));
  const calls = ok(await ann.call("GET", "/v1/me/activity?action=tool.call&outcome=ok&limit=1"));
  assert.equal(calls.events.length, 1);
  assert.equal(ok(await admin.call("GET", "/v1/me/activity")).events.some((one) => one.actor_name === "ann"), false);
});

test("what was refused where one may see nothing does not show that there is something", async () => {
  ok(await admin.call("PATCH", "/v1/servers/open", { deny: ["who"] }));
  const refused = async (person) => ok(await person.call("GET", `/v1/${person === admin ? "audit?actor=ann&action=tool.call&" : "me/activity?"}outcome=refused`)).events;
  const agent = await Agent.connect(patchbay, (await ann.call("POST", "/v1/me/tokens", { name: "ann-agent", scopes: ["mcp:read", "mcp:write"] })).body.token);
  for (const name of ["mcp:secret:echo", "mcp:nowhere:echo", "mcp:open:who", "mcp:open:nothing"])
    assert.equal((await agent.execute(name, { text: "x" })).isError, true, name);
  await agent.close();
  for (const slug of ["secret", "nowhere"]) assert.equal((await ann.call("GET", `/v1/me/connections/${slug}`)).status, 404);
  // All of it is on record, and none of it is there for her.
  assert.deepEqual((await refused(admin)).map((one) => [one.server ?? "", one.tool ?? ""]).slice(0, 4).reverse(),
    [["secret", ""], ["", ""], ["open", "who"], ["open", ""]]);
  assert.ok(ok(await admin.call("GET", "/v1/audit?action=connection.show&server=secret")).events.length === 1);
  assert.deepEqual((await refused(ann)).filter((one) => one.action !== "api.call"), []); // but what the API itself refused her
  for (const server of ["secret", "nowhere"]) {
    const page = ok(await ann.call("GET", `/v1/me/activity?server=${server}&limit=1`));
    assert.deepEqual([page.events, page.next_cursor, page.next_before], [[], null, null], server);
  }
});

test("47 · the program that one has just asked with is there at once, by name and version", async () => {
  const { clients: before } = ok(await ann.call("GET", "/v1/me/clients"));
  const since = new Date().toISOString();
  assert.deepEqual(ok(await ann.call("GET", `/v1/me/clients?since=${since}`)).clients, []);
  const initialize = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "Cursor", version: "3.13" } } };
  const answer = await fetch(`${patchbay.url}/mcp`, { method: "POST", body: JSON.stringify(initialize),
    headers: { Authorization: `Bearer ${await ann.token()}`, "Content-Type": "application/json", Accept: "application/json, text/event-stream" } });
  assert.equal(answer.status, 200);
  const { clients } = ok(await ann.call("GET", `/v1/me/clients?since=${since}`));
  assert.deepEqual(clients.map((one) => [one.name, one.version]), [["Cursor", "3.13"]]);
  assert.equal(ok(await ann.call("GET", "/v1/me/clients")).clients.length, before.length + 1);
  assert.deepEqual(ok(await admin.call("GET", "/v1/me/clients")).clients, []);
  const all = ok(await admin.call("GET", "/v1/clients"));
  assert.deepEqual([all.people, all.clients.find((one) => one.name === "Cursor")?.people], [2, 1]);
  assert.equal((await ann.call("GET", "/v1/clients")).status, 403);
});

test("the shell learns of the appliance from /v1/me", async () => {
  const { appliance } = ok(await ann.call("GET", "/v1/me"));
  assert.equal(appliance.public_url, patchbay.url);
  assert.equal(appliance.organisation, null);
  assert.match(appliance.version, /^\d/);
});

test("thirty looks in a minute are enough for one person", async () => {
  let answer;
  for (let asked = 0; asked < 40; asked += 1) {
    answer = await ann.call("POST", "/v1/me/servers/probe", { url: "http://10.0.0.5/mcp" });
    if (answer.status === 429) break;
  }
  assert.deepEqual([answer.status, answer.body.error], [429, "too_many_probes"]);
});
