// What corpora/webui.json asks of secrets, sign-ins, large inputs and files; see corpus_answers.mjs.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { Appliance } from "../../support/appliance.mjs";
import { password, slowness, until } from "./stage.mjs";
import { screens } from "./corpus_scene.mjs";
import { browser, here, json, ownOrigin, raw, routes } from "./corpus_asking.mjs";

const median = (numbers) => numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];

// --- secrets ---------------------------------------------------------------------------------------------------------------

export async function secretsStay({ scene }) {
  const { stage } = scene;
  const marks = { key: "planted-api-key-5f1c", header: "planted-header-77ab", client: "planted-client-secret-90de", token: scene.signing.secret };
  const shared = { access: { everyone: true }, enabled: true };
  for (const [slug, more] of Object.entries({ keyed: { auth: "apiKey", api_key: marks.key }, headed: { auth: "headers", headers: { "X-Planted": marks.header } } }))
    await stage.api("ann", "POST", "/v1/servers", { slug, title: slug, url: scene.upstream.address("plain"), ...more, ...shared });
  scene.signing.of = () => undefined;
  await stage.api("ann", "POST", "/v1/servers", { slug: "signed", title: "signed", url: scene.signing.url, auth: "oauth", credential_mode: "shared", oauth: { client_id: "an-app", client_secret: marks.client }, ...shared });
  const page = await scene.trapped("ann", "/");
  const seen = [];
  const bodies = [];
  page.on("console", (message) => seen.push(message.text()));
  page.on("request", (request) => seen.push(request.url(), request.postData() ?? "", JSON.stringify(request.headers())));
  page.on("response", (response) => {
    seen.push(JSON.stringify(response.headers()));
    if (response.url().startsWith(`${stage.url}/v1/`) && !/events|stream/.test(response.url())) bodies.push(response.text().catch(() => ""));
  });
  await scene.connect("signed", page);
  const { lists, ofOne } = screens();
  for (const path of [...lists, ...["keyed", "headed", "signed"].flatMap((slug) => ofOne.map((pathOf) => pathOf(slug)).filter((one) => one.startsWith("/connections/")))]) {
    await scene.go(path, page);
    seen.push(await page.content());
  }
  for (const slug of ["keyed", "headed", "signed"]) seen.push(JSON.stringify((await stage.ann.call("POST", `/v1/servers/${slug}/test`)).body));
  seen.push(await page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, await indexedDB.databases(), await caches.keys().catch(() => []), document.cookie])));
  assert.ok((await stage.api("ann", "GET", "/v1/servers/signed")).oauth.auth_connected, "the account is connected");
  assert.ok(scene.signing.tokens.size > 0, "there are tokens");
  const session = await page.createCDPSession();
  const heap = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => heap.push(chunk));
  await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  const all = [...seen, ...(await Promise.all(bodies)), heap.join("")];
  assert.ok(bodies.length > 50 && all.at(-1).includes("Your connections"), "the answers and the heap were read");
  for (const [name, mark] of Object.entries(marks)) assert.ok(!all.some((text) => text.includes(mark)), `the ${name} came to the browser`);
  await page.close();
  return { how: `here: ${bodies.length} answers, ${seen.length} pages, headers and addresses, storage, and the heap` };
}

export async function signInForm({ scene }) {
  const { stage } = scene;
  await stage.person("dora");
  const page = await stage.page(null, "/sign-in");
  const attributes = (name) => page.$eval(`input[name=${name}]`, (field) => ({ type: field.type, autocomplete: field.autocomplete, limit: field.maxLength > 0, value: field.value }));
  assert.deepEqual(await attributes("name"), { type: "text", autocomplete: "username", limit: true, value: "" });
  assert.deepEqual(await attributes("password"), { type: "password", autocomplete: "current-password", limit: true, value: "" });
  const asked = [];
  page.on("request", (request) => asked.push(`${request.method()} ${request.url()}`));
  await page.type("input[name=name]", "dora");
  await page.type("input[name=password]", password);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.ok(asked.some((one) => one.startsWith("POST ")), "the form is sent");
  for (const one of asked) assert.ok(!decodeURIComponent(one).replaceAll("+", " ").includes(password), one);
  assert.ok((await page.stageContext.cookies()).some((cookie) => cookie.httpOnly), "she is signed in");
  await page.close();
  return { how: "here, typed in Chromium" };
}

