// Ids that do not exist, ids of other owners, ids that are none and ids that are taken, on every operation of the served
// document that names a thing in its path.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { request } from "node:http";
import { once } from "node:events";
import { Appliance, until } from "../support/appliance.mjs";
import { Browser, password } from "../support/browser.mjs";
import { signIn } from "../support/oauth_app.mjs";
import { Upstream } from "../support/upstream.mjs";

const mark = "marker-of-bob";
const no_id = "0198b3a2-0000-7000-8000-000000000001";
const key = { headers: { "X-Api-Key": mark } };
// A body that each operation takes, so that it is the id that is refused.
const bodies = {
  "PUT /v1/servers/by-key/{key}": { nonsense: 1 }, // it would make a server; none of these tests wants one
  "PATCH /v1/servers/{slug}": { title: "x" },
  "PUT /v1/servers/{slug}/access": { everyone: true },
  "POST /v1/servers/{slug}/tools/{tool}/accept": { digest: "d" },
  "PUT /v1/servers/{slug}/tool-policy": { otherwise: "off" },
  "PUT /v1/servers/{slug}/rollout": { state: "dark" },
  "PATCH /v1/users/{user}": { title: "x" },
  "POST /v1/users/{user}/tokens": { name: "x", scopes: ["mcp:read"] },
  "PATCH /v1/teams/{team}": { title: "x" },
  "PATCH /v1/profiles/{profile}": { title: "x" },
  "PATCH /v1/me/servers/{slug}": { title: "x" },
  "PUT /v1/me/credentials/{slug}": key,
  "POST /v1/me/servers/{slug}/tools/{tool}/accept": { digest: "d" },
  "POST /v1/me/approvals/{approval}": { allow: true },
};

let upstream, patchbay, admin, bob, eve, operations, foreign;

const ok = (answer, status = 200) => { assert.equal(answer.status, status, JSON.stringify(answer.body)); return answer.body; };

// As the bytes stand: fetch() would tidy the path.
async function ask(person, operation, path) {
  const body = bodies[operation.name] && JSON.stringify(bodies[operation.name]);
  const sent = request(patchbay.url, { method: operation.method, path, agent: false,
    headers: { ...person.headers, ...(body && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }) } });
  sent.end(body);
  const [answer] = await once(sent, "response");
  let text = "";
  for await (const part of answer.setEncoding("utf8")) text += part;
  return { status: answer.statusCode, text };
}
// Its refusals may repeat the id that was asked for.
const refusal = async (person, operation, id) => {
  const { status, text } = await ask(person, operation, filled(operation.pattern, id));
  return { status, text: text.replaceAll(id, "{id}") };
};
const filled = (pattern, id) => pattern.replaceAll(/\{[^}]*\}/g, () => id);
const isOwn = (operation) => operation.scope === "self";
const entitled = (operation) => (isOwn(operation) ? eve : admin);

before(async () => {
  upstream = await Upstream.start();
  patchbay = await Appliance.create({ config: `network:\n  allow: ["${upstream.host}"]\n` });
  await patchbay.start();
  admin = await new Browser(patchbay).accept((await patchbay.json("admin", "reset")).setup_link, "root");
  bob = await Browser.join(patchbay, "bob");
  eve = await Browser.join(patchbay, "eve");
  const api = await (await patchbay.get("/v1/openapi.json")).json();
  operations = Object.entries(api.paths).flatMap(([pattern, methods]) => Object.entries(methods).map(([method, described]) => ({
    name: `${method.toUpperCase()} ${pattern}`, method: method.toUpperCase(), pattern, described, named: pattern.includes("{"),
    scope: described.security.length ? Object.values(described.security[0])[0][0] : "public" })));
  // What is bob's, and what eve may not see.
  const add = async (slug, more) => ok(await admin.call("POST", "/v1/servers", { slug, url: upstream.url, enabled: true, ...more }), 201);
  const crm = await add("crm", { auth: "headers", credential_mode: "perMember", member_headers: ["X-Api-Key"], access: { people: ["bob"] } });
  await add("asks", { tool_policy: { otherwise: "ask" }, access: { people: ["bob"] } });
  const own = ok(await bob.call("POST", "/v1/me/servers", { slug: "bobs", title: mark, url: upstream.url }), 201);
  ok(await bob.call("PUT", "/v1/me/credentials/crm", key));
  const oauth = { client_id: mark, authorization_endpoint: `${upstream.url}/authorize`, token_endpoint: `${upstream.url}/token` };
  ok(await bob.call("POST", "/v1/me/servers", { slug: "bobs-account", url: upstream.url, auth: "oauth", oauth }), 201);
  const { flow } = ok(await bob.call("POST", "/v1/me/servers/bobs-account/oauth/start"));
  const token = ok(await bob.call("POST", "/v1/me/tokens", { name: mark, scopes: ["mcp:read", "mcp:write"] }), 201);
  ok(await new Browser(patchbay).call("POST", "/v1/session", { name: "bob", password }));
  await until(async () => ok(await bob.call("POST", "/v1/tools/call", { name: "mcp__asks__echo", arguments: { text: mark } })).error === "needs_approval", "the question");
  const [approval] = ok(await bob.call("GET", "/v1/me/approvals")).approvals;
  await (await signIn(patchbay.url, "/mcp", { name: "bob" })).client.close();
  const { apps } = ok(await bob.call("GET", "/v1/me/apps"));
  const { sessions } = ok(await bob.call("GET", "/v1/me/sessions"));
  assert.equal(sessions.length, 3);
  foreign = { "servers/{slug}": ["bobs", own.id, "bobs-account"], "me/oauth": [flow], "me/apps": apps.map((one) => one.id), "me/servers": ["bobs", own.id, "crm", crm.id], "me/connections": ["crm", crm.id, "bobs", own.id], "me/credentials": ["crm", crm.id, "bobs", own.id],
    "me/sessions": sessions.map((one) => one.id), "me/tokens": [token.id, mark], "me/approvals": [approval.id] };
});

