// Items 50 to 56 and 60: the log, what happens now, one's own rows, what was changed, and the overview.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "../support/agent.mjs";
import { Stage, slowness, until } from "./support/stage.mjs";
import { StandIn, aTool } from "./support/stand_in.mjs";

// A million rows take minutes to make: PATCHBAY_ROWS=1000000 does it, and `./dev bench scale` measures the API with as many.
const seeded = Number(process.env.PATCHBAY_ROWS ?? 1_200);
const planted = "planted-in-arguments-7Q", plantedResult = "planted-in-a-result-9Z";

let stage, upstream, tokens, agent;

before(async () => {
  stage = await Stage.open();
  upstream = await StandIn.start({ tools: [aTool("find"), aTool("fails")],
    answer: ({ name }) => ({ content: [{ type: "text", text: plantedResult }], isError: name === "fails" }) });
  await stage.server({ slug: "wiki", title: "Wiki", url: upstream.url });
  await stage.server({ slug: "other", title: "Other", url: `${upstream.url}?other` });
  tokens = { bea: await (await stage.person("bea")).token(), carl: await (await stage.person("carl")).token() };
  agent = await Agent.connect(stage.patchbay, tokens.bea);
});
after(async () => {
  await agent?.close();
  await stage?.close();
  await upstream?.stop();
});

/** A line to the appliance that can be cut. */
class Line {
  static async to(port) {
    const self = new Line();
    Object.assign(self, { isUp: true, sockets: new Set() });
    self.server = createServer((near) => {
      if (!self.isUp) return near.destroy();
      const far = connect(port, "127.0.0.1");
      for (const [one, other] of [[near, far], [far, near]]) {
        self.sockets.add(one);
        one.on("error", () => other.destroy()).on("close", () => { self.sockets.delete(one); other.destroy(); }).pipe(other);
      }
      return undefined;
    }).listen(0, "127.0.0.1");
    await once(self.server, "listening");
    return self;
  }
  get url() { return `http://127.0.0.1:${this.server.address().port}`; }
  cut() {
    this.isUp = false;
    for (const socket of this.sockets) socket.destroy();
  }
  async close() {
    this.cut();
    this.server.close();
    await once(this.server, "close");
  }
}

