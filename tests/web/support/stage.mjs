// What the tests of the screens stand on: one appliance with the web UI, its admin ann, headless Chromium with popup blocking
// as people have it, and a watch on what no page may do: console errors, violations of the policy, requests elsewhere.
//   const stage = await Stage.open();                 after(() => stage.close());
//   const page = await stage.page("ann", "/connections", { width: 360, theme: "dark" });
//   await page.press("Add a connection"); await page.see("Added"); await stage.axe(page);
// PATCHBAY_BINARY names the binary, PATCHBAY_WEB_DIR a folder it serves in place of its own pages.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";
import { Appliance, until as waitUntil } from "../../support/appliance.mjs";
import { Browser, password } from "../../support/browser.mjs";

export { password };
/** Limits in time are asked of a machine that does nothing else: PATCHBAY_SLOW=1 there; unset, time decides no test. */
export const slowness = Number(process.env.PATCHBAY_SLOW ?? Infinity);
/** Waits until `test` gives something true, as long as a page may take. */
export const until = (test, what, milliseconds = patience) => waitUntil(test, what, milliseconds);
const require = createRequire(import.meta.url);
const axeTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
let axeSource;

// How long something may take that a page does. Two busy cores need it; nothing waits longer than it must.
const patience = Number(process.env.PATCHBAY_PATIENCE ?? 30) * 1000;

