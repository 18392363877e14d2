// An organisation on the built binary: people, teams, grants, and what they do to an agent's session that is open already.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Browser, password } from "../support/browser.mjs";
import { Appliance, Everything, until } from "../support/appliance.mjs";

let server, patchbay;

async function connect(token, path = "/mcp") {
  const client = new Client({ name: "e2e", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(patchbay.url + path), { requestInit: { headers: { Authorization: `Bearer ${token}` } } }));
  return client;
}

const execute = (client) =>
  client.callTool({ name: "execute_capability", arguments: { name: "mcp:everything:echo", arguments: { message: "hello" } } });
const search = async (client) =>
  JSON.parse((await client.callTool({ name: "search_capabilities", arguments: { query: "echo a message" } })).content[0].text).matches;

before(async () => {
  server = await Everything.start();
  patchbay = await Appliance.create({
    servers: [{ name: "everything", transport: "http", url: server.url, access: { teams: ["ops"] } }],
  });
  await patchbay.start();
});

after(async () => {
  await patchbay?.remove();
  await server?.stop();
});

test("an organisation begins with one link and grows by invitations", async () => {
  const { setup_link } = await patchbay.json("admin", "reset");
  const ann = await new Browser(patchbay).accept(setup_link, "ann");
  assert.equal((await ann.call("GET", "/v1/me")).body.user.role, "admin");
  const bob = await ann.call("POST", "/v1/users", { name: "bob@example.org" });
  assert.equal(bob.status, 201);
  const browser = await new Browser(patchbay).accept(bob.body.invite_link);
  assert.equal((await browser.call("GET", "/v1/users")).status, 403);
  assert.equal((await browser.call("GET", "/v1/me")).body.user.name, "bob@example.org");
  assert.equal((await ann.call("DELETE", "/v1/session")).status, 204);
  assert.equal((await ann.call("GET", "/v1/me")).status, 401);
  assert.equal((await ann.call("POST", "/v1/session", { name: "ann", password })).status, 200);
  assert.equal((await new Browser(patchbay).call("POST", "/v1/session", { name: "ann", password: "something else" })).status, 401);
});

test("R66, R67: not granted looks like not there; a grant and its end count in an open session, at the next call", async () => {
  const carl = (await patchbay.json("user", "add", "carl")).invite_link;
  const browser = await new Browser(patchbay).accept(carl);
  const { token } = (await browser.call("POST", "/v1/me/tokens", { name: "laptop", scopes: ["mcp:read", "mcp:write"] })).body;
  const client = await connect(token);
  assert.deepEqual(await search(client), []);
  const unknown = await execute(client);
  assert.equal(unknown.isError, true);
  assert.match(unknown.content[0].text, /no such capability/);
  assert.match((await patchbay.verb("why", "carl", "everything", "echo")).stdout, /carl may not call it: The server is granted neither/);

  await patchbay.json("team", "add", "ops", "--member", "carl");
  assert.equal((await search(client))[0].name, "mcp:everything:echo");
  assert.match((await execute(client)).content[0].text, /hello/);
  assert.match((await patchbay.verb("why", "carl", "everything", "echo")).stdout, /carl may call it: .*a team/);

  // Between search and execute.
  await patchbay.json("team", "members", "ops");
  assert.equal((await execute(client)).isError, true);
  await patchbay.json("team", "members", "ops", "carl");
  assert.match((await execute(client)).content[0].text, /hello/);

  await patchbay.json("user", "disable", "carl");
  await assert.rejects(execute(client), /unauthenticated/);
  assert.equal((await browser.call("GET", "/v1/me")).status, 401);
  await patchbay.json("user", "enable", "carl");
  assert.match((await execute(client)).content[0].text, /hello/);
  await client.close();

  const rows = (await patchbay.json("audit", "--limit", "200")).events;
  const refused = rows.find((row) => row.action === "tool.call" && row.outcome === "refused");
  assert.equal(refused.actor_name, "carl");
  assert.deepEqual([refused.server, refused.reason], ["everything", "no_grant"]); // the trail says what the answer conceals
  assert.ok(rows.some((row) => row.action === "user.change" && row.tool === "carl" && row.changes && "disabled" in row.changes));
});

test("a service account works with its token and cannot sign in", async () => {
  await patchbay.json("user", "add", "ci", "--service", "--team", "ops");
  const { token } = await patchbay.json("user", "token", "ci");
  const client = await connect(token);
  assert.match((await execute(client)).content[0].text, /hello/);
  await client.close();
  assert.equal((await new Browser(patchbay).call("POST", "/v1/session", { name: "ci", password })).status, 401);
});

test("people and their sessions are there after a restart", async () => {
  const link = (await patchbay.json("user", "add", "dora", "--team", "ops")).invite_link;
  const dora = await new Browser(patchbay).accept(link);
  await patchbay.stop();
  await patchbay.start();
  assert.deepEqual((await dora.call("GET", "/v1/me")).body.user.teams, ["ops"]);
  const { token } = (await dora.call("POST", "/v1/me/tokens", { name: "t", scopes: ["mcp:read"] })).body;
  const client = await connect(token);
  await until(async () => (await search(client)).length > 0, "the list after the restart");
  const result = await execute(client);
  assert.match(result.content[0].text, /mcp:write/);
  await client.close();
});

const setupLink = (log) => log.match(/^Nobody can administer .* (http\S+#pbk_inv_\S+)$/m)?.[1];

test("each start without an admin prints a link that works once, and earlier ones are dead", async () => {
  const fresh = await Appliance.create();
  const accept = async (link, name) =>
    (await fetch(`${fresh.url}/v1/welcome`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: fresh.url },
      body: JSON.stringify({ invite: link.split("#")[1], name, password }),
    })).status;
  const start = async () => {
    fresh.log = "";
    await fresh.start();
    return setupLink(fresh.log);
  };
  try {
    const first = await start();
    assert.ok(first.startsWith(`${fresh.url}/welcome#`), first);
    for (const line of fresh.log.split("\n").filter((one) => one.includes("pbk_inv_")))
      assert.ok(line.startsWith("Nobody can administer"), "the link is in no log line");
    await fresh.stop();
    // Somebody who may administer and has no password yet cannot sign in either.
    const invited = (await fresh.json("user", "add", "zoe", "--role", "admin")).invite_link;
    const second = await start();
    assert.notEqual(second, first);
    assert.equal(await accept(first, "ann"), 404);
    assert.equal(await accept(second, "ann"), 200);
    assert.equal(await accept(second, "bob"), 404);
    await fresh.stop();
    assert.equal(await start(), undefined);
    // An admin by any way makes such links worthless.
    const { setup_link } = await fresh.json("admin", "reset");
    assert.equal(await accept(invited), 200);
    assert.equal(await accept(setup_link, "carl"), 404);
  } finally {
    await fresh.remove();
  }
});
