// A browser: keeps its cookie, sends our Origin.
import assert from "node:assert/strict";

export const password = "correct horse battery";

export class Browser {
  cookie = "";
  constructor(url) { this.url = url; }
  get headers() { return { Origin: this.url, ...(this.cookie && { Cookie: this.cookie }) }; }
  async call(method, path, body) {
    const response = await fetch(this.url + path, {
      method, headers: { ...this.headers, ...(body && { "Content-Type": "application/json" }) }, body: body && JSON.stringify(body),
    });
    const set = response.headers.get("set-cookie");
    if (set) this.cookie = set.split(";")[0];
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  }
  // Sets the password of an invitation and is signed in.
  async accept(link, name) {
    const answer = await this.call("POST", "/v1/welcome", { invite: link.split("#")[1], password, ...(name && { name }) });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return this;
  }
}
