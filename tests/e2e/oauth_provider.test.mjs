// The stand-in provider itself, asked by the official SDK's client: what the tests of Patchbay's own sign-in stand on.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { OAuthProvider, comeBack } from "../support/oauth_provider.mjs";

const back = "http://127.0.0.1:8099/oauth/callback";
let provider;

before(async () => { provider = await OAuthProvider.start(); });
after(() => provider?.stop());

// What the SDK wants remembered for it.
class Memory {
  redirectUrl = back;
  clientMetadata = { client_name: "e2e", redirect_uris: [back], application_type: "native", token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };
  clientInformation() { return this.client; }
  saveClientInformation(client) { this.client = client; }
  tokens() { return this.held; }
  saveTokens(tokens) { this.held = tokens; }
  codeVerifier() { return this.verifier; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  redirectToAuthorization(url) { this.asked = url; }
}

async function signIn(account) {
  const memory = new Memory();
  const open = () => new StreamableHTTPClientTransport(new URL(provider.url), { authProvider: memory });
  const first = open();
  await assert.rejects(new Client({ name: "e2e", version: "1" }).connect(first), UnauthorizedError);
  await first.finishAuth((await comeBack(memory.asked, account, back)).searchParams.get("code"));
  const client = new Client({ name: "e2e", version: "1" });
  await client.connect(open());
  return { client, memory, say: async (message) => (await client.callTool({ name: "echo", arguments: { message } })).content[0].text };
}

test("the SDK signs in from the URL alone, and each call is that account's", async () => {
  const ann = await signIn("ann");
  const bob = await signIn("bob");
  assert.match(await ann.say("hello"), /hello/);
  assert.match(await bob.say("moin"), /moin/);
  assert.deepEqual(provider.calls.map((call) => [call.account, call.arguments.message]), [["ann", "hello"], ["bob", "moin"]]);
  assert.equal(provider.counts.registrations, 2);

  const old = ann.memory.held;
  provider.expire("ann");
  assert.match(await ann.say("refreshed"), /refreshed/);
  assert.equal(provider.counts.refresh_token, 1);
  assert.notEqual(ann.memory.held.refresh_token, old.refresh_token);
  for (const token of [old.access_token, old.refresh_token, ann.memory.held.access_token]) assert.ok(provider.issued.includes(token));

  provider.revoke("ann");
  await assert.rejects(ann.say("gone"));
  assert.equal(provider.holds("RefreshToken", "ann"), 0);
  assert.match(await bob.say("still"), /still/);
  provider.expire("bob");
  provider.down = true;
  await assert.rejects(bob.say("down"));
  provider.down = false;
  assert.match(await bob.say("up"), /up/);
  assert.deepEqual(provider.faults, []);
  for (const one of [ann, bob]) await one.client.close();
});

test("who declines brings back an error, and a token for another resource opens nothing", async () => {
  const memory = new Memory();
  const transport = new StreamableHTTPClientTransport(new URL(provider.url), { authProvider: memory });
  await assert.rejects(new Client({ name: "e2e", version: "1" }).connect(transport), UnauthorizedError);
  const declined = await comeBack(memory.asked, "", back);
  assert.equal(declined.searchParams.get("error"), "access_denied");
  assert.equal(declined.searchParams.get("iss"), provider.issuer);
  memory.asked.searchParams.set("resource", "http://127.0.0.1:1/mcp");
  assert.equal((await comeBack(memory.asked, "ann", back)).searchParams.get("error"), "invalid_target");
  assert.equal((await fetch(provider.url, { method: "POST", headers: { Authorization: "Bearer nonsense" } })).status, 401);
});
