// The connections of the organisation: the table, and adding one by pasting its address.
import { test, before, after, afterEach, beforeEach } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { freePort } from "../support/appliance.mjs";
import { certificate, served } from "../support/served.mjs";
import { Stage, until } from "./support/stage.mjs";
import { StandIn, someTools } from "./support/stand_in.mjs";

const planted = "planted-secret-0123456789abcdef";
const bar = "#add-bar";
const keyField = ".add .secret input";
const ends = [];
let stage, open, keyed, provider, slow, site, secure, dead;

const servers = async () => (await stage.api("ann", "GET", "/v1/servers?limit=1000")).servers;
const find = async (slug) => (await servers()).find((one) => one.slug === slug);
const removeAll = async () => { for (const one of await servers()) if (one.origin !== "catalog") await stage.api("ann", "DELETE", `/v1/servers/${one.slug}`); };

/** The page with the add dialog open. */
async function adding(options = {}) {
  const page = await stage.page("ann", "/connections", options);
  await page.press("Add a connection");
  await page.waitForSelector(bar);
  await until(async () => (await page.focused()).id === "add-bar", "the focus in the bar");
  return page;
}
/** As a paste does: all at once, in place of what is there. */
async function paste(page, text, field = bar) {
  await page.$eval(field, (input) => { input.focus(); input.select(); });
  await page.keyboard.sendCharacter(text);
}
const pasteInto = async (page, label, text) => {
  const field = await page.waitForSelector(`::-p-aria([name="${label}"])`);
  await field.evaluate((input) => { input.focus(); input.select(); });
  await page.keyboard.sendCharacter(text);
};
const choose = async (page, group, name) => {
  await until(() => page.evaluate((legend, label) => {
    const set = [...document.querySelectorAll("fieldset")].find((one) => one.querySelector("legend")?.textContent === legend);
    const input = [...(set?.querySelectorAll("label") ?? [])].find((one) => one.textContent.includes(label))?.querySelector("input");
    input?.click();
    return Boolean(input);
  }, group, name), `${name} of ${group}`);
};
// On a machine that is busy with other things, a look may end before the server was heard: then it is repeated.
const looked = (page, text) => until(async () => {
  const shown = await page.words();
  if (shown.includes("did not answer in time")) await page.press("Check again");
  return shown.includes(text);
}, `to see ${text}`);
const cardReady = (page, text = "Ready to add") => looked(page, text);
const rowOf = (page, name) => page.evaluate((wanted) => [...document.querySelectorAll("tbody tr")].find((one) => one.querySelector("th")?.innerText.includes(wanted))?.innerText ?? null, name);
const rowCount = (page) => page.$$eval("tbody tr", (all) => all.length);
/** The requests to /v1/servers… from now on: "PATCH /v1/servers/x". */
function requests(page) {
  const seen = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname.startsWith("/v1/servers") && !url.pathname.includes("/presets")) seen.push(`${request.method()} ${url.pathname}`);
  });
  return seen;
}

