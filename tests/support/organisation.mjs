// An appliance with an admin and two members at browsers of their own, and what most tests do with them.
import assert from "node:assert/strict";
import { Agent } from "./agent.mjs";
import { Appliance, until } from "./appliance.mjs";
import { Browser } from "./browser.mjs";

// The body of an answer that must have this status.
export function ok(answer, status = 200) {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body;
}

export class Organisation {
  // Members reach private addresses only where the operator lists them.
  static async create({ allow = [] } = {}) {
    const self = new Organisation();
    self.patchbay = await Appliance.create({ config: `network:\n  allow: ${JSON.stringify(allow)}\n` });
    await self.patchbay.start();
    self.admin = await new Browser(self.patchbay).accept((await self.patchbay.json("admin", "reset")).setup_link, "root");
    self.ann = await Browser.join(self.patchbay, "ann");
    self.bob = await Browser.join(self.patchbay, "bob");
    return self;
  }
  end() { return this.patchbay.remove(); }
  // An enabled server of the organisation.
  async add(slug, url, more = {}) {
    return ok(await this.admin.call("POST", "/v1/servers", { slug, url, enabled: true, ...more }), 201);
  }
  async remove(...slugs) {
    for (const slug of slugs) ok(await this.admin.call("DELETE", `/v1/servers/${slug}`), 204);
  }
  async agent(person, path) { return Agent.connect(this.patchbay, await person.token(), path); }
  // The flat names of the tools that a person may use, of one server where it is named.
  async flat(person, slug) {
    const names = ok(await person.call("GET", "/v1/tools")).tools.map((tool) => tool.name);
    return slug ? names.filter((name) => name.startsWith(`mcp__${slug}__`)) : names;
  }
  // A test of a server; what was just saved is being tested already.
  probe(person, path) {
    return until(async () => {
      const answer = await person.call("POST", `${path}/test`);
      return answer.status !== 429 && ok(answer);
    }, "the test");
  }
}
