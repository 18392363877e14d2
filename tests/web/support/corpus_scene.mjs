// The scene on which corpora/webui.json is played: one appliance, servers that say what they are given, a page of the admin
// with a trap, and what pages are made of while every word is harmless. With a payload in place of such a word no page may
// have an element, attribute, style, link, request or frame that it had not before.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Appliance, freePort } from "../../support/appliance.mjs";
import { Stage, password, until } from "./stage.mjs";
import { raw } from "./corpus_asking.mjs";
import { Hostile, HostileSignIn } from "./hostile.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const hidden = /[\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** What people see of a text: its hidden characters are badges, or were not taken. */
export const visible = (text) => text.replace(hidden, "").replace(/\s+/g, " ").trim();
const withoutBadges = (text) => text.replace(/U\+[0-9A-F]{4,5}( ×\d+)?/g, "").replace(/\s+/g, " ");

/** The screens as the shell names them: those that show one thing, by its key, and the others. */
export function screens() {
  const shell = readFileSync(here("../../../web/static/app.js"), "utf8");
  const sections = readFileSync(here("../../../web/static/pages/settings.js"), "utf8").match(/const pages = \{([^}]*)\}/)?.[1].match(/\w+(?=:)/g) ?? ["general"];
  const fill = { slug: (key, path) => (path.startsWith("/my/") ? `mine-${key}` : key), user: (key) => `person-${key}`, team: (key) => `team-${key}`, profile: (key) => `profile-${key}`, name: (key) => `mcp__${key}__hostile` };
  const lists = ["/people?show=teams"], ofOne = [];
  for (const [, path, module] of shell.matchAll(/\["(\/[^"]*)", \w+, \(\) => import\("\.\/(pages\/[^"]+)"\)\]/g)) {
    assert.ok(existsSync(here(`../../../web/static/${module}`)), module);
    if (path === "/setup") continue; // its words are our own, and it is over
    const tabs = path.match(/\{tab:([^}]+)\}/)?.[1].split("|") ?? [""];
    for (const tab of tabs) {
      const one = path.replace(/\{tab:[^}]+\}/, tab);
      if (one.includes("{section}")) lists.push(...sections.map((name) => one.replace("{section}", name)));
      else if (!one.includes("{")) lists.push(one);
      else ofOne.push((key) => one.replace(/\{(\w+)\}/g, (_, name) => fill[name](key, one)));
    }
  }
  assert.ok(lists.length > 10 && ofOne.length > 8, "the routes of the shell were found");
  return { lists, ofOne };
}

// Runs in the page: what it is made of, one entry for each kind of thing.
function inventory() {
  const found = new Set();
  const heads = ["meta", "script", "style", "base"].map((tag) => `${tag} ${document.head.querySelectorAll(tag).length}`).join(", ");
  found.add(`head: ${heads}`);
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      found.add(`element: ${element.localName}`);
      for (const { name, value } of element.attributes) {
        if (!name.startsWith("aria-")) found.add(`attribute: ${name}`); // those say in which state a part is
        if (["href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset"].includes(name)) {
          let to = "unreadable";
          try {
            const { protocol, origin } = new URL(value, document.baseURI);
            to = protocol === "data:" ? value.slice(0, value.search(/[;,]/)) : origin === location.origin ? "here" : `${protocol}//${origin}`;
          } catch { /* it leads nowhere */ }
          found.add(`${name} of ${element.localName} to: ${to}`);
        }
      }
      if (element.style?.length) for (const name of element.style) found.add(`style: ${name}${/url|expression|import/i.test(element.style.getPropertyValue(name)) ? " with an address" : ""}`);
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document.body);
  return { found: [...found], text: document.body.innerText, broken: document.body.innerText.includes("Something broke on our side") };
}

export class Scene {
  hits = [];
  members = new Map(); // of the second appliance
  strange = [];
  known = new Set(); // entries of inventory() while every word was harmless
  unseen = new Set(); // where characters that hide or turn text stand as they are, and not as badges
  learning = true;

