// Patchbay as authorization server: clients that know its URL and nothing else sign in, a browser without scripts in between.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { Appliance, Everything, freePort, until } from "../support/appliance.mjs";
import { Browser } from "../support/browser.mjs";
import { inspector } from "../support/inspector.mjs";
import { begin, signIn as signInAt } from "../support/oauth_app.mjs";
import { OAuthBrowser } from "../support/oauth_browser.mjs";

let server, patchbay, ann;
const sum = { name: "execute_capability", arguments: { name: "mcp:everything:get-sum", arguments: { a: 19, b: 23 } } };

before(async () => {
  server = await Everything.start();
  patchbay = await Appliance.create({
    servers: [{ name: "everything", title: "Everything", transport: "http", url: server.url }, { name: "second", title: "Second", transport: "http", url: server.url }],
  });
  await patchbay.start();
  ann = await new Browser(patchbay).accept((await patchbay.json("admin", "reset")).setup_link, "ann");
});

after(async () => {
  await patchbay?.remove();
  await server?.stop();
});

const signIn = (path, wish) => signInAt(patchbay.url, path, wish);
const tool_text = (result) => result.content.map((part) => part.text).join("");

test("the SDK's client signs in from the URL alone, calls, refreshes, and is refused once its person takes it back", async () => {
  const { client, provider, browser } = await signIn("/mcp");
  assert.match(browser.consent, /E2E &lt;b&gt;client&lt;\/b&gt;/);
  assert.match(browser.consent, /<p class="host">127\.0\.0\.1<\/p>/);
  assert.equal(provider.kept.expires_in, 900);
  assert.match(tool_text(await client.callTool(sum)), /42/);

  const before = provider.kept.refresh_token;
  provider.kept = { ...provider.kept, access_token: `pbk_at_${"A".repeat(43)}` }; // as if it had expired
  assert.match(tool_text(await client.callTool(sum)), /42/);
  assert.notEqual(provider.kept.refresh_token, before);

  const { body } = await ann.call("GET", "/v1/me/apps");
  const mine = body.apps.find((app) => app.client_id === provider.client.client_id);
  assert.equal(mine.redirect_host, "127.0.0.1");
  assert.equal(mine.servers, null);
  assert.ok(mine.last_used_at);
  assert.equal((await ann.call("DELETE", `/v1/me/apps/${mine.id}`)).status, 204);
  const refused = await fetch(`${patchbay.url}/mcp`, { method: "POST", headers: { Authorization: `Bearer ${provider.kept.access_token}` } });
  assert.equal(refused.status, 401);
  await assert.rejects(client.callTool(sum));
});

test("a person lets an application reach one server only, and only to look", async () => {
  const answer = { change: (fields, form) => fields.filter(([name, value]) => name !== "write" && value !== form.labels.Second) };
  const { client, provider } = await signIn("/mcp/all", { answer });
  assert.equal(provider.kept.scope, "mcp:read");
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name.startsWith("mcp__everything__")));
  assert.ok(!tools.some((tool) => tool.name.startsWith("mcp__second__")));
  const call = await fetch(`${patchbay.url}/mcp`, {
    method: "POST", headers: { Authorization: `Bearer ${provider.kept.access_token}`, "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: sum }),
  });
  // A token for /mcp/all is none for /mcp.
  assert.equal(call.status, 401);
  await client.close();
});

test("an application that may only look is challenged for more when it executes, and told what it is searching with", async () => {
  const { client, provider } = await signIn("/mcp", { answer: { change: (fields) => fields.filter(([name]) => name !== "write") } });
  assert.equal(provider.kept.scope, "mcp:read");
  const ask = (params) => fetch(`${patchbay.url}/mcp`, {
    method: "POST", headers: { Authorization: `Bearer ${provider.kept.access_token}`, "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
  });
  assert.equal((await ask({ name: "search_capabilities", arguments: { query: "add numbers" } })).status, 200);
  const refused = await ask(sum);
  assert.equal(refused.status, 403);
  const challenge = refused.headers.get("www-authenticate");
  assert.match(challenge, /error="insufficient_scope"/);
  assert.match(challenge, /scope="[^"]*mcp:write/);
  assert.match(challenge, new RegExp(`resource_metadata="${patchbay.url}/.well-known/oauth-protected-resource/mcp"`));
  await client.close();
});

