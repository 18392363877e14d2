// Settings and who set them; the checks of both sides, before and behind a proxy that does what bad proxies do.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import http from "node:http";
import { once } from "node:events";
import { checkAddress, checkClock, checkStream, reportOf } from "../../web/static/app/diagnostics.js";
import { Appliance, freePort } from "../support/appliance.mjs";
import { password } from "../support/browser.mjs";
import { assertNarrow, assertReachable, failing } from "./support/looks.mjs";
import { Stage, until } from "./support/stage.mjs";
import { StandIn } from "./support/stand_in.mjs";

const planted = "planted-7c41e0d2a95b";
let stage, page, wiki;
const api = (...call) => stage.api("ann", ...call);
const row = (name) => page.$eval(`[data-setting="${name}"]`, (one) => one.textContent);
const settingOf = async (name) => (await api("GET", "/v1/settings")).settings.find((one) => one.name === name);
const stateOf = (on, id) => on.$eval(`[data-check="${id}"]`, (one) => one.className.replace("check-", "")).catch(() => "");
const becomes = (on, id, state) => until(async () => (await stateOf(on, id)) === state, `${id} to be ${state}`);
const choose = (label) => page.evaluate((wanted) => [...document.querySelectorAll(".choice")].find((one) => one.querySelector("span > span").textContent === wanted).click(), label);

before(async () => {
  process.env.PATCHBAY_AUDIT_RETENTION_DAYS = "77";
  wiki = await StandIn.start({ apiKey: planted });
  stage = await Stage.open({ config: `limits:\n  person_at_once: 9\n` });
  page = await stage.page("ann", "/settings/general");
});
after(async () => {
  delete process.env.PATCHBAY_AUDIT_RETENTION_DAYS;
  await stage?.close();
  await wiki?.stop();
});

test("58 · the checks tell a wrong address, a clock five minutes off and a buffering proxy", () => {
  assert.equal(checkAddress("http://10.0.0.5:8080", "https://pb.example.com/").status, "fail");
  assert.equal(checkAddress("https://pb.example.com", "https://pb.example.com/").status, "pass");
  const now = 1_800_000_000_000;
  assert.equal(checkClock(now - 300_000, now, now + 40).status, "fail");
  assert.match(checkClock(now - 300_000, now, now + 40).message, /5 min 0 s ahead of/);
  assert.equal(checkClock(now + 60_000, now, now).status, "warn");
  assert.equal(checkClock(now, now, now + 3000).status, "pass");
  assert.equal(checkClock(NaN, now, now).status, "skip");
  assert.equal(checkStream([20, 1020, 2020, 3030, 4020]).status, "pass");
  assert.equal(checkStream([4020, 4020, 4021, 4021, 4022]).status, "fail");
  assert.equal(checkStream([20, 1020]).status, "fail");
  const text = reportOf("", [checkAddress("http://nas.lan:8080", "https://pb.example.com")], { agent: "x", hosts: ["nas.lan:8080", "nas.lan", "pb.example.com"] });
  assert.ok(!text.includes("nas.lan") && !text.includes("pb.example.com"), text);
});

test("57 · what the environment, the file and flags set is read-only and says where", async () => {
  await page.see("Set by the flag --listen, read-only here.");
  await page.go("/settings/security");
  await page.see("PATCHBAY_AUDIT_RETENTION_DAYS");
  assert.match(await row("audit.retention_days"), /77.*Set by PATCHBAY_AUDIT_RETENTION_DAYS, read-only here\./);
  assert.match(await row("limits.person_at_once"), /9.*Set in .*patchbay\.yaml:2, read-only here\./);
  assert.match(await row("limits.token_at_once"), /no limit.*PATCHBAY_LIMITS_TOKEN_AT_ONCE/);
  assert.equal(await page.$$eval("[data-setting] :is(input, select, textarea, button)", (all) => all.length), 0);
  stage.assertQuiet();
});

test("57 · what may be changed beside it is fixed, too, where the environment sets it, in the page and in the API", async () => {
  process.env.PATCHBAY_NETWORK_PRIVATE = "deny";
  process.env.PATCHBAY_NETWORK_ALLOW = "10.9.0.0/16";
  const other = await Stage.open({ admin: true });
  try {
    const theirs = await other.page("ann", "/settings/network");
    await theirs.see("Set by PATCHBAY_NETWORK_PRIVATE, read-only here.");
    await theirs.see("Set by PATCHBAY_NETWORK_ALLOW, read-only here.");
    assert.equal(await theirs.$$eval("form :is(input, textarea)", (all) => all.length), 0);
    const refused = await other.ann.call("PUT", "/v1/settings/network", { private: "admin" });
    assert.deepEqual([refused.status, refused.body.error], [409, "setting_fixed"]);
    other.assertQuiet();
  } finally {
    delete process.env.PATCHBAY_NETWORK_PRIVATE;
    delete process.env.PATCHBAY_NETWORK_ALLOW;
    await other.close();
  }
});

