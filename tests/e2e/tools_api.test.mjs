// The tools API for chat applications on the built binary, with the official sample server behind it.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Appliance, Everything, until } from "../support/appliance.mjs";
import { Browser } from "../support/browser.mjs";
import { EventStream } from "../support/event_stream.mjs";
import { Upstream } from "../support/upstream.mjs";

let everything, slow, patchbay, token, reader;

before(async () => {
  [everything, slow] = await Promise.all([Everything.start(), Upstream.start()]);
  patchbay = await Appliance.create({
    servers: [
      { name: "everything", title: "Everything", transport: "http", url: everything.url, tools: { deny: ["get-env"] } },
      { name: "slow", transport: "http", url: slow.url, timeout: 1 },
      { name: "hidden", transport: "http", url: slow.url, access: { teams: ["ops"] } },
    ],
  });
  token = await patchbay.token("chat");
  reader = await patchbay.token("reader", ["mcp:read"]);
  await patchbay.start();
});

after(async () => {
  await patchbay?.remove();
  await everything?.stop();
  await slow?.stop();
});

const authorization = (bearer) => (bearer ? { Authorization: `Bearer ${bearer}` } : {});

async function list(query = "", bearer = token) {
  const response = await patchbay.get(`/v1/tools${query}`, authorization(bearer));
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function call(name, args, { bearer = token, headers = {}, body } = {}) {
  const response = await fetch(`${patchbay.url}/v1/tools/call`, {
    method: "POST", headers: { "Content-Type": "application/json", ...authorization(bearer), ...headers },
    body: body ?? JSON.stringify({ name, arguments: args }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const result = async (...args) => JSON.parse((await call(...args)).text);

const stream = (name, args) => EventStream.open(`${patchbay.url}/v1/tools/call`, {
  method: "POST", headers: { "Content-Type": "application/json", ...authorization(token) }, body: JSON.stringify({ name, arguments: args }),
});

test("R44: each format lists the same usable tools, held, denied and foreign ones absent", async () => {
  const names = {
    mcp: (page) => page.tools.map((tool) => tool.name),
    openai: (page) => page.tools.map((tool) => tool.function.name),
    anthropic: (page) => page.tools.map((tool) => tool.name),
    gemini: (page) => page.tools[0].functionDeclarations.map((tool) => tool.name),
  };
  const wanted = names.mcp((await list()).body);
  assert.ok(wanted.includes("mcp__everything__echo") && wanted.includes("mcp__slow__wait"));
  assert.ok(!wanted.some((name) => name.includes("get-env") || name.includes("hidden")));
  for (const [format, namesOf] of Object.entries(names)) {
    const { status, body } = await list(`?format=${format}`);
    assert.equal(status, 200);
    assert.deepEqual(namesOf(body), wanted, format);
    assert.equal(body.next_cursor, null);
    for (const name of namesOf(body)) assert.match(name, /^[A-Za-z0-9_-]{1,64}$/);
  }
  const { tools } = (await list("?format=openai")).body;
  const sum = tools.find((tool) => tool.function.name === "mcp__everything__get-sum");
  assert.deepEqual(Object.keys(sum.function.parameters.properties).sort(), ["a", "b"]);
  assert.ok(tools.every((tool) => tool.type === "function" && tool.function.parameters.type === "object"));
  assert.ok(!JSON.stringify((await list("?format=gemini")).body).match(/\$schema|additionalProperties/));
});

test("what cannot be understood is refused with a sentence, and so is who may not ask", async () => {
  for (const query of ["?format=xml", "?cursor=%2A", "?session=", "?session=a%20b", `?session=${"x".repeat(129)}`, "?format=mcp&format=mcp"])
    assert.equal((await list(query)).status, 400, query);
  assert.equal((await list(`?session=${"x".repeat(128)}`)).status, 200);
  assert.equal((await list("", null)).status, 401);
  assert.equal((await list("", "pbk_nothing")).status, 401);
  const other = await patchbay.token("catalog", ["catalog:read"]);
  const refused = await list("", other);
  assert.equal(refused.status, 403);
  assert.match(refused.headers.get("www-authenticate"), /insufficient_scope.*mcp:read/);
  const wrong = await fetch(`${patchbay.url}/v1/tools`, { method: "POST", headers: authorization(token) });
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get("allow"), "GET, HEAD");
});

test("R45: a call's result is whole, its text joined", async () => {
  const echo = await result("mcp__everything__echo", { message: "hé" });
  assert.deepEqual(echo, { result: { content: [{ type: "text", text: "Echo: hé" }] }, text: "Echo: hé", is_error: false, error: null });
  const image = await result("mcp__everything__get-tiny-image", {});
  assert.equal(image.result.content[1].mimeType, "image/png");
  assert.equal(image.text, "Here's the image you requested:\nThe image above is the MCP logo.");
  const structured = await result("mcp__everything__get-structured-content", { location: "Chicago" });
  assert.equal(typeof structured.result.structuredContent.temperature, "number");
  const links = await result("mcp__everything__get-resource-links", { count: 2 });
  assert.equal(links.result.content.filter((block) => block.type === "resource_link").length, 2);
});

test("arguments come as an object, as JSON text, or not at all", async () => {
  assert.equal((await result("mcp__everything__get-sum", '{"a": 19, "b": 23}')).text, "The sum of 19 and 23 is 42.");
  assert.equal((await result("mcp__everything__get-tiny-image", "")).is_error, false);
  assert.equal((await result("mcp__everything__get-tiny-image")).is_error, false);
  for (const args of ["{", "[1]", [1], 7, '{"a":1,"a":2}'])
    assert.equal((await result("mcp__everything__echo", args)).error, "bad_arguments", JSON.stringify(args));
  for (const body of ["", "{", "[]", '{"arguments":{}}', '{"name":7}', '{"name":"a","model":"b"}', '{"name":"a","session":"a b"}'])
    assert.equal((await call("", null, { body })).status, 400, body);
});

test("unknown, denied and foreign tools are the same 404, byte for byte; each is in the trail", async () => {
  const answers = await Promise.all(["mcp__everything__nothing", "mcp__everything__get-env", "mcp__hidden__echo"].map((name) => call(name, {})));
  for (const answer of answers) {
    assert.equal(answer.status, 404);
    assert.equal(answer.text, answers[0].text);
  }
  assert.equal(JSON.parse(answers[0].text).error, "unknown_tool");
  const rows = (await patchbay.json("audit", "--limit", "20")).events.filter((row) => row.outcome === "refused");
  assert.deepEqual(new Set(rows.slice(0, 3).map((row) => row.reason)), new Set(["unknown_tool", "tool_denied", "no_grant"]));
});

test("a token that may not call is told which scope it lacks, whatever it names", async () => {
  for (const name of ["mcp__everything__echo", "mcp__everything__nothing"]) {
    const refused = await call(name, {}, { bearer: reader });
    assert.equal(refused.status, 403);
    assert.equal(JSON.parse(refused.text).error, "insufficient_scope");
    assert.match(refused.headers.get("www-authenticate"), /^Bearer error="insufficient_scope", scope="mcp:read mcp:write", resource_metadata="[^"]+\/oauth-protected-resource\/mcp"$/);
  }
  const [row] = (await patchbay.json("audit", "--limit", "1")).events;
  assert.equal(row.reason, "insufficient_mcp_scope");
  assert.equal(row.actor_name, "reader");
});

test("what goes wrong at the server is a result that the model can read", async () => {
  const late = await result("mcp__slow__wait", { milliseconds: 3000 });
  assert.equal(late.is_error, true);
  assert.match(late.error, /timeout/);
  assert.equal(JSON.parse(late.text).error, late.error);
  const bad = await result("mcp__everything__get-sum", { a: "x" });
  assert.equal(bad.is_error, true);
});

test("R46: an event stream has progress, then one result whose previews are cut and which is whole", async () => {
  const long = await stream("mcp__everything__trigger-long-running-operation", { duration: 0.4, steps: 4 });
  await long.ended;
  assert.deepEqual(long.of("progress").map((event) => event.data), [1, 2, 3, 4].map((progress) => ({ progress, total: 4 })));
  const last = long.events.at(-1);
  assert.equal(last.type, "mcp_tool_result");
  assert.equal(last.data.name, "mcp__everything__trigger-long-running-operation");
  assert.equal(last.data.server, "everything");
  assert.equal(last.data.tool, "trigger-long-running-operation");
  assert.equal(last.data.is_error, false);
  assert.ok(last.data.duration_ms >= 300);

  const message = "é".repeat(10_000);
  const big = await stream("mcp__everything__echo", { message });
  await big.ended;
  const { data } = big.events.at(-1);
  assert.equal(data.result.content[0].text, `Echo: ${message}`);
  for (const preview of [data.arguments_preview, data.output_preview]) {
    assert.ok(Buffer.byteLength(preview) <= 4096 && Buffer.byteLength(preview) > 4090);
    assert.ok(preview.endsWith("…"));
  }
});

test("a stream's refusals have a status of their own", async () => {
  const refused = await stream("mcp__everything__nothing", {});
  await refused.ended;
  assert.equal(refused.status, 404);
  assert.equal(JSON.parse(refused.text).error, "unknown_tool");
  assert.equal((await call("mcp__everything__echo", {}, { headers: { Accept: "image/png" } })).status, 406);
});

test("a client that goes away ends its call, streamed or not", async () => {
  const cancelled = async () => (await patchbay.json("audit", "--limit", "50")).events.filter((row) => row.outcome === "cancelled").length;
  const args = { duration: 30, steps: 300 };
  const streamed = await stream("mcp__everything__trigger-long-running-operation", args);
  await until(() => streamed.of("progress").length > 0, "progress");
  await streamed.close();
  await until(async () => (await cancelled()) === 1, "the end of the streamed call", 5000);
  const begun = slow.calls;
  const controller = new AbortController();
  const whole = fetch(`${patchbay.url}/v1/tools/call`, {
    method: "POST", headers: { "Content-Type": "application/json", ...authorization(token) },
    body: JSON.stringify({ name: "mcp__slow__wait", arguments: { milliseconds: 900 } }), signal: controller.signal,
  });
  await until(() => slow.calls > begun, "the call at the server");
  controller.abort();
  await assert.rejects(whole);
  await until(async () => (await cancelled()) === 2, "the end of the whole call", 5000);
});

test("a browser session lists and calls, and a call needs to come from our own pages", async () => {
  const ann = await Browser.join(patchbay, "ann");
  assert.equal((await ann.call("GET", "/v1/tools?format=anthropic")).status, 200);
  const said = await ann.call("POST", "/v1/tools/call", { name: "mcp__everything__echo", arguments: { message: "hi" } });
  assert.equal(said.body.text, "Echo: hi");
  const [row] = (await patchbay.json("audit", "--limit", "1")).events;
  assert.equal(row.actor_name, "ann");
  const forged = await call("mcp__everything__echo", {}, { bearer: null, headers: { Cookie: ann.cookie } });
  assert.equal(forged.status, 403);
  assert.equal(JSON.parse(forged.text).error, "csrf");
});

// Answers as a model would: wants the tool once, then says what it was told.
async function startModel(requests) {
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const asked = JSON.parse(text);
    requests.push(asked);
    const told = asked.messages.at(-1);
    const message = told.role === "tool"
      ? { role: "assistant", content: `The tool said: ${told.content}` }
      : { role: "assistant", content: null, tool_calls: [
          { id: "1", type: "function", function: { name: "mcp__everything__get-sum", arguments: '{"a": 19, "b": 23}' } },
          { id: "2", type: "function", function: { name: "made_up", arguments: "{}" } }] };
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ choices: [{ message }] }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

test("the example of docs/chat-client.md lets a model use the tools", async () => {
  const requests = [];
  const model = await startModel(requests);
  const client = fileURLToPath(new URL("../../docs/examples/chat_client.py", import.meta.url));
  const env = { PATH: process.env.PATH, PATCHBAY_URL: patchbay.url, PATCHBAY_TOKEN: token,
    MODEL_URL: `http://127.0.0.1:${model.address().port}/v1/chat/completions` };
  const said = await new Promise((resolve, reject) => {
    execFile("python3", [client, "add", "two", "numbers"], { env, timeout: 30_000 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
  model.close();
  assert.equal(requests.length, 2);
  assert.ok(requests[0].tools.some((tool) => tool.function.name === "mcp__everything__get-sum"));
  const told = requests[1].messages.filter((message) => message.role === "tool");
  assert.equal(told[0].content, "The sum of 19 and 23 is 42.");
  assert.match(told[1].content, /unknown_tool/);
  assert.match(said, /The tool said: /);
});
