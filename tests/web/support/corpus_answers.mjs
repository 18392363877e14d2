// What corpora/webui.json asks of headers, cookies and requests of others. Each check is found by the words of its case
// (topic, where, expect), does what the case says and answers in words what was seen: { how }, with { judged } where our
// documents decide otherwise and { open } where something is not done yet.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { binary } from "../../support/appliance.mjs";
import { password, until } from "./stage.mjs";
import { screens } from "./corpus_scene.mjs";
import { consentQuery } from "./corpus_places.mjs";
import { browser, here, json, named, ownOrigin, raw, routes } from "./corpus_asking.mjs";
import { assets, fiveMegabytes, manyAtOnce, redirects, secretsStay, signInForm, wrongPasswords } from "./corpus_limits.mjs";

// --- headers ---------------------------------------------------------------------------------------------------------------

async function policy({ scene, one }) {
  const read = (text) => Object.fromEntries(text.split(";").map((part) => part.trim().split(/\s+(.*)/s)).filter(([name]) => name));
  const wanted = read(one.expect.replace(/^CSP:\s*/, "").replace(/;\s*no unsafe.*$/, ""));
  const text = (await raw(scene.stage.url, "/", { headers: browser })).headers["content-security-policy"];
  const ours = read(text);
  assert.ok(!/unsafe-|\*|https?:/.test(text), text);
  const other = Object.keys(wanted).filter((name) => ours[name] !== wanted[name]);
  if (!other.length) return { how: "as the case has it" };
  assert.deepEqual([other, ours["img-src"]], [["img-src"], `${wanted["img-src"]} data:`]);
  return { how: "as the case has it but for one", judged: "img-src has data: as well, for pictures in results and inline icons (house style 4, ui.md 0)" };
}

async function everyResponse({ scene }) {
  const patchbay = await scene.proxied();
  const session = await scene.proxyAdmin();
  const headers = { ...browser, Cookie: session.cookie, "X-Forwarded-Proto": "https" };
  const at = (path, more = {}) => raw(patchbay.url, path, { headers: { ...headers, ...more } });
  const open = new Set();
  const common = (path, answer) => {
    assert.equal(answer.headers["x-content-type-options"], "nosniff", path);
    if (answer.headers["cross-origin-resource-policy"] !== "same-origin") open.add("Cross-Origin-Resource-Policy is not sent");
  };
  for (const path of ["/", "/connections", "/sign-in", "/welcome", "/device", "/oauth/wait", "/oauth/callback", "/oauth/authorize"]) {
    const answer = await at(path, path === "/sign-in" ? { Cookie: "" } : {});
    common(path, answer);
    assert.match(answer.headers["content-type"] ?? "", /^text\/html/, path);
    assert.equal(answer.headers["x-frame-options"], "DENY", path);
    assert.match(answer.headers["referrer-policy"] ?? "", /^(no-referrer|same-origin)$/, path);
    assert.match(answer.headers["cache-control"], /^no-store|^no-cache$/, path);
    assert.equal(answer.headers["cache-control"] === "no-cache", ["/", "/connections"].includes(path), `${path}: only the shell, which holds no words of anybody, may be asked for again`);
  }
  for (const { method, path } of await routes(scene)) {
    if (method !== "GET" || !path.startsWith("/v1/") || /events|stream/.test(path)) continue;
    const answer = await at(path, { Accept: "application/json" });
    common(path, answer);
    if (!/no-store/.test(answer.headers["cache-control"] ?? "")) open.add(`GET ${path} has no Cache-Control: no-store (${answer.headers["cache-control"]})`);
  }
  for (const path of ["/static/nothing.js", "/healthz", "/mcp", "/.well-known/oauth-authorization-server", "/v1/nothing"]) common(path, await at(path, { Accept: "*/*" }));
  return { how: "nosniff everywhere, no-store on pages with words, X-Frame-Options DENY on each page",
    judged: "Referrer-Policy is same-origin (ui.md 9.6); no Cross-Origin-Opener-Policy, which cuts the window of a sign-in off (ui.md 2.3, requirements R51); the shell is no-cache with an ETag (ui.md 5.3)",
    ...(open.size && { open: [...open].join(", ") }) };
}

