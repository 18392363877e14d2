// Connectors of one's own and values of one's own, by headers, keys and sign-in; what is written is never shown again.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Stage, until } from "./support/stage.mjs";
import { StandIn } from "./support/stand_in.mjs";

let stage, keyed, signing, shared;
const planted = "planted-key-Zq81hL0vY2";
const choose = (page, name) => page.evaluate((wanted) => [...document.querySelectorAll(".choice")].find((one) => one.textContent.startsWith(wanted)).click(), name);

before(async () => {
  keyed = await StandIn.start({ apiKey: planted });
  signing = await StandIn.start({ signIn: true, auto: true });
  shared = await StandIn.start();
  const hosts = [keyed, signing, shared].map((one) => new URL(one.url).host);
  stage = await Stage.open({ config: `network:\n  allow: [${hosts.map((one) => `"${one}"`).join(", ")}]\n` });
  await stage.server({ slug: "crm", title: "CRM", url: shared.url, auth: "headers", credential_mode: "perMember", member_headers: ["X-Crm-Key"] });
});
after(async () => {
  await stage?.close();
  for (const one of [keyed, signing, shared]) await one?.stop();
});

/** Everything that the API says to a page, to be searched for what it must not say. */
function listen(page) {
  const said = [];
  page.on("response", async (response) => {
    if (response.url().includes("/v1/")) said.push(await response.text().catch(() => ""));
  });
  return said;
}

test("27, 28 · a key goes where keys go: not into the name, and out of no answer; editing the rest leaves it", async () => {
  const page = await stage.page("bea", "/my/connectors/new");
  const said = listen(page);
  await page.fill("Address", keyed.url);
  await page.fill("Name", `Bearer ${planted}`);
  await page.see("That looks like a secret. Put it under API key, not in the name.");
  await choose(page, "API key");
  await page.press("Add");
  assert.equal((await stage.api("bea", "GET", "/v1/me/servers")).servers.length, 0);
  await page.fill("Name", "Keyed");
  await page.fill("API key", planted);
  await page.press("Add");
  await page.see("Keyed is added.");
  await page.see("3 tools");
  await page.press("More for Keyed");
  await page.press("Edit");
  await page.see("Only you use this connector.");
  await page.fill("Name", "Keyed anew");
  await page.press("Save changes");
  await page.see("Keyed anew is saved.");
  await page.press("Test");
  await page.see("It works: 3 tools.");
  await stage.axe(page, "a test that went well");
  await page.press("Close", { within: "dialog" });
  assert.equal(keyed.lastHeaders.authorization, `Bearer ${planted}`);
  const document = await page.evaluate(() => window.document.documentElement.outerHTML + JSON.stringify(localStorage) + JSON.stringify(sessionStorage));
  assert.ok(said.length > 5 && !said.join("").includes(planted) && !document.includes(planted));
  stage.assertQuiet();
});

test("a connector with headers shows their names only, and replaces them all at once", async () => {
  await stage.api("carl", "POST", "/v1/me/servers", { slug: "mine", title: "Mine", url: shared.url, auth: "headers", headers: { "X-One": planted } });
  const page = await stage.page("carl", "/my/connectors/mine");
  const said = listen(page);
  await page.see("Set: X-One");
  await stage.axe(page, "a connector's page");
  await page.press("Replace all");
  await page.press("Add a header");
  await page.fill("Value 1", "first");
  await page.fill("Name 2", "X-Two");
  await page.fill("Value 2", "second");
  await page.press("Save changes");
  await page.see("Set: X-One, X-Two");
  assert.ok(!said.join("").includes(planted));
  assert.deepEqual((await stage.api("carl", "GET", "/v1/me/servers/mine")).header_names, ["X-One", "X-Two"]);
  stage.assertQuiet();
});