export class Stage {
  static async open({ args = [], config = "", admin = true, appliance = null } = {}) {
    const self = new Stage();
    self.patchbay = appliance ?? (await Appliance.create({ config }));
    if (!self.patchbay.child) await self.patchbay.start({ args });
    self.people = new Map();
    self.watched = [];
    self.allowed = [];
    self.clean = [];
    if (admin) self.people.set("ann", await new Browser(self.patchbay).accept((await self.patchbay.json("admin", "reset")).setup_link, "ann"));
    self.chromium = await puppeteer.launch({
      protocolTimeout: 4 * patience, timeout: 2 * patience,
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, ignoreDefaultArgs: ["--disable-popup-blocking"],
      args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "--lang=en-US"],
    });
    return self;
  }
  get url() { return this.patchbay.url; }
  get ann() { return this.people.get("ann"); }

  /** Calls the API as somebody; throws where that is refused. */
  async api(who, method, path, body) {
    const answer = await (await this.person(who)).call(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  /** Somebody by name; who is not known becomes a member. */
  async person(name) {
    if (!this.people.has(name)) this.people.set(name, await Browser.join(this.patchbay, name));
    return this.people.get(name);
  }
  /** A server of the organisation, for everyone unless `access` says otherwise, once it has been looked at. */
  async server(wish) {
    const made = await this.api("ann", "POST", "/v1/servers", { enabled: true, access: { everyone: true }, ...wish });
    const waits = wish.credential_mode === "perMember" || wish.auth === "oauth";
    if (!waits) await until(async () => (await this.api("ann", "GET", `/v1/servers/${made.slug}`)).state !== "unknown", `the first look at ${made.slug}`);
    return made;
  }

  /** What no page may do from now on, unless one of `patterns` fits it. */
  allow(...patterns) { this.allowed.push(...patterns); }

  watch(page, name) {
    const complain = (text) => this.watched.push(`${name}: ${text}`);
    page.on("console", (message) => { if (message.type() === "error") complain(`console: ${message.text()} ${message.location().url ?? ""}`); });
    page.on("pageerror", (error) => complain(`error: ${error.message}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (["http:", "https:"].includes(url.protocol) && url.origin !== new URL(this.url).origin && !page.leads) complain(`request: ${url.origin}`);
    });
  }

  /** A page of the app as `who` (null: nobody), at a path. Its own browser context, so people do not share cookies. */
  async page(who, path = "/", { width = 1280, height = 860, theme = "light", reducedMotion = false, context = null, watch = true, wait = true } = {}) {
    const own = context ?? (await this.chromium.createBrowserContext());
    const page = await own.newPage();
    page.stageContext = own;
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }, { name: "prefers-reduced-motion", value: reducedMotion ? "reduce" : "no-preference" }]);
    if (who) {
      const { cookie } = await this.person(who);
      const at = cookie.indexOf("=");
      await own.setCookie({ name: cookie.slice(0, at), value: cookie.slice(at + 1), domain: "127.0.0.1", path: "/", httpOnly: true, sameSite: "Lax" });
    }
    page.setDefaultTimeout(patience);
    if (watch) this.watch(page, `${who ?? "nobody"} ${path}`);
    Object.assign(page, helpers(page));
    await page.goto(this.url + path, { waitUntil: "load" });
    if (wait) await page.waitForSelector("h1");
    return page;
  }

  /** Fails on what the pages did that none may do. */
  assertQuiet() {
    const loud = this.watched.filter((one) => !this.allowed.some((pattern) => pattern.test(one)));
    this.watched.length = 0;
    assert.deepEqual(loud, []);
  }

  async axe(page, what = "the page", { tags = axeTags, exclude = [] } = {}) {
    const begun = Date.now();
    axeSource ??= await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
    await page.evaluate(axeSource);
    const violations = await page.evaluate(async (chosen, left) => {
      const found = await globalThis.axe.run({ exclude: left }, { runOnly: { type: "tag", values: chosen } });
      return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} (${node.failureSummary.split("\n")[1]?.trim()})`).join("; ")}`);
    }, tags, exclude);
    this.axeTook = (this.axeTook ?? 0) + Date.now() - begun;
    assert.deepEqual(violations, [], `${what}: ${violations.join("\n")}`);
  }

  async close() {
    await this.chromium?.close();
    await this.patchbay?.remove();
  }
}

const words = (page) => page.evaluate(() => document.body.innerText);

/** What tests do with a page, by what people see. Each waits until it can. */
function helpers(page) {
  const named = (roles, name) => `::-p-aria([name="${name}"][role="${roles}"])`;
  return {
    see: (text, milliseconds = patience) => until(async () => {
      const shown = await words(page).catch(() => "");
      return typeof text === "string" ? shown.includes(text) : text.test(shown);
    }, `to see ${text} at ${page.url()}`, milliseconds),
    seeNot: (text, milliseconds = patience) => until(async () => {
      const shown = await words(page).catch(() => "");
      return !(typeof text === "string" ? shown.includes(text) : text.test(shown));
    }, `to see no more ${text}`, milliseconds),
    words: () => words(page),
    /** Clicks a button, link, menu item or switch by its name. */
    press: async (name, { role = null, within = null } = {}) => {
      const scope = within ? await page.waitForSelector(within) : page;
      const roles = role ? [role] : ["button", "link", "menuitem", "switch", "radio", "checkbox", "option"];
      const found = await until(async () => {
        for (const one of roles) {
          const element = await scope.$(named(one, name));
          if (element && (await element.isVisible())) return element;
        }
        return null;
      }, `something called "${name}" to press`, patience);
      await found.click();
    },
    /** Types into the field of this label, in place of what is there. */
    fill: async (label, text) => {
      const field = await page.waitForSelector(`::-p-aria([name="${label}"])`);
      await field.evaluate((element) => { element.focus(); element.select?.(); });
      await page.keyboard.press("Backspace");
      await page.keyboard.type(text);
    },
    path: () => page.evaluate(() => location.pathname + location.search),
    focused: () => page.evaluate(() => {
      const element = document.activeElement;
      return { tag: element?.tagName ?? "", name: element?.getAttribute("aria-label") ?? element?.textContent?.trim() ?? "", id: element?.id ?? "" };
    }),
    /** Whether the page scrolls sideways, which none may at this width. */
    overflow: () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
    /** Goes to a path inside the app, as a click on a link does. */
    go: async (path) => {
      await page.evaluate((to) => {
        const link = document.createElement("a");
        link.href = (document.documentElement.dataset.base ?? "") + to;
        document.body.append(link);
        link.click();
        link.remove();
      }, path);
    },
    /** The next window that this page opens. */
    popup: () => new Promise((resolve) => page.once("popup", resolve)),
  };
}
