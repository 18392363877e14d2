// Tools and the page that runs one (ui.md section 9, items 31 to 39), in a real browser against a stand-in server that
// keeps what it was really sent.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Stage, until } from "./support/stage.mjs";
import { StandIn, aTool, someTools } from "./support/stand_in.mjs";

const object = (properties, more = {}) => ({ type: "object", properties, ...more });
const person = object({ name: { type: "string" }, age: { type: "integer" } }, { required: ["name"] });
const tools = [
  aTool("optional", { title: "All optional", inputSchema: object({ text: { type: "string" }, note: { type: "string", default: "hello" }, count: { type: "integer" }, list: { type: "array", items: { type: "string" } }, box: object({ a: { type: "string" } }), sure: { type: "boolean" } }) }),
  aTool("many", { inputSchema: object(Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`field${at}`, { type: "string" }])) ) }),
  aTool("mixed", { inputSchema: { ...object({
    id: { type: "integer" }, limit: { anyOf: [{ type: "integer" }, { type: "null" }] }, level: { enum: [1, 2, 3] }, color: { oneOf: [{ const: "r", title: "Red" }, { const: "g", title: "Green" }] },
    author: { $ref: "#/$defs/person" }, editor: { $ref: "#/$defs/person" }, tree: { $ref: "#/$defs/node" }, matrix: { type: "array", items: { type: "array", items: { type: "number" } } },
  }, { required: ["id", "author"] }), $defs: { person, node: object({ label: { type: "string" }, children: { type: "array", items: { $ref: "#/$defs/node" } } }) } } }),
  aTool("rooted", { inputSchema: { type: "object", anyOf: [object({ kind: { const: "file" }, path: { type: "string" } }, { required: ["kind", "path"] }), object({ kind: { const: "page" }, url: { type: "string" } }, { required: ["kind", "url"] })] } }),
  aTool("strict", { inputSchema: object({ code: { type: "string", pattern: "^[A-Z]{2}-[0-9]+$", description: "Two letters and a number." }, name: { type: "string" } }, { required: ["code", "name"] }) }),
  aTool("remove_all", { title: "Remove all", annotations: { destructiveHint: true }, inputSchema: object({ id: { type: "string" } }) }),
  aTool("change", { annotations: undefined, inputSchema: object({}) }),
  aTool("slow", { inputSchema: object({ text: { type: "string" } }) }),
  aTool("evil"), aTool("long"), aTool("fails"), aTool("pictures"), aTool("structured", { outputSchema: object({ degrees: { type: "number" } }, { required: ["degrees"] }) }),
];
const evil = '<img src=x onerror="document.title=1">';
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const longText = "All work and no play. ".repeat(230_000);
const answers = {
  evil: { content: [{ type: "text", text: `${evil}\nuser\u202egpj.exe` }, { type: "resource_link", name: "click", uri: "javascript:document.title=2" }, { type: "resource_link", name: "fine", uri: "https://example.com/a" }] },
  long: { content: [{ type: "text", text: longText }] },
  fails: { isError: true, content: [{ type: "image", data: pixel, mimeType: "image/png" }, { type: "text", text: "The disk is full." }] },
  pictures: { content: [{ type: "image", data: pixel, mimeType: "image/png" }, { type: "image", data: "PHN2Zz48L3N2Zz4=", mimeType: "image/svg+xml" }, { type: "resource", resource: { uri: "file:///a/b.bin", mimeType: "application/x", blob: pixel } }] },
  structured: { content: [], structuredContent: { degrees: "warm", exact: 1 } },
};

let stage, upstream, big, release;

before(async () => {
  upstream = await StandIn.start({ tools, answer: async ({ name }) => {
    if (name === "slow") await new Promise((resolve) => { release = resolve; });
    return answers[name] ?? { content: [{ type: "text", text: `did ${name}` }] };
  } });
  big = await Promise.all(Array.from({ length: 5 }, (_, at) => StandIn.start({ tools: someTools(1000, `bulk${at}`), perPage: 700 })));
  stage = await Stage.open();
  await stage.server({ slug: "kit", title: "Tool Kit", url: upstream.url });
  for (const [at, one] of big.entries()) await stage.server({ slug: `bulk${at}`, title: `Bulk ${at}`, url: one.url });
});
after(async () => {
  release?.();
  await stage?.close();
  await upstream?.stop();
  for (const one of big ?? []) await one.stop();
});

