// What holds for every screen: addresses, headers, theme, keys, narrow windows, a session that ends.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Stage, password, until } from "./support/stage.mjs";
import { StandIn } from "./support/stand_in.mjs";

let stage, upstream;

before(async () => {
  stage = await Stage.open();
  upstream = await StandIn.start();
  await stage.server({ slug: "wiki", title: "Wiki", url: upstream.url });
});
after(async () => {
  await stage?.close();
  await upstream?.stop();
});

test("4 · a screen loads by its address, by Back and by Forward; an unknown one says so and keeps the navigation", async () => {
  const page = await stage.page("ann", "/my/connectors/new");
  await page.see("Add your own connector");
  await page.go("/");
  await page.see("Your connections");
  await page.goBack();
  await page.see("Add your own connector");
  await page.goForward();
  await page.waitForFunction(() => document.title === "Your connections · Patchbay");
  const lost = await stage.page("ann", "/no/such/page");
  await lost.see("There is no such page");
  assert.ok(await lost.$("nav a[href='/connections']"));
  await lost.press("Go to Your connections");
  await lost.see("Wiki");
  stage.assertQuiet();
});

test("4 · unknown addresses of the API and of files are answered with JSON and 404", async () => {
  for (const path of ["/v1/nothing", "/static/nothing.js"]) {
    const answer = await fetch(stage.url + path, { headers: { Accept: "text/html", Cookie: stage.ann.cookie } });
    assert.equal(answer.status, 404, path);
    assert.match(answer.headers.get("content-type"), /application\/json/, path);
  }
});

test("6 · the shell carries the policy, and no script or style inside it", async () => {
  const answer = await fetch(`${stage.url}/`, { headers: { Accept: "text/html" } });
  assert.equal(answer.headers.get("content-security-policy"), "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'");
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  assert.equal(answer.headers.get("referrer-policy"), "same-origin");
  const text = await answer.text();
  assert.ok(!/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/.test(text), text);
});

test("8 · the theme stays over a reload, and the first thing painted has it", async () => {
  const page = await stage.page("ann", "/", { theme: "light" });
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await page.press("Theme");
  await page.press("Dark");
  const dark = await paper();
  assert.notEqual(dark, light);
  // Before the app's module runs, the page has its colour.
  await page.evaluateOnNewDocument(() => {
    document.addEventListener("readystatechange", () => { globalThis.firstPaper ??= getComputedStyle(document.documentElement).backgroundColor; });
  });
  await page.reload();
  await page.see("Your connections");
  assert.deepEqual([await page.evaluate(() => globalThis.firstPaper), await paper()], [dark, dark]);
  await page.press("Theme");
  await page.press("System");
  await page.reload();
  assert.equal(await paper(), light);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  assert.equal(await paper(), dark);
  stage.assertQuiet();
});

test("9 · Esc closes the layer on top and the focus goes back to what opened it", async () => {
  const page = await stage.page("ann", "/");
  await page.see("Wiki");
  await page.focus('[aria-label="More for Wiki"]');
  await page.keyboard.press("Enter");
  await until(async () => (await page.focused()).name === "Test", "the first entry of the menu");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal((await page.focused()).name, "Why do I have this?");
  await page.keyboard.press("Enter");
  await page.see("It is granted to everyone here.");
  await stage.axe(page, "why one has it");
  await page.keyboard.press("Escape");
  await page.seeNot("It is granted to everyone here.");
  await until(async () => (await page.focused()).name === "More for Wiki", "the focus back at the menu's button");
  await page.keyboard.press("Enter");
  await until(async () => (await page.focused()).name === "Test", "the menu again");
  await page.keyboard.press("Escape");
  await until(async () => (await page.focused()).name === "More for Wiki", "the focus back again");
  stage.assertQuiet();
});

test("9 · every control of Your connections is reached by Tab, and shows that it has the focus", async () => {
  const page = await stage.page("ann", "/");
  await page.see("Wiki");
  const all = await page.$$eval("a[href], button:not(:disabled), input", (found) => found.filter((one) => one.checkVisibility() && !one.closest("[popover]")).length);
  const seen = new Set();
  for (let step = 0; step < all + 2; ++step) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const style = getComputedStyle(element);
      return { key: element.outerHTML.slice(0, 200), shown: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
    });
    if (!at) continue;
    assert.ok(at.shown, `no ring: ${at.key}`);
    seen.add(at.key);
  }
  assert.ok(seen.size >= all, `${seen.size} of ${all}`);
});

test("10 · single keys do nothing while typing, and can be switched off", async () => {
  const page = await stage.page("ann", "/");
  await page.see("Wiki");
  await page.keyboard.press("/");
  assert.equal((await page.focused()).tag, "INPUT");
  await page.keyboard.type("g?n/");
  assert.equal(await page.$eval("[data-search]", (field) => field.value), "g?n/");
  assert.equal(await page.$("dialog"), null);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open]");
  await page.see("Keyboard shortcuts");
  await stage.axe(page, "the list of keys");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("dialog"));
  await page.keyboard.press("n");
  await page.see("Add your own connector");
  await page.go("/");
  await page.see("Your connections");
  await page.evaluate(() => localStorage.setItem("pb-keys", "off"));
  await page.keyboard.press("n");
  await page.keyboard.press("?");
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  assert.equal(await page.$("dialog"), null);
  assert.equal(await page.path(), "/");
  stage.assertQuiet();
});