// Nobody may reach private addresses here but what is listed, so that their refusal can be seen.
before(async () => {
  open = await StandIn.start({ name: "open" });
  keyed = await StandIn.start({ name: "keyed", apiKey: planted });
  provider = await StandIn.start({ name: "files", signIn: true, auto: true });
  slow = { waiting: [], asked: 0 };
  slow.host = await served(createServer((_request, response) => { slow.asked += 1; slow.waiting.push(response); }), ends);
  site = await served(createServer((request, response) => (request.url === "/mcp" ? open.handle(request, response)
    : response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end("<h1>About us</h1>"))), ends);
  secure = await served(createTlsServer(certificate(), (_request, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>x</h1>")), ends);
  dead = `127.0.0.1:${await freePort()}`;
  const hosts = [...[open, keyed, provider].map((one) => new URL(one.url).host), slow.host, site, secure, dead];
  stage = await Stage.open({ config: `network:\n  private: list\n  allow: ${JSON.stringify(hosts)}\n` });
  stage.allow(/status of 429/); // a test that waits for the one that saving began
});
after(async () => {
  await stage?.close();
  for (const one of [open, keyed, provider]) await one?.stop();
  for (const end of ends) await end();
});
beforeEach(async () => {
  await removeAll();
  stage.watched.length = 0;
});

// What a page of an earlier test still asks for is not the next one's doing.
afterEach(async () => { for (const context of stage.chromium.browserContexts()) for (const page of await context.pages()) if (page.url() !== "about:blank") await page.close(); });

test("an organisation without connections is told what to do, once", async () => {
  const page = await stage.page("ann", "/connections");
  await page.see("Nothing connected yet.");
  await page.see("Add a service once and everyone you choose can use it.");
  assert.equal((await page.$$("[data-new]")).length, 1);
  await stage.axe(page, "the empty list");
  await page.press("Add a connection");
  await page.waitForSelector(bar);
  await page.keyboard.press("Escape");
  await until(async () => !(await page.$("dialog")), "the dialog to close");
  await until(async () => (await page.focused()).name === "Add a connection", "the focus back at the button");
  stage.assertQuiet();
});

test("15 · typing filters the presets; a pasted address is checked and then shown; editing meanwhile leaves no stale card", async () => {
  const page = await adding();
  assert.ok((await page.$$(".preset")).length >= 10);
  await page.type(bar, "lin");
  await until(async () => (await page.$$(".preset")).length === 1, "one preset");
  assert.match(await page.$eval(".preset", (one) => one.innerText), /Linear/);
  await paste(page, "nothing is called this");
  await page.see("No preset is called");

  let aborted = 0;
  page.on("requestfailed", (request) => { if (request.url().endsWith("/v1/servers/probe")) aborted += 1; });
  await paste(page, `http://${slow.host}/mcp`);
  await page.see("Checking");
  await until(() => slow.asked > 0, "the first look");
  await paste(page, open.url);
  await page.see("Checking");
  await cardReady(page);
  assert.equal(aborted, 1);
  const card = await page.$eval(".found", (one) => one.innerText);
  assert.ok(card.includes(open.url) && card.includes("No sign-in") && card.includes("3 tools") && card.includes("Streamable HTTP"), card);
  for (const response of slow.waiting) response.destroy();
  assert.ok(!(await page.words()).includes(slow.host));
  await stage.axe(page, "the dialog with a card");
  stage.assertQuiet();
});

test("16 · a web page, a dead host, a private address and a bad certificate each have words of their own", async () => {
  const page = await adding();
  await paste(page, `http://${site}/about`);
  await looked(page, "That address answers with a web page, not an MCP server. Most servers end in /mcp.");
  assert.equal(await page.$eval(".probe-problem strong", (one) => one.innerText), "That address answers with a web page, not an MCP server.");
  await stage.axe(page, "a web page");
  await page.press(`Try http://${site}/mcp`);
  await cardReady(page);

  await paste(page, `http://${dead}/mcp`);
  await looked(page, "cannot be reached");
  await page.press("Fill in by hand");
  await until(() => page.$eval(".dialog-foot .primary", (one) => !one.disabled), "the button");
  assert.equal(await page.$eval(".dialog-foot .primary", (one) => one.innerText), "Add and test");

  await paste(page, "http://10.0.0.5/mcp");
  await looked(page, "10.0.0.5 is a private address. Patchbay blocks those unless an admin allows them in Settings > Network.");
  await paste(page, `https://${secure}/mcp`);
  await looked(page, "The certificate of 127.0.0.1 is not trusted here (self-signed).");
  stage.assertQuiet();
});

test("17 · a server without sign-in is added with one click after the paste; the toast has Test tools and Undo, and Undo takes it back", async () => {
  const page = await adding();
  const seen = requests(page);
  await paste(page, open.url);
  await cardReady(page);
  assert.equal(await page.$eval(".dialog-foot .primary", (one) => one.innerText), "Add");
  await page.press("Add");
  await page.see("127.0.0.1 added for you. 3 tools.");
  const made = (await servers())[0];
  assert.deepEqual([made.url, made.auth, made.enabled, made.access], [open.url, "none", true, { everyone: false, people: ["ann"], teams: [] }]);
  await until(async () => /Connected/.test(await rowOf(page, "127.0.0.1") ?? ""), "the row to be connected");
  assert.ok(!seen.includes("GET /v1/servers"), `the list was read again: ${seen}`);
  const toast = await page.$eval(".toast", (one) => one.innerText);
  assert.ok(toast.includes("Test tools") && toast.includes("Undo"), toast);
  await stage.axe(page, "the list with a toast");
  await page.press("Undo");
  await page.see("removed again");
  await page.see("Nothing connected yet.");
  assert.deepEqual(await servers(), []);

  await page.press("Add a connection");
  await page.waitForSelector(bar);
  await paste(page, open.url);
  await cardReady(page);
  await page.press("Add");
  await page.press("Test tools");
  await until(async () => (await page.path()).endsWith("/tools"), "the tools of the new connection");
  stage.assertQuiet();
});

test("18 · a server with 88 tools in two pages shows 88", async () => {
  Object.assign(open, { tools: someTools(88), perPage: 50 });
  try {
    const page = await adding();
    await paste(page, open.url);
    await page.see("88 tools");
    await page.press("Add");
    await page.see("added for you. 88 tools.");
    await until(async () => /\b88\b/.test(await rowOf(page, "127.0.0.1") ?? ""), "88 in the row");
    assert.ok(open.counts["tools/list"] >= 2);
  } finally {
    Object.assign(open, { tools: someTools(3), perPage: 1000 });
  }
  stage.assertQuiet();
});

test("27 · a change that leaves the key alone keeps it working, and no answer ever holds it", async () => {
  const page = await adding();
  const bodies = [];
  page.on("response", async (response) => { if (response.url().includes("/v1/")) bodies.push(await response.text().catch(() => "")); });
  await paste(page, keyed.url);
  await cardReady(page, "Needs a key");
  assert.equal(await page.$eval(".dialog-foot .primary", (one) => one.innerText), "Add and test");
  await page.press("Add and test");
  await page.see("Paste the key that the service gave you.");
  await page.fill("Name", "Keyed");
  await paste(page, "a-wrong-key-1234", keyField);
  await page.press("Add and test");
  await page.see("Keyed is saved, but it does not work yet.");
  await page.see("The service rejected the saved key.");
  assert.match(await page.evaluate(() => document.querySelector(".add .secret input[aria-invalid]")?.closest(".field").innerText), /Paste another/);
  await stage.axe(page, "a key that does not work");
  await paste(page, planted, keyField);
  await page.press("Save and test again");
  await page.see("Keyed added for you. 3 tools.");
  await until(async () => /Connected/.test(await rowOf(page, "Keyed") ?? ""), "the row to be connected");

  await page.press("Actions for Keyed");
  await page.press("Disable");
  await until(async () => /Disabled/.test(await rowOf(page, "Keyed") ?? ""), "the row to be off");
  await page.press("Actions for Keyed");
  await page.press("Enable");
  await until(async () => /Connected/.test(await rowOf(page, "Keyed") ?? ""), "the row to be on");
  await page.press("Actions for Keyed");
  await page.press("Test now");
  await page.see("Keyed answers: 3 tools.");
  const kept = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage }));
  assert.ok(bodies.length > 5 && bodies.every((body) => !body.includes(planted)) && !kept.includes(planted));
  assert.equal((await find("keyed")).has_api_key, true);
  stage.assertQuiet();
});

