// What the first screen costs, cold and warm, and that it is in place below a base path.
import { test, after } from "node:test";
import assert from "node:assert/strict";
import { password, Stage, until } from "./support/stage.mjs";

delete process.env.PATCHBAY_WEB_DIR; // a folder is neither compressed nor cached: what is built in is meant

const stages = [];
after(async () => { for (const stage of stages) await stage.close(); });
const open = async (...wishes) => {
  const stage = await Stage.open(...wishes);
  stages.push(stage);
  return stage;
};

/** Loads the start with nothing kept, then again; what came over the wire each time, by path. */
async function measured(stage) {
  const page = await stage.page("ann", "/", { wait: false });
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  const visit = async () => {
    const found = new Map();
    session.removeAllListeners();
    session.on("Network.responseReceived", ({ requestId, response }) => found.set(requestId, { path: new URL(response.url).pathname, status: response.status, fromCache: response.fromDiskCache || response.fromPrefetchCache, headers: response.headers, bytes: 0 }));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => { if (found.has(requestId)) found.get(requestId).bytes = encodedDataLength; });
    session.on("Network.requestServedFromCache", ({ requestId }) => { if (found.has(requestId)) found.get(requestId).fromCache = true; });
    const { href } = new URL(page.url());
    await page.goto("about:blank");
    found.clear();
    await page.goto(href, { waitUntil: "networkidle0" });
    return [...found.values()].filter((one) => one.path.startsWith("/"));
  };
  await session.send("Network.clearBrowserCache");
  const cold = await visit();
  return { page, cold, warm: await visit() };
}

test("61 · the first screen is at most 60 KB in 12 requests; the second visit asks for the shell and the API alone", async () => {
  const stage = await open();
  const { cold, warm } = await measured(stage);
  const isOurs = (one) => !one.path.startsWith("/v1/");
  const files = cold.filter((one) => isOurs(one) && !one.fromCache);
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  console.log(`first screen: ${files.length} requests, ${bytes} bytes\n${files.map((one) => `  ${one.bytes} ${one.path}`).join("\n")}`);
  assert.ok(files.length <= 12, files.map((one) => one.path).join(" "));
  assert.ok(bytes <= 60_000, `${bytes} bytes`);
  const asked = warm.filter((one) => isOurs(one) && !one.fromCache).map((one) => [one.path, one.status]);
  assert.ok(asked.every(([path, status]) => path === "/" && [200, 304].includes(status)), JSON.stringify(asked));
  stage.assertQuiet();
});

test("7 · below a base path every address has it: the shell, its files, the API and the links", async () => {
  const stage = await open({ admin: false, config: "" });
  await stage.patchbay.stop();
  stage.patchbay.base = "/gate";
  await stage.patchbay.start({ args: ["--public-url", `http://127.0.0.1:${stage.patchbay.port}/gate`] });
  const { Browser } = await import("../support/browser.mjs");
  stage.people.set("ann", await new Browser(stage.patchbay).accept((await stage.patchbay.json("admin", "reset")).setup_link, "ann"));
  const page = await stage.page("ann", "/my/connectors/new");
  const elsewhere = [];
  page.on("request", (request) => { if (!new URL(request.url()).pathname.startsWith("/gate/")) elsewhere.push(request.url()); });
  await page.reload();
  await page.see("Add your own connector");
  await page.press("Your connections", { role: "link" });
  await page.see("Nothing connected yet.");
  assert.equal(await page.path(), "/gate/");
  const links = await page.$$eval("a[href]", (all) => all.map((one) => one.getAttribute("href")));
  assert.ok(links.every((link) => link.startsWith("/gate/") || link.startsWith("#")), links.join(" "));
  await page.goBack();
  await page.see("Add your own connector");
  await until(async () => (await page.path()) === "/gate/my/connectors/new", "the address below the base path");
  assert.deepEqual(elsewhere, []);
  stage.assertQuiet();
});

test("3 · Use this address: from the next start on Patchbay lives where it was opened", async () => {
  const stage = await open();
  const here = `http://localhost:${stage.patchbay.port}`;
  const page = await stage.page(null, "/sign-in", { watch: false });
  await page.goto(`${here}/sign-in?then=%2F`, { waitUntil: "load" });
  await page.type("input[name=name]", "ann");
  await page.type("input[name=password]", password);
  await page.click("button");
  await page.see(`You opened ${here}, but Patchbay thinks it lives at ${stage.url}.`);
  await page.press("Use this address");
  await page.see(`Patchbay lives at ${here} from its next start on.`);
  await stage.axe(page, "the banner after that");
  const issuer = async () => (await (await fetch(`${stage.url}/.well-known/oauth-authorization-server`)).json()).issuer;
  assert.equal(await issuer(), stage.url);
  await stage.patchbay.stop();
  await stage.patchbay.start();
  assert.equal(await issuer(), here);
  await page.goto(`${here}/`, { waitUntil: "load" });
  await page.see("Your connections");
  assert.ok(!(await page.words()).includes("thinks it lives"));
});

test("3 · opened by another address than the public one, an admin is told both, and a member is not bothered", async () => {
  const stage = await open({ args: ["--public-url", "http://localhost:18999"] });
  const page = await stage.page("ann", "/");
  await page.see(`You opened ${stage.url}, but Patchbay thinks it lives at http://localhost:18999.`);
  await page.see("Sign-ins will return there.");
  await stage.axe(page, "the banner");
  const member = await stage.page("bea", "/");
  await member.see("Your connections");
  assert.ok(!(await member.words()).includes("thinks it lives"));
  stage.assertQuiet();
});