async function strictTransport({ scene, one }) {
  const least = Number(one.expect.match(/max-age\s*>=\s*(\d+)/)?.[1] ?? 31536000);
  const patchbay = await scene.proxied();
  const sent = (await raw(patchbay.url, "/", { headers: { ...browser, "X-Forwarded-Proto": "https" } })).headers["strict-transport-security"];
  if (sent === undefined) return { how: "", open: "Strict-Transport-Security is not sent" };
  assert.ok(Number(/max-age=(\d+)/.exec(sent)?.[1]) >= least, sent);
  assert.equal((await raw(scene.stage.url, "/", { headers: browser })).headers["strict-transport-security"], undefined, "plain http says nothing of https");
  return { how: sent };
}

// --- cookies ---------------------------------------------------------------------------------------------------------------

async function cookieKind({ scene }) {
  const { set } = await scene.proxyAdmin();
  assert.match(set, /^__Host-/);
  for (const part of [/; Secure(;|$)/, /; HttpOnly(;|$)/, /; SameSite=(Lax|Strict)(;|$)/, /; Path=\/(;|$)/]) assert.match(set, part);
  assert.ok(!/Domain=/i.test(set), set);
  const plain = await signIn(scene, "ann");
  assert.match(plain, /; HttpOnly(;|$)/);
  assert.ok(!/^__Host-|Secure|Domain=/i.test(plain), plain);
  return { how: "here, behind a proxy with https and on plain http", ...(/SameSite=Lax/.test(set) && { judged: "SameSite is Lax for admins as well (security.md 6.7); every change wants our Origin besides" }) };
}

async function signIn(scene, name, cookie = "") {
  const answer = await raw(scene.stage.url, "/v1/session", { method: "POST", headers: { ...json, Origin: ownOrigin(scene), ...(cookie && { Cookie: cookie }) }, body: JSON.stringify({ name, password }) });
  assert.equal(answer.status, 200, answer.text);
  return answer.headers["set-cookie"][0];
}
const session = (scene, cookie) => raw(scene.stage.url, "/v1/session", { headers: { Cookie: cookie } });

async function cookieChanges({ scene }) {
  await scene.stage.person("carl");
  const first = (await signIn(scene, "carl")).split(";")[0];
  const second = (await signIn(scene, "carl", first)).split(";")[0];
  assert.notEqual(second, first, "a new one at each sign-in");
  await scene.stage.api("ann", "PATCH", "/v1/users/carl", { role: "admin" });
  const renewed = (await session(scene, second)).headers["set-cookie"][0].split(";")[0];
  assert.notEqual(renewed, second, "a new one with another role");
  assert.equal((await session(scene, renewed)).status, 200);
  await until(async () => (await session(scene, second)).status === 401, "the end of the value of the old role"); // a few seconds, for what is under way
  await raw(scene.stage.url, "/v1/session", { method: "DELETE", headers: { Cookie: renewed, Origin: ownOrigin(scene) } });
  assert.equal((await session(scene, renewed)).status, 401, "signed out");
  return { how: "here: at sign-in, with another role and at sign-out" };
}

// --- requests of others ----------------------------------------------------------------------------------------------------

const unread = (method) => (method === "DELETE" ? {} : { body: "{" }); // no DELETE has a body

async function foreignOrigin({ scene }) {
  let asked = 0;
  for (const { method, path } of await routes(scene)) {
    if (method === "GET") continue;
    for (const origin of ["https://evil.test", "null"]) {
      const answer = await raw(scene.stage.url, path, { method, headers: { ...json, Cookie: scene.stage.ann.cookie, Origin: origin }, ...unread(method) });
      assert.equal(answer.status, 403, `${method} ${path}: ${answer.text}`);
      asked += 1;
    }
  }
  assert.ok(asked > 60, "the routes are known");
  return { how: `here: ${asked} requests with a body that cannot be read` };
}

async function noOrigin({ scene }) {
  const { cookie } = scene.stage.ann;
  const { csrf } = JSON.parse((await session(scene, cookie)).text);
  for (const { method, path } of await routes(scene)) {
    if (method === "GET" || ["/v1/session", "/v1/welcome", "/v1/welcome/look"].includes(path)) continue; // the last take no cookie
    for (const token of [null, "wrong"]) {
      const answer = await raw(scene.stage.url, path, { method, headers: { ...json, Cookie: cookie, ...(token && { "X-Patchbay-CSRF": token }) }, ...unread(method) });
      assert.equal(answer.status, 403, `${method} ${path}: ${answer.text}`);
    }
  }
  const good = await raw(scene.stage.url, "/v1/me/tokens", { method: "POST", headers: { ...json, Cookie: cookie, "X-Patchbay-CSRF": csrf }, body: "{" });
  assert.equal(good.status, 400, "with the token the body is read");
  return { how: "here, on every route that changes something" };
}

