// The first run, from a fresh data folder to "Connect a client".
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Appliance } from "../support/appliance.mjs";
import { Stage, password, slowness, until } from "./support/stage.mjs";

let stage, key;

before(async () => {
  const fresh = await Appliance.create();
  await fresh.start();
  key = fresh.log.match(/#(pbk_inv_\S+)/)[1];
  stage = await Stage.open({ appliance: fresh, admin: false });
  stage.allow(/status of 401/, /status of 404/); // who is not signed in, and a link that is dead
});
after(() => stage?.close());

test("1 · without the key, the first page says where the link is", async () => {
  const page = await stage.page(null, "/setup");
  await page.see("Open the setup link");
  await page.see("patchbay admin reset");
  await stage.axe(page, "the page without a link");
  const wrong = await stage.page(null, "/setup#pbk_inv_wrong");
  await wrong.see("This setup link was used already, is too old, or is not whole.");
  stage.assertQuiet();
});

test("1, 2 · three steps within a minute; a reload goes on where one was; the password is in no document; the key is then dead", async () => {
  const [begun, axeBefore] = [Date.now(), stage.axeTook ?? 0];
  const page = await stage.page(null, `/welcome#${key}`); // either way leads to the three cards
  await page.see("Your account");
  await stage.axe(page, "step 1");
  await page.fill("Name to sign in with", "ann");
  await page.fill("Full name optional", "Ann Example");
  await page.fill("Password", "short");
  await page.press("Create the account");
  await page.see("Use 12 characters or more.");
  await until(async () => (await page.focused()).tag === "INPUT", "the focus in the field that is wrong");
  await stage.axe(page, "step 1 with an error");

  // A reload keeps what was typed, but never the password.
  await page.reload();
  await page.see("Your account");
  const typed = await page.$$eval("input", (all) => all.map((one) => one.value));
  assert.deepEqual(typed, ["ann", "Ann Example", ""]);
  await page.fill("Password", password);
  await page.press("Create the account");
  await page.see("Signed in as ann.");
  assert.equal(await page.evaluate(() => location.hash), "");
  await page.reload();
  await page.see("Where people and their AI apps reach this Patchbay");
  const kept = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify(sessionStorage) + JSON.stringify(localStorage) + [...document.querySelectorAll("input")].map((one) => one.value));
  assert.ok(!kept.includes(password) && !kept.includes(key));
  assert.ok((await page.$$eval("input[readonly]", (all) => all.map((one) => one.value))).includes(`${stage.url}/oauth/callback`));
  await stage.axe(page, "step 2");
  await page.click("[aria-current=step] .form-foot .primary");
  await page.see("A service that your AI apps may use through Patchbay.");
  await stage.axe(page, "step 3");
  await page.press("Skip");
  await page.waitForFunction(() => location.pathname === "/connect");
  const took = Date.now() - begun - (stage.axeTook - axeBefore);
  assert.ok(took < 60_000 * slowness, `${took} ms`);

  const again = await stage.page(null, `/setup#${key}`);
  await again.see("This setup link was used already, is too old, or is not whole.");
  stage.watched = stage.watched.filter((one) => !one.includes("connect_client.js")); // another screen's business
  stage.assertQuiet();
});

test("1 · who is invited sets a password and is then at the start", async () => {
  const { invite_link } = await stage.patchbay.json("user", "add", "bea");
  const page = await stage.page(null, `/welcome#${invite_link.split("#")[1]}`);
  await page.waitForFunction(() => document.querySelector("input[name=name]")?.value === "bea");
  await stage.axe(page, "the invitation");
  await page.type("input[name=password]", password);
  await page.type("input[name=again]", password);
  await page.click("button");
  await page.see("Your connections");
});

test("1 · whoever opens the start without a session is asked to sign in, and comes back", async () => {
  const page = await stage.page(null, "/?q=x", { wait: false });
  await page.waitForSelector("input[name=password]");
  await page.waitForFunction(() => document.readyState === "complete"); // until then autofocus may take the typing away
  assert.match(page.url(), /\/sign-in\?then=/);
  await page.type("input[name=name]", "ann");
  await page.type("input[name=password]", password);
  await page.click("button");
  await page.see("Your connections");
  assert.equal(await page.path(), "/?q=x");
});
