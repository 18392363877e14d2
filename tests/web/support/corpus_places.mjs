// Where corpora/webui.json puts its payloads. Each place plants the text in that one field, everything else harmless, opens
// the pages that show the field and has them show the text, as text. It answers in words what was seen. Where Patchbay
// refuses the text or keeps nothing of the field, the place holds it to that rule instead, and says so.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { until } from "./stage.mjs";
import { visible } from "./corpus_scene.mjs";

const only = (where, text) => (asked) => (asked === where ? text : undefined);
const redirect = "http://127.0.0.1:51515/callback";
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/** A field of an MCP server, planted in a server of its own, then read on these screens. */
const ofServer = (where, ...paths) => async ({ scene, key, text }) => {
  await scene.server(key, only(where, text));
  for (const path of paths.map((pathOf) => pathOf(key))) {
    await scene.go(path);
    await scene.shows(text, path);
  }
  return `read as text on ${paths.map((pathOf) => pathOf("…")).join(", ")}`;
};

/** Runs a server's tool on its page: fail is no, rpc or tool. What it answers stands in `.run-result`. */
export async function runTool(scene, key, fail) {
  await scene.go(`/tools/mcp__${key}__hostile`);
  await scene.page.waitForSelector("[data-run]");
  await scene.page.press("JSON");
  await scene.page.fill("Arguments as JSON", JSON.stringify({ fail }));
  await scene.page.press("Run");
  await until(() => scene.page.evaluate(() => ["done", "failed"].includes(document.querySelector(".run-said")?.dataset.state)), "the result");
}

const inResult = (where, fail) => async ({ scene, key, text }) => {
  await scene.server(key, only(where, text));
  await runTool(scene, key, fail);
  await scene.shows(text, `the result of ${key}`, scene.page, ".run-result");
  return "read as text in the result on /tools/…";
};

/** A field that Patchbay does not keep: none of the pages of its server holds it, and neither does what the API says of it. */
async function isNowhere({ scene, key, text }, paths) {
  for (const path of paths) {
    await scene.go(path);
    await scene.isAbsent(text, path);
  }
  const at = `/v1/servers/${key}`;
  for (const [method, path] of [["GET", at], ["POST", `${at}/test`], ["GET", `${at}/tools`], ["GET", `${at}/accounts`]]) {
    const answer = JSON.stringify((await scene.stage.ann.call(method, path)).body);
    assert.ok(!answer.includes(JSON.stringify(visible(text)).slice(1, -1)), `${method} ${path} holds it`);
  }
}
const screensOf = (key) => [...["overview", "tools", "settings"].map((tab) => `/connections/${key}/${tab}`), `/tools/mcp__${key}__hostile`, "/connections", "/"];

/** A server at the provider that signs people in by itself. */
const addSignIn = ({ scene, key }) => scene.stage.api("ann", "POST", "/v1/servers", { slug: key, title: `Plain ${key}`, url: scene.signing.url, auth: "oauth", credential_mode: "shared", enabled: true, access: { everyone: true } });
const startSignIn = ({ scene, key }) => scene.stage.ann.call("POST", `/v1/servers/${key}/oauth/start`);

const register = (scene, metadata) => fetch(`${scene.stage.url}/oauth/register`, { method: "POST", headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ redirect_uris: [redirect], grant_types: ["authorization_code"], token_endpoint_auth_method: "none", ...metadata }) });
const queryOf = (scene, client) => new URLSearchParams({ response_type: "code", client_id: client, redirect_uri: redirect, code_challenge: challenge, code_challenge_method: "S256", state: "s",
  resource: `${scene.stage.url}/mcp`, scope: "mcp:read" }).toString();
const askConsent = (scene, client) => scene.page.goto(`${scene.stage.url}/oauth/authorize?${queryOf(scene, client)}`);
/** What an application asks with that nobody has let in. */
export const consentQuery = async (scene) => queryOf(scene, (await (await register(scene, { client_name: "Plain" })).json()).client_id);

/** Lets the application in on its page. The answer goes to a program that is not there. */
async function letIn(scene) {
  scene.stage.allow(/ERR_CONNECTION_REFUSED/);
  scene.page.leads = true;
  await Promise.all([scene.page.waitForNavigation().catch(() => null), scene.page.$eval("button[value=allow]", (button) => button.click())]);
  scene.page.leads = false;
}

