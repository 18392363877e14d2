// What an operator does with a running appliance: edit the catalog, reload, stop, put it behind a path or a certificate.
import { test, before, after, afterEach } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, get as httpsGet } from "node:https";
import { createServer, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Appliance, freePort, run, until } from "../support/appliance.mjs";
import { Upstream } from "../support/upstream.mjs";

let upstream;
const open = []; // appliances of the test that runs
before(async () => { upstream = await Upstream.start(); });
after(() => upstream.stop());
afterEach(async () => { for (const one of open.splice(0)) await one.remove(); });

const entry = (name, more = {}) => ({ name, transport: "http", url: upstream.url, ...more });

async function create(options) {
  const patchbay = await Appliance.create(options);
  open.push(patchbay);
  patchbay.reader = await patchbay.token("reader", ["catalog:read"]);
  patchbay.admin = await patchbay.token("admin", ["admin"]);
  patchbay.caller = await patchbay.token("caller");
  return patchbay;
}

async function ask(patchbay, path, token) {
  const answer = await patchbay.get(path, token ? { Authorization: `Bearer ${token}` } : {});
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : null };
}

const published = (patchbay) => ask(patchbay, "/v1/mcp/managed-servers", patchbay.reader);
const names = async (patchbay) => (await published(patchbay)).body.map((one) => one.name);
const catalogState = async (patchbay) => (await ask(patchbay, "/v1/catalog", patchbay.admin)).body;

async function connect(patchbay, path = "/mcp") {
  const client = new Client({ name: "e2e", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(patchbay.url + path),
    { requestInit: { headers: { Authorization: `Bearer ${patchbay.caller}` } } }));
  return client;
}

async function call(client, name, args) {
  return client.callTool({ name: "execute_capability", arguments: { name, arguments: args } });
}

async function echo(patchbay, server) {
  const client = await connect(patchbay);
  try {
    return await call(client, `mcp:${server}:echo`, { text: "here" });
  } finally {
    await client.close();
  }
}

const answers = async (patchbay, server) => (await echo(patchbay, server)).content[0].text === "here";

test("an edited catalog applies without a restart, and what vanished from it is served no more", async () => {
  const patchbay = await create({ servers: [entry("one")] });
  await patchbay.start();
  assert.deepEqual(await names(patchbay), ["one"]);
  await until(() => answers(patchbay, "one"), "the first server");

  await patchbay.writeCatalog([entry("one"), entry("two", { title: "The second" })]);
  await until(async () => (await names(patchbay)).length === 2, "the second entry");
  await until(() => answers(patchbay, "two"), "the second server");

  const client = await connect(patchbay);
  await patchbay.writeCatalog([entry("two")]);
  await until(async () => (await names(patchbay)).join() === "two", "the entry to vanish");
  await until(async () => {
    const result = await call(client, "mcp:one:echo", { text: "x" });
    return result.isError && JSON.parse(result.content[0].text).error === "unknown_capability";
  }, "the vanished server to be unknown");
  assert.ok(await answers(patchbay, "two"));
  await client.close();
});

test("an entry that is wrong is dropped alone and named", async () => {
  const patchbay = await create({ servers: [entry("good"), { name: "bad", transport: "stdio", url: upstream.url }] });
  await patchbay.start();
  assert.deepEqual(await names(patchbay), ["good"]);
  const state = await catalogState(patchbay);
  assert.equal(state.state, "good");
  assert.equal(state.dropped, 1);
  assert.deepEqual([state.problems[0].entry, state.problems[0].field, state.problems[0].line], ["bad", "transport", 3]);
});

