// How the binary serves the web UI, seen without a browser. Each name begins with the item of docs/ui.md, section 9.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { request } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { Appliance } from "../support/appliance.mjs";

const folder = fileURLToPath(new URL("../../web/static/", import.meta.url));
const browser = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
const types = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml", txt: "text/plain; charset=utf-8" };
const decoders = { identity: (bytes) => bytes, gzip: gunzipSync, br: brotliDecompressSync };

delete process.env.PATCHBAY_WEB_DIR; // what is built in is meant

let patchbay, base, files, assets, shell;

// fetch() would choose the coding and undo it by itself.
const ask = (path, headers = {}, { url = patchbay.url, method = "GET" } = {}) =>
  new Promise((resolve, reject) => {
    const asked = request(url + path, { method, headers }, async (answer) => {
      const body = Buffer.concat(await answer.toArray());
      resolve({ status: answer.statusCode, headers: answer.headers, body, text: body.toString() });
    });
    asked.on("error", reject).end();
  });

function assertJson(answer, status) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers["content-type"], "application/json");
  return JSON.parse(answer.text);
}

const referred = (html) => [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address).filter((address) => !address.startsWith("data:"));

// The modules that one imports without being asked to, by their addresses.
function importsOf(address, source) {
  const found = [...source.matchAll(/(?:^|[;\n])\s*(?:import|export)[^"'();]*["'](\.[^"']+)["']/g)];
  return found.map(([, relative]) => new URL(relative, `http://x${address}`).pathname);
}

before(async () => {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  files = all.filter((entry) => entry.isFile() && !entry.name.startsWith(".") && !entry.name.endsWith(".html"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length));
  patchbay = await (await Appliance.create()).start();
  base = await Appliance.create({ config: "public_url: https://gate.example/tools/bay\nhosts: [\"127.0.0.1\"]\n" });
  base.base = "/tools/bay";
  await base.start();
  shell = (await ask("/", browser)).text;
  assets = shell.match(/"(\/static\/[\w-]+)\/app\.js"/)[1];
});

after(async () => {
  await patchbay?.remove();
  await base?.remove();
});

test("4 · every address of a screen gives the shell to a browser; what programs ask for stays JSON", async () => {
  for (const path of ["/", "/connect", "/tools", "/my/activity", "/connections/crm/access", "/people/teams/x", "/settings/diagnostics", "/none/at/all?x=1"]) {
    const answer = await ask(path, browser);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.text, shell, path);
    assertJson(await ask(path), path === "/" ? 200 : 404);
  }
  assertJson(await ask("/v1/none", browser), 401);
  const token = await patchbay.token("admin", ["admin"]);
  assertJson(await ask("/v1/none", { ...browser, Authorization: `Bearer ${token}` }), 404);
  for (const path of ["/static/none.js", `${assets}/none.js`, "/static/old/app.js", "/static/index.html", `${assets}/index.html`, "/oauth/none", "/.well-known/none"])
    assertJson(await ask(path, browser), 404);
});

test("6 · the shell's headers, and no inline script or style in it", async () => {
  const { headers } = await ask("/", browser);
  assert.equal(headers["content-security-policy"], "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["referrer-policy"], "same-origin");
  assert.equal(headers["x-frame-options"], "DENY");
  assert.equal(headers["cross-origin-opener-policy"], undefined);
  assert.doesNotMatch(shell, /<style|\sstyle\s*=|\son\w+\s*=|javascript:|<base/i);
  for (const [, attributes, inside] of shell.matchAll(/<script([^>]*)>([^<]*)/g)) {
    assert.match(attributes, /\ssrc="/);
    assert.equal(inside, "");
  }
  assert.doesNotMatch(shell, /\{\{/);
});

test("7 · below a base path everything that the shell refers to is there", async () => {
  const answer = await ask("/people", browser, { url: base.url });
  assert.equal(answer.status, 200);
  assert.match(answer.text, /data-base="\/tools\/bay"/);
  for (const address of referred(answer.text)) {
    assert.match(address, /^\/tools\/bay\/static\//);
    const file = await ask(address.slice(base.base.length), {}, { url: base.url });
    assert.equal(file.status, 200, address);
  }
  assert.equal((await ask("", browser, { url: base.url })).status, 200);
  assertJson(await ask("/", browser, { url: `http://127.0.0.1:${base.port}` }), 404);
});

test("61 · what the shell loads at once fits its budget in bytes; a second visit sends none of it again", async (t) => {
  const first = await ask("/", { ...browser, "Accept-Encoding": "gzip, br" });
  let bytes = first.body.length;
  const wanted = new Set(referred(shell));
  for (const address of wanted) {
    const answer = await ask(address, { "Accept-Encoding": "gzip, br" });
    assert.equal(answer.status, 200, address);
    bytes += answer.body.length;
    if (!address.endsWith(".js")) continue;
    for (const more of importsOf(address, brotliOrPlain(answer))) wanted.add(more);
    const again = await ask(address, { "Accept-Encoding": "gzip, br", "If-None-Match": answer.headers.etag });
    assert.equal(again.status, 304, address);
  }
  t.diagnostic(`${wanted.size + 1} requests, ${bytes} bytes`);
  assert.ok(bytes <= 60 * 1024, `${bytes} bytes`);
  assert.ok(wanted.size + 1 <= 12, `${wanted.size + 1} requests: ${[...wanted].join(" ")}`);
  const again = await ask("/", { ...browser, "Accept-Encoding": "gzip, br", "If-None-Match": first.headers.etag });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
});

const brotliOrPlain = ({ headers, body }) => decoders[headers["content-encoding"] ?? "identity"](body).toString();

test("64 · each file has its type, tag, Vary and a year under its version; all codings give the same bytes", async () => {
  assert.ok(files.includes("app.js") && files.includes("vendor/preact.js"), files.join(" "));
  for (const file of files) {
    const bytes = await readFile(join(folder, file));
    const tags = new Set();
    for (const coding of ["identity", "gzip", "br"]) {
      const what = `${file} ${coding}`;
      const answer = await ask(`${assets}/${file}`, { "Accept-Encoding": `${coding}, *;q=0` });
      assert.equal(answer.status, 200, what);
      assert.equal(answer.headers["content-type"], types[file.split(".").pop()], what);
      assert.equal(answer.headers["cache-control"], "public, max-age=31536000, immutable", what);
      assert.equal(answer.headers.vary, "Accept-Encoding", what);
      const used = answer.headers["content-encoding"] ?? "identity";
      assert.ok(used === coding || (used === "identity" && bytes.length < 1024), `${what} came as ${used}`);
      assert.ok(decoders[used](answer.body).equals(bytes), `${what} has other bytes`);
      assert.match(answer.headers.etag, /^"[\w-]+"$/);
      tags.add(`${used} ${answer.headers.etag}`);
      const head = await ask(`${assets}/${file}`, { "Accept-Encoding": `${coding}, *;q=0` }, { method: "HEAD" });
      assert.deepEqual([head.status, head.headers["content-length"], head.headers.etag, head.body.length],
        [200, String(answer.body.length), answer.headers.etag, 0], what);
    }
    assert.equal(new Set([...tags].map((one) => one.split(" ")[1])).size, tags.size, `${file}: a tag stands for two codings`);
  }
});

test("64 · the files of the pages that the server makes keep their addresses, asked for again each time", async () => {
  for (const file of ["page.css", "callback.js", "welcome.js"]) {
    const answer = await ask(`/static/${file}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["cache-control"], "no-cache");
    assert.equal((await ask(`/static/${file}`, { "If-None-Match": answer.headers.etag })).status, 304);
  }
});

test("while the UI is worked on, serve takes it from a folder, and says so", async () => {
  const dev = await Appliance.create();
  try {
    await dev.start({ args: ["--web-dir", folder] });
    const { text, headers } = await ask("/tools", browser, { url: dev.url });
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(text, shell.replaceAll(assets, "/static/dev"));
    const answer = await ask("/static/dev/app.js", {}, { url: dev.url });
    assert.ok(answer.body.equals(await readFile(join(folder, "app.js"))));
    assertJson(await ask("/static/dev/..%2fpackage.json", {}, { url: dev.url }), 404);
    assert.match(dev.log, /ui\.from_folder/);
  } finally {
    await dev.remove();
  }
});
