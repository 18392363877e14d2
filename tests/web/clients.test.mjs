// Connect a client, and what can act as a person afterwards: tokens, applications, browsers, and the consent page.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import puppeteer from "puppeteer-core";
import { parse as parseJsonc } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { clients, clientOf } from "../../web/static/app/clients.js";
import { waysOf } from "../../web/static/app/snippets.js";
import { Appliance } from "../support/appliance.mjs";
import { Browser } from "../support/browser.mjs";
import { begin, signIn } from "../support/oauth_app.mjs";
import { Stage, password, until } from "./support/stage.mjs";
import { StandIn } from "./support/stand_in.mjs";

let stage, upstream;

before(async () => {
  stage = await Stage.open({ config: 'hosts: ["pb.lan"]\n' });
  upstream = await StandIn.start();
  await stage.server({ slug: "wiki", title: "Wiki", url: upstream.url });
});
after(async () => {
  await stage?.close();
  await upstream?.stop();
});

const code = (page, at = 0) => page.$$eval(".code-block pre code", (all, index) => all[index]?.textContent ?? "", at);
const hrefs = (page) => page.$$eval(".connect-step .button[href]", (all) => all.map((one) => one.href));
const readers = { json: JSON.parse, jsonc: (text) => parseJsonc(text), toml: parseToml, yaml: parseYaml };

async function open(who, path, options) {
  const page = await stage.page(who, path, options);
  await page.waitForSelector(".connect-head");
  return page;
}