test("the organisation's name is saved, and stands at the top of everybody's pages", async () => {
  await page.go("/settings/general");
  await page.fill("Name of your organisation", "Example Ltd");
  await page.press("Save");
  await page.see("Saved.");
  assert.equal((await settingOf("organisation")).value, "Example Ltd");
  assert.equal(await page.$eval("header .organisation", (one) => one.textContent), "Example Ltd");
  const bea = await stage.page("bea", "/");
  await bea.see("Example Ltd");
  await bea.stageContext.close();
  await page.fill("Name of your organisation", "Another");
  await page.press("Discard");
  assert.equal(await page.$eval("form input", (field) => field.value), "Example Ltd");
  stage.assertQuiet();
});

test("what apps may do is checked, saved and discarded", async () => {
  await page.go("/settings/clients");
  await page.see("Hosts that sign-ins may return to");
  await page.fill("Hosts that sign-ins may return to", "https://claude.ai/x");
  await page.fill("Minutes an access token is good for", "61");
  await page.press("Save");
  await page.see("is not a host name");
  await page.see("Enter a whole number from 1 to 60.");
  assert.equal((await page.focused()).tag, "TEXTAREA");
  await stage.axe(page, "what is wrong with the settings of apps");
  await page.fill("Hosts that sign-ins may return to", "claude.ai");
  await page.fill("Minutes an access token is good for", "20");
  await page.fill("Days without use after which an app signs in again", "7");
  await page.press("Apps may register by themselves");
  await page.press("Apps may bring a document");
  await page.see("With both off, no new app can sign anybody in.");
  await page.press("Save");
  await until(async () => (await api("GET", "/v1/settings/apps")).redirect_hosts[0] === "claude.ai", "the saved host");
  const { registration, documents, access_minutes, refresh_days } = await api("GET", "/v1/settings/apps");
  assert.deepEqual([registration, documents, access_minutes, refresh_days], [false, false, 20, 7]);
  await page.seeNot("Enter a whole number");
  await page.fill("Hosts that sign-ins may return to", "elsewhere.example");
  await page.press("Discard");
  assert.equal(await page.$eval("textarea", (field) => field.value), "claude.ai");
  stage.assertQuiet();
});

test("the network is opened only after the password, and a line that is none is said before", async () => {
  await stage.person("gil");
  await api("PATCH", "/v1/users/gil", { role: "admin" }); // from then on the session is worth less
  stage.allow(/status of (403|400|422)/);
  const theirs = await stage.page("gil", "/settings/network");
  await theirs.see("Always allowed");
  await theirs.fill("Always allowed", "not a rule at all");
  await theirs.press("Save");
  await theirs.see("Your password once more");
  await theirs.fill("Password", password);
  await theirs.press("Go on");
  await theirs.waitForSelector("form [role=alert], form .notice.error");
  assert.deepEqual((await settingOf("network.allow")).value, []);
  await stage.axe(theirs, "a line that is no rule");
  await theirs.fill("Always allowed", "10.20.0.0/16");
  await theirs.press("Save");
  await theirs.see("Saved.");
  assert.deepEqual((await settingOf("network.allow")).value, ["10.20.0.0/16"]);
  await theirs.stageContext.close();
  await page.go("/settings/network");
  await page.see("Always allowed");
  await choose("Only those listed");
  await page.press("Save");
  await until(async () => (await settingOf("network.private")).value === "list", "the mode");
  await page.seeNot("Discard");
  stage.assertQuiet();
});

test("About names the version and has the licences of what the pages are made of", async () => {
  await page.go("/settings/about");
  await page.see("Read the licences");
  const licences = await page.$eval('a[href$="licenses.txt"]', (link) => fetch(link.href).then((answer) => answer.text()));
  assert.match(licences, /Preact/i);
  await page.see((await api("GET", "/v1/status")).version ?? "0.");
  stage.assertQuiet();
});

/**
 * In front of the appliance, at an address of its own. `buffers`: holds each answer until it is whole. `shift`: moves the
 * time in answers by as many milliseconds. `cuts`: ends the events after the first.
 */