test("a broken catalog keeps the last good one, also over a restart", async () => {
  const patchbay = await create({ servers: [entry("one")] });
  await patchbay.start();
  const good = (await published(patchbay)).text;
  await writeFile(patchbay.catalog, "servers: [\n");
  await until(async () => (await catalogState(patchbay)).state === "stale", "the broken file to be noticed");
  assert.equal((await published(patchbay)).text, good);
  assert.ok(await answers(patchbay, "one"));
  const { problems } = await catalogState(patchbay);
  assert.ok(problems[0].whole_file && problems[0].line > 0, JSON.stringify(problems));

  await patchbay.stop();
  await patchbay.start();
  assert.equal((await published(patchbay)).text, good);
  await until(() => answers(patchbay, "one"), "the server of the last good catalog");

  await rm(patchbay.catalog);
  await patchbay.stop();
  await patchbay.start();
  assert.equal((await published(patchbay)).text, good, "a lost file is no empty catalog");
});

test("a catalog that was never good answers 503, not an empty list", async () => {
  const patchbay = await create();
  await writeFile(patchbay.catalog, "servers: 5\n");
  await patchbay.start({ ready: "/healthz" });
  const answer = await published(patchbay);
  assert.equal(answer.status, 503);
  assert.equal(answer.body.error, "catalog_unavailable");
  assert.equal((await ask(patchbay, "/readyz")).status, 503);
  await patchbay.writeCatalog([entry("one")]);
  await until(async () => (await published(patchbay)).status === 200, "the repaired catalog");
  assert.equal((await ask(patchbay, "/readyz")).status, 200);
});

test("without a configured catalog the list is empty", async () => {
  const patchbay = await create();
  patchbay.catalog = null;
  await patchbay.start();
  assert.deepEqual((await published(patchbay)).body, []);
});

test("managed-servers are filtered by client and need a token that may read them", async () => {
  const patchbay = await create({ servers: [entry("all"), entry("desktop", { clients: ["claude-desktop"] })] });
  await patchbay.start();
  const filtered = async (query) => (await ask(patchbay, `/v1/mcp/managed-servers${query}`, patchbay.reader)).body.map((one) => one.name);
  assert.deepEqual(await filtered("?client=other"), ["all"]);
  assert.deepEqual(await filtered("?client=claude-desktop"), ["all", "desktop"]);
  assert.deepEqual(await filtered("?client="), ["all", "desktop"]);
  assert.equal((await ask(patchbay, "/v1/mcp/managed-servers")).status, 401);
  // A token for MCP alone is for another resource.
  assert.equal((await ask(patchbay, "/v1/mcp/managed-servers", patchbay.caller)).status, 401);
});

test("SIGTERM lets a call under way finish, refuses new ones and ends with 0", async () => {
  const patchbay = await create({ servers: [entry("one")] });
  await patchbay.start();
  await until(() => answers(patchbay, "one"), "the server");
  const client = await connect(patchbay);
  const begun = upstream.calls;
  const slow = call(client, "mcp:one:wait", { text: "finished", milliseconds: 1000 });
  await until(() => upstream.calls > begun, "the call upstream");
  const ended = once(patchbay.child, "exit");
  patchbay.child.kill("SIGTERM");
  await until(() => patchbay.get("/healthz").then(() => false, () => true), "new connections to be refused");
  assert.equal((await slow).content[0].text, "finished");
  assert.deepEqual(await ended, [0, null]);
});

test("a test of a silent server does not keep Patchbay from stopping", async (context) => {
  let asked = false;
  const silent = createServer(() => { asked = true; }).listen(0, "127.0.0.1"); // takes requests, answers none
  await once(silent, "listening");
  context.after(() => { silent.closeAllConnections(); silent.close(); });
  const patchbay = await create({ servers: [entry("one")] });
  await patchbay.start();
  const admin = { Authorization: `Bearer ${patchbay.admin}`, "Content-Type": "application/json" };
  const added = await fetch(`${patchbay.url}/v1/servers`, { method: "POST", headers: admin,
    body: JSON.stringify({ slug: "silent", url: `http://127.0.0.1:${silent.address().port}/mcp`, enabled: false }) });
  assert.equal(added.status, 201, await added.text());
  const waiting = fetch(`${patchbay.url}/v1/servers/silent/test`, { method: "POST", headers: admin }).catch(() => null);
  await until(() => asked, "the test to begin");
  const begun = Date.now();
  const ended = once(patchbay.child, "exit");
  patchbay.child.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
  assert.ok(Date.now() - begun < 8_000, "it waited for the silent server");
  await waiting;
});

