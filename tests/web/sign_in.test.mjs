// Connecting an account by a window, with the provider's bad habits, and popup blocking as people have it.
import { test, before, after, beforeEach } from "node:test";
import assert from "node:assert/strict";
import { Stage, slowness, until } from "./support/stage.mjs";
import { StandIn } from "./support/stand_in.mjs";

let stage, provider;
const row = '[data-slug="files"]';
const state = (page) => page.$eval(`${row} .sign-in`, (panel) => panel.dataset.state).catch(() => null);

before(async () => {
  stage = await Stage.open();
  provider = await StandIn.start({ signIn: true, name: "files" });
  await stage.server({ slug: "files", title: "Team files", url: provider.url, auth: "oauth", credential_mode: "perMember" });
});
after(async () => {
  await stage?.close();
  await provider?.stop();
});
beforeEach(() => Object.assign(provider, { delay: 0, coop: false, auto: false, wrongIssuer: false, tokenStatus: 200 }));

/** A member's start page and how often it looked at a sign-in, and how many looks there were at once. */
async function opened(who) {
  const page = await stage.page(who, "/");
  await page.see("Team files");
  const looks = { all: 0, now: 0, most: 0, starts: 0 };
  const isLook = (request) => request.url().includes("/v1/me/oauth/flows/");
  page.on("request", (request) => {
    if (request.url().endsWith("/oauth/start")) looks.starts += 1;
    if (isLook(request)) { looks.all += 1; looks.now += 1; looks.most = Math.max(looks.most, looks.now); }
  });
  for (const name of ["requestfinished", "requestfailed"]) page.on(name, (request) => { if (isLook(request)) looks.now -= 1; });
  return { page, looks };
}
const connect = async (page, name = "Connect") => {
  const popup = page.popup();
  await page.press(name, { within: row });
  return popup;
};
const decide = async (popup, say) => {
  const button = await popup.waitForSelector(`button[value=${say}]`, { timeout: 60_000 });
  await button.click();
};

test("19, 26 · with popup blocking on and a discovery of 7 s: the window opens at once, leads to the provider, and the row is connected without a reload", async () => {
  provider.delay = 3500; // of each of the two documents
  const { page } = await opened("bea");
  await page.evaluate(() => { globalThis.heard = []; new BroadcastChannel("pb-oauth").onmessage = (event) => globalThis.heard.push(event.data); });
  const marked = await page.evaluate(() => (globalThis.stays = Math.random()));
  const popup = await connect(page);
  assert.match(popup.url(), /\/oauth\/wait$|about:blank/);
  await page.see("Contacting Team files…");
  await popup.waitForFunction(() => document.body?.innerText.includes("Contacting the sign-in server"));
  await page.see("Finish signing in to Team files in the other window.");
  const answers = [];
  popup.on("response", (response) => { if (response.url().includes("/oauth/callback")) answers.push(response); });
  const closed = new Promise((resolve) => popup.once("close", resolve));
  await decide(popup, "allow");
  await page.see("Connected with your own account");
  assert.equal(await page.evaluate(() => globalThis.stays), marked);
  await page.waitForFunction(() => globalThis.heard.length > 0);
  const heard = await page.evaluate(() => globalThis.heard);
  assert.deepEqual(heard.map((one) => [Object.keys(one).sort().join(), one.state]), [["flow,state", "done"]]);
  assert.equal(answers[0].headers()["cache-control"], "no-store");
  await closed; // it closes itself
  await page.see("3 tools");
  stage.assertQuiet();
});

test("20 · where no window may open, a real link takes its place and completes the sign-in", async () => {
  provider.auto = true;
  const { page } = await opened("carl");
  await page.evaluate(() => { window.open = () => null; });
  await page.press("Connect", { within: row });
  await page.see("Your browser blocked the sign-in window.");
  await stage.axe(page, "the link in place of a window");
  const link = await page.waitForSelector(`${row} .sign-in a`);
  assert.deepEqual(await link.evaluate((one) => [one.textContent, one.target, one.rel]), ["Continue to Team files", "_blank", "noopener"]);
  await link.click();
  await page.see("Connected with your own account");
  stage.assertQuiet();
});

test("21 · a provider that cuts its window off (COOP) does not end the sign-in", async () => {
  provider.coop = true;
  const { page, looks } = await opened("dora");
  const popup = await connect(page);
  await popup.waitForSelector("button[value=allow]");
  const before = looks.all;
  await until(() => looks.all >= before + 2, "two more looks");
  await page.see("Finish signing in to Team files in the other window.");
  assert.equal(await state(page), "waiting");
  await decide(popup, "allow");
  await page.see("Connected with your own account");
  stage.assertQuiet();
});

test("22 · three quick clicks leave one sign-in and never two looks at once", async () => {
  const { page, looks } = await opened("eva");
  const popup = page.popup();
  await page.$eval(`${row} .connection-do .button`, (button) => { button.click(); button.click(); button.click(); });
  await popup;
  await page.see("Finish signing in to Team files in the other window.");
  await until(() => looks.all >= 3, "three looks");
  assert.deepEqual([looks.starts, looks.most], [1, 1]);
  await page.press("Cancel", { within: row });
  stage.assertQuiet();
});