test("no means no: the application hears it, and gets nothing", async () => {
  const { provider } = await begin(`${patchbay.url}/mcp`, { redirect: "http://localhost:4711/callback" });
  const { location } = await new OAuthBrowser(patchbay.url).journey(provider.asked, { allow: false });
  assert.equal(location.searchParams.get("error"), "access_denied");
  assert.equal(location.searchParams.get("code"), null);
});

test("the Inspector's command line calls with the token of a sign-in", async () => {
  const { client, provider } = await signIn("/mcp");
  const result = await inspector(`${patchbay.url}/mcp`, "--transport", "http", "--header", `Authorization: Bearer ${provider.kept.access_token}`,
    "--method", "tools/call", "--tool-name", "execute_capability", "--tool-arg", "name=mcp:everything:get-sum", "--tool-arg", 'arguments={"a":19,"b":23}');
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /42/);
  await client.close();
});

test("mcp-remote signs in from the URL alone and calls", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mcp-remote-"));
  const entry = fileURLToPath(new URL("../node_modules/mcp-remote/dist/proxy.js", import.meta.url));
  const port = await freePort();
  const transport = new StdioClientTransport({
    command: process.execPath, args: [entry, `${patchbay.url}/mcp`, String(port), "--allow-http", "--transport", "http-only"],
    env: { PATH: folder, HOME: folder, MCP_REMOTE_CONFIG_DIR: folder }, stderr: "pipe",
  });
  let said = "";
  transport.stderr.on("data", (text) => { said += text; });
  const client = new Client({ name: "e2e", version: "1" });
  try {
    const connected = client.connect(transport);
    connected.catch(() => {});
    const url = await until(() => said.match(/https?:\/\/\S+\/oauth\/authorize\?\S+/)?.[0], `mcp-remote's address in: ${said}`, 30_000);
    const { location } = await new OAuthBrowser(patchbay.url).journey(url);
    assert.equal((await fetch(location)).status, 200);
    await connected;
    assert.match(tool_text(await client.callTool(sum)), /42/);
  } catch (error) {
    throw new Error(`${error.message}\n${said}`);
  } finally {
    await client.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test("a device without a browser is let in by its code", async () => {
  const post = async (path, fields) => {
    const answer = await fetch(patchbay.url + path, { method: "POST", body: new URLSearchParams(fields) });
    return { status: answer.status, body: await answer.json() };
  };
  const device = "urn:ietf:params:oauth:grant-type:device_code";
  const registered = await (await fetch(`${patchbay.url}/oauth/register`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ client_name: "A machine", grant_types: [device, "refresh_token"] }) })).json();
  const begun = (await post("/oauth/device", { client_id: registered.client_id })).body;
  const poll = () => post("/oauth/token", { grant_type: device, client_id: registered.client_id, device_code: begun.device_code });
  assert.equal((await poll()).body.error, "authorization_pending");
  assert.equal((await poll()).body.error, "slow_down");
  const { html } = await new OAuthBrowser(patchbay.url).journey(begun.verification_uri_complete);
  assert.match(html, /The device is connected/);
  const { status, body } = await poll();
  assert.equal(status, 200, JSON.stringify(body));
  const listed = await fetch(`${patchbay.url}/v1/tools`, { headers: { Authorization: `Bearer ${body.access_token}` } });
  assert.equal(listed.status, 200);
  assert.equal((await poll()).body.error, "invalid_grant");
});

test("any web page may read the metadata and use the token endpoint, and none may call the API", async () => {
  const Origin = "https://app.example";
  for (const path of ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]) {
    const answer = await patchbay.get(path, { Origin });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  }
  assert.equal((await fetch(`${patchbay.url}/oauth/token`, { method: "OPTIONS", headers: { Origin } })).status, 204);
  assert.equal((await fetch(`${patchbay.url}/oauth/consent`, { method: "POST", headers: { Origin } })).status, 403);
  assert.equal((await patchbay.get("/v1/me", { Origin })).status, 403);
  for (const name of ["everything", "nowhere"]) {
    const { resource } = await (await patchbay.get(`/.well-known/oauth-protected-resource/mcp/servers/${name}`)).json();
    assert.equal(resource, `${patchbay.url}/mcp/servers/${name}`);
  }
});