export const places = {
  "tool.name": async (given) => {
    const { scene, key, text } = given;
    await scene.server(key, only("tool.name", text));
    const { tools } = await scene.stage.api("ann", "GET", `/v1/servers/${key}/tools`);
    if (tools.some((tool) => tool.name === text)) {
      await scene.go(`/connections/${key}/tools`);
      await scene.shows(text, `/connections/${key}/tools`);
      return "read as text on /connections/…/tools";
    }
    assert.deepEqual(tools.map((tool) => tool.name).sort(), ["hostile", "untitled"]);
    assert.ok(scene.upstream.counts[`${key} tools/list`] > 0, "the tool was offered to us");
    for (const path of screensOf(key)) {
      await scene.go(path);
      await scene.isAbsent(text, path);
    }
    const called = await scene.stage.ann.call("POST", "/v1/tools/call", { name: text, arguments: {} });
    assert.equal(called.body.error, "unknown_tool");
    return "refused by the rule for names of tools: no screen offers it, and it cannot be called";
  },
  "tool.title": ofServer("tool.title", (key) => `/tools/mcp__${key}__hostile`, (key) => `/tools?q=${key}`),
  "tool.description": ofServer("tool.description", (key) => `/tools/mcp__${key}__hostile`, (key) => `/tools?q=${key}`),
  "tool.inputSchema.title": ofServer("tool.inputSchema.title", (key) => `/tools/mcp__${key}__hostile`),
  "tool.annotations.title": ofServer("tool.annotations.title", (key) => `/tools/mcp__${key}__untitled`),
  "server.serverInfo.name": async ({ scene, key, text }) => {
    await scene.server(key, only("server.serverInfo.name", text));
    await scene.go(`/connections/${key}/overview`);
    await scene.page.press("Test");
    await scene.shows(text, `the test of ${key}`);
    return "read as text in the test on /connections/…/overview";
  },
  "server.instructions": async (given) => {
    const { scene, key, text } = given;
    await scene.server(key, only("server.instructions", text));
    const { token } = await scene.stage.api("ann", "POST", "/v1/me/tokens", { name: `for ${key}`, scopes: ["mcp:read"] });
    const answer = await fetch(`${scene.stage.url}/mcp/servers/${key}`, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } } }) });
    const said = JSON.parse((await answer.text()).replace(/^[^{]*/, "")).result.instructions;
    assert.ok(said.includes(visible(text)), "clients are given the instructions");
    await isNowhere(given, screensOf(key));
    return "kept for MCP clients alone: no screen and no answer of the API has it";
  },
  "upstream.error.message": inResult("upstream.error.message", "rpc"),
  "resource.uri": inResult("resource.uri", "no"),
  "prompt.description": async (given) => {
    const { scene, key, text } = given;
    await scene.server(key, only("prompt.description", text));
    await isNowhere(given, screensOf(key));
    assert.equal(scene.upstream.counts[`${key} prompts/list`] ?? 0, 0, "prompts are not asked for");
    return "never asked for: Patchbay offers tools alone; no screen has it";
  },
  "oauth.error_description": async (given) => {
    const { scene, text } = given;
    await addSignIn(given);
    const { authorize_url: begun } = (await startSignIn(given)).body;
    const answer = { error: "access_denied", error_description: text, state: new URL(begun).searchParams.get("state"), iss: scene.signing.origin };
    await scene.page.goto(`${scene.stage.url}/oauth/callback?${new URLSearchParams(answer)}`);
    await scene.shows(text, "the page after the provider's refusal");
    scene.signing.of = only("oauth.error_description", text);
    await scene.connect(given.key, scene.page);
    assert.match(await scene.page.words(), /Not connected/);
    scene.stage.allow(/status of 502/);
    await scene.isAbsent(text, "the page after the token endpoint's refusal"); // its words may repeat a secret
    return "read as text on /oauth/callback; of the token endpoint's nothing is shown";
  },
  "oauth.client_name": async ({ scene, text }) => {
    const made = await register(scene, { client_name: text });
    if (text !== visible(text)) {
      assert.equal(made.status, 400);
      assert.equal((await made.json()).error, "invalid_client_metadata");
      return "refused by the rule for names of applications (hidden characters)";
    }
    assert.equal(made.status, 201);
    await askConsent(scene, (await made.json()).client_id);
    await scene.shows(text, "the consent page");
    await letIn(scene);
    await scene.go("/my/access");
    await scene.shows(text, "/my/access");
    return "read as text on the consent page and on /my/access";
  },
  "dcr.client_uri": async ({ scene, text }) => {
    const made = await register(scene, { client_name: "Plain", client_uri: text, logo_uri: text, policy_uri: text, tos_uri: text });
    const said = await made.json();
    assert.equal(made.status, 201);
    assert.deepEqual(Object.keys(said).filter((name) => /_uri$/.test(name)), []);
    await askConsent(scene, said.client_id);
    await scene.isAbsent(text, "the consent page");
    await letIn(scene);
    await scene.go("/my/access");
    await scene.isAbsent(text, "/my/access");
    return "not kept: neither the answer to the registration nor the consent page nor /my/access has it";
  },
  "prm.resource_name": async (given) => {
    const { scene, text } = given;
    scene.signing.of = only("prm.resource_name", text);
    await addSignIn(given);
    await scene.connect(given.key, scene.page);
    await scene.shows("is connected", "the page after the sign-in");
    await isNowhere(given, [...screensOf(given.key), `/connections/${given.key}/accounts`]);
    return "not kept: no screen and no answer of the API has it";
  },
  "as.issuer": async (given) => {
    const { scene, key, text } = given;
    scene.signing.of = scene.learning ? () => undefined : only("as.issuer", text);
    await addSignIn(given);
    const begun = await startSignIn(given);
    if (!scene.learning) {
      assert.ok(begun.status >= 400, `a sign-in at another issuer has begun: ${JSON.stringify(begun.body)}`);
      assert.match(begun.body.error, /^oauth_/);
    }
    await isNowhere({ ...given, text: scene.learning ? "no such words" : text }, [...screensOf(key), `/connections/${key}/accounts`]);
    await scene.page.evaluate(() => { globalThis.open = () => null; });
    await scene.page.press("Connect");
    await until(() => scene.page.evaluate(() => ["failed", "blocked", "waiting"].includes(document.querySelector(".sign-in")?.dataset.state)), "the end of the sign-in");
    await scene.check(`the sign-in at ${key}`);
    return `refused (${begun.body.error}): an issuer must be the address it was found at; the screen that says so is text`;
  },
  "scope_name": async (given) => {
    const { scene, key, text } = given;
    scene.signing.of = only("scope_name", text);
    await addSignIn(given);
    await scene.connect(key, scene.page);
    await scene.shows("is connected", "the page after the sign-in");
    const parts = text.split(" ").filter((part) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(part)); // RFC 6749 §3.3
    await scene.go(`/connections/${key}/accounts`);
    for (const part of parts) await scene.shows(part, `/connections/${key}/accounts`);
    if (parts.join(" ") === text) return "read as text on /connections/…/accounts";
    await scene.isAbsent(text, `/connections/${key}/accounts`);
    return "what is no name of a scope (RFC 6749 §3.3) was refused, the rest read as text on /connections/…/accounts";
  },
  "connection.name": async ({ scene, key, text }) => {
    await scene.server(key, only("connection.name", text));
    for (const path of ["/", "/connections", `/connections/${key}/overview`, `/connections/${key}/settings`, `/tools/mcp__${key}__hostile`]) {
      await scene.go(path);
      if (!path.endsWith("settings")) await scene.shows(text, path);
      else await scene.check(path);
    }
    return "read as text on /, /connections, /connections/…, /tools/…";
  },
  "member.name": async ({ scene, key, text }) => {
    const refused = await scene.stage.ann.call("POST", "/v1/users", { name: text });
    if (!scene.learning) assert.equal(refused.status, 400, "the name to sign in with is a name");
    await scene.person(key, text);
    for (const path of ["/people", `/people/person-${key}`]) {
      await scene.go(path);
      await scene.shows(text, path);
    }
    return "read as text on /people and /people/…";
  },
  "team.name": async ({ scene, key, text }) => {
    await scene.team(key, text);
    for (const path of ["/people?show=teams", `/people/teams/team-${key}`]) {
      await scene.go(path);
      await scene.shows(text, path);
    }
    return "read as text on /people and /people/teams/…";
  },
  "audit.detail": async ({ scene, key, text }) => {
    await scene.server(key, () => undefined);
    await scene.detail(key, text);
    await scene.go("/activity/changes");
    await scene.shows(text, "/activity/changes", scene.page, ".change-list");
    await scene.page.$eval(".change-time a", (link) => link.click()); // the newest is the first
    await scene.shows(text, "the detail of a change", scene.page, "dialog[open]");
    return "read as text on /activity/changes and in the detail there";
  },
  "yaml.name": async ({ scene, key, text }) => {
    const { patchbay } = scene.stage;
    const before = await readFile(patchbay.catalog, "utf8");
    const url = scene.upstream.address(key);
    await patchbay.writeCatalog([{ name: key, title: visible(text), transport: "http", url }, { name: text, title: "Plain", transport: "http", url }]);
    const { problems, dropped } = await scene.stage.api("ann", "POST", "/v1/catalog/reload");
    if (!scene.learning || dropped) {
      assert.equal(dropped, 1, "a name that is no name is not taken");
      assert.ok(!JSON.stringify(problems).includes(text), "what is said of it does not repeat it");
    }
    await until(async () => (await scene.stage.ann.call("GET", `/v1/servers/${key}`)).body?.state === "ok", "the server of the file");
    for (const path of ["/connections", `/connections/${key}/overview`]) {
      await scene.go(path);
      await scene.shows(text, path);
    }
    await scene.go("/settings/diagnostics");
    await scene.check("/settings/diagnostics");
    return before.length ? "the title is read as text on /connections and /connections/…; as a name it is refused by the rule for names" : assert.fail("there is no catalog");
  },
};