after(async () => {
  await patchbay?.remove();
  await upstream?.stop();
});

// All that is bob's, as he and an admin see it; but for when he was last seen.
async function belongings() {
  const seen = [];
  for (const path of ["/v1/me/servers", "/v1/me/credentials/crm", "/v1/me/tokens", "/v1/me/approvals", "/v1/selection", "/v1/me"]) seen.push(ok(await bob.call("GET", path)));
  seen.push(ok(await bob.call("GET", "/v1/me/apps")).apps.map((one) => one.id));
  seen.push(ok(await bob.call("GET", "/v1/me/sessions")).sessions.map((one) => one.id).sort());
  for (const path of ["/v1/servers", "/v1/servers/crm/accounts", "/v1/users", "/v1/tokens"]) seen.push(ok(await admin.call("GET", path)));
  return JSON.parse(JSON.stringify(seen, (name, value) => (/^(last_|state$|reason$|since$|message$|tools$|tested_at$|stale$|sessions$)/.test(name) ? undefined : value)));
}

test("every operation that takes a body has one here", () => {
  const taking = operations.filter((one) => one.named && one.described.requestBody).map((one) => one.name);
  assert.deepEqual(Object.keys(bodies).sort(), taking.sort());
});

test("R39: an id that is not there is 404 on every verb, and one of another owner is the same 404, byte for byte", async () => {
  const before = await belongings();
  let asked = 0;
  for (const operation of operations.filter((one) => one.named && one.name !== "PUT /v1/servers/by-key/{key}")) {
    const unknown = await refusal(entitled(operation), operation, no_id);
    assert.equal(unknown.status, 404, `${operation.name}: ${unknown.text}`);
    assert.deepEqual(await refusal(entitled(operation), operation, "nothing-there"), unknown, operation.name);
    if (!isOwn(operation)) continue;
    const kind = operation.pattern.split("/").slice(2, 4).join("/");
    assert.ok(foreign[kind], `nothing of bob's for ${operation.name}`);
    for (const id of foreign[kind])
      for (const person of [eve, admin]) {
        assert.deepEqual(await refusal(person, operation, id), unknown, `${operation.name} ${id}`);
        asked += 1;
      }
  }
  assert.ok(asked >= 80, `${asked} ids of another owner`);
  assert.deepEqual(await belongings(), before);
  assert.equal(upstream.calls, 0);
});

test("R39: a connector of a person's own is nothing that the organisation's verbs know, for an admin neither", async () => {
  const before = await belongings();
  for (const operation of operations.filter((one) => one.named && one.pattern.startsWith("/v1/servers/{slug}"))) {
    const unknown = await refusal(admin, operation, no_id);
    for (const id of foreign["me/servers"].slice(0, 2)) assert.deepEqual(await refusal(admin, operation, id), unknown, operation.name);
  }
  assert.deepEqual(await belongings(), before);
});

test("a member is refused alike by an admin's verbs, whether the thing is there or not", async () => {
  const before = await belongings();
  const there = { servers: "crm", users: "bob", teams: "none", tokens: "none", profiles: "none" };
  for (const operation of operations.filter((one) => one.named && one.scope.startsWith("admin"))) {
    const unknown = await ask(eve, operation, filled(operation.pattern, no_id));
    assert.equal(unknown.status, 403, operation.name);
    assert.deepEqual(await ask(eve, operation, filled(operation.pattern, there[operation.pattern.split("/")[2]])), unknown, operation.name);
  }
  assert.deepEqual(await belongings(), before);
});

