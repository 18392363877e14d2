// Rows of the requirements table (section 8) about connectors, on the built binary. Each test names the rows it proves.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { freePort, until } from "../support/appliance.mjs";
import { Organisation, ok } from "../support/organisation.mjs";
import { Upstream } from "../support/upstream.mjs";

const secret = "planted-4f9a2c7711aa";
let plain, other, org, patchbay, admin, ann, bob;
let made = 0;
const create = (body) => admin.call("POST", "/v1/servers", { slug: `made-${++made}`, url: "https://made.example/mcp", ...body });
const createOwn = (body) => ann.call("POST", "/v1/me/servers", { slug: `made-${++made}`, url: "https://made.example/mcp", enabled: false, ...body });
const headers = (count) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-H${i}`, "v"]));

before(async () => {
  [plain, other] = await Promise.all([Upstream.start(), Upstream.start()]);
  org = await Organisation.create({ allow: [plain.host] });
  ({ patchbay, admin, ann, bob } = org);
});

after(async () => {
  await org?.end();
  await plain?.stop();
  await other?.stop();
});

test("R34: titles give slugs, a slug keeps its rule, and one that is taken is 409", async () => {
  for (const [title, slug] of [["My  Wiki!", "my-wiki"], ["Ärger & Co", "rger-co"], ["_x -- y_", "x-y"], ["!!!", "mcp"], ["t".repeat(30), "t".repeat(24)]]) {
    for (const [person, path] of [[admin, "/v1/servers"], [bob, "/v1/me/servers"]]) {
      const body = { title, url: "https://made.example/mcp", enabled: false };
      assert.equal(ok(await person.call("POST", path, body), 201).slug, slug);
      const again = await person.call("POST", path, body);
      assert.deepEqual([again.status, again.body.error], [409, "slug_taken"]);
      ok(await person.call("DELETE", `${path}/${slug}`), 204);
    }
  }
  for (const slug of ["a b", "a.b", "a/b", "ä", "s".repeat(65)]) for (const post of [create, createOwn]) assert.equal((await post({ slug })).status, 400, slug);
});

test("R35: a name has 80 characters and a URL 500, in a POST and in a PATCH", async () => {
  const stem = "https://made.example/";
  const fits = { title: "ä".repeat(80), url: stem + "u".repeat(500 - stem.length) };
  const long = { title: `${fits.title}a`, url: `${fits.url}u` };
  for (const [post, person, path] of [[create, admin, "/v1/servers"], [createOwn, ann, "/v1/me/servers"]]) {
    const { slug } = ok(await post(fits), 201);
    for (const [field, value] of Object.entries(long)) {
      assert.equal((await post({ [field]: value })).status, 400, field);
      assert.equal((await person.call("PATCH", `${path}/${slug}`, { [field]: value })).status, 400, field);
      ok(await person.call("PATCH", `${path}/${slug}`, { [field]: fits[field] }));
    }
    ok(await person.call("DELETE", `${path}/${slug}`), 204);
  }
});

test("R36: plain http goes to loopback or what is listed only, and a URL holds no credential", async () => {
  for (const url of ["http://93.184.216.34/mcp", "http://[2606:4700::1]/mcp", "ftp://made.example/", "https://user:pass@made.example/", "https://user@made.example/",
    "https://made.example/#part", "https://made.example/?api_key=1", "https://made.example/?a=1&access_token=2", "made.example", "https://"])
    for (const post of [create, createOwn]) assert.equal((await post({ url })).status, 400, url);
  for (const url of [plain.url, "http://localhost:3000/mcp"]) {
    const { slug } = ok(await create({ url }), 201);
    await org.remove(slug);
  }
});

test("R37: twenty headers of 4,096 bytes, each a token, none with a line break, none that is Patchbay's", async () => {
  for (const [post, person, path] of [[create, admin, "/v1/servers"], [createOwn, ann, "/v1/me/servers"]]) {
    const trying = (all) => post({ auth: "headers", headers: all });
    for (const good of [headers(20), { "X-Key": "v".repeat(4096) }, { "x!#$%&'*+.^_`|~9": "v" }]) {
      const { slug } = ok(await trying(good), 201);
      assert.equal((await person.call("PATCH", `${path}/${slug}`, { headers: headers(21) })).status, 400);
      ok(await person.call("DELETE", `${path}/${slug}`), 204);
    }
    for (const bad of [headers(21), { "X-Key": "v".repeat(4097) }, { "X-Key": "a\r\nX-Other: b" }, { "X-Key": "a\nb" }, { Host: "made.example" },
      { "hOST": "x" }, { "X Key": "v" }, { "X:Key": "v" }, { "": "v" }, { "Kéy": "v" }, { "X-Key\r\n": "v" }])
      assert.equal((await trying(bad)).status, 400, JSON.stringify(bad).slice(0, 60));
  }
});