test("28 · a bearer pasted into the name is stopped, moved with one step, and never stored as a name", async () => {
  const page = await adding();
  const seen = requests(page);
  await paste(page, keyed.url);
  await cardReady(page, "Needs a key");
  await pasteInto(page, "Name", `Bearer ${planted}`);
  await page.see("That looks like a secret. Put it under API key, not in the name.");
  assert.equal(await page.$eval('.two input[maxlength="64"]', (one) => one.value.includes("planted")), false);
  await stage.axe(page, "the paste guard");
  await page.press("Add and test");
  await page.see("Put it under API key");
  assert.ok(!seen.includes("POST /v1/servers"));
  await page.press("Move it to API key");
  await page.fill("Name", "Guarded");
  await page.press("Add and test");
  await page.see("Guarded added for you. 3 tools.");
  const made = await find("guarded");
  assert.ok(made.has_api_key && !JSON.stringify(await servers()).includes(planted));
  // In the bar it is stopped as well.
  await page.press("Add a connection");
  await page.waitForSelector(bar);
  await paste(page, `Bearer ${planted}`);
  await page.see("Paste the address here; the key has a field of its own below it.");
  stage.assertQuiet();
});

test("an entry of a client's config file brings its name, address and key along", async () => {
  const page = await adding();
  await paste(page, JSON.stringify({ mcpServers: { "My notes": { url: keyed.url, headers: { Authorization: `Bearer ${planted}` } } } }));
  await cardReady(page, "Needs a key");
  await page.press("Add and test");
  await page.see("My notes added for you. 3 tools.");
  assert.equal((await find("my-notes")).url, keyed.url);
  stage.assertQuiet();
});