  static async open() {
    const self = new Scene();
    self.upstream = await Hostile.start();
    self.signing = await HostileSignIn.start({ signIn: true, auto: true, secret: "planted-in-a-token-" });
    const allow = [self.upstream, self.signing].map((one) => new URL(one.origin).host);
    self.stage = await Stage.open({ appliance: await Appliance.create({ config: `network:\n  allow: ${JSON.stringify(allow)}\n` }) });
    try {
      self.page = await self.trapped("ann", "/");
    } catch (error) {
      await self.close();
      throw error;
    }
    return self;
  }
  async close() {
    await this.stage?.close();
    await this.upstream?.stop();
    await this.signing?.stop();
    await this.behindProxy?.remove();
  }

  /** A page with the trap, which notes whatever a page has no reason to do. */
  async trapped(who, path, options = {}) {
    const page = await this.stage.page(who, path, options);
    await page.exposeFunction("__xss", (n) => { this.hits.push(n); });
    page.on("frameattached", () => this.strange.push("a frame"));
    page.on("dialog", (dialog) => { this.strange.push(`a dialog: ${dialog.message()}`); void dialog.dismiss(); });
    page.on("request", (request) => {
      const { pathname, protocol, origin } = new URL(request.url());
      if (protocol.startsWith("http") && origin === new URL(this.stage.url).origin && !request.isNavigationRequest() && !/^\/(v1|static)\//.test(pathname)) this.strange.push(`a request: ${request.url()}`);
    });
    assert.equal(await page.evaluate(() => typeof globalThis.__xss), "function");
    return page;
  }

  /** Goes to a screen and waits until it has what it asks for. */
  async go(path, page = this.page, unless = path === "/settings/diagnostics" ? ".skeleton" : ".skeleton, [aria-busy=true]") {
    if (!(await page.evaluate(() => Boolean(document.getElementById("app"))))) {
      await page.goto(`${this.stage.url}/`);
      await page.waitForSelector("main h1");
    }
    await page.go(path);
    const wanted = path.split("?")[0];
    await until(() => page.evaluate((to, busy) => location.pathname === to && document.querySelector("main h1") && !document.querySelector(busy), wanted, unless), `${path} to be there`);
  }

  /** Learns what the page is made of, or fails where it has grown. */
  async check(where, page = this.page) {
    const { found, text, broken } = await page.evaluate(inventory);
    assert.equal(broken, false, `${where} broke`);
    if (this.learning) return found.forEach((one) => this.known.add(one));
    assert.deepEqual(found.filter((one) => !this.known.has(one)), [], `${where} has grown`);
    assert.deepEqual(this.hits.splice(0), [], `the trap was sprung at ${where}`);
    assert.deepEqual(this.strange.splice(0), [], where);
    if (text.match(hidden)) this.unseen.add(where);
    return undefined;
  }
  /** Waits until people can read the whole of `text`, then checks the page. */
  async shows(text, where, page = this.page, within = "body") {
    const wanted = visible(text);
    await until(async () => withoutBadges(await page.$eval(within, (one) => one.innerText).catch(() => "")).includes(wanted), `to read ${wanted} at ${where}`);
    await this.check(where, page);
  }
  async isAbsent(text, where, page = this.page) {
    const words = withoutBadges(await page.evaluate(() => document.body.innerText));
    assert.ok(!words.includes(visible(text)), `${where} shows ${text}`);
    await this.check(where, page);
  }

  /** Stores a text; where its hidden characters are refused, the rest of it. */
  async store(method, path, bodyOf, text) {
    const tried = [];
    for (const one of new Set([text, visible(text)])) {
      const { status, body } = await this.stage.ann.call(method, path, bodyOf(one));
      if (status < 300) return body;
      tried.push(`${status} ${JSON.stringify(body)}`);
      assert.equal(status, 400, `${path}: ${tried.at(-1)}`);
    }
    return assert.fail(`${path} takes nothing of ${text}: ${tried.join(", ")}`);
  }

  /** A server of the organisation that says the words of `of`; its own name is one of them. */
  async server(key, of, more = {}) {
    this.upstream.speak(key, of);
    await this.store("POST", "/v1/servers", (title) => ({ slug: key, title, description: "Plain", url: this.upstream.address(key), enabled: true, access: { everyone: true }, ...more }), of("connection.name") ?? `Plain ${key}`);
    await until(async () => (await this.stage.api("ann", "GET", `/v1/servers/${key}`)).state !== "unknown", `the first look at ${key}`);
  }
  async person(key, title) { await this.store("POST", "/v1/users", (text) => ({ name: `person-${key}`, title: text }), title); }
  async team(key, title) { await this.store("POST", "/v1/teams", (text) => ({ name: `team-${key}`, title: text }), title); }

  /** Everything that the screens of one thing show, in the words of `of`. */
  async plant(key, of) {
    const word = (where) => of(where) ?? `Plain ${where}`;
    await this.server(key, of);
    await this.person(key, word("member.name"));
    await this.team(key, word("team.name"));
    await this.stage.api("ann", "PATCH", `/v1/teams/team-${key}`, { members: [`person-${key}`] });
    await this.store("POST", "/v1/profiles", (title) => ({ slug: `profile-${key}`, title, description: title, servers: [{ server: key }] }), word("connection.name"));
    await this.store("POST", "/v1/me/servers", (title) => ({ slug: `mine-${key}`, title, url: this.upstream.address(key) }), word("connection.name"));
    await this.store("POST", "/v1/me/tokens", (name) => ({ name, scopes: ["mcp:read"] }), word("audit.detail").slice(0, 60));
    await this.detail(key, word("audit.detail"));
    await this.stage.ann.call("POST", `/v1/servers/${key}/test`);
  }
  /** A change whose values the audit trail keeps. */
  async detail(key, text) {
    const { revision } = await this.stage.api("ann", "GET", `/v1/servers/${key}`);
    await this.store("PATCH", `/v1/servers/${key}`, (description) => ({ description, revision }), text);
  }

  /** Signs ann's shared account in at a server, in this page. */
  async connect(slug, page) {
    const { body, status } = await this.stage.ann.call("POST", `/v1/servers/${slug}/oauth/start`);
    assert.equal(status, 200, JSON.stringify(body));
    page.leads = true; // the provider's page leads back by itself
    await page.goto(body.authorize_url);
    page.leads = false;
  }

  /** A second appliance, behind a proxy that has the certificate, with the pages that are built in. */
  async proxied() {
    if (this.behindProxy) return this.behindProxy;
    const port = await freePort();
    const { PATCHBAY_WEB_DIR: folder } = process.env;
    delete process.env.PATCHBAY_WEB_DIR;
    try {
      this.behindProxy = await Appliance.create({ config: `public_url: https://127.0.0.1:${port}\ntrusted_proxies: ["127.0.0.1"]\n` });
      return await this.behindProxy.start({ port });
    } finally {
      if (folder) process.env.PATCHBAY_WEB_DIR = folder;
    }
  }
  /** Somebody of that appliance who has followed a link: { cookie, set }. */
  async accept(link, name) {
    const { url } = await this.proxied();
    const answer = await raw(url, "/v1/welcome", { method: "POST", headers: { "Content-Type": "application/json", Origin: url.replace("http:", "https:"), "X-Forwarded-Proto": "https" },
      body: JSON.stringify({ invite: link.split("#")[1], password, ...(name && { name }) }) });
    assert.equal(answer.status, 200, answer.text);
    const [set] = answer.headers["set-cookie"];
    return { set, cookie: set.split(";")[0] };
  }
  async proxyAdmin() { return (this.admin ??= await this.accept((await (await this.proxied()).json("admin", "reset")).setup_link, "ann")); }
  async proxyMember(number) {
    const name = `member${number}`;
    if (!this.members.has(name)) this.members.set(name, await this.accept((await (await this.proxied()).json("user", "add", name)).invite_link));
    return name;
  }
}