test("R38: a value that was given is in no answer, of list, show, change, test, trail or page; its presence is", async () => {
  const echoing = await Upstream.start();
  echoing.refusal = (all) => ({ code: -32000, message: `you sent ${JSON.stringify(all)}` });
  const heard = [];
  const ask = async (person, ...args) => {
    const { headers: own } = person;
    const [method, path, body] = args;
    const answer = await fetch(patchbay.url + path, { method, headers: { ...own, ...(body && { "Content-Type": "application/json" }) }, body: body && JSON.stringify(body) });
    heard.push(`${method} ${path} ${answer.status} ${await answer.text()}`);
    return heard.at(-1);
  };
  try {
    await ask(admin, "POST", "/v1/servers", { slug: "keyed", url: echoing.url, enabled: true, auth: "apiKey", api_key: secret });
    await ask(ann, "POST", "/v1/me/servers", { slug: "mine", url: plain.url, auth: "headers", headers: { "X-Api-Key": secret } });
    await ask(admin, "POST", "/v1/servers", { slug: "each", url: echoing.url, enabled: true, auth: "headers", credential_mode: "perMember", member_headers: ["X-Api-Key"] });
    await ask(ann, "PUT", "/v1/me/credentials/each", { headers: { "X-Api-Key": secret } });
    await org.probe(admin, "/v1/servers/keyed");
    assert.match(await ask(admin, "POST", "/v1/servers/keyed/test"), /refused to begin a session/);
    for (const path of ["/v1/servers", "/v1/servers/keyed", "/v1/servers/keyed/tools", "/v1/servers/each/accounts", "/v1/audit?limit=500", "/v1/audit/export",
      "/v1/status", "/v1/catalog", "/metrics", "/"]) await ask(admin, "GET", path);
    for (const path of ["/v1/me/servers", "/v1/me/servers/mine", "/v1/me/credentials/each", "/v1/me/connections", "/v1/me/connections/each", "/v1/tools", "/"])
      await ask(ann, "GET", path);
    heard.push(JSON.stringify(await org.probe(ann, "/v1/me/servers/mine")));
    await ask(admin, "PATCH", "/v1/servers/keyed", { title: "Keyed" });
    await ask(ann, "PATCH", "/v1/me/servers/mine", { title: "Mine" });
    const client = await org.agent(ann);
    await until(async () => (await client.search("keyed")).matches.some((match) => match.status === "error"), "the failing server");
    heard.push(JSON.stringify(await client.search("keyed each mine", { limit: 20 })), (await client.execute("mcp:keyed:x")).text, (await client.execute("mcp:each:x")).text);
    await client.close();
    for (const text of heard) assert.ok(!text.includes(secret), text.slice(0, 500));
    const { has_api_key, header_names } = ok(await admin.call("GET", "/v1/servers/keyed"));
    assert.deepEqual([has_api_key, header_names], [true, ["Authorization"]]);
    assert.deepEqual(ok(await ann.call("GET", "/v1/me/servers/mine")).header_names, ["X-Api-Key"]);
    assert.ok(!patchbay.log.includes(secret), "the log");
  } finally {
    ok(await ann.call("DELETE", "/v1/me/servers/mine"), 204);
    await org.remove("keyed", "each");
    await echoing.stop();
  }
});

test("R40: a test is 200 whether the server is dead, refuses or works; its error is short and goes with a success", async () => {
  const port = await freePort();
  await org.add("tested", `http://127.0.0.1:${port}/mcp`);
  const look = async () => {
    return { ...await org.probe(admin, "/v1/servers/tested"), kept: ok(await admin.call("GET", "/v1/servers/tested")).last_error };
  };
  const dead = await look();
  assert.equal(dead.ok, false);
  assert.equal(dead.kept, dead.message);
  const late = await Upstream.start({ port });
  try {
    late.demands = true;
    const refused = await look();
    assert.deepEqual([refused.ok, refused.error, refused.kept], [false, "upstream_unauthorized", refused.message]);
    late.demands = false;
    late.refusal = () => ({ code: -32000, message: "é".repeat(5000) });
    const long = await look();
    assert.equal(long.ok, false);
    assert.ok(long.kept.length > 0 && [...long.kept].length <= 1000, `${long.kept.length} characters`);
    late.refusal = undefined;
    const good = await look();
    assert.deepEqual([good.ok, good.kept, good.tools.length], [true, null, 4]);
  } finally {
    await org.remove("tested");
    await late.stop();
  }
});

test("R41: a server to sign in to that nobody signed in to is never asked, by a test, a search or a call", async () => {
  const before = other.requests;
  for (const [slug, mode] of [["signed-each", "perMember"], ["signed-shared", "shared"]]) await org.add(slug, other.url, { auth: "oauth", credential_mode: mode });
  const client = await org.agent(ann);
  for (const slug of ["signed-each", "signed-shared"]) {
    const tested = await org.probe(admin, `/v1/servers/${slug}`);
    assert.deepEqual([tested.ok, tested.error], [false, "needs_connection"]);
    const row = (await client.search(slug)).matches.find((match) => match.name === `mcp:${slug}:*`);
    assert.equal(row.status, "needs_connection");
    assert.equal((await client.execute(`mcp:${slug}:echo`)).error, "needs_connection");
    assert.notEqual((await admin.call("POST", `/v1/servers/${slug}/refresh`)).status, 200);
  }
  assert.equal(other.requests, before);
  await client.close();
  await org.remove("signed-each", "signed-shared");
});

