// What the screens cost: when they are there, whether they jump, how they answer, and whether they keep what they leave.
// Times are printed and asked of a machine that does nothing else (PATCHBAY_SLOW); what no other load changes always decides.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Stage, slowness, until } from "./support/stage.mjs";
import { StandIn, aTool } from "./support/stand_in.mjs";

delete process.env.PATCHBAY_WEB_DIR; // what is built in is meant, compressed and cached

let stage, upstream;

before(async () => {
  stage = await Stage.open();
  upstream = await StandIn.start({ tools: [aTool("find"), aTool("read")] });
  for (const slug of ["wiki", "files", "issues"]) await stage.server({ slug, title: slug, url: `${upstream.url}?${slug}` });
  await stage.person("bea");
  await stage.api("ann", "POST", "/v1/teams", { name: "product", title: "Product", members: ["bea"] });
  for (let i = 0; i < 5; ++i) await stage.ann.call("POST", "/v1/tools/call", { name: "mcp__wiki__find", arguments: {} });
});
after(async () => {
  await stage?.close();
  await upstream?.stop();
});

/** A page that notes when the largest thing was painted, what moved by itself, and how long an answer to the hand took. */
async function observed() {
  const page = await stage.page("ann", "/", { wait: false });
  await page.evaluateOnNewDocument(() => {
    globalThis.seen = { paint: 0, moved: 0, what: [], answers: [] };
    const watch = (type, take, more = {}) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
    watch("largest-contentful-paint", (entry) => { seen.paint = entry.startTime; });
    watch("layout-shift", (entry) => { if (entry.hadRecentInput) return; seen.moved += entry.value; seen.what.push(...entry.sources.map(({ node, previousRect, currentRect }) => `${node?.nodeName}.${node?.className} ${Math.round(previousRect.top)}>${Math.round(currentRect.top)}`)); });
    watch("event", (entry) => { if (entry.interactionId) seen.answers.push(entry.duration); }, { durationThreshold: 16 });
  });
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  return { page, session };
}
const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

test("62 · the largest thing is painted in time and nothing moves by itself, on this machine and on a slow phone far away", async () => {
  const { page, session } = await observed();
  const kinds = { local: { cpu: 1, paint: 600 }, slow: { cpu: 4, paint: 2000, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 } };
  for (const [kind, { cpu, paint, ...network }] of Object.entries(kinds)) {
    await page.emulateCPUThrottling(cpu);
    await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1, ...network });
    const painted = [];
    for (const path of ["/", "/overview", "/connections", "/connections/wiki/tools", "/activity/log", "/people"]) {
      await session.send("Network.clearBrowserCache");
      await page.goto(stage.url + path, { waitUntil: "networkidle2" });
      await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector(".skeleton"));
      const { paint: at, moved, what } = await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(seen)))));
      painted.push(at);
      console.log(`    ${kind} ${path}: LCP ${Math.round(at)} ms, CLS ${moved.toFixed(3)}`);
      assert.ok(at > 0, `${path}: nothing large was painted`);
      assert.ok(moved <= 0.02, `${kind} ${path} moves by itself: ${moved} ${what.join(", ")}`);
    }
    assert.ok(painted[0] <= paint * slowness, `${kind}: ${painted[0]} ms until the start is painted`);
  }
  await page.stageContext.close();
  stage.assertQuiet();
});

test("62 · clicks and keys are answered at once, four times slower than this machine", async () => {
  const { page } = await observed();
  await page.goto(`${stage.url}/connections`, { waitUntil: "networkidle2" });
  await page.emulateCPUThrottling(4);
  for (let turn = 0; turn < 3; ++turn) {
    await page.press("Add a connection");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.type("lin");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !document.querySelector("dialog"));
  }
  for (const name of ["Tools", "Your connections", "Overview", "Activity", "People & teams"]) {
    await page.press(name, { role: "link" });
    await until(async () => (await page.focused()).tag === "H1", name);
  }
  const { answers } = await page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(seen), 200)));
  console.log(`    INP over ${answers.length} interactions of 16 ms and more: p75 ${percentile(answers, 0.75)} ms, longest ${percentile(answers, 1)} ms`);
  assert.ok(answers.length > 0);
  assert.ok(percentile(answers, 0.75) <= 100 * slowness, `${answers}`);
  await page.stageContext.close();
  stage.assertQuiet();
});

test("63 · two hundred changes of the screen leave neither memory nor elements behind", async () => {
  const page = await stage.page("ann", "/");
  const session = await page.createCDPSession();
  await session.send("Performance.enable");
  const paths = ["/", "/tools", "/tools/mcp__wiki__find", "/connect", "/my/access", "/overview", "/connections", "/connections/wiki/tools", "/connections/wiki/access",
    "/activity/log", "/activity/live", "/people", "/people/bea", "/profiles", "/rollout", "/settings"];
  const visit = async (path) => {
    await page.go(path);
    await until(() => page.evaluate((wanted) => location.pathname === wanted && Boolean(document.querySelector("h1")) && !document.querySelector(".skeleton"), path).catch(() => false), path);
  };
  const measure = async () => {
    await visit("/");
    for (let turn = 0; turn < 3; ++turn) await session.send("HeapProfiler.collectGarbage");
    const metrics = Object.fromEntries((await session.send("Performance.getMetrics")).metrics.map((one) => [one.name, one.value]));
    return { heap: metrics.JSHeapUsedSize, nodes: metrics.Nodes, listeners: metrics.JSEventListeners };
  };
  for (const path of [...paths, ...paths]) await visit(path);
  const first = await measure();
  for (let step = 0; step < 200; ++step) await visit(paths[step % paths.length]);
  const last = await measure();
  const grown = { heap: last.heap - first.heap, nodes: last.nodes - first.nodes, listeners: last.listeners - first.listeners };
  console.log(`    after 200 changes: heap ${(grown.heap / 1e6).toFixed(2)} MB, nodes ${grown.nodes}, listeners ${grown.listeners}`);
  assert.ok(grown.heap < 10e6, `${grown.heap} bytes`);
  assert.ok(grown.nodes < 500, `${grown.nodes} nodes`);
  assert.ok(grown.listeners < 100, `${grown.listeners} listeners`);
  await page.stageContext.close();
  stage.assertQuiet();
});
