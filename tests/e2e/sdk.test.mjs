// The official SDK as the client, the official sample server behind: what an agent does all day.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Appliance, Everything, until } from "../support/appliance.mjs";
import { inspector } from "../support/inspector.mjs";

let http, sse, patchbay, token;

before(async () => {
  [http, sse] = await Promise.all([Everything.start("streamableHttp"), Everything.start("sse")]);
  patchbay = await Appliance.create({
    servers: [
      { name: "everything", title: "Everything", transport: "http", url: http.url },
      { name: "legacy", title: "Legacy", transport: "sse", url: sse.url },
    ],
  });
  token = await patchbay.token();
  await patchbay.start();
});

after(async () => {
  await patchbay?.remove();
  await http?.stop();
  await sse?.stop();
});

async function connect(path = "/mcp", bearer = token) {
  const client = new Client({ name: "e2e", version: "1.0.0" });
  const transport = new StreamableHTTPClientTransport(new URL(patchbay.url + path),
    { requestInit: { headers: { Authorization: `Bearer ${bearer}` } } });
  await client.connect(transport);
  return client;
}

const matchesOf = (result) => JSON.parse(result.content[0].text).matches;

test("R72: two tools, however many servers there are", async () => {
  const client = await connect();
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name), ["search_capabilities", "execute_capability"]);
  assert.match(client.getInstructions(), /search_capabilities/);
  await client.close();
});

for (const server of ["everything", "legacy"]) {
  test(`search finds a tool of ${server} and execute calls it`, async () => {
    const client = await connect();
    const found = await client.callTool({ name: "search_capabilities", arguments: { query: `add two numbers ${server}`, limit: 10 } });
    const match = matchesOf(found).find((one) => one.name === `mcp:${server}:get-sum`);
    assert.ok(match, JSON.stringify(found));
    assert.equal(match.inputSchema.type, "object");
    const result = await client.callTool({ name: "execute_capability", arguments: { name: match.name, arguments: { a: 19, b: 23 } } });
    assert.match(result.content[0].text, /42/);
    await client.close();
  });
}

test("the flat list calls tools by stable names, and a server's own endpoint by its own", async () => {
  const flat = await connect("/mcp/all");
  const { tools } = await flat.listTools();
  assert.ok(tools.some((tool) => tool.name === "mcp__everything__echo"), tools.map((tool) => tool.name).join());
  assert.ok(tools.every((tool) => /^[A-Za-z0-9_-]{1,64}$/.test(tool.name)));
  const echoed = await flat.callTool({ name: "mcp__everything__echo", arguments: { message: "héllo ☂" } });
  assert.match(echoed.content[0].text, /héllo ☂/);
  await flat.close();

  const own = await connect("/mcp/servers/everything");
  const result = await own.callTool({ name: "echo", arguments: { message: "direct" } });
  assert.match(result.content[0].text, /direct/);
  await own.close();
});

for (const server of ["everything", "legacy"]) {
  test(`progress of a long call on ${server} reaches the client that asked for it`, async () => {
    const client = await connect();
    const seen = [];
    const result = await client.callTool(
      { name: "execute_capability", arguments: { name: `mcp:${server}:trigger-long-running-operation`, arguments: { duration: 2, steps: 4 } } },
      undefined, { onprogress: (progress) => seen.push(progress.progress) });
    assert.equal(result.isError ?? false, false, JSON.stringify(result));
    assert.ok(seen.length >= 3, `progress seen: ${seen}`);
    assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
    await client.close();
  });
}

test("a cancelled call ends upstream too and the session goes on", async () => {
  const client = await connect();
  const abort = new AbortController();
  const call = client.callTool(
    { name: "execute_capability", arguments: { name: "mcp:everything:trigger-long-running-operation", arguments: { duration: 30, steps: 30 } } },
    undefined, { signal: abort.signal, onprogress: () => abort.abort("enough") });
  await assert.rejects(call);
  await until(async () => {
    const { events } = await patchbay.json("audit", "--limit", "20");
    return events.some((event) => event.outcome === "cancelled" && event.tool === "trigger-long-running-operation");
  }, "a cancelled row in the audit trail");
  const after = await client.callTool({ name: "execute_capability", arguments: { name: "mcp:everything:get-sum", arguments: { a: 1, b: 2 } } });
  assert.match(after.content[0].text, /3/);
  await client.close();
});

test("an unknown capability and bad arguments are results a model can read", async () => {
  const client = await connect();
  const unknown = await client.callTool({ name: "execute_capability", arguments: { name: "mcp:everything:nope" } });
  assert.equal(unknown.isError, true);
  assert.equal(JSON.parse(unknown.content[0].text).error, "unknown_capability");
  const bad = await client.callTool({ name: "search_capabilities", arguments: { query: "" } });
  assert.equal(bad.isError, true);
  await client.close();
});

test("R79: a token without mcp:write searches and is refused every call", async () => {
  const reader = await patchbay.token("reader", ["mcp:read"]);
  const client = await connect("/mcp", reader);
  assert.ok(matchesOf(await client.callTool({ name: "search_capabilities", arguments: { query: "echo" } })).length > 0);
  const refused = await client.callTool({ name: "execute_capability", arguments: { name: "mcp:everything:echo", arguments: { message: "x" } } });
  const body = JSON.parse(refused.content[0].text);
  assert.deepEqual([refused.isError, body.error, body.requiredScope], [true, "insufficient_mcp_scope", "mcp:write"]);
  await client.close();
});

test("a revoked token is refused at the next call of an open session", async () => {
  const doomed = await patchbay.token("doomed");
  const client = await connect("/mcp", doomed);
  await client.listTools();
  assert.equal((await patchbay.verb("token", "revoke", "doomed")).code, 0);
  await assert.rejects(client.callTool({ name: "search_capabilities", arguments: { query: "echo" } }), /valid token/i);
});

test("a restart of the sample server heals by itself", async () => {
  const client = await connect();
  const port = http.port;
  await http.stop();
  http = await Everything.start("streamableHttp", port);
  const result = await until(async () => {
    const answer = await client.callTool({ name: "execute_capability", arguments: { name: "mcp:everything:get-sum", arguments: { a: 20, b: 22 } } });
    return answer.isError ? null : answer;
  }, "the call after the restart");
  assert.match(result.content[0].text, /42/);
  await client.close();
});

test("after our own restart a client begins a new session and goes on", async () => {
  const before = await connect();
  await before.listTools();
  await patchbay.stop();
  await patchbay.start();
  await assert.rejects(before.listTools(), /404|session/i);
  const client = await connect();
  const result = await until(async () => {
    const answer = await client.callTool({ name: "execute_capability", arguments: { name: "mcp:everything:get-sum", arguments: { a: 2, b: 2 } } });
    return answer.isError ? null : answer;
  }, "a call after our restart");
  assert.match(result.content[0].text, /4/);
  await client.close();
});

test("the Inspector's command line lists and calls", async () => {
  const header = `Authorization: Bearer ${token}`;
  const listed = await inspector(`${patchbay.url}/mcp`, "--transport", "http", "--header", header, "--method", "tools/list");
  assert.equal(listed.code, 0, listed.stderr);
  assert.equal(JSON.parse(listed.stdout).tools.length, 2);
  const called = await inspector(`${patchbay.url}/mcp/all`, "--transport", "http", "--header", header, "--method", "tools/call",
    "--tool-name", "mcp__everything__echo", "--tool-arg", "message=hi");
  assert.equal(called.code, 0, called.stderr);
  assert.match(called.stdout, /hi/);
});