test("R64: a disconnect by an admin takes the key too: the tools are gone and the server is not asked without it", async () => {
  let bare = 0;
  const keyed = await Upstream.start({ tools: (sent) => { if (!sent["x-api-key"]) bare += 1; return [{ name: "key", description: "The key of shut." }]; },
    run: (name, args, sent) => ({ content: [{ type: "text", text: sent["x-api-key"] ?? "none" }] }) });
  try {
    await org.add("shut", keyed.url, { title: "Shut", auth: "headers", headers: { "X-Api-Key": secret } });
    await until(async () => (await org.flat(ann, "shut")).length === 1, "the tools");
    const client = await org.agent(ann);
    assert.equal((await client.execute("mcp:shut:key")).text, secret);
    ok(await admin.call("POST", "/v1/servers/shut/disconnect"), 204);
    await until(async () => (await client.execute("mcp:shut:key")).error === "needs_connection", "the end of the tools");
    assert.ok(!(await client.found("key of shut", { limit: 20 })).includes("mcp:shut:key"));
    assert.deepEqual(await org.flat(ann, "shut"), []);
    const tested = await org.probe(admin, "/v1/servers/shut");
    assert.deepEqual([tested.ok, tested.error], [false, "needs_connection"]);
    assert.deepEqual(ok(await admin.call("GET", "/v1/servers/shut")).header_names, []);
    assert.deepEqual([bare, keyed.calls], [0, 1]);
    await client.close();
  } finally {
    await org.remove("shut");
    await keyed.stop();
  }
});

test("R71: what all share is an admin's to connect, test and disconnect: a member is refused", async () => {
  await org.add("shared", plain.url, { auth: "headers", headers: { "X-Api-Key": secret } });
  for (const [method, path, body] of [["POST", "test"], ["POST", "refresh"], ["POST", "disconnect"], ["PUT", "access", {}], ["GET", "accounts"]])
    assert.equal((await ann.call(method, `/v1/servers/shared/${path}`, body)).status, 403, path);
  assert.equal((await ann.call("PATCH", "/v1/servers/shared", { headers: { "X-Api-Key": "mine" } })).status, 403);
  assert.equal((await ann.call("PUT", "/v1/me/credentials/shared", { headers: { "X-Api-Key": "mine" } })).status, 409);
  const client = await org.agent(ann);
  await until(async () => (await client.execute("mcp:shared:key")).text === secret, "the key of all");
  await client.close();
  await org.remove("shared");
});

test("R85: no member's connector leads inside, in any spelling of any range", async () => {
  const hosts = ["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.0.1",
    "198.18.0.1", "198.19.255.255", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[::]", "[::1]", "[::ffff:10.0.0.1]", "[::ffff:a00:1]", "[::10.0.0.1]", "[::ffff:0:10.0.0.1]",
    "[64:ff9b::10.0.0.1]", "[64:ff9b::a00:1]", "[64:ff9b:1::1]", "[fc00::1]", "[fdff::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]", "[2001:2::1]",
    "[2001:10::1]", "[2001:20::1]", "[2002:a00:1::]", "[fe80::1%25eth0]", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "10.1", "0x0a.0.0.1",
    "127.0.0.1.", "localhost", "localhost.", "a.localhost", "LOCALHOST"];
  for (const host of hosts)
    for (const scheme of ["https", "http"]) assert.equal((await createOwn({ url: `${scheme}://${host}/mcp` })).status, 400, `${scheme}://${host}`);
  assert.deepEqual(ok(await ann.call("GET", "/v1/me/servers")).servers, []);
});

test("R86: a redirect is not followed: neither key nor request reaches the other place", async () => {
  const from = await Upstream.start({ fault: { status: 307, headers: { Location: other.url } } });
  const before = other.requests;
  try {
    await org.add("moved", from.url, { auth: "headers", headers: { "X-Api-Key": secret } });
    assert.equal((await org.probe(admin, "/v1/servers/moved")).ok, false);
    assert.ok(from.requests > 0);
    assert.equal(other.requests, before);
  } finally {
    await org.remove("moved");
    await from.stop();
  }
});

test("R87: what is listed is open to members, at its port, and nothing beside it", async () => {
  const { slug } = ok(await createOwn({ url: plain.url, enabled: true }), 201);
  assert.equal((await org.probe(ann, `/v1/me/servers/${slug}`)).ok, true);
  for (const url of [other.url, plain.url.replace("127.0.0.1", "127.0.0.2"), plain.url.replace("127.0.0.1", "[::1]"), "https://10.0.0.1/mcp"])
    assert.equal((await createOwn({ url })).status, 400, url);
  ok(await ann.call("DELETE", `/v1/me/servers/${slug}`), 204);
});