const open = (name, options) => stage.page("bea", `/tools/mcp__kit__${name}`, options);
const state = (page) => page.$eval(".run-said", (element) => element.dataset.state);
/** Runs what the form holds, and gives what the server was sent. */
async function run(page, { confirm = false } = {}) {
  const before = upstream.calls.length;
  await page.press("Run");
  if (confirm) await page.press("Run it");
  await until(() => upstream.calls.length > before, "the call");
  await until(async () => (await state(page)) === "done", "the result");
  return upstream.calls.at(-1);
}
const pick = async (page, label, text) => {
  const field = await page.waitForSelector(`::-p-aria([name="${label}"][role="combobox"])`);
  const value = await field.evaluate((select, wanted) => [...select.options].find((one) => one.textContent.trim() === wanted)?.value, text);
  assert.notEqual(value, undefined, `${label} has no ${text}`);
  await field.select(value);
};

test("31 · 5,000 tools are filtered within 50 ms of the last key, in at most 120 rows, by keyboard", async () => {
  const page = await stage.page("bea", "/tools");
  await page.see(/5,013 tools/);
  await page.evaluate(() => {
    const field = document.querySelector("[data-search]");
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    globalThis.typeInto = (text) => { set.call(field, text); field.dispatchEvent(new InputEvent("input", { bubbles: true })); };
  });
  // The page's own work after the last key, in time of its thread: other programs on the machine do not count.
  const meter = await page.createCDPSession();
  await meter.send("Performance.enable", { timeDomain: "threadTicks" });
  const busy = async () => (await meter.send("Performance.getMetrics")).metrics.find((one) => one.name === "TaskDuration").value * 1000;
  const [works, waits] = [[], []];
  for (let round = 0; round < 20; round++) {
    await page.evaluate((text) => globalThis.typeInto(text), "bulk4_90");
    await until(() => page.evaluate(() => document.querySelectorAll(".virtual-row").length > 1), "rows");
    const before = await busy();
    waits.push(await page.evaluate(async (wanted) => {
      const start = performance.now();
      globalThis.typeInto(wanted);
      while (document.querySelectorAll(".virtual-row").length !== 1 || !document.querySelector(".virtual-row").textContent.includes(wanted)) await new Promise((resolve) => setTimeout(resolve, 0));
      return performance.now() - start;
    }, `bulk4_${900 + round}`));
    works.push((await busy()) - before);
  }
  for (const times of [works, waits]) times.sort((one, other) => one - other);
  console.log(`filtering 5,013 tools: work p95 ${works[18].toFixed(1)} ms; on this machine now median ${waits[10].toFixed(1)} ms, p95 ${waits[18].toFixed(1)} ms`);
  assert.ok(works[18] <= 50, `p95 ${works[18]} ms`);
  await page.fill("Search tools", "bulk");
  await page.see(/5,000 of 5,013 tools/);
  for (const at of [0, 20_000, 200_000]) {
    await page.$eval(".virtual", (list, top) => { list.scrollTop = top; }, at);
    await until(() => page.evaluate(() => document.querySelectorAll(".virtual-row").length > 5), "rows");
    assert.ok((await page.$$(".virtual-row")).length <= 120);
  }
  await page.fill("Search tools", "all optional");
  await page.see("1 of 5,013 tools");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "listbox");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".run");
  assert.equal(await page.path(), "/tools/mcp__kit__optional");
  await page.goBack();
  await page.see("1 of 5,013 tools");
  assert.equal(await page.path(), "/tools?q=all+optional");
  assert.ok(big.every((one) => one.counts["tools/call"] === undefined));
});

test("31 · opening the pages asks no server behind Patchbay", async () => {
  const before = { ...upstream.counts };
  const page = await stage.page("bea", "/tools");
  await page.see("5,013 tools");
  await open("optional");
  assert.deepEqual(upstream.counts, before);
});

test("32 · what was not touched is not sent", async () => {
  const page = await open("optional");
  await page.see("Arguments");
  const sent = await run(page);
  assert.deepEqual(sent.arguments, {});
  await page.fill("text", "x");
  await pick(page, "sure", "false");
  await page.press("Add list");
  assert.deepEqual((await run(page)).arguments, { text: "x", list: [], sure: false });
  await page.press("Do not send list");
  await pick(page, "sure", "not sent");
  await page.fill("text", "");
  await page.press("Use the default for note: hello");
  assert.deepEqual((await run(page)).arguments, { note: "hello" });
  await page.press("More for text");
  await page.press("Send an empty text");
  await page.press("Do not send note");
  assert.deepEqual((await run(page)).arguments, { text: "" });
});

