// A browser without scripts, as far as our pages need one: keeps cookies, follows redirects, fills in forms and sends them
// with its Origin. What it says at the consent page is given; everything else is on the page.
import assert from "node:assert/strict";
import { password } from "./browser.mjs";

const unescape = (text) => text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const attribute = (tag, name) => {
  const found = tag.match(new RegExp(`\\s${name}(?:="([^"]*)")?(?=[\\s>])`));
  return found ? unescape(found[1] ?? "") : null;
};

// The one form of a page: where it goes, and its fields as they stand.
export function formOf(html) {
  const form = html.match(/<form[^>]*>/)?.[0];
  assert.ok(form, `no form on: ${html.slice(0, 600)}`);
  const inputs = [...html.matchAll(/<input[^>]*>/g)].map(([tag]) => ({
    name: attribute(tag, "name"), value: attribute(tag, "value") ?? "", type: attribute(tag, "type") ?? "text", checked: attribute(tag, "checked") !== null,
  }));
  const fields = inputs.filter((one) => one.name !== null && (one.type !== "checkbox" || one.checked)).map((one) => [one.name, one.value]);
  const labels = Object.fromEntries([...html.matchAll(/<label><input[^>]*value="([^"]*)"[^>]*>([^<]*)/g)].map(([, value, text]) => [text.trim(), value]));
  return { action: attribute(form, "action"), method: attribute(form, "method") ?? "get", fields, labels };
}

export class OAuthBrowser {
  // `ours` is the origin whose pages are answered; an address elsewhere is where the journey ends.
  constructor(ours, { name = "ann", dispatcher } = {}) {
    this.ours = new URL(ours).origin;
    this.name = name;
    this.dispatcher = dispatcher;
    this.cookies = new Map();
    this.visited = [];
  }
  async open(url, init = {}) {
    const headers = { ...init.headers };
    if (this.cookies.size) headers.Cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { ...init, headers, redirect: "manual", ...(this.dispatcher && { dispatcher: this.dispatcher }) });
    this.visited.push(`${init.method ?? "GET"} ${response.status} ${url}`);
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(";");
      this.cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    return response;
  }
  async submit(page, form) {
    const target = new URL(form.action, page);
    const body = new URLSearchParams(form.fields);
    if (form.method === "get") return [`${target}?${body}`, {}];
    return [target, { method: "POST", body, headers: { Origin: target.origin } }];
  }
  // From an authorization URL to the address that the answer goes to, or to the last page where there is no such.
  async journey(url, { allow = true, change = (fields) => fields } = {}) {
    let next = [url, {}];
    for (let step = 0; step < 10; ++step) {
      const response = await this.open(...next);
      const here = String(next[0]);
      const location = response.headers.get("location");
      if (location) {
        const target = new URL(location, here);
        if (target.origin !== this.ours) return { location: target, browser: this };
        next = [target, {}];
        continue;
      }
      const html = await response.text();
      assert.ok(response.status < 400, `${here}: ${response.status} ${html}`);
      if (!html.includes("<form")) return { html, browser: this };
      const form = formOf(html);
      if (html.includes('name="password"')) {
        form.fields = form.fields.filter(([name]) => !["name", "password"].includes(name)).concat([["name", this.name], ["password", password]]);
      } else if (html.includes('name="decision"')) {
        this.consent = html;
        form.fields = change(form.fields, form).concat([["decision", allow ? "allow" : "deny"]]);
      }
      next = await this.submit(here, form);
    }
    throw new Error(`the journey does not end: ${this.visited.join("\n")}`);
  }
}