/** What a client of this name and token does first. */
async function comeAs(name, token, version = "3.13.1") {
  const client = new Client({ name, version });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${stage.url}/mcp`), { requestInit: { headers: { Authorization: `Bearer ${token}` } } }));
  await client.callTool({ name: "search_capabilities", arguments: { query: "anything" } });
  return client;
}

const knock = (token) => fetch(`${stage.url}/mcp`, { method: "POST", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "knock", version: "1" } } }) });

test("44 · a token is shown once; a reload shows only its name and use; its revocation counts from the next call on", async () => {
  const page = await stage.page("bea", "/my/access");
  const bodies = [];
  await page.press("New token");
  await page.fill("Name", "nightly script");
  await page.press("Create token");
  await page.see("Copy this token now.");
  const token = await page.$eval("dialog[open] input[readonly]", (field) => field.value);
  assert.match(token, /^pbk_/);
  await page.press("I have saved it");
  const script = await comeAs("nightly", token, "2.0");
  await script.close();
  page.on("response", async (response) => { if (response.url().includes("/v1/")) bodies.push(await response.text().catch(() => "")); });
  await page.reload();
  await page.see("nightly script");
  await page.see("by nightly");
  await until(() => bodies.some((one) => one.includes("nightly script")), "the list of tokens");
  assert.ok(!bodies.join("").includes(token) && !(await page.content()).includes(token));
  await page.press("Revoke nightly script");
  await page.press("Revoke", { within: "dialog[open]" });
  await page.see("nightly script is revoked.");
  const since = Date.now();
  await until(async () => (await knock(token)).status === 401, "the refusal", 2_000);
  assert.ok(Date.now() - since < 2_000);
  await page.see("Revoked and expired (1)");
  stage.assertQuiet();
});

test("44 · what can administer asks for the password once more, and a wrong one is told", async () => {
  await stage.person("gil");
  const { revision } = await stage.api("ann", "GET", "/v1/users/gil");
  await stage.api("ann", "PATCH", "/v1/users/gil", { role: "admin", revision }); // from then on the session is worth less
  const page = await stage.page("gil", "/my/access");
  stage.allow(/403/);
  await page.press("New token");
  await page.fill("Name", "robot");
  await page.press("Administer Patchbay");
  await page.press("Create token");
  await page.see("Your password once more");
  await page.fill("Password", "not my password at all");
  await page.press("Go on");
  await page.see(/password.*wrong|not your password/i);
  await page.fill("Password", password);
  await page.press("Go on");
  await page.see("Copy this token now.");
  await stage.axe(page, "a token that is shown once");
  stage.assertQuiet();
});

test("44 · an application that was let in is listed, and refused from its next call on once it is disconnected", async () => {
  const { client, provider } = await signIn(stage.url, "/mcp");
  const page = await stage.page("ann", "/my/access");
  await page.see("E2E <b>client</b>");
  await page.see("127.0.0.1");
  await page.press("Disconnect E2E <b>client</b>");
  await page.press("Disconnect", { within: "dialog[open]" });
  await page.see("E2E <b>client</b> is disconnected.");
  await page.see("No app is connected.");
  assert.equal((await knock(provider.kept.access_token)).status, 401);
  await client.close();
  stage.assertQuiet();
});

test("44 · another browser is signed out with one press, and this one cannot be by mistake", async () => {
  const page = await stage.page("fay", "/my/access");
  await page.see("this browser");
  const other = new Browser(stage.patchbay);
  assert.equal((await other.call("POST", "/v1/session", { name: "fay", password })).status, 200);
  await page.reload();
  await page.press("Sign out node");
  await page.see("That browser is signed out.");
  assert.equal((await other.call("GET", "/v1/me")).status, 401);
  assert.equal((await page.$$("[aria-labelledby=sessions] .table tbody tr")).length, 1);
  assert.equal(await page.$("[aria-labelledby=sessions] .table button[aria-label^='Sign out']"), null);
  stage.assertQuiet();
});

test("45 · the snippet of every client is read back with the public address, and copying puts exactly it on the clipboard", async () => {
  const page = await open("bea", "/connect?client=cursor");
  await page.stageContext.overridePermissions(stage.url, ["clipboard-read", "clipboard-write", "clipboard-sanitized-write"]);
  for (const client of clients.filter((one) => waysOf(one).includes("file"))) {
    await page.go(`/connect?client=${client.id}&way=file`);
    await page.waitForFunction((name) => document.querySelector(".connect-head h2")?.textContent === name, {}, client.name);
    for (const system of ["windows", "mac", "linux"]) {
      await page.$eval(`.ways-switches input[value="${system}"]`, (radio) => radio.click());
      await page.waitForFunction((value) => document.querySelector(`.ways-switches input[value="${value}"]`).checked, {}, system);
      const shown = await code(page);
      const value = readers[client.format](shown);
      assert.ok(JSON.stringify(value[client.root]).includes(`"${stage.url}/mcp"`), `${client.id} on ${system}: ${shown}`);
    }
    const block = await page.$(".code-block");
    await (await block.$("button")).click();
    await until(async () => (await page.evaluate(() => navigator.clipboard.readText())) === (await code(page)), `${client.id} on the clipboard`);
  }
  await page.go("/connect?client=claude-code&way=command");
  await until(async () => (await code(page)).includes("claude mcp add"), "the command");
  assert.equal((await code(page)).split("\n")[0], `claude mcp add --transport http --scope user patchbay ${stage.url}/mcp`);
  stage.assertQuiet();
});

test("45 · on plain http, where there is no clipboard, the text is selected to be copied by hand", async () => {
  const chromium = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "--host-resolver-rules=MAP pb.lan 127.0.0.1"] });
  try {
    const page = await chromium.newPage();
    const { cookie } = await stage.person("bea");
    await chromium.defaultBrowserContext().setCookie({ name: cookie.slice(0, cookie.indexOf("=")), value: cookie.slice(cookie.indexOf("=") + 1), domain: "pb.lan", path: "/", httpOnly: true, sameSite: "Lax" });
    await page.goto(`http://pb.lan:${stage.patchbay.port}/connect?client=cursor&way=file`);
    const block = await page.waitForSelector(".code-block");
    assert.equal(await page.evaluate(() => isSecureContext), false);
    await (await block.$("button")).click();
    await page.waitForFunction(() => document.body.innerText.includes("Press Ctrl+C to copy."));
    assert.equal(await page.evaluate(() => getSelection().toString().trim()), (await code(page)).trim());
  } finally {
    await chromium.close();
  }
});

