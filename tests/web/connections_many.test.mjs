// The table with 2,000 connections: few rows in the document, quick to search.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Appliance } from "../support/appliance.mjs";
import { Stage } from "./support/stage.mjs";

const many = 2000;
let stage;

before(async () => {
  const servers = Array.from({ length: many - 2 }, (_, at) => ({ name: `service-${String(at).padStart(4, "0")}`, transport: "http", url: `https://service-${at}.example/mcp`, enabled: false }));
  stage = await Stage.open({ appliance: await Appliance.create({ servers }) });
  for (const slug of ["aaa", "zzz"]) await stage.api("ann", "POST", "/v1/servers", { slug, title: `Own ${slug}`, url: `https://${slug}.example/mcp`, enabled: false });
});
after(() => stage?.close());

test("2,000 connections: the first rows are there at once, 50 at a time; search and paging ask for no list again", async (t) => {
  const page = await stage.page("ann", "/my/profile");
  await page.evaluate(() => {
    const watcher = new MutationObserver(() => {
      if (!document.querySelector("tbody tr")) return;
      performance.mark("rows");
      watcher.disconnect();
    });
    watcher.observe(document.body, { childList: true, subtree: true });
  });
  await page.go("/connections");
  await page.see("2,000 connections");
  const drawn = await page.evaluate(() => {
    const first = performance.getEntriesByType("resource").find((one) => one.name.includes("/v1/servers?limit=100"));
    return performance.getEntriesByName("rows")[0].startTime - first.responseEnd;
  });
  t.diagnostic(`first rows ${Math.round(drawn)} ms after their data`);
  assert.equal((await page.$$("tbody tr")).length, 50);

  const asked = [];
  page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const took = await page.evaluate(async () => {
    const field = document.querySelector("[data-search]");
    const begun = performance.now();
    field.value = "service-1987";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    while (document.querySelectorAll("tbody tr").length !== 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - begun;
  });
  t.diagnostic(`search among ${many} took ${Math.round(took)} ms`);
  await page.fill("Search connections", " ");
  await page.see("1–50 of 2,000");
  await page.press("Next page");
  await page.see("51–100 of 2,000");
  assert.ok((await page.path()).includes("page=2"));
  await page.goBack();
  await page.see("1–50 of 2,000");
  // How the rows in sight fared is asked for; the connections are not.
  assert.deepEqual(asked.filter((one) => one.includes("/v1/") && one !== "GET /v1/overview/servers"), []);
  stage.assertQuiet();
});
