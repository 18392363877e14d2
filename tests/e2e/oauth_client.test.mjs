// Patchbay as the client of a real authorization server: two members sign in with accounts of their own at the official
// sample server behind oidc-provider; their tokens expire, are refreshed, are revoked there, and are thrown away.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { OAuthProvider, comeBack } from "../support/oauth_provider.mjs";
import { Organisation, ok } from "../support/organisation.mjs";
import { until } from "../support/appliance.mjs";

let provider, org, patchbay, admin, ann, bob, anns, bobs;
const at = "/v1/servers/sample";
const echo = "mcp:sample:echo";

before(async () => {
  provider = await OAuthProvider.start();
  org = await Organisation.create({ allow: provider.hosts });
  ({ patchbay, admin, ann, bob } = org);
  await org.add("sample", provider.url, { auth: "oauth", credential_mode: "perMember", description: "Echoes what it is told." });
  anns = await org.agent(ann);
  bobs = await org.agent(bob);
});

after(async () => {
  await anns?.close();
  await bobs?.close();
  await org?.end();
  await provider?.stop();
});

const start = async (person, path = at) => ok(await person.call("POST", `${path}/oauth/start`));
const follow = (started, account) => comeBack(started.authorize_url, account, `${patchbay.url}/oauth/callback`);
const flow = async (person, started) => ok(await person.call("GET", `/v1/me/oauth/flows/${started.flow}`));
const connected = async (person, slug = "sample") => ok(await person.call("GET", `/v1/me/connections/${slug}`)).connected;