test('46 · the links on the page open the clients with the name A&B "x", and a token never comes near one', async () => {
  const patchbay = await Appliance.create({ config: 'public_url: https://pb.example.com/box\nhosts: ["127.0.0.1"]\n' });
  patchbay.base = "/box";
  const publicStage = await Stage.open({ appliance: patchbay }).catch(async (error) => { await patchbay.remove(); throw error; });
  try {
    const page = await publicStage.page("ann", "/connect?client=cursor");
    const address = "https://pb.example.com/box/mcp";
    const name = 'A&B "x"';
    const unbase64 = (text) => JSON.parse(Buffer.from(text, "base64").toString()).url;
    const inQuery = (link) => JSON.parse(decodeURIComponent(link.search.slice(1)));
    const checks = {
      cursor: (link) => [link.searchParams.get("name"), unbase64(link.searchParams.get("config"))], vscode: (link) => [inQuery(link).name, inQuery(link).url],
      lmstudio: (link) => [link.searchParams.get("name"), unbase64(link.searchParams.get("config"))], kiro: (link) => [link.searchParams.get("name"), JSON.parse(link.searchParams.get("config")).url],
      goose: (link) => [link.searchParams.get("name"), link.searchParams.get("url")], claude: (link) => [link.searchParams.get("connectorName"), link.searchParams.get("connectorUrl")],
      "claude-desktop": (link) => [link.searchParams.get("connectorName"), link.searchParams.get("connectorUrl")],
    };
    for (const [id, decode] of Object.entries(checks)) {
      await page.go(`/connect?client=${id}`);
      await page.waitForFunction((title) => document.querySelector(".connect-head h2")?.textContent === title, {}, clientOf(id).name);
      await page.fill("Name in the app", name);
      await until(async () => { const [first] = await hrefs(page); return first && decode(new URL(first))[0] === name; }, `the link of ${id}`);
      for (const href of await hrefs(page)) assert.deepEqual(decode(new URL(href)), [name, address], href);
    }
    await page.go("/connect?client=cursor&way=token");
    await page.press("Create a token");
    await page.see("Copy this token now.");
    const token = JSON.parse(await code(page)).mcpServers.patchbay.headers.Authorization.slice("Bearer ".length);
    assert.match(token, /^pbk_/);
    for (const href of await page.$$eval("a[href]", (all) => all.map((one) => one.href)))
      assert.ok(!decodeURIComponent(href).includes(token) && !Buffer.from(new URL(href).searchParams.get("config") ?? "", "base64").toString().includes(token), href);
    await page.press("I have saved it");
    await page.seeNot(token);
    publicStage.assertQuiet();
  } finally {
    await publicStage.close();
  }
});

test("47 · Check turns green within three seconds of the first request of a client, and names it", async () => {
  const token = await (await stage.person("dana")).token();
  const page = await open("dana", "/connect?client=cursor");
  await page.see("Waiting for Cursor…");
  await page.waitForResponse((response) => response.url().endsWith("/v1/me/clients"));
  const other = await comeAs("some agent", token, "0.1");
  await page.see("A program that calls itself some agent 0.1 called");
  const cursor = await comeAs("cursor-vscode", token);
  const since = Date.now();
  await page.see("Cursor is connected.");
  assert.ok(Date.now() - since < 3_000, `${Date.now() - since} ms`);
  await page.see("cursor-vscode 3.13.1 called just now");
  await stage.axe(page, "a client that has come");
  const again = await open("dana", "/connect");
  assert.deepEqual(await again.$$eval(".client-list > div:first-child a .client-name", (all) => all.map((one) => one.textContent)), ["Cursor"]);
  stage.assertQuiet();
  await Promise.all([other.close(), cursor.close()]);
});

test("47 · a question at a time is asked, and none while the page is hidden", async () => {
  const page = await open("bea", "/connect?client=zed");
  let under = 0;
  let most = 0;
  let asked = 0;
  page.on("request", (one) => { if (one.url().endsWith("/v1/me/clients")) { asked += 1; most = Math.max(most, (under += 1)); } });
  const over = (one) => { if (one.url().endsWith("/v1/me/clients")) under -= 1; };
  page.on("requestfinished", over);
  page.on("requestfailed", over);
  await until(() => asked >= 2, "two questions");
  assert.equal(most, 1);
  await page.evaluate(() => { Object.defineProperty(document, "hidden", { value: true, configurable: true }); });
  await until(() => under === 0, "the last answer");
  const before = asked;
  const visible = await open("bea", "/connect?client=warp"); // as long as three questions of its own take, the hidden one asks none
  let heard = 0;
  visible.on("request", (one) => { if (one.url().endsWith("/v1/me/clients")) heard += 1; });
  await until(() => heard >= 3, "three questions of the page that is seen");
  assert.ok(asked <= before + 1, `${asked - before} questions while hidden`);
  await page.evaluate(() => { Object.defineProperty(document, "hidden", { value: false, configurable: true }); document.dispatchEvent(new Event("visibilitychange")); });
  await until(() => asked > before, "the question when it is seen again");
  stage.assertQuiet();
});

