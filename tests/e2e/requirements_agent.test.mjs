// Rows of the requirements table (section 8) that an agent can see, on the built binary. Each test names the rows it proves.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Agent } from "../support/agent.mjs";
import { Appliance, freePort, until } from "../support/appliance.mjs";
import { Organisation, ok } from "../support/organisation.mjs";
import { Upstream } from "../support/upstream.mjs";

const long = "x".repeat(70);
const object = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
const said = (text) => ({ content: [{ type: "text", text }] });
const definitions = [
  { name: "a:b:c", description: "Named with colons.", inputSchema: object },
  { name: `${long}1`, description: "The first long one.", inputSchema: object },
  { name: `${long}2`, description: "The second long one.", inputSchema: object },
  { name: "bare", description: "Without a schema." },
  { name: "look", description: "Claims to read only.", inputSchema: { type: "object" }, annotations: { readOnlyHint: true } },
  { name: "strict", description: "Takes a whole number.", inputSchema: object },
  ...["text", "image", "link", "structured", "empty", "failing", "bytes"].map((kind) => ({ name: `result.${kind}`, description: `Gives ${kind}.` })),
];
const results = {
  "result.text": { content: [{ type: "text", text: "one" }, { type: "text", text: "two" }] },
  "result.image": { content: [{ type: "image", data: "aGk=", mimeType: "image/png" }] },
  "result.link": { content: [{ type: "resource_link", uri: "file:///x", name: "x" }] },
  "result.structured": { content: [], structuredContent: { n: 1 } },
  "result.empty": { content: [] },
  "result.failing": { content: [{ type: "text", text: "no" }], isError: true },
};