test("32 · many optional fields wait in a list until they are added", async () => {
  const page = await open("many");
  await page.see("Add a field");
  assert.equal(await page.$('::-p-aria([name="field3"][role="textbox"])'), null);
  await pick(page, "Add a field", "field3");
  await page.press("Add");
  await until(async () => (await page.focused()).tag === "INPUT", "the new field");
  await page.keyboard.type("v");
  assert.deepEqual((await run(page)).arguments, { field3: "v" });
  await page.press("Do not send field3");
  assert.deepEqual((await run(page)).arguments, {});
});

test("33 · references, choices, numbers and lists arrive as they were typed", async () => {
  const page = await open("mixed");
  await page.fill("id", "90071992547409910");
  await page.fill("limit", "1e3");
  await pick(page, "level", "2");
  await pick(page, "color", "Green");
  const names = await page.$$('::-p-aria([name="name"][role="textbox"])');
  await names[0].type("Ann");
  await page.press("Add editor");
  await until(async () => (await page.$$('::-p-aria([name="name"][role="textbox"])')).length === 2, "the editor's name");
  await (await page.$$('::-p-aria([name="name"][role="textbox"])'))[1].type("Bob");
  await page.press("Add tree");
  await page.fill("label", "root");
  await page.press("Add children");
  await page.press("Add item", { within: 'fieldset[data-pointer="/tree/children"]' });
  await (await page.waitForSelector('[data-pointer="/tree/children/0/label"]')).type("leaf");
  await page.press("Add matrix");
  await page.press("Add item", { within: 'fieldset[data-pointer="/matrix"]' });
  await page.press("Add item", { within: 'fieldset[data-pointer="/matrix/0"]' });
  await (await page.waitForSelector('input[data-pointer="/matrix/0/0"]')).type("0.10");
  await page.press("Add item", { within: 'fieldset[data-pointer="/matrix/0"]' });
  await (await page.waitForSelector('input[data-pointer="/matrix/0/1"]')).type("-2");
  const { body } = await run(page);
  const wanted = '{"id":90071992547409910,"author":{"name":"Ann"},"limit":1e3,"level":2,"color":"g","editor":{"name":"Bob"},"tree":{"label":"root","children":[{"label":"leaf"}]},"matrix":[[0.10,-2]]}';
  for (const part of ['"id":90071992547409910', '"limit":1e3', '"level":2', '"matrix":[[0.10,-2]]']) assert.ok(body.includes(part), `${part} in ${body}`);
  assert.deepEqual(JSON.parse(body).params.arguments, JSON.parse(wanted));
  await page.press("More for limit");
  await page.press("Send null");
  assert.equal((await run(page)).arguments.limit, null);
});

test("33 · a choice at the root is a shape, and only its own fields are sent", async () => {
  const page = await open("rooted");
  await pick(page, "Shape", "page");
  await page.fill("url", "https://example.com");
  assert.deepEqual((await run(page)).arguments, { kind: "page", url: "https://example.com" });
  await pick(page, "Shape", "file");
  await page.fill("path", "/tmp");
  assert.deepEqual((await run(page)).arguments, { kind: "file", path: "/tmp" });
});

test("34 · the form and the JSON say the same; JSON that is none does not run, and says where", async () => {
  const page = await open("mixed");
  await page.fill("id", "7");
  await (await page.$('::-p-aria([name="name"][role="textbox"])')).type("Ann");
  await page.press("JSON");
  const area = await page.waitForSelector("textarea.run-json");
  assert.deepEqual(JSON.parse(await area.evaluate((one) => one.value)), { id: 7, author: { name: "Ann" } });
  await page.fill("Arguments as JSON", '{\n  "id": 12345678901234567890,\n  "author": {"name": "Bo"},\n}');
  await page.see(/Line 4, column 1/);
  const before = upstream.calls.length;
  await page.press("Run");
  await page.press("Form");
  assert.ok(await page.$("textarea.run-json"), "the form stays away while the JSON is none");
  assert.equal(upstream.calls.length, before);
  await page.press("Go there");
  assert.equal(await page.evaluate(() => document.activeElement.value[document.activeElement.selectionStart]), "}");
  await page.fill("Arguments as JSON", '{"id": 12345678901234567890, "author": {"name": "Bo"}, "matrix": [[1]]}');
  await page.press("Form");
  await until(async () => (await page.$eval('[data-pointer="/id"]', (one) => one.value).catch(() => "")) === "12345678901234567890", "the number");
  assert.ok(await page.$('input[data-pointer="/matrix/0/0"]'));
  assert.ok((await run(page)).body.includes('"id":12345678901234567890'));
});