export async function redirects({ scene, one }) {
  const { stage } = scene;
  const targets = one.where.replace(/^.*?next=/, "").split(/\s+,\s+/);
  const all = new Set([...targets, ...targets.map((target) => target.replaceAll("\\\\", "\\")), "https:evil.test", "/\t/evil.test", "javascript:__xss(51)"]);
  for (const target of all) {
    const ask = (name) => raw(stage.url, `/sign-in?${name}=${encodeURIComponent(target)}`, { headers: { ...browser, Cookie: stage.ann.cookie } });
    const sent = await raw(stage.url, "/sign-in", { method: "POST", headers: { ...browser, "Content-Type": "application/x-www-form-urlencoded", Origin: ownOrigin(scene) }, body: new URLSearchParams({ name: "ann", password, then: target }).toString() });
    for (const answer of [await ask("next"), await ask("then"), sent]) {
      assert.ok([200, 303, 400].includes(answer.status), `${target}: ${answer.status}`);
      const to = answer.headers.location;
      assert.ok(to === undefined || /^\/(?![/\\])/.test(to), `${target} leads to ${to}`);
    }
  }
  assert.equal((await raw(stage.url, "/sign-in?then=%2Fpeople", { headers: { ...browser, Cookie: stage.ann.cookie } })).headers.location, "/people");
  return { how: `here: ${all.size} addresses, asked for and sent with the form` };
}

// --- limits ----------------------------------------------------------------------------------------------------------------

let address = 0;
/** A sign-in at the appliance behind the proxy, from an address of its own unless one is given. */
async function tryPassword(patchbay, name, text, { from = `198.51.${Math.floor(++address / 250)}.${1 + (address % 250)}`, https = true } = {}) {
  const start = performance.now();
  const answer = await raw(patchbay.url, "/v1/session", { method: "POST", headers: { ...json, Origin: https ? patchbay.url.replace("http:", "https:") : patchbay.url, ...(https && { "X-Forwarded-Proto": "https" }), "X-Forwarded-For": from }, body: JSON.stringify({ name, password: text }) });
  return { ...answer, milliseconds: performance.now() - start };
}

export async function wrongPasswords({ scene }) {
  const patchbay = await scene.proxied();
  await scene.proxyAdmin();
  const wrong = "not the password at all";
  const known = [], unknown = [];
  const rounds = slowness === 1 ? 100 : 9; // the case's 200 tries on a machine that does nothing else
  for (let round = 0; round < rounds; round += 1) {
    const name = await scene.proxyMember(Math.floor(round / 9));
    known.push(await tryPassword(patchbay, name, wrong));
    unknown.push(await tryPassword(patchbay, `nobody${Math.floor(round / 9)}`, wrong));
  }
  assert.deepEqual([...new Set([...known, ...unknown].map(({ status, text }) => `${status} ${text}`))].length, 1, "one answer for both");
  const times = [known, unknown].map((tries) => median(tries.map((one) => one.milliseconds)));
  const apart = Math.abs(times[0] - times[1]);
  assert.ok(Math.max(...times) < 2 * Math.min(...times), `${times.join(" and ")} ms: a name that is not there costs as much`);
  if (slowness === 1) assert.ok(apart < 5, `${apart} ms apart`);
  const member = await scene.proxyMember(0);
  for (const name of [member, "nobody0"]) {
    await tryPassword(patchbay, name, wrong);
    const late = await tryPassword(patchbay, name, name === member ? password : wrong);
    assert.equal(late.status, 429, `the eleventh for ${name}`);
    assert.equal(late.headers["retry-after"], "900");
  }
  for (let round = 0; round < 10; round += 1) await tryPassword(patchbay, `somebody${round}`, wrong, { from: "203.0.113.7" });
  assert.equal((await tryPassword(patchbay, "somebody else", wrong, { from: "203.0.113.7" })).status, 429, "the eleventh from an address");
  assert.equal((await tryPassword(patchbay, "somebody else", wrong)).status, 401, "other addresses are let in");
  return { how: `here: the same answer and wait for both; medians ${times.map((one) => one.toFixed(0)).join(" and ")} ms over ${rounds} each, ${slowness === 1 ? "asked to be" : "not asked on a busy machine (PATCHBAY_SLOW=1) to be"} within 5 ms` };
}

