// Your connections: what is in which group, what it says, switching one off, and finding one.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Stage, until } from "./support/stage.mjs";
import { StandIn } from "./support/stand_in.mjs";

let stage, upstream, closed;

before(async () => {
  stage = await Stage.open();
  upstream = await StandIn.start();
  closed = await StandIn.start({ signIn: true });
  const { url } = upstream;
  await stage.server({ slug: "wiki", title: "Wiki", url });
  await stage.server({ slug: "always", title: "Always", url: `${url}?a`, availability: "forceOn" });
  await stage.server({ slug: "later", title: "Later", url: `${url}?b`, availability: "defaultOff" });
  await stage.server({ slug: "files", title: "Team files", url: closed.url, auth: "oauth", credential_mode: "perMember" });
  await stage.server({ slug: "sentry", title: "Sentry", url: closed.url, auth: "oauth", credential_mode: "shared" });
  await stage.server({ slug: "gone", title: "Gone", url: "http://127.0.0.1:9911/mcp" });
  await stage.server({ slug: "secret", title: "Not for members", url: `${url}?c`, access: { everyone: false, people: ["ann"] } });
});
after(async () => {
  await stage?.close();
  await upstream?.stop();
  await closed?.stop();
});

const groups = (page) => page.$$eval(".group", (all) => all.map((one) => [one.querySelector("h2").innerText.replace(/\s+/g, " "), [...one.querySelectorAll(".connection")].map((row) => row.dataset.slug).sort()]));

test("42 · each connection is in its group, with a word for how it fares; what is not granted is not there", async () => {
  const page = await stage.page("bea", "/");
  await page.see("Wiki");
  assert.deepEqual(await groups(page), [["Needs you 1", ["files"]], ["Ready 3", ["always", "later", "wiki"]], ["Unavailable 2", ["gone", "sentry"]]]);
  await page.see("Sentry is paused. The shared account needs a new sign-in by an admin.");
  await page.see("Connect your Team files account to use its tools as yourself.");
  assert.deepEqual(await page.$$eval(".connection .status", (all) => all.map((one) => one.textContent).sort()), ["Connected", "Connected", "Disabled", "Error", "Paused"]);
  assert.ok(!(await page.words()).includes("Not for members"));
  const admin = await stage.page("ann", "/");
  await admin.see("The shared account needs a sign-in.");
  assert.deepEqual((await groups(admin))[0], ["Needs you 2", ["files", "sentry"]]);
  stage.assertQuiet();
});

test("switching one off is kept, asks for one thing, and leaves what is always on alone", async () => {
  const page = await stage.page("carl", "/");
  await page.see("Wiki");
  const asked = [];
  page.on("request", (request) => { if (request.url().includes("/v1/")) asked.push(`${request.method()} ${new URL(request.url()).pathname}`); });
  await page.press("Use Wiki");
  await page.see("Wiki is off for your apps.");
  assert.deepEqual(asked, ["PUT /v1/selection"]);
  const chosen = (await stage.api("carl", "GET", "/v1/selection")).servers.filter((one) => one.selected).map((one) => one.slug).sort();
  assert.deepEqual(chosen, ["always", "files", "gone", "sentry"]);
  assert.equal(await page.$('[data-slug="always"] [role=switch]'), null);
  await page.press("Use Later");
  await page.see("Later is on for your apps.");
  await page.reload();
  await page.see("Switched off by you");
  assert.equal(await page.$eval('[data-slug="later"] [role=switch]', (one) => one.getAttribute("aria-checked")), "true");
  stage.assertQuiet();
});

test("51 · the search lives in the address", async () => {
  const page = await stage.page("bea", "/?q=team");
  await page.see("Team files");
  assert.deepEqual(await groups(page), [["Needs you 1", ["files"]]]);
  await page.fill("Search your connections", "nothing like it");
  await page.see('Nothing here is called "nothing like it".');
  assert.equal(await page.path(), "/?q=nothing+like+it");
  stage.assertQuiet();
});

test("no page load talks to an upstream", async () => {
  const before = JSON.stringify([upstream.counts, closed.counts]);
  const page = await stage.page("bea", "/");
  await page.see("Wiki");
  await until(async () => (await page.$$(".connection")).length === 6, "all rows");
  assert.equal(JSON.stringify([upstream.counts, closed.counts]), before);
});

test("11 · at 320 pixels every row and its button are in sight", async () => {
  const page = await stage.page("bea", "/", { width: 320, height: 640 });
  await page.see("Wiki");
  assert.equal(await page.overflow(), 0);
  const outside = await page.$$eval("main :is(button, a, input)", (all) => all.filter((one) => one.checkVisibility() && !one.closest("[popover]")).filter((one) => {
    const box = one.getBoundingClientRect();
    return box.left < 0 || box.right > innerWidth || box.width < 24 || box.height < 24;
  }).map((one) => `${one.textContent}|${one.getAttribute("aria-label")} ${one.getBoundingClientRect().width}x${one.getBoundingClientRect().height}`));
  assert.deepEqual(outside, []);
});
