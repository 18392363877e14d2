// The small pages for people at a browser, submitted as a browser without scripts does: /connect, /approvals, /welcome.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Organisation, ok } from "../support/organisation.mjs";
import { Upstream } from "../support/upstream.mjs";
import { until } from "../support/appliance.mjs";

let upstream, org, patchbay, ann, bob;

before(async () => {
  upstream = await Upstream.start();
  org = await Organisation.create({ allow: [upstream.host] });
  ({ patchbay, ann, bob } = org);
  await org.add("crm", upstream.url, { title: "<b>CRM</b>", auth: "headers", credential_mode: "perMember", member_headers: ["X-Api-Key"] });
  await org.add("asks", upstream.url, { tool_policy: { otherwise: "ask" } });
  await org.add("hidden", upstream.url, { access: { people: ["bob"] } });
});

after(async () => {
  await org?.end();
  await upstream?.stop();
});

async function open(person, path) {
  const answer = await fetch(patchbay.url + path, { headers: person ? { Cookie: person.cookie } : {}, redirect: "manual" });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

// Submits the page's form with these fields beside its hidden ones.
async function submit(person, page, fields, change = {}) {
  const form = page.text.match(/<form method="post" action="([^"]*)">(.*?)<\/form>/s);
  const hidden = Object.fromEntries([...form[2].matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map((one) => [one[1], one[2]]));
  const answer = await fetch(patchbay.url + form[1], {
    method: "POST", redirect: "manual", body: new URLSearchParams({ ...hidden, ...fields, ...change }),
    headers: { Cookie: person.cookie, Origin: patchbay.url, "Content-Type": "application/x-www-form-urlencoded" },
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

test("every page is framed by nobody, runs nothing of others and is kept nowhere", async () => {
  for (const path of ["/welcome", "/approvals", "/connect/crm", "/oauth/wait"]) {
    const page = await open(ann, path);
    assert.equal(page.status, 200, path);
    assert.match(page.headers.get("content-security-policy"), /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(page.headers.get("x-frame-options"), "DENY");
    assert.equal(page.headers.get("cache-control"), "no-store");
    assert.doesNotMatch(page.text, /<script(?![^>]*src="\/static\/)|<b>CRM/);
  }
  for (const file of ["page.css", "welcome.js", "callback.js"]) assert.equal((await open(null, `/static/${file}`)).status, 200, file);
});

test("who is not signed in is asked to, and comes back", async () => {
  for (const path of ["/approvals", "/connect/crm"]) {
    const page = await open(null, path);
    assert.equal(page.status, 303);
    assert.equal(page.headers.get("location"), `/sign-in?then=${encodeURIComponent(path)}`);
  }
});

test("R69: values that a server asks people for are given at the page that agents name", async () => {
  const agent = await org.agent(ann);
  const told = await agent.execute("mcp:crm:echo", { text: "x" });
  assert.equal(told.error, "needs_connection");
  const page = await open(ann, new URL(told.text.match(/http[^ "]*\/connect\/crm/)[0]).pathname);
  assert.equal((await submit(ann, page, { "value-X-Api-Key": "k" }, { csrf: "no" })).status, 403);
  assert.equal((await submit(ann, page, { "value-X-Api-Key": "" })).status, 400);
  assert.equal((await submit(ann, page, { "value-X-Api-Key": "ann's key" })).status, 200);
  await until(async () => !(await agent.execute("mcp:crm:echo", { text: "x" })).isError, "the call with ann's key");
  assert.equal(ok(await ann.call("GET", "/v1/me/connections/crm")).connected, true);
  assert.equal(ok(await bob.call("GET", "/v1/me/connections/crm")).connected, false);
  await agent.close();
});

test("what one may not use cannot be connected, and looks like what is not there", async () => {
  const [hidden, absent] = [await open(ann, "/connect/hidden"), await open(ann, "/connect/absent")];
  assert.equal(hidden.status, 404);
  assert.equal(hidden.text, absent.text);
  assert.equal((await open(ann, "/connect/asks")).status, 409); // nothing to connect there
});

test("a call that waits is allowed or refused by its person alone, once", async () => {
  const agent = await org.agent(ann);
  const ask = () => agent.execute("mcp:asks:echo", { text: "<i>please</i>" });
  const told = await ask();
  assert.equal(told.error, "needs_approval");
  const page = await open(ann, new URL(told.text.match(/http[^ "]*\/approvals/)[0]).pathname);
  assert.match(page.text, /asks: echo/);
  assert.match(page.text, /&lt;i&gt;please/);
  assert.doesNotMatch((await open(bob, "/approvals")).text, /please/);
  assert.equal((await submit(bob, page, { allow: "yes" })).status, 403); // ann's form in bob's browser
  assert.equal((await submit(ann, page, { allow: "perhaps" })).status, 400);
  assert.equal((await submit(ann, page, { allow: "yes" })).status, 303);
  assert.equal((await ask()).isError, false);
  assert.equal((await ask()).error, "needs_approval");
  const again = await open(ann, "/approvals");
  assert.equal((await submit(ann, again, { allow: "no" })).status, 303);
  assert.equal((await ask()).error, "approval_refused");
  await agent.close();
});