/** A hash of each table; what the trail and sessions write by themselves is left out. */
function storeState(patchbay) {
  const script = "import sys, json; sys.path.insert(0, sys.argv[1]); from store_reader import StoreReader; r = StoreReader(*sys.argv[2:]); print(json.dumps(r.state())); r.close()";
  const found = JSON.parse(execFileSync("python3", ["-B", "-c", script, here("../../support"), binary, patchbay.data, `${patchbay.data}.key`], { encoding: "utf8" }));
  return Object.fromEntries(Object.entries(found).filter(([table]) => !/session/.test(table)));
}

async function getsChangeNothing({ scene }) {
  const { stage } = scene;
  const before = storeState(stage.patchbay);
  const { lists, ofOne } = screens();
  const paths = (await routes(scene)).filter(({ method }) => method === "GET").map(({ path }) => path);
  const pages = ["/sign-in", "/welcome", "/device", "/oauth/wait", "/oauth/callback?state=x&code=y", "/oauth/authorize?client_id=x", "/connect/plain", ...lists, ...ofOne.map((pathOf) => pathOf("plain"))];
  const get = (path, accept) => fetch(stage.url + path, { headers: { Cookie: stage.ann.cookie, Accept: accept }, redirect: "manual", signal: AbortSignal.timeout(/events|stream/.test(path) ? 500 : 60_000) })
    .then(async (answer) => { await answer.text(); return answer.status; }).catch((error) => { if (error.name !== "TimeoutError") throw error; return 200; });
  const said = await Promise.all(paths.map((path) => get(path, "application/json")));
  for (const path of pages) said.push(await get(path, "text/html"));
  assert.ok(said.filter((status) => status === 200).length > 60, `the routes were there: ${said}`);
  assert.deepEqual(storeState(stage.patchbay), before);
  return { how: `here: ${said.length} addresses, the rows of ${Object.keys(before).length} tables` };
}

async function frames({ scene }) {
  const { stage } = scene;
  const paths = [`/oauth/authorize?${await consentQuery(scene)}`, "/connections", "/people", "/settings/security", "/sign-in", "/device", "/connect/plain"];
  const elsewhere = createServer((_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end(`<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1>${paths.map((path) => `<iframe src="${stage.url}${path.replaceAll("&", "&amp;")}"></iframe>`).join("")}`)).listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  try {
    const page = await stage.page("ann", "/", { watch: false });
    await page.goto(`http://127.0.0.1:${elsewhere.address().port}/`);
    const framed = page.frames().slice(1);
    assert.equal(framed.length, paths.length);
    await until(() => framed.every((frame) => frame.url() !== "" && frame.url() !== "about:blank"), "the frames");
    for (const frame of framed) assert.match(frame.url(), /^chrome-error:/, `${frame.url()} is framed`);
    await page.close();
  } finally {
    elsewhere.closeAllConnections();
    elsewhere.close();
  }
  return { how: `here: Chromium shows none of ${paths.length} pages in a frame` };
}

/** Which check plays a case, by its words. */
export const answers = [
  [/^headers GET \//, policy], [/^headers every response/, everyResponse], [/^headers https/, strictTransport],
  [/^cookie .*__Host-/, cookieKind], [/^cookie .*changes at/, cookieChanges],
  [/^cookie idle/, () => { named("store/browser_sessions_test.cpp", "a session ends after twelve hours however busy it was"); return named("store/browser_sessions_test.cpp", "a session is found by its cookie until it was idle for too long"); }],
  [/^csrf .*foreign Origin/, foreignOrigin], [/^csrf .*without Origin/, noOrigin], [/^csrf GET routes/, getsChangeNothing], [/^clickjacking /, frames],
  [/^secrets admin walks/, secretsStay], [/^secrets login page/, signInForm],
  [/^secrets edit form/, () => named("web/connections.test.mjs", "27 · a change that leaves the key alone keeps it working, and no answer ever holds it")],
  [/^secrets name field/, () => named("web/connections.test.mjs", "28 · a bearer pasted into the name is stopped, moved with one step, and never stored as a name")],
  [/^postmessage /, () => named("web/sign_in.test.mjs", "19, 26 · with popup blocking on and a discovery of 7 s: the window opens at once, leads to the provider, and the row is connected without a reload")],
  [/^redirect /, redirects], [/^login .*wrong passwords/, wrongPasswords], [/^login .*parallel/, manyAtOnce], [/^upload /, fiveMegabytes], [/^assets /, assets],
];