test("an id that cannot be one is refused on every verb, as bad or as not there, and never breaks anything", async () => {
  const before = await belongings();
  const bad = ["x".repeat(300), "x".repeat(6000), "%00", "a%0ab", "%7f", "%2F", "a%2Fb", "..%2F..%2Fetc", "%2e%2e", "..", ".", "%ff%fe", "%", "%zz", "", "a%20b", "%F0%9F%90%88", "bobs%00",
    "bobs%20", "BOBS%2f", "'%20or%20''='", "*", "{slug}", "null", "-1", "%252e%252e"];
  for (const operation of operations.filter((one) => one.named))
    for (const id of bad) {
      const { status, text } = await ask(entitled(operation), operation, filled(operation.pattern, id));
      // Where nothing is left of the id another operation may be meant, or none of this method.
      const expected = id.length > 5000 ? [400, 404, 414] : ["", "..", ".", "%2e%2e"].includes(id) ? [400, 404, 405] : [400, 404];
      if (isOwn(operation) && !operation.pattern.startsWith("/v1/me/")) expected.push(403); // an address of admins, if any
      assert.ok(expected.includes(status), `${operation.name} ${id.slice(0, 20)}: ${status} ${text}`);
      assert.equal(typeof JSON.parse(text).error, "string");
      assert.ok(!text.includes(mark));
    }
  assert.deepEqual(await belongings(), before);
});

test("other methods of an address with an id are refused, too", async () => {
  for (const pattern of new Set(operations.filter((one) => one.named).map((one) => one.pattern))) {
    const known = operations.filter((one) => one.pattern === pattern);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter((one) => !known.some((operation) => operation.method === one))) {
      const { status, text } = await ask(entitled(known[0]), { name: "", method }, filled(pattern, "bobs"));
      assert.ok(status >= 400 && status < 500, `${method} ${pattern}: ${status} ${text}`);
    }
  }
});

test("what is taken is 409 wherever something is made, in any case of letters, and stays as it was", async () => {
  const shared = { slug: "crm", url: upstream.url }, own = { slug: "bobs", url: upstream.url };
  ok(await admin.call("POST", "/v1/users", { name: "robot", kind: "service" }), 201);
  for (const [path, body] of [["/v1/teams", { name: "ops" }], ["/v1/profiles", { slug: "desk" }], ["/v1/tokens", { name: "ci", scopes: ["mcp:read"] }],
    ["/v1/users/robot/tokens", { name: "r", scopes: ["mcp:read"] }]]) ok(await admin.call("POST", path, body), 201);
  ok(await admin.call("PUT", "/v1/servers/by-key/k1", { slug: "keyed", url: upstream.url }), 201);
  const tries = [
    ["POST /v1/servers", admin, shared], ["POST /v1/servers", admin, { ...shared, slug: "CRM" }],
    ["POST /v1/me/servers", bob, own], ["POST /v1/me/servers", bob, { ...own, slug: "Bobs" }], ["POST /v1/me/servers", bob, { ...own, slug: "crm" }],
    ["PUT /v1/servers/by-key/{key}", admin, shared, "/v1/servers/by-key/k2"],
    ["POST /v1/users", admin, { name: "bob" }], ["POST /v1/users", admin, { name: "BOB" }],
    ["POST /v1/teams", admin, { name: "ops" }], ["POST /v1/teams", admin, { name: "Ops" }],
    ["POST /v1/profiles", admin, { slug: "desk" }], ["POST /v1/profiles", admin, { slug: "DESK" }],
    ["POST /v1/tokens", admin, { name: "ci", scopes: ["mcp:read"] }],
    ["POST /v1/me/tokens", bob, { name: mark, scopes: ["mcp:read"] }],
    ["POST /v1/users/{user}/tokens", admin, { name: "r", scopes: ["mcp:read"] }, "/v1/users/robot/tokens"],
  ];
  const before = await belongings();
  for (const [operation, person, body, path] of tries) {
    const [method, pattern] = operation.split(" ");
    const answer = await person.call(method, path ?? pattern, body);
    assert.ok([409].includes(answer.status) || (answer.status === 400 && body.name === "Ops"), `${operation} ${JSON.stringify(body)}: ${answer.status} ${JSON.stringify(answer.body)}`);
    assert.ok(!JSON.stringify(answer.body).includes(upstream.host));
  }
  // Names of what one may not see are not taken, which would tell that they are there.
  ok(await eve.call("POST", "/v1/me/servers", { slug: "crm", url: upstream.url, enabled: false }), 201);
  ok(await eve.call("POST", "/v1/me/servers", { slug: "bobs", url: upstream.url, enabled: false }), 201);
  ok(await eve.call("POST", "/v1/me/tokens", { name: mark, scopes: ["mcp:read"] }), 201);
  const making = operations.filter((one) => one.described.responses["201"] && one.described.responses["409"]).map((one) => one.name);
  assert.deepEqual([...new Set(tries.map(([operation]) => operation))].sort(), making.sort());
  const after = await belongings();
  assert.deepEqual(after.slice(0, 7), before.slice(0, 7));
});