test("23 · closing the window only brings a hint; Reopen goes on; Cancel ends all looks", async () => {
  const { page, looks } = await opened("finn");
  const popup = await connect(page);
  await popup.waitForSelector("button[value=allow]");
  await popup.close();
  await page.see("Window closed? You can reopen it; nothing was lost.");
  assert.equal(await state(page), "waiting");
  await stage.axe(page, "the hint");
  const second = page.popup();
  await page.press("Reopen", { within: row });
  await (await second).waitForSelector("button[value=allow]");
  await page.see("We will notice by ourselves.");
  await page.press("Cancel", { within: row });
  await page.waitForFunction((panel) => !document.querySelector(panel), {}, `${row} .sign-in`);
  const ended = looks.all;
  // What would bring a look at once brings none; the answer of another request comes after any that was begun.
  await page.evaluate(async () => {
    dispatchEvent(new Event("focus"));
    document.dispatchEvent(new Event("visibilitychange"));
    await fetch("/v1/session");
  });
  assert.equal(looks.all, ended);
  stage.assertQuiet();
});

test("24 · declined, another issuer and a token endpoint that fails have their own words and a reference, and show no secret", async () => {
  const cases = [
    [{}, "deny", /Team files says you declined\. Nothing was connected\./],
    [{ wrongIssuer: true }, "allow", /The sign-in server for Team files is not the one we expected\./],
    [{ tokenStatus: 500 }, "allow", /Team files did not complete the sign-in\./],
  ];
  const { page } = await opened("gil");
  for (const [switches, say, words] of cases) {
    Object.assign(provider, { wrongIssuer: false, tokenStatus: 200 }, switches);
    const popup = await connect(page);
    await decide(popup, say);
    await page.see(words);
    await page.see(/Reference [0-9A-F]{4}-[0-9A-F]{4}/);
    await stage.axe(page, `the refusal ${words}`);
    await page.evaluate((panel) => { for (const one of document.querySelectorAll(`${panel} details`)) one.open = true; }, row);
    const shown = await page.words();
    for (const secret of [...provider.tokens, ...provider.codes.keys(), "secret-in-an-error-description"]) assert.ok(!shown.includes(secret), shown);
    await page.press("Dismiss", { within: row });
    await popup.close().catch(() => {});
  }
  stage.assertQuiet();
});

test("24 · a sign-in that was begun elsewhere ends this one, and says so", async () => {
  const { page } = await opened("hugo");
  await connect(page);
  await page.see("Finish signing in to Team files in the other window.");
  await page.evaluate(async () => {
    const { csrf } = await (await fetch("/v1/session")).json();
    await fetch("/v1/servers/files/oauth/start", { method: "POST", headers: { "X-Patchbay-Csrf": csrf } });
  });
  await page.see("Another sign-in was begun, so this one was ended.");
  stage.assertQuiet();
});

test("25 · a tab that was hidden meanwhile knows within a second of being shown", async () => {
  provider.auto = true;
  const { page, looks } = await opened("ida");
  await page.evaluate(() => {
    // As a hidden tab: timers stand still, and nothing is heard.
    globalThis.hide = (hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (hidden ? "hidden" : "visible") });
      document.dispatchEvent(new Event("visibilitychange"));
    };
    Object.defineProperty(BroadcastChannel.prototype, "onmessage", { set() {} });
    const later = window.setTimeout;
    window.setTimeout = (run, milliseconds) => later(run, document.hidden || globalThis.frozen ? 600_000 : milliseconds);
    globalThis.frozen = true;
    globalThis.hide(true);
  });
  const popup = await connect(page);
  await popup.waitForFunction(() => document.body?.innerText.includes("is connected")).catch(() => {});
  await until(async () => (await stage.api("ida", "GET", "/v1/me/connections/files")).connected, "the account");
  assert.equal(looks.all, 0);
  const begun = Date.now();
  await page.evaluate(() => globalThis.hide(false));
  await page.waitForFunction(() => document.body.innerText.includes("Connected with your own account"), { polling: 20 });
  const took = Date.now() - begun;
  assert.ok(looks.all >= 1 && took < 1000 * slowness, `${took} ms`);
});

test("30, 43 · disconnecting is one's own: the setup and everybody else's account stay", async () => {
  provider.auto = true;
  const { page } = await opened("jo");
  await connect(page);
  await page.see("Connected with your own account");
  const others = (await stage.api("bea", "GET", "/v1/me/connections/files")).connected;
  await page.press("More for Team files");
  await page.press("Disconnect my account");
  await page.see("Disconnect your Team files account?");
  await stage.axe(page, "the question");
  await page.press("Disconnect my account", { within: "dialog" });
  await page.see("Your Team files account is disconnected.");
  await page.waitForSelector(`${row} .primary`);
  assert.equal((await stage.api("jo", "GET", "/v1/me/connections/files")).connected, false);
  assert.equal((await stage.api("bea", "GET", "/v1/me/connections/files")).connected, others);
  assert.ok(others);
  stage.assertQuiet();
});
