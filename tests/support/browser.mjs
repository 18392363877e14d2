import assert from "node:assert/strict";

export const password = "correct horse battery";

// A person at a browser of the running appliance: keeps its cookie, sends our Origin.
export class Browser {
  constructor(patchbay) { this.patchbay = patchbay; }
  cookie = "";
  get headers() { return { Origin: new URL(this.patchbay.url).origin, ...(this.cookie && { Cookie: this.cookie }) }; }
  async call(method, path, body) {
    const response = await fetch(this.patchbay.url + path, {
      method, headers: { ...this.headers, ...(body && { "Content-Type": "application/json" }) }, body: body && JSON.stringify(body),
    });
    const set = response.headers.get("set-cookie");
    if (set) this.cookie = set.split(";")[0];
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  }
  async accept(link, name) {
    const answer = await this.call("POST", "/v1/welcome", { invite: link.split("#")[1], password, ...(name && { name }) });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return this;
  }
  // A new member at a browser of their own.
  static async join(patchbay, name) {
    const made = await patchbay.json("user", "add", name);
    return new Browser(patchbay).accept(made.invite_link);
  }
  tokens = 0;
  async token(scopes = ["mcp:read", "mcp:write"]) {
    const made = await this.call("POST", "/v1/me/tokens", { name: `e2e ${++this.tokens}`, scopes });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body.token;
  }
}