function run(name, args, headers, id) {
  if (results[name]) return results[name];
  if (name === "result.bytes") return Buffer.concat([Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[{"type":"text","text":"`),
    Buffer.from([0xff, 0xfe]), Buffer.from('"}]}}')]);
  if (name === "strict" && !Number.isInteger(args.n)) throw { code: -32602, message: `n is ${JSON.stringify(args.n)}` };
  return said(`${name} ran`);
}

let plain, kinds, org, patchbay, admin, ann, bob;

const callFlat = (person, name, args) => person.call("POST", "/v1/tools/call", { name, arguments: args });

before(async () => {
  plain = await Upstream.start();
  kinds = await Upstream.start({ tools: definitions, run });
  org = await Organisation.create({ allow: [plain.host] });
  ({ patchbay, admin, ann, bob } = org);
  await org.add("kinds", kinds.url, { title: "Kinds" });
});

after(async () => {
  await org?.end();
  await plain?.stop();
  await kinds?.stop();
});

test("R42, R77: a failing server is skipped in lists and a row in searches; the others are there in time", async () => {
  const silent = await Upstream.start({ fault: "silence" });
  try {
    await org.add("dead", `http://127.0.0.1:${await freePort()}/mcp`, { title: "Dead parrot" });
    await org.add("mute", silent.url, { title: "Mute swan", timeout_seconds: 5 });
    await org.add("alive", plain.url, { title: "Alive" });
    const began = Date.now();
    const client = await org.agent(ann);
    assert.ok((await org.flat(ann, "alive")).length === 4);
    assert.deepEqual(await org.flat(ann, "dead"), []);
    const parrot = (await client.search("dead parrot")).matches.find((match) => match.name === "mcp:dead:*");
    assert.equal(parrot.status, "error");
    assert.match(parrot.hint, /cannot be listed/);
    const refused = await client.execute("mcp:dead:echo");
    assert.equal(refused.isError, true);
    assert.match(refused.error, /upstream/);
    assert.equal((await client.execute("mcp:alive:echo", { text: "hi" })).text, "hi");
    assert.ok(Date.now() - began < 10_000, "twice the timeout");
    const swan = await until(async () => (await client.search("mute swan")).matches.find((match) => match.name === "mcp:mute:*"), "the row");
    assert.match(swan.status, /^(starting|error)$/);
    await client.close();
  } finally {
    await org.remove("dead", "mute", "alive");
    await silent.stop();
  }
});

test("R43, R75: long names with the same beginning stay apart, colons stay whole, and calls reach the original name", async () => {
  const names = await until(async () => { const all = await org.flat(ann, "kinds"); return all.length === definitions.length && all; }, "the tools");
  for (const name of names) assert.match(name, /^[A-Za-z0-9_-]{1,64}$/);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(await org.flat(ann, "kinds"), names, "another time, other names");
  const texts = [];
  for (const name of names.filter((one) => /xxx|a_b_c/.test(one))) texts.push(ok(await callFlat(ann, name, { n: 1 })).text);
  assert.deepEqual(texts.sort(), ["a:b:c ran", `${long}1 ran`, `${long}2 ran`]);
  const client = await org.agent(ann);
  for (const tool of ["a:b:c", `${long}1`, `${long}2`]) assert.equal((await client.execute(`mcp:kinds:${tool}`, { n: 1 })).text, `${tool} ran`);
  assert.equal((await client.execute("mcp:kinds:a")).error, "unknown_capability");
  await client.close();
});

test("R44: a tool without an input schema takes an object without properties, in every format and in the search", async () => {
  const schemaOf = { mcp: (tool) => tool.inputSchema, openai: (tool) => tool.function.parameters, anthropic: (tool) => tool.input_schema };
  for (const [format, schema] of Object.entries(schemaOf)) {
    const { tools } = ok(await ann.call("GET", `/v1/tools?format=${format}`));
    const bare = tools.find((tool) => (tool.name ?? tool.function.name) === "mcp__kinds__bare");
    assert.equal(schema(bare).type, "object", format);
    assert.deepEqual(schema(bare).properties, {}, format);
  }
  const client = await org.agent(ann);
  const match = (await client.search("without a schema")).matches.find((one) => one.name === "mcp:kinds:bare");
  assert.equal(match.inputSchema.type, "object");
  await client.close();
});

test("R45: every kind of result arrives, and one that is no text is an error that a model can read", async () => {
  const result = async (kind) => ok(await callFlat(ann, (await org.flat(ann)).find((name) => name.includes(`result_${kind}`)), {}));
  assert.equal((await result("text")).text, "one\ntwo");
  for (const kind of ["image", "link"]) assert.deepEqual((await result(kind)).result.content, results[`result.${kind}`].content);
  assert.equal((await result("structured")).text, '{"n":1}');
  assert.deepEqual((({ text, is_error }) => ({ text, is_error }))(await result("empty")), { text: "", is_error: false });
  assert.deepEqual((({ text, is_error }) => ({ text, is_error }))(await result("failing")), { text: "no", is_error: true });
  const bytes = await result("bytes");
  assert.equal(bytes.is_error, true);
  assert.match(bytes.error, /^upstream_/);
});

test("R66, R68: nobody has what is granted to nobody; everyone, a team and a person each count; a put replaces all", async () => {
  await org.add("granted", plain.url, { title: "Granted", access: {} });
  ok(await admin.call("POST", "/v1/teams", { name: "ops", members: ["bob"] }), 201);
  const people = { ann: [ann, await org.agent(ann)], bob: [bob, await org.agent(bob)] };
  const having = async () => {
    const names = [];
    for (const [name, [person, client]] of Object.entries(people)) {
      const listed = (await org.flat(person, "granted")).length > 0;
      const found = (await client.found("echo granted", { limit: 20 })).some((one) => one.startsWith("mcp:granted:"));
      const called = await client.execute("mcp:granted:echo", { text: "x" });
      assert.ok(called.text === "x" || called.error === "unknown_capability", called.text);
      assert.deepEqual([listed, found], [called.text === "x", called.text === "x"], name);
      if (listed) names.push(name);
    }
    return names;
  };
  const put = (access) => admin.call("PUT", "/v1/servers/granted/access", access).then(ok);
  assert.deepEqual(await having(), []);
  await put({ everyone: true });
  await until(async () => (await org.flat(ann, "granted")).length > 0, "the tools");
  assert.deepEqual(await having(), ["ann", "bob"]);
  await put({ people: ["ann"] });
  assert.deepEqual(await having(), ["ann"]);
  await put({ teams: ["ops"] });
  assert.deepEqual(await having(), ["bob"]);
  await put({});
  assert.deepEqual(await having(), []);
  for (const [, client] of Object.values(people)) await client.close();
  await org.remove("granted");
});

test("R67: a grant that ends between search and execute is refused, and nothing reaches the server", async () => {
  await org.add("brief", plain.url, { title: "Brief", access: { people: ["ann"] } });
  const client = await org.agent(ann);
  const name = await until(async () => (await client.found("echo brief")).find((one) => one === "mcp:brief:echo"), "the tool");
  assert.equal((await client.execute(name, { text: "x" })).text, "x");
  const before = plain.calls;
  ok(await admin.call("PUT", "/v1/servers/brief/access", {}));
  assert.equal((await client.execute(name, { text: "x" })).error, "unknown_capability");
  assert.equal(plain.calls, before);
  const row = (await patchbay.json("audit", "--limit", "20")).events.find((one) => one.action === "tool.call");
  assert.deepEqual([row.outcome, row.reason, row.server], ["refused", "no_grant", "brief"]);
  await client.close();
  await org.remove("brief");
});

test("R69, R76, R84: own accounts: each their own key and tools; who gave none is told so, the admin too", async () => {
  const keyed = await Upstream.start({ tools: (headers) => [{ name: `tool-of-${headers["x-api-key"]}`, description: "One's own tool." }],
    run: (name, args, headers) => said(headers["x-api-key"]) });
  keyed.demands = true;
  try {
    await org.add("each", keyed.url, { title: "Each", auth: "headers", credential_mode: "perMember", member_headers: ["X-Api-Key"] });
    const clients = { ann: await org.agent(ann), bob: await org.agent(bob), admin: await org.agent(admin) };
    ok(await ann.call("PUT", "/v1/me/credentials/each", { headers: { "X-Api-Key": "ka" } }));
    ok(await bob.call("PUT", "/v1/me/credentials/each", { headers: { "X-Api-Key": "kb" } }));
    for (const [name, key] of [["ann", "ka"], ["bob", "kb"]]) {
      await until(async () => (await clients[name].found("own tool")).includes(`mcp:each:tool-of-${key}`), `${name}'s tools`);
      assert.equal((await clients[name].execute(`mcp:each:tool-of-${key}`)).text, key);
      const other = key === "ka" ? "kb" : "ka";
      assert.ok(!JSON.stringify(await clients[name].search("own tool", { limit: 20 })).includes(`tool-of-${other}`));
      assert.equal((await clients[name].execute(`mcp:each:tool-of-${other}`)).error, "unknown_capability");
    }
    const row = (await clients.admin.search("each")).matches.find((match) => match.name === "mcp:each:*");
    assert.deepEqual([row.status, row.link], ["needs_connection", `${patchbay.url}/connect/each`]);
    for (const tool of ["*", "tool-of-ka"]) assert.equal((await clients.admin.execute(`mcp:each:${tool}`)).error, "needs_connection");
    assert.ok(!JSON.stringify(await clients.admin.search("own tool", { limit: 20 })).includes("tool-of-"));
    // An edit is a new list for each, without waiting for the old one to be out of date.
    keyed.tools = (headers) => [{ name: `new-of-${headers["x-api-key"]}`, description: "One's own tool." }];
    ok(await admin.call("PATCH", "/v1/servers/each", { url: keyed.url.replace("/mcp", "/other") }));
    await until(async () => (await clients.ann.found("own tool")).includes("mcp:each:new-of-ka"), "the new list");
    assert.equal((await clients.ann.execute("mcp:each:tool-of-ka")).error, "unknown_capability");
    for (const client of Object.values(clients)) await client.close();
  } finally {
    await org.remove("each");
    await keyed.stop();
  }
});

test("R84: a failed list is asked for again soon", async () => {
  const port = await freePort();
  await org.add("late", `http://127.0.0.1:${port}/mcp`, { title: "Late" });
  const client = await org.agent(ann);
  await until(async () => (await client.search("late")).matches.some((match) => match.name === "mcp:late:*" && match.status === "error"), "the failure");
  const late = await Upstream.start({ port });
  try {
    await until(async () => (await client.found("echo late")).includes("mcp:late:echo"), "the tools", 10_000);
    await client.close();
  } finally {
    await org.remove("late");
    await late.stop();
  }
});

test("R72: two tools on the agent's endpoint, with no server and with fifty", async () => {
  const empty = await Appliance.create();
  const full = await Appliance.create({ servers: Array.from({ length: 50 }, (_, i) => ({ name: `s${i}`, transport: "http", url: plain.url })) });
  try {
    for (const one of [empty, full]) {
      await one.start();
      const client = await Agent.connect(one, await one.token());
      assert.deepEqual(await client.listed(), ["search_capabilities", "execute_capability"]);
      if (one === full) assert.equal((await client.found("echo", { limit: 20 })).length, 20);
      await client.close();
    }
  } finally {
    await empty.remove();
    await full.remove();
  }
});

test("R73: a search takes 1 to 20 matches and words", async () => {
  const client = await org.agent(ann);
  for (const limit of [0, 21, -1, 1.5, "5"]) assert.equal((await client.search("gives", { limit })).error, "bad_limit", String(limit));
  for (const query of ["", "  \n"]) assert.equal((await client.search(query)).error, "bad_query");
  assert.equal((await client.found("gives", { limit: 1 })).length, 1);
  assert.ok((await client.found("gives", { limit: 20 })).length > 5);
  assert.ok((await client.found("gives")).length <= 5, "five where nothing is said");
  await client.close();
});

test("R74: the same tools and words give the same order, and what is alike is ordered by name", async () => {
  const slugs = ["tie-c", "tie-a", "tie-b"];
  for (const slug of slugs) await org.add(slug, plain.url, { title: "Tie" });
  const client = await org.agent(ann);
  const search = () => client.found("the tool echo of tie", { limit: 20 });
  const first = await until(async () => { const all = await search(); return slugs.every((slug) => all.includes(`mcp:${slug}:echo`)) && all; }, "the tools");
  assert.deepEqual(first.filter((name) => name.endsWith(":echo")), ["mcp:tie-a:echo", "mcp:tie-b:echo", "mcp:tie-c:echo"]);
  for (let i = 0; i < 5; ++i) assert.deepEqual(await search(), first);
  await client.close();
  await org.remove(...slugs);
});

test("R78: with five of twenty servers hanging a search answers within eight seconds and says how many are missing", async () => {
  const silent = await Upstream.start({ fault: "silence" });
  const servers = Array.from({ length: 20 }, (_, i) => ({ name: `s${i}`, transport: "http", url: i < 5 ? silent.url : plain.url }));
  const other = await Appliance.create({ servers });
  try {
    const token = await other.token();
    await other.start();
    const client = await Agent.connect(other, token);
    const began = Date.now();
    const { matches, hint } = await client.search("echo", { limit: 20 });
    assert.ok(Date.now() - began < 8000, "too late");
    assert.equal(matches.filter((match) => match.name.endsWith(":echo")).length, 15);
    assert.match(hint, /^5 servers have not listed/);
    await client.close();
  } finally {
    await other.remove();
    await silent.stop();
  }
});

test("R79: a token that may only read searches, and is refused every call, of tools that claim to read too", async () => {
  const token = await ann.token(["mcp:read"]);
  const client = await Agent.connect(patchbay, token);
  const match = (await client.search("claims to read only")).matches.find((one) => one.name === "mcp:kinds:look");
  assert.equal(match.readOnly, true);
  const before = kinds.calls;
  for (const name of ["mcp:kinds:look", "mcp:kinds:strict", "mcp:kinds:*", "mcp:nothing:x"]) {
    const refused = await client.execute(name);
    assert.deepEqual([refused.error, JSON.parse(refused.text).requiredScope], ["insufficient_mcp_scope", "mcp:write"], name);
  }
  for (const path of ["/mcp/all", "/mcp/servers/kinds"]) {
    const direct = await Agent.connect(patchbay, token, path);
    const [name] = (await direct.listed()).filter((one) => one.endsWith("look"));
    await assert.rejects(direct.client.callTool({ name, arguments: {} }), /403|mcp:write|scope/);
    await direct.close();
  }
  assert.equal(kinds.calls, before);
  await client.close();
});

test("R82: arguments that the schema does not allow are forwarded, and the server's own refusal comes back", async () => {
  const client = await org.agent(ann);
  const before = kinds.calls;
  for (const [args, word] of [[{ n: "seven" }, /n is .*seven/], [{}, /n is/]])
    await assert.rejects(async () => {
      const refused = await client.execute("mcp:kinds:strict", args);
      assert.equal(refused.isError, true);
      throw new Error(refused.text);
    }, word);
  assert.equal(kinds.calls, before + 2);
  assert.equal((await client.execute("mcp:kinds:strict", { n: 7, more: true })).text, "strict ran");
  await client.close();
});

test("R83: what is denied, not allowed or off is in no list, found by no search and called by no name", async () => {
  await org.add("ruled", plain.url, { title: "Ruled" });
  const client = await org.agent(ann);
  const direct = await org.agent(ann, "/mcp/servers/ruled");
  await until(async () => (await org.flat(ann, "ruled")).length === 4, "the tools");
  const check = async (there, change, path = "/v1/servers/ruled", method = "PATCH") => {
    ok(await admin.call(method, path, change));
    const gone = ["echo", "wait", "key", "who"].filter((tool) => !there.includes(tool));
    assert.deepEqual((await org.flat(ann, "ruled")).map((name) => name.slice(12)).sort(), [...there].sort());
    assert.deepEqual((await direct.listed()).sort(), [...there].sort());
    const found = await client.found("echo wait key who ruled", { limit: 20 });
    assert.deepEqual(found.filter((name) => name.startsWith("mcp:ruled:")).sort(), there.map((tool) => `mcp:ruled:${tool}`).sort());
    const before = plain.calls;
    for (const tool of gone) {
      assert.equal((await client.execute(`mcp:ruled:${tool}`, { milliseconds: 1 })).error, "unknown_capability");
      assert.equal((await callFlat(ann, `mcp__ruled__${tool}`, {})).status, 404);
      await assert.rejects(direct.client.callTool({ name: tool, arguments: {} }), /no such tool/);
    }
    assert.equal(plain.calls, before);
    for (const tool of there) assert.equal((await client.execute(`mcp:ruled:${tool}`, { milliseconds: 1 })).isError, false, tool);
  };
  await check(["echo", "key", "who"], { deny: ["wait"] });
  await check(["echo"], { allow: ["echo", "wait"] }); // denied wins
  await check(["wait"], { allow: ["wait"], deny: ["Wait"] }); // names are exact
  await check(["echo", "wait", "key", "who"], { allow: [], deny: [] });
  await check(["echo", "key"], { otherwise: "allow", tools: { wait: "off", who: "off" } }, "/v1/servers/ruled/tool-policy", "PUT");
  await check(["key"], { otherwise: "off", tools: { key: "allow" } }, "/v1/servers/ruled/tool-policy", "PUT");
  await client.close();
  await direct.close();
  await org.remove("ruled");
});

test("R88: a selection of nothing keeps what is forced, nothing said changes nothing, and what is off is dropped", async () => {
  for (const [slug, availability] of [["forced", "forceOn"], ["usual", "defaultOn"], ["rare", "defaultOff"]]) await org.add(slug, plain.url, { availability });
  const selected = async (body) => {
    const { servers } = ok(await (body ? bob.call("PUT", "/v1/selection", body) : bob.call("GET", "/v1/selection")));
    return servers.filter((one) => one.selected && one.slug !== "kinds").map((one) => one.slug);
  };
  const listed = async () => ["forced", "usual", "rare"].filter((slug) => names.some((name) => name.startsWith(`mcp__${slug}__`)));
  let names = await until(async () => { const all = await org.flat(bob); return all.length > 12 && all.some((name) => name.startsWith("mcp__usual__")) && all; }, "the tools");
  assert.deepEqual(await selected(), ["forced", "usual"]);
  assert.deepEqual(await selected({ servers: ["rare"] }), ["forced", "rare"]);
  names = await org.flat(bob);
  assert.deepEqual(await listed(), ["forced", "rare"]);
  assert.deepEqual(await selected({}), ["forced", "rare"]);
  ok(await admin.call("PATCH", "/v1/servers/rare", { enabled: false }));
  assert.deepEqual(await selected(), ["forced"]);
  assert.deepEqual(await selected({ servers: [] }), ["forced"]);
  names = await org.flat(bob);
  assert.deepEqual(await listed(), ["forced"]);
  ok(await bob.call("DELETE", "/v1/selection"), 204);
  await org.remove("forced", "usual", "rare");
});