test("a server that signs people in says so before it is added, and goes on to the provider with the same click", async () => {
  stage.allow(/request: http:\/\/127/);
  const page = await adding();
  await paste(page, provider.url);
  await page.see("OAuth, automatic");
  await page.see("tools after sign-in");
  await page.fill("Name", "Files");
  await choose(page, "Whose account?", "One shared account");
  await choose(page, "Who can use it?", "Everyone");
  assert.equal(await page.$eval(".dialog-foot .primary", (one) => one.innerText), "Add and sign in");
  const popup = page.popup();
  await page.press("Add and sign in");
  await popup;
  await page.see("Files added for everyone.");
  await until(async () => /Connected/.test(await rowOf(page, "Files") ?? ""), "the row to be connected");
  assert.equal((await find("files")).credential_mode, "shared");
  stage.assertQuiet();
});

test("an app that an admin must register shows the return address; the name says who, and wrong fields are found", async () => {
  const page = await adding();
  await paste(page, provider.url);
  await page.see("OAuth, automatic");
  await choose(page, "How does it sign in?", "OAuth app");
  assert.ok((await page.$$eval("input[readonly]", (all) => all.map((one) => one.value))).some((one) => one.endsWith("/oauth/callback")));
  await page.fill("Name", "x");
  await choose(page, "Who can use it?", "People and teams");
  await page.press("Add");
  await page.see("Paste the ID of the app at the service.");
  await until(async () => (await page.focused()).tag === "INPUT", "the focus in the field that is wrong");
  await stage.axe(page, "fields that are wrong");
  stage.assertQuiet();
});

test("a slug that is taken is said at its field, and a free one is offered", async () => {
  await stage.server({ slug: "127-0-0-1", url: open.url });
  const page = await adding();
  await paste(page, open.url);
  await cardReady(page, "Added already");
  await page.see("has this address already");
  const slug = '.two input[maxlength="64"]';
  assert.equal(await page.$eval(slug, (one) => one.value), "127-0-0-1-2");
  await paste(page, "127-0-0-1", slug);
  await page.press("Add");
  await page.see("There is a connection “127-0-0-1” already.");
  stage.assertQuiet();
});