test("35 · what is missing or wrong is said at its field, and the first one has the focus", async () => {
  const page = await open("strict");
  const before = upstream.calls.length;
  await page.press("Run");
  await page.see("2 fields need another look.");
  const codeIs = () => page.$eval('[data-pointer="/code"]', (one) => ({ invalid: one.getAttribute("aria-invalid"), focused: document.activeElement === one,
    said: one.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id)?.textContent).join(" ") }));
  await until(async () => (await codeIs()).focused, "the focus");
  assert.match((await codeIs()).said, /This is needed\..*Two letters/s);
  await page.keyboard.type("ab-1");
  await page.fill("name", "x");
  await page.press("Run");
  await until(async () => (await codeIs()).focused, "the focus");
  assert.match((await codeIs()).said, /must match \^\[A-Z\]\{2\}-\[0-9\]\+\$/);
  assert.equal((await codeIs()).invalid, "true");
  assert.equal(upstream.calls.length, before);
  await stage.axe(page, "the form with errors");
  await page.fill("code", "AB-1");
  assert.deepEqual((await run(page)).arguments, { code: "AB-1", name: "x" });
});

test("36 · a tool that may change things asks first, by tool, connection and account; one that only reads does not", async () => {
  const page = await open("remove_all");
  const before = upstream.calls.length;
  await page.press("Run");
  await page.see("Run for real?");
  const dialog = await page.$eval("dialog[open]", (one) => one.innerText);
  assert.match(dialog, /Remove all may destroy things in Tool Kit\./);
  assert.match(dialog, /remove_all/);
  assert.match(dialog, /Account\s+No account/);
  await stage.axe(page, "the question");
  await page.press("Cancel");
  assert.equal(upstream.calls.length, before);
  await run(page, { confirm: true });
  const other = await open("change");
  await other.press("Run");
  await other.see("change may change things in Tool Kit.");
  await other.keyboard.press("Escape");
  await other.seeNot("Run for real?");
  await run(await open("optional"));
});

test("36 · a tool that an admin wants asked for runs with the word given here", async () => {
  await stage.api("ann", "PUT", "/v1/servers/kit/tool-policy", { otherwise: "allow", tools: { change: "ask" } });
  const page = await until(async () => {
    const one = await open("change");
    if ((await one.words()).includes("Asks you first")) return one;
    await one.close();
    return null;
  }, "the policy");
  await page.press("Run");
  await page.see("Your admin wants your word");
  await page.press("Run it");
  await page.see("did change");
  await stage.api("ann", "PUT", "/v1/servers/kit/tool-policy", { otherwise: "allow", tools: {} });
});

test("37 · a run shows its time and can be cancelled, at the server too; Ctrl+Enter runs, Replay repeats", async () => {
  const page = await open("slow");
  const told = upstream.cancelled.length;
  await page.fill("text", "one");
  await page.keyboard.down("Control");
  await page.keyboard.press("Enter");
  await page.keyboard.up("Control");
  await page.waitForSelector("[data-elapsed]");
  const times = new Set();
  await until(async () => times.add(await page.$eval(".run-bar [data-elapsed]", (one) => one.textContent)).size > 2, "the time to go on");
  await until(() => upstream.calls.at(-1)?.name === "slow", "the call");
  await page.press("Cancel");
  await page.see("Cancelled. The service was told to stop.");
  await until(() => upstream.cancelled.length > told, "the cancellation at the server");
  release();
  await page.fill("text", "two");
  await page.press("Run");
  await until(() => upstream.calls.at(-1)?.arguments.text === "two", "the call");
  release();
  await until(async () => (await state(page)) === "done", "the result");
  await page.fill("text", "three");
  await page.press("Replay");
  await page.waitForSelector("[data-elapsed]");
  const { arguments: again } = await until(() => (upstream.calls.at(-1)?.name === "slow" && upstream.calls.filter((one) => one.arguments.text === "two").length === 2 ? upstream.calls.at(-1) : null), "the replay");
  assert.deepEqual(again, { text: "two" });
  release();
  await until(async () => (await state(page)) === "done", "the result");
});