const call = async (name, who = "bea", args = { text: planted }) => {
  const answer = await fetch(`${stage.url}/v1/tools/call`, { method: "POST", body: JSON.stringify({ name, arguments: args }),
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${tokens[who]}`, "User-Agent": "seeder/1.0" } });
  return answer.text();
};
const audit = (query) => stage.api("ann", "GET", `/v1/audit?${new URLSearchParams(query)}`);
const rowsOf = (page) => page.$$eval("[data-row]", (rows) => rows.map((row) => Number(row.dataset.row)));
const newestRow = async () => (await audit({ limit: 1 })).events[0].sequence;
const rowText = (page, sequence) => page.$eval(`[data-row="${sequence}"]`, (row) => row.innerText.replace(/\s+/g, " "));
const showNewer = async (page) => (await page.waitForSelector(".newer-pill")).click();
// A page that is done with: what still listens costs time.
const leave = (...pages) => Promise.all(pages.map((page) => page.stageContext.close()));
const ready = (page) => page.waitForSelector("[data-row]");

test("50 · a call made through MCP is in the log and in the live view within two seconds, with who, client, connection, tool, outcome and time", async () => {
  const [log, live] = [await stage.page("ann", "/activity/log"), await stage.page("ann", "/activity/live")];
  await live.see("Live");
  await Promise.all([ready(log), ready(live)]);
  await live.waitForSelector(".live-dot.open");
  const began = Date.now();
  await agent.execute("mcp:wiki:find", { text: planted });
  const { sequence } = (await audit({ limit: 1, server: "wiki" })).events[0];
  await live.waitForSelector(`[data-row="${sequence}"]`);
  await log.see(/Newer rows: \d/);
  assert.ok(Date.now() - began < 2_000 * slowness, `${Date.now() - began} ms`);
  await showNewer(log);
  await log.waitForSelector(`[data-row="${sequence}"]`);
  for (const page of [log, live]) assert.match(await rowText(page, sequence), /^\d\d:\d\d:\d\d bea .*e2e.* wiki find OK [\d.]+ m?s [\d.]+ K?B$/);
  await leave(log, live);
  stage.assertQuiet();
});

test("51 · filters live in the address: another tab shows the same rows, Back takes the last one away", async () => {
  await call("mcp__wiki__fails");
  await call("mcp__other__find", "carl");
  const page = await stage.page("ann", "/activity/log?range=all");
  await ready(page);
  const choose = async (label, value) => {
    await page.waitForSelector(`::-p-aria([name="${label}"])`);
    await page.select(`select[aria-label="${label}"]`, value);
    await page.waitForSelector(`::-p-aria([name="Remove the filter ${label}"])`);
  };
  await choose("Action", "tool.call");
  await choose("Outcome", "tool_error");
  assert.match(await page.path(), /action=tool.call.*outcome=tool_error/);
  await until(async () => (await rowsOf(page)).length > 0, "rows that pass");
  const expected = (await audit({ action: "tool.call", outcome: "tool_error" })).events.map((row) => row.sequence);
  await until(async () => String(await rowsOf(page)) === String(expected), "the rows that the API gives");
  const other = await stage.page("ann", await page.path());
  await ready(other);
  assert.deepEqual(await rowsOf(other), expected);
  await page.goBack();
  await until(async () => !/outcome/.test(await page.path()), "one filter less");
  assert.match(await page.path(), /action=tool.call/);
  const calls = (await audit({ action: "tool.call", limit: 100 })).events.map((row) => row.sequence);
  await until(async () => String(await rowsOf(page)) === String(calls), "the calls");
  await page.goBack();
  await until(async () => !/action/.test(await page.path()), "no filter");
  // A person by typing, and what no row passes.
  await page.fill("Person or token", "carl");
  await page.press("carl", { role: "option" });
  await until(async () => /actor=carl/.test(await page.path()), "the person in the address");
  await page.see("Who: carl");
  const rows = (await audit({ actor: "carl" })).events.map((row) => row.sequence);
  await until(async () => String(await rowsOf(page)) === String(rows), "the person's rows");
  await choose("Outcome", "timeout");
  await page.see("No calls match.");
  await page.press("Clear filters", { within: ".empty" });
  await until(async () => (await rowsOf(page)).length > rows.length, "all rows");
  await leave(page, other);
  stage.assertQuiet();
});

test(`52 · paging through ${seeded} rows while new ones arrive: no row twice, none left out, what is newer waits behind a pill`, async () => {
  for (let left = seeded; left > 0; left -= 40) await Promise.all(Array.from({ length: Math.min(40, left) }, () => call("no_such_tool", "carl")));
  const newest = await newestRow();
  const page = await stage.page("ann", "/activity/log?range=all");
  await ready(page);
  assert.equal((await rowsOf(page))[0], newest);
  const pages = Math.min(12, Math.floor(newest / 50));
  const took = [];
  for (let at = 1; at < pages; ++at) {
    if (at % 3 === 0) await call("no_such_tool", "carl");
    took.push(await page.evaluate((wanted) => new Promise((resolve) => {
      const began = performance.now();
      const look = () => (document.querySelectorAll("[data-row]").length > wanted ? requestAnimationFrame(() => resolve(performance.now() - began)) : requestAnimationFrame(look));
      [...document.querySelectorAll(".more button")].at(-1).click();
      look();
    }), at * 50));
  }
  const shown = await rowsOf(page);
  assert.deepEqual(shown, Array.from({ length: shown.length }, (_, at) => newest - at));
  assert.equal(shown.length, pages * 50);
  took.sort((a, b) => a - b);
  console.log(`    a page of 50 rows: median ${Math.round(took[took.length >> 1])} ms, slowest ${Math.round(took.at(-1))} ms`);
  assert.ok(took[took.length >> 1] <= 300 * slowness, `${took}`);
  const more = (await newestRow()) - newest;
  assert.ok(more > 0);
  await page.see(`Newer rows: ${more}`);
  await showNewer(page);
  await until(async () => (await rowsOf(page)).length === pages * 50 + more, "the newer rows");
  assert.deepEqual(await rowsOf(page), Array.from({ length: pages * 50 + more }, (_, at) => newest + more - at));
  await page.waitForFunction(() => !document.querySelector(".newer-pill"));
  await leave(page);
  stage.assertQuiet();
});

test("53 · nobody is sent arguments or results: an admin neither, in lists, details and exports", async () => {
  const bodies = [];
  const listen = (page) => page.on("response", async (response) => { if (/\/v1\/(?!events)/.test(response.url())) bodies.push(await response.text().catch(() => "")); });
  await call("mcp__wiki__find");
  const sequence = await newestRow();
  const page = await stage.page("ann", "/activity/log", { wait: false });
  listen(page);
  await page.reload();
  await ready(page);
  await page.click(`[data-row="${sequence}"] a`);
  await page.see("Arguments and results are not kept.");
  await page.see(/Sent\s+\d+ B/);
  await page.see("Token “e2e");
  await page.waitForNetworkIdle({ concurrency: 1 });
  const exported = await fetch(`${stage.url}/v1/audit/export`, { headers: stage.ann.headers });
  bodies.push(await exported.text());
  assert.ok(bodies.length > 3 && bodies.some((body) => body.includes('"request_bytes"')));
  for (const body of bodies) for (const word of [planted, plantedResult]) assert.ok(!body.includes(word), body.slice(0, 200));
  assert.ok(!(await page.content()).includes("planted-in"));
  await leave(page);
  stage.assertQuiet();
});

test("53 · a member sees what they did themselves and nothing of others, with sizes and without arguments", async () => {
  await call("mcp__wiki__find", "carl");
  const foreign = await newestRow();
  await call("mcp__wiki__find");
  const mine = await newestRow();
  const page = await stage.page("bea", "/my/activity");
  await page.waitForSelector(`[data-row="${mine}"]`);
  assert.ok(!(await rowsOf(page)).includes(foreign));
  await page.click(`[data-row="${mine}"] a`);
  await page.see("Arguments and results are not kept.");
  await page.see(/Sent\s+\d+ B/);
  assert.ok(!(await page.content()).includes("planted-in"));
  await page.press("Close");
  await call("mcp__wiki__find");
  await page.see("Newer rows: 1");
  assert.equal((await (await stage.person("bea")).call("GET", "/v1/audit")).status, 403);
  const shut = await stage.page("bea", "/activity/log");
  await shut.see("This page is for admins");
  await leave(page, shut);
  stage.assertQuiet();
});

test("54 · an export has exactly the rows of the filter, the same first and last", async () => {
  const folder = await mkdtemp(join(tmpdir(), "patchbay-export-"));
  try {
    for (let at = 0; at < 60; ++at) await call("no_such_tool", "carl");
    const page = await stage.page("ann", "/activity/log?range=all&actor=carl");
    await ready(page);
    const session = await page.createCDPSession();
    await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder, browserContextId: page.stageContext.id });
    await call("no_such_tool", "carl"); // after the list was read: not in the export of what it shows
    const save = async (item) => {
      await page.press("Export");
      await page.press(item, { role: "menuitem" });
      const name = await until(async () => (await readdir(folder)).find((one) => !one.endsWith(".crdownload")), "the file");
      const text = await readFile(join(folder, name), "utf8");
      await rm(join(folder, name));
      return text;
    };
    const lines = (await save("JSON lines The rows of this filter, oldest first")).trim().split("\n").map((line) => JSON.parse(line));
    while (await page.$(".more button")) {
      const before = (await rowsOf(page)).length;
      await page.click(".more button");
      await until(async () => (await rowsOf(page)).length > before, "older rows");
    }
    const shown = await rowsOf(page);
    assert.ok(shown.length > 60);
    assert.deepEqual(lines.map((line) => line.sequence), [...shown].reverse());
    const csv = (await save("Spreadsheet (CSV) The rows of this filter, oldest first")).trim().split(/\r?\n/);
    assert.match(csv[0], /^sequence,at,actor,/);
    assert.equal(csv.length - 1, shown.length);
    assert.deepEqual([csv[1], csv.at(-1)].map((line) => Number(line.split(",")[0])), [shown.at(-1), shown[0]]);
    await leave(page);
    stage.assertQuiet();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("55 · live: a broken stream says so within five seconds, and no event is lost", async (t) => {
  const line = await Line.to(stage.patchbay.port);
  t.after(() => line.close());
  const page = await stage.page("ann", "/", { watch: false });
  await page.goto(`${line.url}/activity/live`);
  await ready(page);
  await page.waitForSelector(".live-dot.open");
  await call("mcp__wiki__find");
  await page.waitForSelector(`[data-row="${await newestRow()}"]`);
  const asked = [];
  page.on("request", (request) => { if (request.url().includes("/v1/events")) asked.push(request.headers()["last-event-id"]); });
  // The line is cut, and down for a while.
  const began = Date.now();
  line.cut();
  await page.see(/Live view paused \d+ s ago; reconnecting…/);
  assert.ok(Date.now() - began < 5_000 * slowness, `${Date.now() - began} ms`);
  const missed = [];
  for (let at = 0; at < 3; ++at) {
    await call("mcp__wiki__find");
    missed.push(await newestRow());
  }
  line.isUp = true;
  for (const sequence of missed) await page.waitForSelector(`[data-row="${sequence}"]`);
  await page.seeNot("reconnecting");
  assert.ok(asked.some((id) => /^[0-9a-f]+-\d+$/.test(id ?? "")), `Last-Event-ID: ${asked}`);
  // The server itself starts anew, and its stream knows nothing of before.
  await stage.patchbay.stop();
  await page.see(/Live view paused/);
  await stage.patchbay.start();
  await until(async () => { await call("mcp__wiki__find"); return (await audit({ limit: 1 })).events[0].tool === "find"; }, "a call after the start");
  const later = await newestRow();
  await page.press("Try now").catch(() => {});
  await page.waitForSelector(`[data-row="${later}"]`);
  const shown = await rowsOf(page);
  assert.deepEqual(shown, Array.from({ length: shown.length }, (_, at) => shown[0] - at));
  await page.seeNot("reconnecting");
  await leave(page);
});

test("55 · live: Pause keeps the rows as they are; while somebody reads, neither focus nor scroll moves", async () => {
  const page = await stage.page("ann", "/activity/live", { height: 500 });
  await ready(page);
  await page.waitForSelector(".live-dot.open");
  await page.press("Pause");
  await page.evaluate(() => {
    globalThis.touched = 0;
    new MutationObserver((changes) => { globalThis.touched += changes.length; }).observe(document.querySelector("table.trail"), { childList: true, subtree: true, characterData: true, attributes: true });
  });
  await call("mcp__wiki__find");
  await call("mcp__wiki__find");
  await page.see("Newer rows: 2");
  assert.equal(await page.evaluate(() => globalThis.touched), 0);
  const before = await rowsOf(page);
  await page.press("Resume");
  const newest = await newestRow();
  await page.waitForSelector(`[data-row="${newest}"]`);
  assert.deepEqual((await rowsOf(page)).slice(2, 12), before.slice(0, 10));
  // With the focus in a row.
  const state = () => page.evaluate(() => ({ row: document.activeElement.closest("[data-row]")?.dataset.row, top: document.activeElement.getBoundingClientRect().top, scroll: scrollY }));
  await page.focus(`[data-row="${newest}"] a`);
  const focused = await state();
  await call("mcp__wiki__find");
  await page.see("Newer rows: 1");
  assert.deepEqual(await state(), focused);
  await showNewer(page);
  await page.waitForSelector(`[data-row="${newest + 1}"]`);
  // Scrolled down, without any focus.
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 400); });
  const scrolled = await page.evaluate(() => ({ scroll: scrollY, rows: document.querySelectorAll("[data-row]").length }));
  await call("mcp__wiki__find");
  await page.see("Newer rows: 1");
  assert.deepEqual(await page.evaluate(() => ({ scroll: scrollY, rows: document.querySelectorAll("[data-row]").length })), scrolled);
  await leave(page);
  stage.assertQuiet();
});

test("60 · every destructive action is among the admin changes, with what was there before", async () => {
  await stage.server({ slug: "doomed", title: "Doomed", url: `${upstream.url}?doomed` });
  await stage.api("ann", "POST", "/v1/users", { name: "zed" });
  await stage.api("ann", "POST", "/v1/teams", { name: "ops" });
  await stage.api("ann", "POST", "/v1/profiles", { slug: "small", title: "Small", servers: [{ server: "wiki" }] });
  const token = await stage.api("ann", "POST", "/v1/me/tokens", { name: "short", scopes: ["mcp:read"] });
  await stage.api("ann", "PATCH", "/v1/users/zed", { disabled: true });
  await stage.api("ann", "POST", "/v1/servers/doomed/disconnect");
  await stage.api("ann", "PATCH", "/v1/servers/doomed", { access: { everyone: false, people: ["bea"], teams: [] } });
  for (const path of ["servers/doomed", "users/zed", "teams/ops", "profiles/small", `me/tokens/${token.id}`]) await stage.api("ann", "DELETE", `/v1/${path}`);
  const page = await stage.page("ann", "/activity/changes");
  await page.see("deleted connection doomed");
  const changes = (await page.$$eval(".change", (rows) => rows.map((row) => row.innerText.replace(/\s+/g, " ")))).join("\n");
  for (const [what, before] of [["deleted connection doomed", /title Doomed nothing/], ["removed person zed", /role member nothing/], ["removed team ops", /Name ops removed/], ["removed profile small", /small|title/],
    ["revoked token short", /revoked_at nothing 20/], ["changed person zed", /disabled|state/], ["signed everyone out of doomed", /doomed/], ["changed connection doomed", /access everyone: yes people: bea/]]) {
    const line = changes.split("\n").find((one) => one.includes(what));
    assert.ok(line, `${what} in\n${changes}`);
    assert.match(line, before);
  }
  assert.ok(!/called|searched/i.test(changes));
  // One change in the drawer, by keyboard alone; Esc gives the focus back.
  await page.focus(".change-time a");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog.drawer[open]");
  await page.see("Before");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("dialog[open]"));
  await until(async () => (await page.focused()).tag === "A", "the focus to come back");
  await leave(page);
  stage.assertQuiet();
});

/** The contrast of two colours as browsers give them: "rgb(1, 2, 3)". */
function contrast(one, other) {
  const light = (text) => {
    const [r, g, b] = text.match(/[\d.]+/g).slice(0, 3).map((part) => Number(part) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

test("56 · charts say the same in numbers and in a sentence, keep 3:1 in both themes, and do not move where motion is unwanted", async (t) => {
  for (const name of ["mcp__wiki__find", "mcp__wiki__fails", "no_such_tool"]) await call(name);
  for (const theme of ["light", "dark"]) {
    const page = await stage.page("ann", "/overview", { theme, reducedMotion: true });
    await page.see("Time to answer");
    const { totals, buckets } = await stage.api("ann", "GET", "/v1/overview?since=24h&buckets=60");
    await page.see(new RegExp(`^${totals.calls.toLocaleString("en")} calls: `, "m"));
    const chart = await page.waitForSelector(".chart svg[role=img]");
    const said = await chart.evaluate((svg) => svg.getAttribute("aria-labelledby").split(" ").map((id) => document.getElementById(id)?.textContent).join(" "));
    assert.match(said, /^Calls [\d,]+ calls/);
    const colours = await page.$$eval(".chart .pattern-ground, .chart path.line", (marks) => marks.map((mark) => [getComputedStyle(mark)[mark.matches("path") ? "stroke" : "fill"], getComputedStyle(mark.closest(".card")).backgroundColor]));
    assert.ok(colours.length > 4);
    for (const [colour, ground] of colours) assert.ok(contrast(colour, ground) >= 3, `${theme}: ${colour} on ${ground}`);
    assert.ok((await page.$$eval(".chart pattern path", (marks) => new Set(marks.map((mark) => mark.getAttribute("d"))).size)) >= 2); // patterns beside the colours
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
    await (await page.waitForSelector(".chart input[value=table]")).click();
    const table = await page.waitForSelector(".chart-table table");
    const sums = await table.evaluate((one) => {
      const names = [...one.querySelectorAll("thead th")].map((cell) => cell.textContent);
      const rows = [...one.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
      return { rows: rows.length, ...Object.fromEntries(names.slice(1).map((name, at) => [name, rows.reduce((sum, row) => sum + Number(row[at + 1].replaceAll(",", "")), 0)])) };
    });
    assert.deepEqual(sums, { rows: buckets.length, OK: totals.outcomes.ok, "tool error": totals.outcomes.tool_error, denied: totals.outcomes.refused, All: totals.calls });
    await stage.axe(page, `the overview, ${theme}`);
    await leave(page);
  }
  stage.assertQuiet();
});

test("56 · on an instance where nobody has called anything stand the four steps until the first call", async (t) => {
  const fresh = await Stage.open();
  t.after(() => fresh.close());
  const page = await fresh.page("ann", "/overview");
  await page.see("Get started");
  assert.equal((await page.$$(".checklist li")).length, 4);
  assert.equal((await page.$$(".checklist li.done, .chart")).length, 0);
  await fresh.axe(page, "the steps");
  await page.press("Add a connection", { role: "link" });
  await page.waitForFunction(() => location.pathname === "/connections");
  fresh.assertQuiet();
});

test("12 · log, live view, changes and a row's details pass axe in both themes and fit into 320 px", async () => {
  await call("mcp__wiki__find");
  for (const theme of ["light", "dark"]) {
    for (const path of ["log", "live", "changes", "log?row=1", "log?range=custom&outcome=timeout"]) {
      const page = await stage.page("ann", `/activity/${path}`, { theme, width: 320, height: 740 });
      await page.waitForFunction(() => document.querySelector("[data-row], .empty, dialog[open]") && !document.querySelector(".skeleton"));
      await stage.axe(page, `${path}, ${theme}`);
      assert.ok((await page.overflow()) <= 0, `${path} scrolls sideways`);
      await leave(page);
    }
  }
  stage.assertQuiet();
});

test("9 · by keyboard alone: from the filter to a row, its details, and back to the row", async () => {
  const page = await stage.page("ann", "/activity/log");
  await ready(page);
  const reach = async (wanted) => {
    for (let tries = 0; tries < 60; ++tries) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((selector) => document.activeElement.matches(selector), wanted)) return;
    }
    assert.fail(`Tab does not reach ${wanted}`);
  };
  await reach(".time-range input");
  await page.keyboard.press("ArrowRight");
  await until(async () => /range=7d/.test(await page.path()), "the next range");
  await ready(page);
  await reach("[role=combobox]");
  await reach('select[aria-label="Outcome"]');
  await reach("[data-row] a");
  const row = await page.evaluate(() => document.activeElement.closest("[data-row]").dataset.row);
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog.drawer[open]");
  assert.match(await page.path(), new RegExp(`row=${row}`));
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("dialog[open]"));
  assert.equal(await page.evaluate(() => document.activeElement.closest("[data-row]")?.dataset.row), row);
  await leave(page);
  stage.assertQuiet();
});
