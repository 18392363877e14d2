// Live events on the built binary: what admins and members see while people, servers and tools change.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Appliance, Everything, until } from "../support/appliance.mjs";
import { Browser } from "../support/browser.mjs";
import { EventStream } from "../support/event_stream.mjs";
import { Upstream } from "../support/upstream.mjs";

let everything, upstream, patchbay, admin, token, ann;
const servers = (extra = []) => [
  { name: "everything", title: "Everything", transport: "http", url: everything.url },
  { name: "granted", transport: "http", url: upstream.url, access: { people: ["ann"] } },
  { name: "hidden", transport: "http", url: upstream.url, access: { teams: ["ops"] } },
  ...extra,
];

before(async () => {
  [everything, upstream] = await Promise.all([Everything.start(), Upstream.start()]);
  patchbay = await Appliance.create({ servers: servers() });
  admin = await patchbay.token("watcher", ["admin"]);
  token = await patchbay.token("agent");
  await patchbay.start();
  ann = await Browser.join(patchbay, "ann");
});

after(async () => {
  await patchbay?.remove();
  await everything?.stop();
  await upstream?.stop();
});

const bearer = (value) => ({ headers: { Authorization: `Bearer ${value}` } });
const events = (query = "", options = bearer(admin)) => EventStream.open(`${patchbay.url}/v1/events${query}`, options);
async function listen(query, options) {
  const stream = await events(query, options);
  assert.equal(stream.status, 200);
  await until(() => stream.of("hello").length > 0, "hello");
  return stream;
}
const call = (name, args = {}, headers = bearer(token).headers) => fetch(`${patchbay.url}/v1/tools/call`, {
  method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify({ name, arguments: args }),
});
const rows = (stream) => stream.of("audit").map((event) => event.data);

test("a row appears live exactly as the list shows it, soon after it was recorded", async () => {
  const stream = await listen();
  assert.equal(stream.events[0].type, "hello");
  assert.match(stream.response.headers.get("content-type"), /text\/event-stream/);
  const began = Date.now();
  await (await call("mcp__everything__echo", { message: "hi" })).text();
  const row = await until(() => rows(stream).find((one) => one.tool === "echo"), "the row");
  assert.ok(Date.now() - began < 3000);
  const [listed] = (await (await patchbay.get("/v1/audit?limit=1", bearer(admin).headers)).json()).events;
  assert.deepEqual(row, listed);
  await patchbay.json("user", "add", "zoe");
  await until(() => rows(stream).some((one) => one.action === "user.create" && one.tool === "zoe"), "the change of the control plane");
  await stream.close();
});

test("who was away is given what happened meanwhile; after a restart it is told to begin anew", async () => {
  const first = await listen("?types=audit");
  await (await call("mcp__everything__echo", { message: "1" })).text();
  await until(() => rows(first).length > 0, "the first row");
  const { id } = first.of("audit").at(-1);
  await first.close();
  await (await call("mcp__everything__get-sum", { a: 1, b: 2 })).text();
  const again = await listen("?types=audit", { headers: { ...bearer(admin).headers, "Last-Event-ID": id } });
  await until(() => rows(again).some((row) => row.tool === "get-sum"), "the missed row");
  assert.equal(again.of("reset").length, 0);
  assert.ok(!rows(again).some((row) => row.tool === "echo"));
  await patchbay.stop();
  await again.ended;
  await patchbay.start();
  const anew = await listen(`?last_event_id=${id}`);
  await until(() => anew.of("reset").length === 1, "reset");
  await anew.close();
});