test("search, filters and order live in the address; Back takes the last one away; the row leads to the connection", async () => {
  await stage.server({ slug: "alpha", title: "Alpha", url: open.url });
  await stage.server({ slug: "beta", title: "Beta", url: keyed.url, auth: "apiKey", api_key: planted });
  await stage.server({ slug: "gamma", title: "Gamma", url: `${open.url}?g`, enabled: false }).catch(() => {});
  const page = await stage.page("ann", "/connections");
  await page.see("3 connections");
  await page.fill("Search connections", "alp");
  await page.see("1 connection");
  assert.equal(await page.path(), "/connections?q=alp");
  await page.fill("Search connections", " ");
  await page.evaluate(() => {
    const select = document.querySelector('select[aria-label="Status"]');
    select.value = "disabled";
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await until(async () => (await page.path()).includes("status=disabled"), "the filter in the address");
  await until(async () => (await rowCount(page)) === 1, "one row");
  assert.match(await rowOf(page, "Gamma"), /Disabled/);
  await page.goBack();
  await until(async () => (await rowCount(page)) === 3, "three rows");
  await page.press("Name");
  await until(async () => (await page.path()).includes("sort=-name"), "the order in the address");
  assert.deepEqual(await page.$$eval("tbody th", (all) => all.map((one) => one.innerText.trim().split("\n").find((line) => /^[A-Z][a-z]+$/.test(line)))), ["Gamma", "Beta", "Alpha"]);
  const other = await stage.page("ann", "/connections?auth=apiKey");
  await other.see("1 connection");
  assert.match(await rowOf(other, "Beta"), /Connected/);
  await other.click("tbody tr td:nth-of-type(3)");
  await until(async () => (await other.path()).startsWith("/connections/beta"), "the connection");
  stage.assertQuiet();
});

test("some are disabled together after one question; each change asks for its own row and for nothing else", async () => {
  for (const name of ["one", "two", "three"]) await stage.server({ slug: name, title: `Name ${name}`, url: `${open.url}?${name}` });
  const page = await stage.page("ann", "/connections");
  await page.see("3 connections");
  const seen = requests(page);
  await page.click('thead input[type="checkbox"]');
  await page.see("3 selected");
  await stage.axe(page, "a selection");
  await page.click('input[aria-label="Select Name two"]');
  await page.see("2 selected");
  await page.press("Disable", { within: ".selection" });
  await page.see("Disable 2 connections?");
  await page.press("Disable", { within: "dialog" });
  await page.see("Name one and Name three disabled.");
  assert.deepEqual(seen.sort(), ["PATCH /v1/servers/one", "PATCH /v1/servers/three"]);
  assert.deepEqual((await servers()).map((one) => [one.slug, one.enabled]), [["one", false], ["three", false], ["two", true]]);

  // Somebody else was quicker: the row shows what is so, and nothing is overwritten.
  await stage.api("ann", "PATCH", "/v1/servers/two", { title: "Name two, renamed" });
  stage.allow(/status of 409/);
  await page.press("Actions for Name two");
  await page.press("Disable");
  await page.see("Somebody else changed Name two meanwhile.");
  await page.see("Name two, renamed");
  assert.equal((await find("two")).enabled, true);
  stage.assertQuiet();
});

test("9, 11 · from the keyboard alone a connection is found, added and opened; nothing scrolls sideways at 320 px", async () => {
  const page = await stage.page("ann", "/connections");
  await page.see("Nothing connected yet.");
  await page.keyboard.press("n");
  await page.waitForSelector(bar);
  await until(async () => (await page.focused()).id === "add-bar", "the focus in the bar");
  await page.see("Notion");
  await page.keyboard.press("ArrowDown");
  await until(async () => /Notion/.test((await page.focused()).name), "the first preset");
  await page.keyboard.press("ArrowUp");
  await until(async () => (await page.focused()).id === "add-bar", "the bar again");
  await page.keyboard.sendCharacter(open.url);
  await cardReady(page);
  await page.keyboard.press("Enter");
  await page.see("added for you");
  await until(async () => (await page.focused()).name === "Add a connection", "the focus at the button");
  for (let steps = 0, at = await page.focused(); !(at.tag === "A" && at.name.includes("127.0.0.1")); steps += 1, at = await page.focused()) {
    assert.ok(steps < 30, "the row cannot be reached");
    await page.keyboard.press("Tab");
    const visible = await page.evaluate(() => document.activeElement.matches(":focus-visible"));
    assert.ok(visible);
  }
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await until(async () => (await page.focused()).name === "Test now", "the menu's first item");
  await page.keyboard.press("Escape");
  await until(async () => /^Actions for/.test((await page.focused()).name), "the focus at the menu's button");
  for (const width of [360, 320]) {
    for (const theme of ["light", "dark"]) {
      const narrow = await stage.page("ann", "/connections?add=1", { width, height: 740, theme });
      await narrow.waitForSelector(".preset");
      await stage.axe(narrow, `the dialog at ${width} px, ${theme}`);
      await paste(narrow, keyed.url);
      await cardReady(narrow, "Needs a key");
      assert.equal(await narrow.overflow(), 0);
      assert.equal(await narrow.$eval(".dialog-body", (one) => one.scrollWidth - one.clientWidth), 0);
      await stage.axe(narrow, `the form at ${width} px, ${theme}`);
      await narrow.keyboard.press("Escape");
      await narrow.see("1 connection");
      assert.equal(await narrow.overflow(), 0);
      await stage.axe(narrow, `the list at ${width} px, ${theme}`);
      await narrow.close();
    }
  }
  stage.assertQuiet();
});