async function proxyBefore(target, { buffers = false, shift = 0, cuts = false } = {}) {
  const moved = (text) => new Date(Date.parse(text) + shift);
  const server = http.createServer((request, response) => {
    const { host, port } = new URL(target);
    const asked = http.request({ host: "127.0.0.1", port, path: request.url, method: request.method, headers: { ...request.headers, host, origin: target, "accept-encoding": "identity" } }, async (answer) => {
      const headers = { ...answer.headers, ...(answer.headers.date && { date: moved(answer.headers.date).toUTCString() }) };
      const isEvents = headers["content-type"]?.startsWith("text/event-stream");
      if (!buffers && isEvents) {
        response.writeHead(answer.statusCode, headers);
        return answer.on("data", (part) => { response.write(part); if (cuts) { response.end(); answer.destroy(); } }).on("end", () => response.end());
      }
      const parts = [];
      for await (const part of answer) parts.push(part);
      let body = Buffer.concat(parts);
      if (request.url.endsWith("/v1/diagnostics")) body = Buffer.from(body.toString().replace(/("now":\s*")([^"]+)/, (_all, key, time) => key + moved(time).toISOString()));
      delete headers["transfer-encoding"];
      response.writeHead(answer.statusCode, { ...headers, "content-length": body.length }).end(body);
    });
    asked.on("error", () => response.destroy());
    request.pipe(asked);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); server.close(); } };
}

test("58 · the diagnostics find all in order where all is, and the long ones look at more", async () => {
  await page.go("/settings/diagnostics");
  for (const id of ["public_url", "database", "audit", "address", "clock", "secure", "stream"]) await becomes(page, id, "pass");
  await page.see("All is in order.");
  await page.press("Run the long checks, too");
  await becomes(page, "audit_all", "pass");
  assert.ok(await stateOf(page, "outbound"), "the way out is looked at");
  await becomes(page, "stream", "pass");
  assert.equal((await api("GET", "/v1/audit?action=diagnostics.run&limit=5")).events.length, 1);
  stage.assertQuiet();
});

const behind = [
  ["58 · a proxy that buffers is found, and so is that its address is not the public one", { buffers: true }, { stream: "fail", address: "fail", clock: "pass" }, "proxy_buffering off"],
  ["58 · a clock that is five minutes behind is found", { shift: 300_000 }, { clock: "fail", stream: "pass" }, /This computer is (4 min 5\d s|5 min.{0,4}) behind the server/],
  ["58 · a clock that is five minutes ahead is found", { shift: -300_000 }, { clock: "fail" }, /This computer is (4 min 5\d s|5 min.{0,4}) ahead of the server/],
  ["58 · a proxy that cuts the events off is found", { cuts: true }, { stream: "fail" }, "The events ended early."],
];
for (const [name, switches, wanted, text] of behind)
  test(name, async () => {
    const proxy = await proxyBefore(stage.url, switches);
    const other = await stage.page("ann", "/people", { watch: false });
    try {
      await other.goto(`${proxy.url}/settings/diagnostics`);
      for (const [id, state] of Object.entries(wanted)) await becomes(other, id, state);
      await other.see(text);
      await other.see(/\d things? (is|are) wrong\./);
      if (switches.buffers) {
        await other.see(`You opened ${proxy.url}, but Patchbay thinks it lives at ${stage.url}.`);
        for (const theme of ["light", "dark"]) {
          await other.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
          await stage.axe(other, `the diagnostics with what is wrong, ${theme}`);
        }
      }
    } finally {
      await other.stageContext.close();
      proxy.close();
    }
  });

test("58 · the server tells by itself that its public address is another one", async () => {
  const other = await Stage.open({ appliance: await wrongAddress() });
  try {
    const theirs = await other.page("ann", "/settings/diagnostics", { watch: false });
    await becomes(theirs, "public_url", "fail");
    await becomes(theirs, "address", "fail");
    await theirs.see(`but Patchbay thinks it lives at http://localhost:${other.patchbay.port}.`);
    await theirs.go("/settings/general");
    await theirs.see(/Set by the flag --public[-_]url, read-only here\./);
    await theirs.see(`You opened ${other.url}, but sign-ins return to the address above.`);
    await other.axe(theirs, "the general settings with a wrong address");
  } finally {
    await other.close();
  }
});