test("a server that fails, a tool set that changes and a catalog that is read are events of their own", async () => {
  const stream = await listen("?types=server,tools,catalog");
  await patchbay.writeCatalog(servers([{ name: "late", transport: "http", url: upstream.url }]));
  await until(() => stream.of("catalog").length > 0, "catalog");
  await until(() => stream.of("server").some(({ data }) => data.slug === "late" && data.state === "ok" && data.tools === 4), "the new server");
  await until(() => stream.of("tools").some(({ data }) => data.server === "late" && data.tools === 4), "its tools");
  await patchbay.writeCatalog(servers());
  await until(() => stream.of("server").some(({ data }) => data.slug === "late" && data.state === "removed"), "its end");
  const { port } = everything;
  await everything.stop();
  await (await call("mcp__everything__echo")).text();
  const failed = await until(() => stream.of("server").find(({ data }) => data.slug === "everything" && data.state === "error"), "the failure");
  assert.ok(failed.data.reason && failed.data.message);
  everything = await Everything.start("streamableHttp", port);
  await until(async () => (await (await call("mcp__everything__echo", { message: "x" })).json()).is_error === false, "the recovery", 30_000);
  await until(() => stream.of("server").at(-1).data.state === "ok", "the good state");
  assert.equal(rows(stream).length, 0);
  await stream.close();
});

test("a member sees their own calls and their servers, and nothing of what is hidden from them", async () => {
  const stream = await listen("", { headers: ann.headers });
  await (await call("mcp__everything__echo", { message: "foreign" })).text();
  for (const name of ["mcp__hidden__echo", "mcp__nothing__echo"]) assert.equal((await ann.call("POST", "/v1/tools/call", { name })).status, 404);
  assert.equal((await ann.call("POST", "/v1/tools/call", { name: "mcp__granted__echo", arguments: { text: "own" } })).body.text, "own");
  await until(() => rows(stream).some((row) => row.server === "granted"), "the own row");
  assert.deepEqual(rows(stream).filter((row) => row.action === "tool.call").map((row) => row.server), ["granted"]);
  // Granted and taken away again: the page is told both.
  await patchbay.json("team", "add", "ops", "--member", "ann");
  await until(() => stream.of("reset").length === 1, "reset");
  assert.equal((await ann.call("POST", "/v1/tools/call", { name: "mcp__hidden__echo", arguments: { text: "now" } })).body.text, "now");
  await until(() => rows(stream).some((row) => row.server === "hidden"), "the row of the new grant");
  await patchbay.writeCatalog(servers().map((one) => (one.name === "granted" ? { ...one, access: {} } : one)));
  await until(() => stream.of("server").some(({ data }) => data.slug === "granted" && data.state === "removed"), "the end of the grant");
  assert.ok(!JSON.stringify(stream.events).includes("foreign"));
  await patchbay.writeCatalog(servers());
  await stream.close();
});

test("the end of a role, a session or a token ends its streams within a second", async () => {
  const session = await listen("", { headers: ann.headers });
  const short = await patchbay.token("short", ["admin"]);
  const tokenStream = await listen("", bearer(short));
  const endsSoon = async (stream) => {
    const began = Date.now();
    await stream.ended;
    assert.ok(Date.now() - began < 1000);
  };
  assert.equal((await patchbay.verb("token", "revoke", "short")).code, 0);
  await endsSoon(tokenStream);
  assert.equal((await events("", bearer(short))).status, 401);
  assert.equal(session.closed, undefined);
  assert.equal((await ann.call("DELETE", "/v1/session")).status, 204);
  await endsSoon(session);
  assert.equal((await events("", { headers: ann.headers })).status, 401);
});

test("streams are refused to tokens of MCP, with bad filters, and beyond 64 for one caller", async () => {
  assert.equal((await events("", { headers: {} })).status, 401);
  assert.equal((await events("", bearer(token))).status, 401);
  assert.equal((await events("", bearer(await patchbay.token("catalog", ["catalog:read"])))).status, 403);
  assert.equal((await events("?types=x")).status, 400);
  assert.equal((await fetch(`${patchbay.url}/v1/events`, { method: "POST", ...bearer(admin) })).status, 405);
  const crowd = await patchbay.token("crowd", ["admin"]);
  const open = await Promise.all(Array.from({ length: 64 }, () => listen("", bearer(crowd))));
  const refused = await events("", bearer(crowd));
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.response.headers.get("retry-after")) > 0);
  await Promise.all(open.map((stream) => stream.close()));
  await until(async () => {
    const stream = await events("", bearer(crowd));
    const ok = stream.status === 200;
    await stream.close();
    return ok;
  }, "a free place");
});