test("59 · who saves second is told, and nothing is lost unasked", async () => {
  await stage.api("dora", "POST", "/v1/me/servers", { slug: "notes", title: "Notes", url: shared.url });
  const page = await stage.page("dora", "/my/connectors/notes");
  await page.fill("Name", "My notes");
  await stage.api("dora", "PATCH", "/v1/me/servers/notes", { title: "Their notes" });
  stage.allow(/status of 409/);
  await page.press("Save changes");
  await page.see("This connector was changed elsewhere.");
  await stage.axe(page, "the conflict");
  assert.equal(await page.$eval("input[maxlength='80']", (field) => field.value), "My notes");
  await page.press("Show what is there now");
  await page.see("Their notes");
  stage.assertQuiet();
});

test("leaving a form that was begun asks first; Back asks, too", async () => {
  const page = await stage.page("eva", "/");
  await page.see("Your connections");
  await page.press("Add your own", { role: "link" });
  await page.fill("Name", "Half a");
  await page.press("My activity", { role: "link" });
  await page.see("Leave without saving?");
  await stage.axe(page, "the question");
  await page.press("Cancel", { within: "dialog" });
  assert.equal(await page.path(), "/my/connectors/new");
  await page.goBack().catch(() => {});
  await page.see("Leave without saving?");
  assert.equal(await page.path(), "/my/connectors/new");
  await page.press("Leave");
  await page.waitForFunction(() => document.title.startsWith("Your connections"));
  stage.assertQuiet();
});

test("adding a connector that signs in opens the window in the same click, and ends on the start", async () => {
  const page = await stage.page("finn", "/my/connectors/new");
  await page.fill("Address", signing.url);
  await page.fill("Name", "Signing");
  const popup = page.popup();
  await page.press("Add and sign in");
  assert.ok(await popup);
  await page.waitForFunction(() => location.pathname === "/");
  await page.see("Connected with your own account");
  await page.press("More for Signing");
  await page.press("Edit");
  await page.press("Remove");
  await page.see("Remove Signing?");
  await page.press("Remove", { within: "dialog" });
  await page.see("Signing is removed.");
  assert.equal((await stage.api("finn", "GET", "/v1/me/servers")).servers.length, 0);
  stage.assertQuiet();
});

test("an address that cannot be is said at its field", async () => {
  const page = await stage.page("gil", "/my/connectors/new");
  await page.fill("Address", "https://10.0.0.5/mcp");
  await page.fill("Name", "Inside");
  await choose(page, "It does not");
  stage.allow(/status of 400/);
  await page.press("Add");
  await page.see("is in a private network");
  const field = await page.$eval("input[inputmode=url]", (input) => [input.getAttribute("aria-invalid"), document.getElementById(input.getAttribute("aria-describedby").split(" ").at(-1))?.textContent ?? ""]);
  assert.equal(field[0], "true");
  await until(async () => page.$eval("input[inputmode=url]", (input) => input === document.activeElement), "the focus at the field");
  stage.assertQuiet();
});

test("a value of one's own is asked for, kept, and forgotten again", async () => {
  const page = await stage.page("hugo", "/");
  const said = listen(page);
  await page.press("Give your key", { within: '[data-slug="crm"]' });
  await page.see("Only your own calls carry it");
  await page.press("Save", { within: "dialog" });
  await page.see("Give a value.");
  await stage.axe(page, "the value that is missing");
  await page.fill("X-Crm-Key", planted);
  await page.press("Save", { within: "dialog" });
  await page.see("Your key for CRM is saved.");
  await page.see("Connected with your own key");
  assert.equal((await stage.api("hugo", "GET", "/v1/me/credentials/crm")).headers[0].has_value, true);
  await page.press("More for CRM");
  await page.press("Forget my key");
  await page.press("Forget my key", { within: "dialog" });
  await page.see("CRM asks for a key of your own.");
  assert.ok(!said.join("").includes(planted));
  stage.assertQuiet();
});

test("38 · what a server calls itself stays text", async () => {
  const hostile = '<img src=x onerror="globalThis.hit=1">';
  await stage.api("ida", "POST", "/v1/me/servers", { slug: "odd", title: hostile, description: `"><script>globalThis.hit=1</script>`, url: shared.url });
  const page = await stage.page("ida", "/");
  await page.see(hostile);
  assert.equal(await page.evaluate(() => globalThis.hit), undefined);
  assert.equal(await page.$("main img[src='x'], main script"), null);
  stage.assertQuiet();
});