// The page at the end, in the person's own browser.
async function land(person, url) {
  const answer = await fetch(url, { headers: { Cookie: person.cookie }, redirect: "manual" });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

async function connect(person, account, path = at) {
  const started = await start(person, path);
  assert.equal((await flow(person, started)).state, "waiting");
  const page = await land(person, await follow(started, account));
  assert.equal(page.status, 200, page.text);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  assert.equal((await flow(person, started)).state, "done");
}

// Calls as this agent until the answer is one of the sample server's own.
const works = (agent, name = echo) => until(async () => !(await agent.execute(name, { message: "try" })).isError, `${name} to answer`);
async function says(agent, message, account, name = echo) {
  const before = provider.calls.length;
  const result = await agent.execute(name, { message });
  assert.equal(result.isError, false, result.text);
  assert.match(result.text, new RegExp(message));
  const call = provider.calls.slice(before).find((one) => one.arguments.message === message);
  assert.equal(call?.account, account);
}

test("R50, R54, R55: what a person is sent to the provider with is right to the last parameter", async () => {
  const started = await start(ann);
  const url = new URL(started.authorize_url);
  const sent = url.searchParams;
  assert.equal(url.origin, provider.issuer);
  assert.equal(sent.get("response_type"), "code");
  assert.equal(sent.get("code_challenge_method"), "S256");
  assert.match(sent.get("code_challenge"), /^[\w-]{43}$/);
  assert.ok(sent.get("state").length >= 43);
  assert.equal(sent.get("resource"), provider.url);
  assert.equal(sent.get("scope"), "mcp:tools offline_access"); // which the provider lists
  assert.equal(sent.get("prompt"), "consent");
  assert.equal(sent.get("redirect_uri"), `${patchbay.url}/oauth/callback`);
  for (const name of new Set(sent.keys())) assert.equal(sent.getAll(name).length, 1, name);
  assert.ok(Date.parse(started.expires_at) > Date.now());
  assert.equal((await flow(ann, started)).state, "waiting");
  assert.equal((await bob.call("GET", `/v1/me/oauth/flows/${started.flow}`)).status, 404);
});

test("R62: without an account a person is told where to connect one, and nothing is asked of the server for them", async () => {
  const refused = await anns.execute(echo, { message: "too early" });
  assert.equal(refused.error, "needs_connection");
  assert.match(refused.text, new RegExp(`${patchbay.url}/connect/sample`));
  assert.equal(await connected(ann), false);
  assert.equal(provider.calls.length, 0);
});

test("two members connect, find the tools and call them, each as themselves; one registration serves both", async () => {
  await connect(ann, "ann_there");
  assert.equal(await connected(ann), true);
  assert.equal(await connected(bob), false);
  assert.equal((await bobs.execute(echo, { message: "x" })).error, "needs_connection");
  await connect(bob, "bob_there");
  assert.equal(provider.counts.registrations, 1);
  await works(anns);
  await works(bobs);
  assert.ok((await anns.found("echo a message")).includes(echo));
  assert.ok((await bobs.found("echo a message")).includes(echo));
  await Promise.all(Array.from({ length: 20 }, (_, i) => i % 2 ? says(anns, `ann ${i}.`, "ann_there") : says(bobs, `bob ${i}.`, "bob_there")));
});

test("a token that ends before its time is replaced once, however many call at that moment", async () => {
  const before = provider.counts.refresh_token;
  provider.expire("ann_there");
  await Promise.all(Array.from({ length: 20 }, (_, i) => says(anns, `again ${i}.`, "ann_there")));
  assert.equal(provider.counts.refresh_token, before + 1);
  await says(bobs, "undisturbed", "bob_there");
});

test("short-lived tokens are replaced call after call, and no call fails", async () => {
  const before = provider.counts.refresh_token;
  provider.lifetime = 1;
  provider.expire("ann_there");
  let calls = 0;
  await until(async () => {
    await says(anns, `short ${++calls}.`, "ann_there");
    return provider.counts.refresh_token >= before + 3;
  }, "three tokens");
  provider.lifetime = 3600;
  provider.expire("ann_there");
  await says(anns, "long again", "ann_there");
});

test("R60: while the provider is down the account stays connected, and works when it is back", async () => {
  provider.down = true;
  provider.expire("ann_there");
  const refused = await anns.execute(echo, { message: "down" });
  assert.equal(refused.isError, true);
  assert.notEqual(refused.error, "needs_connection");
  assert.equal(await connected(ann), true);
  assert.ok(provider.counts.unavailable >= 1);
  provider.down = false;
  await works(anns);
  await says(bobs, "untouched", "bob_there");
});

test("R60, R47: an account revoked at the provider asks that person alone to connect again", async () => {
  provider.revoke("ann_there");
  await until(async () => (await anns.execute(echo, { message: "gone" })).error === "needs_connection", "the end of ann's sign-in");
  assert.equal(await connected(ann), false);
  const asked = provider.counts.refused;
  assert.equal((await anns.execute(echo, { message: "gone" })).error, "needs_connection");
  assert.equal(provider.counts.refused, asked); // nobody asks in vain twice
  assert.equal(await connected(bob), true);
  await says(bobs, "still here", "bob_there");

  await connect(ann, "ann_elsewhere");
  await works(anns);
  await says(anns, "back", "ann_elsewhere");
  assert.equal(provider.counts.registrations, 1);
});

test("a person who declines is told so, nothing is connected, and what was there stays", async () => {
  const started = await start(bob);
  const page = await land(bob, await follow(started, ""));
  assert.equal(page.status, 400);
  assert.equal((await flow(bob, started)).state, "failed");
  assert.match(page.headers.get("content-security-policy"), /default-src 'none'/);
  assert.doesNotMatch(page.headers.get("cross-origin-opener-policy") ?? "", /^same-origin$/);
});

test("R48: a callback counts once, in the browser that began it, and with the state that was given", async () => {
  await connect(bob, "bob_there");
  const exchanged = provider.counts.authorization_code;
  const started = await start(bob);
  const back = await follow(started, "bob_there");
  const forged = new URL(back);
  forged.searchParams.set("state", "A".repeat(43));
  assert.equal((await land(bob, forged)).status, 400);
  const stolen = await land(ann, back);
  assert.equal(stolen.status, 403);
  assert.equal((await land(bob, back)).status, 400); // the attempt is burned
  assert.equal(provider.counts.authorization_code, exchanged);

  const second = await start(bob);
  const other = await follow(second, "bob_there");
  const renamed = new URL(other);
  renamed.searchParams.set("iss", `${provider.issuer}/`);
  assert.equal((await land(bob, renamed)).status, 400); // before the code leaves
  assert.equal(provider.counts.authorization_code, exchanged);

  const third = await follow(await start(bob), "bob_there");
  assert.equal((await land(bob, third)).status, 200);
  assert.equal((await land(bob, third)).status, 400);
  assert.equal(provider.counts.authorization_code, exchanged + 1);
  await says(bobs, "once", "bob_there");
});

test("R63: who disconnects is forgotten here and there, and may do it twice", async () => {
  const told = provider.counts.revocations;
  for (let i = 0; i < 2; ++i) assert.equal((await bob.call("DELETE", `${at}/oauth`)).status, 204);
  assert.equal(await connected(bob), false);
  await until(() => provider.counts.revocations > told, "the provider to hear of it");
  assert.equal((await bobs.execute(echo, { message: "x" })).error, "needs_connection");
  await says(anns, "ann stays", "ann_elsewhere");

  await connect(bob, "bob_there");
  await works(bobs);
  assert.equal((await ann.call("POST", `${at}/disconnect`)).status, 403);
  assert.ok([200, 204].includes((await admin.call("POST", `${at}/disconnect`)).status));
  assert.equal(await connected(ann), false);
  assert.equal(await connected(bob), false);
  assert.equal((await anns.execute(echo, { message: "x" })).error, "needs_connection");
});

test("a connector of one's own signs in as its owner", async () => {
  const made = ok(await ann.call("POST", "/v1/me/servers", { title: "My sample", url: provider.url, auth: "oauth" }), 201);
  await connect(ann, "ann_own", `/v1/me/servers/${made.slug}`);
  const name = `mcp:${made.slug}:echo`;
  await works(anns, name);
  await says(anns, "my own", "ann_own", name);
  assert.equal((await bob.call("POST", `/v1/me/servers/${made.slug}/oauth/start`)).status, 404);
  const told = provider.counts.revocations;
  ok(await ann.call("DELETE", `/v1/me/servers/${made.slug}`), 204);
  await until(() => provider.counts.revocations > told, "the provider to hear that its connector is gone");
});

test("an account that all share is the admin's to connect, and everybody's calls go with it", async () => {
  await org.add("shared", provider.url, { auth: "oauth", credential_mode: "shared" });
  assert.equal((await ann.call("POST", "/v1/servers/shared/oauth/start")).status, 403);
  await connect(admin, "robot", "/v1/servers/shared");
  for (const agent of [anns, bobs]) await works(agent, "mcp:shared:echo");
  await says(anns, "for ann", "robot", "mcp:shared:echo");
  await says(bobs, "for bob", "robot", "mcp:shared:echo");
  await org.remove("shared");
});

test("no token and no code of all these is in the log, an audit row or a file; no session changed hands", async () => {
  const issued = provider.issued;
  assert.ok(issued.length > 10);
  const trail = JSON.stringify(ok(await admin.call("GET", "/v1/audit?limit=1000")));
  const files = await readdir(patchbay.data, { recursive: true, withFileTypes: true });
  for (const file of files.filter((one) => one.isFile())) {
    const bytes = await readFile(join(file.parentPath ?? file.path, file.name), "latin1");
    for (const secret of issued) assert.ok(!bytes.includes(secret), `${file.name} holds a token`);
  }
  for (const secret of issued) {
    assert.ok(!patchbay.log.includes(secret), "the log holds a token");
    assert.ok(!trail.includes(secret), "the trail holds a token");
  }
  assert.deepEqual(provider.faults, []);
});
