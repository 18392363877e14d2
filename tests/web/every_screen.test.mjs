// What holds on every screen alike, filled with a small organisation: axe in both themes, 320 pixels (which is 400 % of
// 1280), every control by Tab, and nothing that the policy forbids.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Stage, until } from "./support/stage.mjs";
import { StandIn, aTool } from "./support/stand_in.mjs";

let stage, plain, signing;

before(async () => {
  stage = await Stage.open();
  plain = await StandIn.start({ tools: [aTool("find"), aTool("remove", { annotations: { destructiveHint: true } })] });
  signing = await StandIn.start({ name: "files", signIn: true, auto: true });
  await stage.server({ slug: "wiki", title: "Wiki", url: plain.url });
  await stage.server({ slug: "files", title: "Files", url: signing.url, auth: "oauth", credential_mode: "perMember" });
  const bea = await stage.person("bea");
  await stage.api("ann", "POST", "/v1/teams", { name: "product", title: "Product", members: ["bea"] });
  await stage.api("ann", "POST", "/v1/profiles", { slug: "writing", title: "Writing", servers: [{ server: "wiki" }] });
  await stage.api("bea", "POST", "/v1/me/servers", { slug: "mine", title: "Mine", url: "https://mine.example.org/mcp" });
  await stage.api("ann", "POST", "/v1/me/servers", { slug: "notes", title: "Notes", url: "https://notes.example.org/mcp" });
  await bea.token();
  for (const name of ["find", "nothing"]) await bea.call("POST", "/v1/tools/call", { name: `mcp__wiki__${name}`, arguments: { text: "x" } });
});
after(async () => {
  await stage?.close();
  await plain?.stop();
  await signing?.stop();
});

const screens = ["/", "/connect", "/tools", "/tools/mcp__wiki__find", "/my/activity", "/my/access", "/my/profile", "/my/connectors/new", "/my/connectors/notes",
  "/overview", "/connections", ...["overview", "tools", "access", "accounts", "activity", "settings"].map((tab) => `/connections/wiki/${tab}`), "/connections/files/accounts",
  "/people", "/people/bea", "/people/teams/product", "/profiles", "/profiles/writing", "/activity/log", "/activity/live", "/activity/changes", "/rollout",
  "/settings", "/settings/diagnostics", "/nowhere"];

/** The screen with all its data, and every section that folds open. */
async function whole(path, options = {}) {
  const page = await stage.page("ann", path, options);
  await page.waitForFunction(() => !document.querySelector(".skeleton, [aria-busy=true]"));
  await page.evaluate(() => document.querySelectorAll("main details").forEach((one) => { one.open = true; }));
  return page;
}

/** Presses Tab until the focus has been around; what should have had it and did not, and what showed no ring. */
async function walk(page) {
  const count = await page.evaluate(() => {
    const isReached = (one) => one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert], [popover]:not(:popover-open)")
      && !(one.type === "radio" && !one.checked && [...document.getElementsByName(one.name)].some((other) => other.checked || other.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING));
    const all = [...document.querySelectorAll("a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary, [tabindex]")].filter(isReached);
    globalThis.walked = { left: new Set(all), bare: [] };
    document.activeElement?.blur();
    addEventListener("focusin", ({ target }) => {
      walked.left.delete(target);
      const rings = [target, target.closest("label"), target.parentElement].filter(Boolean).map((one) => getComputedStyle(one));
      if (!rings.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)) walked.bare.push(target.outerHTML.slice(0, 160));
    });
    return all.length;
  });
  for (let step = 0; step < count + 3; ++step) await page.keyboard.press("Tab");
  return page.evaluate(() => ({ left: [...walked.left].filter((one) => one.isConnected).map((one) => one.outerHTML.slice(0, 160)), bare: walked.bare }));
}

for (const path of screens)
  test(`9, 11, 12 · ${path}: axe in both themes, 400 %, and every control by Tab`, async () => {
    if (path === "/nowhere") stage.allow(/status of 404/);
    const page = await whole(path);
    await stage.axe(page, path);
    assert.deepEqual(await walk(page), { left: [], bare: [] });
    await page.setViewport({ width: 320, height: 256 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    await page.evaluate(() => document.activeElement?.blur());
    assert.ok((await page.overflow()) <= 0, "it scrolls sideways at 320 px");
    await stage.axe(page, `${path}, dark and narrow`);
    const covered = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((one) => ["fixed", "sticky"].includes(getComputedStyle(one).position) && one.checkVisibility()
      && one.getBoundingClientRect().top < 256 && one.getBoundingClientRect().width > 160).reduce((sum, one) => sum + one.getBoundingClientRect().height, 0));
    assert.ok(covered <= 128, `${covered} of 256 px are covered by what does not scroll`);
    await page.stageContext.close();
    stage.assertQuiet();
  });

test("66 · no screen breaks the policy, which lets neither eval nor HTML from text through", async () => {
  const page = await stage.page("ann", "/", { wait: false });
  await page.evaluateOnNewDocument(() => {
    globalThis.broken = [];
    document.addEventListener("securitypolicyviolation", (event) => broken.push(`${event.violatedDirective} ${event.sourceFile}:${event.lineNumber}`));
  });
  await page.goto(stage.url, { waitUntil: "load" });
  await page.waitForSelector("h1"); // before that a link leaves the app
  for (const path of screens) {
    await page.go(path);
    await until(() => page.evaluate((wanted) => location.pathname === wanted && !document.querySelector(".skeleton"), path).catch(() => false), path);
  }
  assert.deepEqual(await page.evaluate(() => broken), []);
  stage.allow(/Content Security Policy|Trusted(HTML|Script)|status of 404/);
  // Later, for what the driver evaluates itself is let through.
  const tried = await page.evaluate(() => new Promise((resolve) => setTimeout(() => {
    const outcome = (run) => { try { run(); return "done"; } catch (error) { return error.name; } };
    resolve([outcome(() => { document.body.innerHTML = "<b>x</b>"; }), outcome(() => new DOMParser().parseFromString("<b>x</b>", "text/html")), outcome(() => globalThis.eval("1"))]);
  })));
  assert.deepEqual(tried, ["TypeError", "TypeError", "EvalError"]);
  assert.ok((await page.evaluate(() => broken)).length >= 2);
  stage.assertQuiet();
});