test("SIGHUP reads the catalog anew and goes on serving", async () => {
  const patchbay = await create({ servers: [entry("one")] });
  await patchbay.start();
  await patchbay.writeCatalog([entry("one"), entry("two")]);
  patchbay.child.kill("SIGHUP");
  await until(async () => patchbay.log.includes("serve.reload") && (await names(patchbay)).length === 2, "the reload");
  await until(() => answers(patchbay, "two"), "the second server");
});

test("under a base path everything lies below it, and nothing beside it", async () => {
  const port = await freePort();
  const patchbay = await create({ servers: [entry("one")], config: `public_url: http://127.0.0.1:${port}/x/y\n` });
  patchbay.base = "/x/y";
  await patchbay.start({ port });
  await until(() => answers(patchbay, "one"), "a call below the base path");
  assert.equal((await ask(patchbay, "/v1/status", patchbay.admin)).status, 200);
  for (const path of ["/mcp", "/v1/status", "/x/mcp", "/x/yz/mcp"]) {
    const beside = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Authorization: `Bearer ${patchbay.admin}` } });
    assert.equal(beside.status, 404, path);
    assert.equal((await beside.json()).error, "not_found");
  }
});

async function certificate(folder, name) {
  await promisify(execFile)("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.pem`)]);
}

async function installCertificate(folder, name) {
  await copyFile(join(folder, `${name}.pem`), join(folder, "now.pem"));
  await copyFile(join(folder, `${name}.key`), join(folder, "now.key"));
}

// Who is there: {name, status}.
function overTls(port, ca, path = "/readyz") {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false, ca });
    const request = httpsGet({ host: "127.0.0.1", port, path, agent }, (response) => {
      const name = response.socket.getPeerCertificate().subject.CN;
      response.resume().on("end", () => resolve({ name, status: response.statusCode }));
    });
    request.on("error", reject);
  });
}

test("TLS by certificate files; a reload takes the new one, a broken one changes nothing", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "patchbay-tls-"));
  context.after(() => rm(folder, { recursive: true }));
  await Promise.all(["first", "second"].map((name) => certificate(folder, name)));
  const ca = await Promise.all(["first", "second"].map((name) => readFile(join(folder, `${name}.pem`))));
  await installCertificate(folder, "first");
  const patchbay = await create();
  const port = await freePort();
  const served = () => overTls(port, ca).catch(() => ({}));
  await patchbay.start({ port, args: ["--tls-certificate", join(folder, "now.pem"), "--tls-key", join(folder, "now.key")],
    ready: async () => (await served()).status === 200 });
  assert.deepEqual(await served(), { name: "first", status: 200 });

  await installCertificate(folder, "second");
  patchbay.child.kill("SIGHUP");
  await until(async () => (await served()).name === "second", "the second certificate");

  await writeFile(join(folder, "now.pem"), "no certificate\n");
  patchbay.child.kill("SIGHUP");
  await until(() => patchbay.log.includes("tls.not_reloaded"), "the broken certificate to be named");
  assert.deepEqual(await served(), { name: "second", status: 200 });
});

// fetch sets Host itself.
function withHeaders(patchbay, path, headers) {
  return new Promise((resolve, reject) => {
    httpRequest({ host: "127.0.0.1", port: patchbay.port, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => resolve({ status: response.statusCode, text }));
    }).on("error", reject).end();
  });
}