test("11 · at 360 and 320 pixels nothing scrolls sideways, and dialogs fill the screen", async () => {
  for (const [width, height] of [[360, 740], [320, 640]]) {
    const page = await stage.page("ann", "/", { width, height });
    await page.see("Wiki");
    assert.equal(await page.overflow(), 0, `the start at ${width}`);
    await page.press("More for Wiki");
    await page.press("Why do I have this?");
    const box = await (await page.waitForSelector("dialog[open]")).boundingBox();
    assert.deepEqual([box.x, box.width, box.height], [0, width, height]);
    await page.keyboard.press("Escape");
    await page.press("Menu");
    await page.see("Administration");
    await stage.axe(page, `the navigation at ${width}`);
    await page.go("/my/connectors/new");
    await page.see("Add your own connector");
    assert.equal(await page.overflow(), 0, `the form at ${width}`);
    const button = await page.evaluate(() => {
      const found = document.querySelector(".form-foot .primary").getBoundingClientRect();
      return found.bottom <= innerHeight && found.height >= 44;
    });
    assert.ok(button, "the form's button is in sight and large");
  }
  stage.assertQuiet();
});

test("12 · axe finds nothing on the start, the form and its errors, in both themes", async () => {
  for (const theme of ["light", "dark"]) {
    const page = await stage.page("ann", "/", { theme });
    await page.see("Wiki");
    await stage.axe(page, `the start, ${theme}`);
    await page.press("More for Wiki");
    await stage.axe(page, `the menu, ${theme}`);
    await page.keyboard.press("Escape");
    await page.press("Use Wiki");
    await page.see("Wiki is off for your apps.");
    await stage.axe(page, `a toast, ${theme}`);
    await page.press("Use Wiki");
    await page.see("Wiki is on for your apps.");
    await page.go("/my/connectors/new");
    await page.see("Add your own connector");
    await stage.axe(page, `the form, ${theme}`);
    for (const choice of ["API key", "Headers"]) {
      await page.evaluate((name) => [...document.querySelectorAll(".choice")].find((one) => one.textContent.startsWith(name)).click(), choice);
      await page.press("Add");
      await page.see("Paste the address of the server.");
      await stage.axe(page, `the form's errors with ${choice}, ${theme}`);
    }
    const lost = await stage.page("ann", "/nowhere", { theme });
    await stage.axe(lost, `the page that is not there, ${theme}`);
  }
  const member = await stage.page("bea", "/settings");
  await member.see("This page is for admins");
  await stage.axe(member, "the page for admins");
  stage.assertQuiet();
});

test("13 · a change of the screen moves the focus to its heading and names the window", async () => {
  const page = await stage.page("ann", "/");
  await page.see("Wiki");
  await page.press("Add your own", { role: "link" });
  await page.see("Add your own connector");
  await until(async () => (await page.focused()).tag === "H1", "the focus on the heading");
  assert.deepEqual([(await page.focused()).name, await page.title()], ["Add your own connector", "Add your own connector · Patchbay"]);
});

test("14 · a session that ends while a form is open: the save asks to sign in, and then succeeds with what was typed", async () => {
  await stage.person("carl");
  const page = await stage.page("carl", "/my/connectors/new");
  await page.fill("Address", "https://mcp.example.org/mcp");
  await page.fill("Name", "Carl's notes");
  await page.evaluate(() => [...document.querySelectorAll(".choice")].find((one) => one.textContent.startsWith("It does not")).click());
  const cookies = await page.stageContext.cookies();
  await page.stageContext.deleteCookie(...cookies);
  stage.allow(/status of 401/);
  await page.press("Add");
  await page.see("You were signed out");
  await stage.axe(page, "the session dialog");
  await page.keyboard.type("not the password");
  await page.press("Sign in");
  await until(async () => page.evaluate(() => Boolean(document.querySelector("dialog [role=alert]"))), "the refusal in the dialog");
  await page.fill("Password", password);
  await page.press("Sign in");
  await page.see("Carl's notes is added.");
  const mine = await stage.api("carl", "GET", "/v1/me/servers").catch(async () => null);
  const seen = mine ?? (await page.evaluate(async () => (await fetch("/v1/me/servers")).json()));
  assert.deepEqual(seen.servers.map((one) => [one.title, one.url]), [["Carl's notes", "https://mcp.example.org/mcp"]]);
  stage.assertQuiet();
});

test("42 · an admin's screens are refused to a member, by the screen and by the API", async () => {
  const page = await stage.page("bea", "/connections");
  await page.see("This page is for admins");
  assert.equal(await page.$("nav a[href='/connections']"), null);
  assert.equal((await (await stage.person("bea")).call("GET", "/v1/servers")).status, 403);
});