/** Somewhere that codes go to: the requests that came. */
async function listen() {
  const came = [];
  const server = createServer((request, response) => {
    came.push(new URL(request.url, "http://127.0.0.1"));
    response.setHeader("Content-Type", "text/html").end("<!doctype html><title>The app</title><h1>Back in the app</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { came, url: `http://127.0.0.1:${server.address().port}/callback`, stop: () => { server.closeAllConnections(); server.close(); } };
}

test("48 · the consent page says who asks, where the answer goes and what it reaches; Deny tells the app access_denied", async () => {
  const app = await listen();
  try {
    const { provider } = await begin(`${stage.url}/mcp`, { redirect: app.url });
    const page = await stage.page("bea", "/my/profile");
    await page.goto(String(provider.asked));
    await page.see("E2E <b>client</b>");
    await page.see("127.0.0.1");
    await page.see("Wiki");
    await page.see("Use them in your name");
    await stage.axe(page, "the consent page");
    page.leads = true;
    await page.press("Do not allow");
    await page.see("Back in the app");
    assert.equal(app.came[0].searchParams.get("error"), "access_denied");
    assert.equal(app.came[0].searchParams.get("code"), null);
  } finally {
    app.stop();
  }
  stage.allow(/favicon\.ico/); // of the app's own page
  stage.assertQuiet();
});

test("48 · an app that is remembered is not asked again, but one whose codes go elsewhere is", async () => {
  const [first, second] = ["https://app.example.com/callback", "https://app.example.net/callback"];
  const { client_id } = await (await fetch(`${stage.url}/oauth/register`, { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ client_name: "Web app", redirect_uris: [first, second], token_endpoint_auth_method: "none" }) })).json();
  const ask = (redirect_uri) => `${stage.url}/oauth/authorize?${new URLSearchParams({ response_type: "code", client_id, redirect_uri, resource: `${stage.url}/mcp`, scope: "mcp:read", state: "s",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256" })}`;
  const page = await stage.page("bea", "/my/profile");
  page.leads = true;
  await page.setRequestInterception(true);
  const reached = [];
  page.on("request", (one) => {
    const url = new URL(one.url());
    if (!url.hostname.startsWith("app.example.")) return one.continue();
    if (one.isNavigationRequest()) reached.push(url);
    return one.respond({ status: 200, contentType: "text/html", body: "<!doctype html><title>The app</title><h1>Back in the app</h1>" });
  });
  await page.goto(ask(first));
  await page.see("app.example.com");
  await page.press("Allow");
  await page.see("Back in the app");
  assert.ok(reached.at(-1).searchParams.get("code"));
  await page.goto(ask(first));
  await page.see("Back in the app");
  assert.equal(reached.length, 2);
  assert.ok(reached.at(-1).searchParams.get("code"));
  await page.goto(ask(second));
  await page.see("app.example.net");
  assert.ok(await page.$('button[value="allow"]'), "it was not asked");
  assert.equal(reached.length, 2);
  stage.assertQuiet();
});

test("49 · what connects from the internet is closed where the address is private, says why, and shows what to take instead", async () => {
  const page = await open("bea", "/connect?client=claude");
  for (const id of ["claude", "chatgpt"]) assert.equal(await page.$eval(`.client-list a[href*="client=${id}"].closed small`, (one) => one.textContent), "needs a public address");
  await page.see("claude.ai connects from the internet and cannot reach 127.0.0.1.");
  assert.deepEqual(await hrefs(page), []);
  assert.equal((await page.$$(".code-block, .copy-field")).length, 0);
  await stage.axe(page, "a client that cannot reach us");
  await page.press("Show how");
  await page.waitForFunction(() => document.querySelector(".connect-head h2")?.textContent === "Claude Desktop");
  assert.match(await code(page), /mcp-remote/);
  stage.assertQuiet();
});

test("9 · a client is found, chosen and copied from with the keyboard alone", async () => {
  const page = await open("bea", "/connect?client=cursor");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.type), "search");
  await page.keyboard.type("goo");
  await page.waitForFunction(() => document.querySelectorAll(".client-list a").length === 1);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".connect-head h2")?.textContent === "Goose");
  const wanted = new Set(["What it gets", "Name in the app", "Add to Goose", "Config file", "Token", "Copy", "If it does not work"]);
  for (let step = 0; step < 40 && wanted.size; ++step) {
    await page.keyboard.press("Tab");
    const { name, isSeen } = await page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element.matches("input[type=radio]") ? element.nextElementSibling : element);
      return { name: (element.labels?.[0]?.textContent ?? element.getAttribute("aria-label") ?? element.textContent).trim(), isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
    });
    assert.ok(isSeen, `the focus on "${name}" cannot be seen`);
    wanted.delete(name);
  }
  assert.deepEqual([...wanted], []);
  stage.assertQuiet();
});