test("every refusal is JSON with an error and a sentence", async () => {
  const patchbay = await create();
  await patchbay.start();
  const cases = [
    ["/v1/tokens", null, 401], ["/mcp", null, 401], ["/mcp/all", "pbk_wrong", 401], ["/v1/status", "pbk_wrong", 401],
    ["/v1/tokens", patchbay.caller, 401], ["/metrics", patchbay.caller, 401], ["/mcp", patchbay.reader, 401],
    ["/v1/tokens", patchbay.reader, 403],
    ["/v1/nowhere", patchbay.admin, 404], ["/v1/nowhere", null, 401], ["/v1/nowhere", patchbay.reader, 403], ["/mcp/nowhere", patchbay.caller, 404], ["/nowhere", null, 404],
  ];
  for (const [path, token, status] of cases) {
    const answer = await ask(patchbay, path, token);
    assert.equal(answer.status, status, path);
    assert.match(answer.headers.get("content-type"), /^application\/json/, path);
    assert.match(answer.body.error, /^[a-z_]+$/, path);
    assert.match(answer.body.message, /^[A-Z].*\.$/, path);
    if (status === 401) assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/, path);
  }
});

test("a foreign Host or Origin is refused before anything else", async () => {
  const patchbay = await create();
  await patchbay.start();
  const bearer = { Authorization: `Bearer ${patchbay.admin}` };
  for (const headers of [{ Host: "evil.example" }, { Host: `evil.example:${patchbay.port}` }, { Origin: "https://evil.example" }]) {
    const answer = await withHeaders(patchbay, "/v1/status", { ...bearer, ...headers });
    assert.ok([403, 421].includes(answer.status), `${JSON.stringify(headers)}: ${answer.status}`);
    assert.match(JSON.parse(answer.text).error, /^[a-z_]+$/);
  }
  assert.equal((await withHeaders(patchbay, "/v1/status", { ...bearer, Origin: patchbay.url })).status, 200);
});

test("the figures name servers, outcomes and the process", async () => {
  const patchbay = await create({ servers: [entry("one")] });
  await patchbay.start();
  await until(() => answers(patchbay, "one"), "the server");
  const { text, headers } = await ask(patchbay, "/metrics", patchbay.admin);
  assert.match(headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
  assert.match(text, /^patchbay_requests_total\{action="tool\.call",server="one",outcome="ok"\} [1-9]/m);
  assert.match(text, /^patchbay_request_seconds_bucket\{.*le="\+Inf"\} [1-9]/m);
  assert.match(text, /^patchbay_upstream_up\{server="one"\} 1$/m);
  assert.match(text, /^patchbay_resident_bytes [1-9]\d{6,}$/m);
  for (const line of text.trim().split("\n"))
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? [0-9.]+)$/);
});

test("a slip in a verb is met with the verb that was meant", async () => {
  const wrong = await run(["serv"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Did you mean "serve"\?/);
  assert.equal(wrong.stdout, "");
  const inner = await run(["token", "crate"]);
  assert.equal(inner.code, 2);
  assert.match(inner.stderr, /Did you mean "create"\?/);
  const help = await run(["help"]);
  assert.equal(help.code, 0);
  for (const verb of ["init", "serve", "token", "server", "catalog", "search", "call", "audit", "status", "version"])
    assert.match(help.stdout, new RegExp(`^ +${verb} `, "m"));
});

test("catalog validate names line, column and field", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "patchbay-validate-"));
  context.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "servers.yaml");
  await writeFile(file, "servers:\n  - name: good\n    transport: http\n    url: https://example.com/mcp\n" +
    "  - name: bad\n    transport: carrier-pigeon\n    url: https://example.com/mcp\n");
  const wrong = await run(["catalog", "validate", file]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stdout + wrong.stderr, /servers\.yaml:6:16: entry "bad", transport: /);
  const json = await run(["catalog", "validate", file, "--json"]);
  assert.equal(json.code, 1);
  const [problem] = JSON.parse(json.stdout).problems;
  assert.deepEqual([problem.line, problem.column, problem.entry, problem.field], [6, 16, "bad", "transport"]);

  await writeFile(file, "servers:\n  - &one {name: a, transport: http, url: 'https://example.com/'}\n  - *one\n");
  const anchored = await run(["catalog", "validate", file]);
  assert.equal(anchored.code, 1);
  assert.match(anchored.stdout + anchored.stderr, /servers\.yaml:2:\d+: /);

  await writeFile(file, "servers:\n  - {name: a, transport: http, url: 'https://example.com/'}\n");
  assert.equal((await run(["catalog", "validate", file])).code, 0);
});