test("38 · whatever a result holds is text, and the page stays quick", async () => {
  const page = await open("evil");
  const title = await page.title();
  await run(page);
  await page.see('<img src=x onerror="document.title=1">');
  await page.see("javascript:document.title=2");
  await page.see("U+202E");
  assert.equal(await page.$(".run-result img"), null);
  assert.deepEqual(await page.$$eval(".run-result a[href]", (links) => links.map((one) => [one.href, one.rel])), [["https://example.com/a", "noopener noreferrer nofollow"]]);
  assert.equal(await page.title(), title);
  const long = await open("long");
  const watch = long.evaluate(() => new Promise((resolve) => {
    let longest = 0, last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      if (document.querySelector(".run-said").dataset.state === "done" && document.querySelector(".text-block")) { clearInterval(timer); setTimeout(() => resolve(longest), 300); }
    }, 5);
  }));
  await run(long);
  console.log(`5 MB of text: the page was busy for ${(await watch).toFixed(0)} ms at most`);
  assert.ok((await watch) < 1000);
  await long.see(/Show 100 KB more/);
  const click = await long.evaluate(() => { const start = performance.now(); [...document.querySelectorAll("button")].find((one) => one.textContent.includes("Show 100 KB more")).click(); return performance.now() - start; });
  assert.ok(click < 200, `${click} ms`);
  assert.ok((await long.evaluate(() => document.querySelectorAll(".run-result *").length)) < 300);
});

test("38 · pictures are shown of four kinds only; the rest is saved, not shown", async () => {
  const page = await open("pictures");
  await run(page);
  await page.waitForSelector(".run-result img");
  assert.deepEqual(await page.$$eval(".run-result img", (all) => all.map((one) => [one.src.slice(0, 22), one.alt, one.complete])), [["data:image/png;base64,", "Image 1 of the result", true]]);
  await page.see("image/svg+xml, which is not shown here");
  assert.equal(await page.$$eval(".run-result a[href]", (links) => links.length), 0);
});

test("39 · an error of the tool is red, announced, and its text comes first", async () => {
  const page = await open("fails");
  await run(page);
  const found = await page.evaluate(() => {
    const result = document.querySelector(".run-result");
    const said = result.querySelector('[role="alert"]');
    const parts = [...result.querySelectorAll(".text-block, .result-image")];
    return { role: said?.textContent, wrong: result.classList.contains("wrong"), first: parts[0].textContent, color: getComputedStyle(parts[0].querySelector("pre")).color, plain: getComputedStyle(document.body).color };
  });
  assert.match(found.role, /The tool reports an error/);
  assert.ok(found.wrong && found.first.includes("The disk is full.") && found.color !== found.plain);
  await stage.axe(page, "an error of a tool");
});

test("39 · structured content is held against what the tool promises", async () => {
  const page = await open("structured");
  await run(page);
  await page.see("Does not fit what the tool promises");
  await page.see("/degrees");
});

test("5, 9, 11, 12 · the pages work by keyboard, at 320 pixels, in both themes", async () => {
  for (const [path, ready] of [["/tools", "5,013 tools"], ["/tools/mcp__kit__mixed", "Arguments"], ["/tools/mcp__kit__nothing", "You do not have this tool"]])
    for (const theme of ["light", "dark"]) {
      const page = await stage.page("bea", path, { width: theme === "dark" ? 320 : 1280, theme });
      await page.see(ready);
      assert.equal(await page.overflow(), 0, path);
      await stage.axe(page, `${path} ${theme}`);
      await page.close();
    }
  const page = await open("optional");
  await page.focus("h1");
  const seen = [];
  for (let step = 0; step < 40 && !seen.includes("Run"); step++) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      if (style.outlineStyle === "none" && !element.closest(".segments")) throw new Error(`no focus ring on ${element.outerHTML.slice(0, 80)}`);
      return element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent.trim() ?? element.textContent.trim();
    }));
  }
  for (const name of ["text", "note", "count", "Add list", "Add box", "sure", "Run"]) assert.ok(seen.includes(name), `${name} in ${seen.join(", ")}`);
  await page.keyboard.press("Enter");
  await until(async () => (await state(page)) === "done", "the result");
  stage.allow(/status of 404/);
  stage.assertQuiet();
});