test("11 · Connect a client, My tokens & apps and the profile fit narrow windows, and pass axe in both themes", async () => {
  for (const [path, seen] of [["/connect", "Find your app"], ["/connect?client=vscode&way=token", "Create a token"], ["/my/access", "Browser sessions"], ["/my/profile", "Single-key shortcuts"]]) {
    for (const [theme, width] of [["light", 1280], ["dark", 360], ["light", 320]]) {
      const page = await stage.page("ann", path, { theme, width });
      await until(async () => (await page.words()).includes(seen) || (await page.$(`input[placeholder="${seen}"]`)), `${seen} at ${path}`);
      assert.ok((await page.overflow()) <= 0, `${path} at ${width} scrolls sideways`);
      await stage.axe(page, `${path} ${theme} ${width}`);
      await page.close();
    }
  }
  stage.assertQuiet();
});

test("the profile changes the name at once, and the password only with the old one; other browsers are out after that", async () => {
  const other = await stage.person("eve");
  const page = await stage.page("eve", "/my/profile");
  stage.allow(/403/);
  await page.fill("Shown as", "Eve the First");
  await page.press("Save");
  await page.see("Saved.");
  assert.equal(await page.$eval(".account-name", (one) => one.textContent), "Eve the First");
  const elsewhere = await other.call("POST", "/v1/session", { name: "eve", password });
  assert.equal(elsewhere.status, 200);
  const type = async (old, next, again) => {
    await page.fill("Password now", old);
    await page.fill("New password", next);
    await page.fill("New password once more", again);
    await page.press("Change the password");
  };
  await type(password, "short", "short");
  await page.see("12 characters at least.");
  await type(password, "a wholly new password", "a wholly new passwort");
  await page.see("The two are not the same.");
  await type("that was never it, no", "a wholly new password", "a wholly new password");
  await page.see("That is not your password.");
  await type(password, "a wholly new password", "a wholly new password");
  await page.see("The password is changed.");
  assert.equal((await other.call("GET", "/v1/me")).status, 401);
  stage.assertQuiet();
});

test("8 · time zone, dates and single keys are this browser's, and hold over a reload", async () => {
  const page = await stage.page("bea", "/my/profile");
  await page.select("select", "Asia/Dubai");
  await page.evaluate(() => { const select = document.querySelectorAll("select")[1]; select.value = "iso"; select.dispatchEvent(new Event("change", { bubbles: true })); });
  await page.see(/Now it is \d{4}-\d\d-\d\d/);
  await page.press("Single-key shortcuts", { role: "switch" });
  await page.reload();
  await page.see(/Now it is \d{4}-\d\d-\d\d/);
  await until(async () => (await page.$eval("select", (one) => one.value)) === "Asia/Dubai", "the time zone that was chosen");
  const shown = await page.$eval("time", (one) => [one.title, one.dateTime]);
  const [date, time] = shown[0].split(" ");
  assert.equal(new Date(`${date}T${time}+04:00`).getTime(), Math.floor(new Date(shown[1]).getTime() / 1000) * 1000);
  await page.$eval("h1", (one) => one.focus());
  await page.keyboard.press("?");
  assert.equal(await page.$("dialog[open]"), null);
  stage.assertQuiet();
});