export async function manyAtOnce({ one }) {
  const patchbay = await Appliance.create({ config: "trusted_proxies: [\"127.0.0.1\"]\n" });
  try {
    await patchbay.start();
    const { pid } = patchbay.child;
    const kilobytes = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
    await tryPassword(patchbay, "crowd", "not the password at all", { https: false });
    writeFileSync(`/proc/${pid}/clear_refs`, "5"); // the highest so far begins anew
    const before = kilobytes("VmRSS");
    const count = Number(one.where.match(/\d+/)?.[0] ?? 200);
    const statuses = {};
    const tries = Array.from({ length: count }, (_, at) => tryPassword(patchbay, `crowd${at}`, "not the password at all", { https: false }).then((answer) => {
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (answer.status !== 401) assert.ok(Number(answer.headers["retry-after"]) > 0, "when to come again");
    }));
    const refused = () => (statuses[429] ?? 0) + (statuses[503] ?? 0);
    const enough = until(() => !refused() && statuses[401] > 5, "some answers", 120_000).catch(() => null); // who is turned away is told so at once
    await Promise.race([Promise.all(tries), enough]);
    Promise.all(tries).catch(() => null); // those that wait end with the appliance
    const grown = (kilobytes("VmHWM") - before) / 1024;
    assert.deepEqual(Object.keys(statuses).filter((status) => !["401", "429", "503"].includes(status)), [], JSON.stringify(statuses));
    assert.ok(statuses[401] > 0, "some are heard");
    assert.ok(grown < 96, `${grown} MiB more: two hashes take 64, three would take 96`);
    const how = `here: ${Object.entries(statuses).map(([status, number]) => `${number} times ${status}`).join(", ")}; ${grown.toFixed(0)} MiB more at most, and two hashes take 64`;
    return refused() ? { how } : { how, open: `of ${count} sign-ins at once none is told to come again: they wait for the four workers of the control plane, and everybody else behind them` };
  } finally {
    await patchbay.kill();
    await patchbay.remove();
  }
}

const five = "x".repeat(5 * 1024 * 1024);

/** Pastes into every field that is there. A paste is cut at the field's limit, which a value that is set is not. */
const paste = (page, text) => page.evaluate((whole) => {
  const fields = [...document.querySelectorAll("main input, main textarea, dialog input, dialog textarea")].filter((one) => !/^(checkbox|radio|hidden|file|range|date|datetime-local|number|button|submit)$/.test(one.type) && !one.readOnly && !one.disabled);
  const unlimited = [];
  for (const field of fields) {
    const { set } = Object.getOwnPropertyDescriptor(field.tagName === "INPUT" ? HTMLInputElement.prototype : HTMLTextAreaElement.prototype, "value");
    if (field.maxLength < 0 && !field.closest(".run-arguments, [data-pointer]")) unlimited.push(field.outerHTML.slice(0, 160));
    set.call(field, field.maxLength < 0 ? whole : whole.slice(0, field.maxLength));
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  return new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(() => resolve({ count: fields.length, unlimited }))); });
}, text);