test("58 · the report that is copied has no planted secret, host, path or name in it", async () => {
  await api("PATCH", "/v1/settings", { organisation: `Org ${planted}` });
  await api("PUT", "/v1/settings/network", { private: "admin", allow: [new URL(wiki.url).host] });
  await api("POST", "/v1/servers", { slug: "wiki", title: `Wiki ${planted}`, url: `${wiki.url}?team=${planted}`, enabled: true, auth: "apiKey", api_key: planted, access: { everyone: true } });
  await api("POST", "/v1/servers", { slug: "dead", title: `Dead ${planted}`, url: `http://127.0.0.1:9/${planted}`, enabled: true, access: { everyone: true } }).catch(() => {});
  const token = await stage.ann.token();
  await page.stageContext.overridePermissions(stage.url, ["clipboard-read", "clipboard-write", "clipboard-sanitized-write"]);
  await page.bringToFront();
  await page.go("/settings/general");
  await page.go("/settings/diagnostics");
  await becomes(page, "stream", "pass");
  await page.press("Run the long checks, too");
  await until(async () => (await stateOf(page, "audit_all")) === "pass" && !(await page.$("[data-check].check-wait")), "the long checks");
  await page.waitForSelector(".code-block pre");
  await page.press("Copy");
  const copied = await until(() => page.evaluate(() => navigator.clipboard.readText()), "the report on the clipboard");
  assert.equal(copied.trim(), (await page.$eval(".code-block pre", (one) => one.textContent)).trim());
  for (const part of ["browser.stream", "browser.clock", "database", "servers"]) assert.ok(copied.includes(part), `no ${part}: ${copied}`);
  const { host, hostname } = new URL(stage.url);
  for (const secret of [planted, token, stage.ann.cookie.split("=")[1], host, hostname, stage.patchbay.folder, new URL(wiki.url).host, "Example Ltd"]) assert.ok(!copied.includes(secret), `${secret} in: ${copied}`);
  stage.assertQuiet();
});

const screens = [["general", "Public address"], ["clients", "Programs that people use"], ["network", "Always allowed"], ["security", "Days the log is kept"], ["about", "Read the licences"], ["diagnostics", "What could be wrong"], ["other", "There is no such section of the settings."]];
async function eachScreen(on, look) {
  for (const [section, text] of screens) {
    await on.goto(`${stage.url}/settings/${section}`, { waitUntil: "load" });
    await on.see(text);
    await until(async () => !(await on.$("[aria-busy=true], .check-wait")), `${section} to be whole`);
    await look(section);
  }
}

test("12 · nothing is wrong for axe in either theme", async () => {
  for (const theme of ["light", "dark"]) {
    const own = await stage.page("ann", "/settings", { theme });
    await eachScreen(own, (section) => stage.axe(own, `${section}, ${theme}`));
    await own.stageContext.close();
  }
  stage.assertQuiet();
});

test("what cannot be read is said, with a way to read it again", async () => {
  stage.allow(/status of 500/);
  for (const [path, asked, text] of [["/settings/general", /\/v1\/settings$/, "Public address"], ["/settings/clients", /\/v1\/settings\/apps$/, "Hosts that sign-ins"], ["/settings/about", /\/v1\/status$/, "Memory"], ["/settings/diagnostics", /\/v1\/diagnostics$/, "Seen by the server"]]) {
    await page.go("/people");
    const mend = await failing(page, asked);
    await page.go(path);
    await page.see("Something broke on our side.");
    await stage.axe(page, `${path} that cannot be read`);
    await mend();
    await page.press("Try again");
    await page.see(text);
    await page.seeNot("Something broke on our side.");
  }
  stage.assertQuiet();
});

test("11 · nothing scrolls sideways at 320 pixels, and the open section is in sight", async () => {
  const small = await stage.page("ann", "/settings", { width: 320, height: 740, theme: "dark" });
  await eachScreen(small, async (section) => {
    await assertNarrow(small, section);
    const at = await small.$eval(".tabs", (strip) => { const tab = strip.querySelector("[aria-current]")?.getBoundingClientRect(); return !tab || (tab.left >= 0 && tab.right <= innerWidth); });
    assert.ok(at, `${section} is out of sight`);
  });
  await small.stageContext.close();
  stage.assertQuiet();
});

test("9 · Tab reaches every control of the settings, and each shows that it has the focus", async () => {
  const own = await stage.page("ann", "/settings");
  await eachScreen(own, (section) => assertReachable(own, section));
  await own.stageContext.close();
  stage.assertQuiet();
});

/** An appliance that was told an address at which it is not opened. */
async function wrongAddress() {
  const [made, port] = [await Appliance.create(), await freePort()];
  return made.start({ port, args: ["--public-url", `http://localhost:${port}`] });
}