export async function fiveMegabytes({ scene }) {
  const { stage } = scene;
  let page = await scene.trapped("ann", "/");
  stage.allow(/status of 4\d\d/);
  const { lists, ofOne } = screens();
  let fields = 0;
  const slow = [], unlimited = new Set();
  const into = async (where) => {
    const start = performance.now();
    const found = await paste(page, five);
    assert.equal(await page.evaluate(() => document.querySelectorAll("main h1").length), 1, `${where} is alive`);
    assert.equal((await page.words()).includes("Something broke on our side"), false, where);
    fields += found.count;
    found.unlimited.forEach((one) => unlimited.add(`${where}: ${one}`));
    if (performance.now() - start > 2000) slow.push(`${where} ${((performance.now() - start) / 1000).toFixed(1)} s`);
    await page.close(); // what is typed and not saved would ask before another screen is opened
    page = await scene.trapped("ann", "/");
  };
  for (const path of [...lists, ...ofOne.map((pathOf) => pathOf("plain"))]) {
    await scene.go(path, page);
    if (await page.$("main input, main textarea")) await into(path);
    if (!(await page.$("[data-new]:not([href])"))) continue;
    await scene.go(path, page);
    await page.$eval("[data-new]", (button) => button.click());
    if (await page.waitForSelector("dialog[open]", { timeout: 2000 }).catch(() => null)) await into(`the dialog of ${path}`);
  }
  assert.deepEqual([...unlimited], [], "each field but a tool's own has a limit");
  assert.ok(fields > 40, `${fields} fields`);
  await page.close();
  for (const { method, path } of await routes(scene)) {
    if (!["POST", "PUT", "PATCH"].includes(method)) continue;
    const cut = (error) => (["EPIPE", "ECONNRESET"].includes(error.code) ? { status: 413 } : Promise.reject(error)); // hung up on while it was still sending
    const answer = await raw(stage.url, path, { method, headers: { ...json, Cookie: stage.ann.cookie, Origin: ownOrigin(scene) }, body: JSON.stringify({ name: five, title: five, slug: five, url: five, password: five }) }).catch(cut);
    assert.ok([400, 403, 404, 409, 413, 429].includes(answer.status), `${method} ${path}: ${answer.status}`);
  }
  assert.equal((await fetch(`${stage.url}/readyz`)).status, 200);
  return { how: `here: ${fields} fields, and every route that takes a body${slow.length ? `; slow: ${slow.join(", ")}` : ""}` };
}

export async function assets({ scene }) {
  const patchbay = await scene.proxied();
  const types = { js: /^text\/javascript/, css: /^text\/css/, svg: /^image\/svg\+xml/, txt: /^text\/plain/, json: /^application\/json/, html: /^text\/html/ };
  const shell = (await raw(patchbay.url, "/", { headers: browser })).text;
  const base = shell.match(/"(\/static\/[\w-]+)\/app\.js"/)[1];
  for (const path of ["/static/../../etc/passwd", `${base}/../../../etc/passwd`, "/static/%2e%2e/%2e%2e/etc/passwd", `${base}/..%2f..%2f..%2fetc%2fpasswd`, `${base}//etc/passwd`, `${base}/%00`, `${base}/.gitignore`, `${base}/nothing.js`, "/assets/../../etc/passwd"]) {
    const answer = await raw(patchbay.url, path);
    assert.ok([400, 404].includes(answer.status) && !answer.text.includes("root:"), `${path}: ${answer.status}`);
  }
  let kept = 0;
  for (const entry of readdirSync(here("../../../web/static"), { recursive: true, withFileTypes: true })) {
    const file = `${entry.parentPath ?? entry.path}/${entry.name}`.slice(here("../../../web/static").length).replace(/^\/+/, "");
    if (!entry.isFile() || entry.name.startsWith(".") || entry.name.endsWith(".html")) continue;
    const answer = await raw(patchbay.url, `${base}/${file}`);
    if (answer.status === 404) continue; // newer than the binary
    kept += 1;
    assert.match(answer.headers["content-type"], types[file.split(".").at(-1)] ?? /^$/, file);
    assert.match(answer.headers["cache-control"], /immutable/, file);
  }
  assert.ok(kept > 50, `${kept} files`);
  return { how: `here: ${kept} files under ${base.replace(/[^/]+$/, "<hash>")}, and nothing else` };
}
