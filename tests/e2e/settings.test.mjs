// Settings that are changed while Patchbay runs, and the checks of the diagnostics page, at the binary.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Appliance, until } from "../support/appliance.mjs";
import { Browser, password } from "../support/browser.mjs";
import { Upstream } from "../support/upstream.mjs";

let patchbay, admin, ann, upstream;

const ok = (answer, status = 200) => { assert.equal(answer.status, status, JSON.stringify(answer.body)); return answer.body; };
const settings = async () => Object.fromEntries(ok(await admin.call("GET", "/v1/settings")).settings.map((one) => [one.name, one]));
const network = (body) => admin.call("PUT", "/v1/settings/network", body);
const reach = async (person, path) => ok(await person.call("POST", path, { url: upstream.url })).error;
const asMember = () => reach(ann, "/v1/me/servers/probe");
const asAdmin = () => reach(admin, "/v1/servers/probe");

before(async () => {
  upstream = await Upstream.start();
  patchbay = await Appliance.create({ config: "audit:\n  retention_days: 90\n" });
  await patchbay.start();
  admin = await new Browser(patchbay).accept((await patchbay.json("admin", "reset")).setup_link, "root");
  ann = await Browser.join(patchbay, "ann");
});

after(async () => {
  await patchbay?.remove();
  await upstream?.stop();
});

test("57 · each setting says who set it, and what the configuration says is read-only", async () => {
  const all = await settings();
  assert.deepEqual([all["audit.retention_days"].source, all["audit.retention_days"].value, all["audit.retention_days"].editable], ["file", "90", false]);
  assert.match(all["audit.retention_days"].place, /patchbay\.yaml:2$/);
  assert.deepEqual([all.listen.source, all.listen.place], ["flag", "--listen"]);
  assert.deepEqual([all["network.private"].source, all["network.private"].editable], ["default", true]);
  assert.equal(all["network.private"].variable, "PATCHBAY_NETWORK_PRIVATE");
});

test("private addresses stay closed to members until an admin opens one, which counts at once and after a restart", async () => {
  assert.equal(await asMember(), "loopback");
  assert.equal(await asAdmin(), null);
  ok(await network({ allow: [upstream.host] }));
  assert.equal(await asMember(), null);
  assert.deepEqual((await settings())["network.allow"], { name: "network.allow", section: "network", value: [upstream.host], source: "store", place: null, variable: "PATCHBAY_NETWORK_ALLOW", editable: true });
  await patchbay.stop();
  await patchbay.start();
  assert.equal(await asMember(), null);
  ok(await network({ private: "deny" }));
  assert.deepEqual([await asMember(), await asAdmin()], ["loopback", "loopback"]);
  ok(await network({ private: null, allow: null }));
  assert.equal(await asMember(), "loopback");
  assert.equal(await asAdmin(), null);
});

test("a server whose address is closed is not called any more, and is again when it is opened", async () => {
  ok(await admin.call("POST", "/v1/servers", { slug: "inside", url: upstream.url, enabled: true }), 201);
  const test = async () => {
    // Saving looks at the server by itself; one look at a time.
    const answer = await until(async () => {
      const tried = await admin.call("POST", "/v1/servers/inside/test");
      return tried.status !== 429 && tried;
    }, "the look at the server");
    return ok(answer).ok;
  };
  assert.equal(await test(), true);
  const before = upstream.requests;
  ok(await network({ private: "deny" }));
  assert.equal(await test(), false);
  assert.equal(upstream.requests, before);
  ok(await network({ private: null }));
  assert.equal(await test(), true);
});

test("the network is opened with the password at hand, and both are in the trail", async () => {
  const { events } = ok(await admin.call("GET", "/v1/audit?action=settings.network&limit=1"));
  assert.equal(events[0].actor_name, "root");
  assert.ok(events[0].changes.private, JSON.stringify(events[0]));
  assert.equal((await ann.call("PUT", "/v1/settings/network", { private: "admin" })).status, 403);
  ok(await admin.call("POST", "/v1/session/confirm", { password }), 204);
});

test("the event stream check ticks once each second, five times", async () => {
  const began = Date.now();
  const answer = await fetch(`${patchbay.url}/v1/diagnostics/stream`, { headers: admin.headers });
  assert.equal(answer.status, 200);
  const arrived = [];
  for await (const chunk of answer.body) arrived.push([Date.now() - began, new TextDecoder().decode(chunk)]);
  const text = arrived.map(([, part]) => part).join("");
  assert.deepEqual([...text.matchAll(/"tick":(\d)/g)].map(([, n]) => n), ["1", "2", "3", "4", "5"]);
  assert.ok(arrived.length > 1 && arrived.at(-1)[0] > 3500, JSON.stringify(arrived));
  for (const [person, status] of [[ann, 403], [new Browser(patchbay), 401]])
    assert.equal((await fetch(`${patchbay.url}/v1/diagnostics/stream`, { headers: person.headers })).status, status);
});

test("58 · diagnostics know the public address, say the time, and report without the host", async () => {
  const found = ok(await admin.call("GET", "/v1/diagnostics"));
  assert.ok(Math.abs(Date.parse(found.now) - Date.now()) < 5000);
  const status = Object.fromEntries(found.checks.map((one) => [one.id, one.status]));
  assert.deepEqual([status.public_url, status.database, status.audit, status.proxy], ["pass", "pass", "pass", "pass"], JSON.stringify(found.checks));
  const other = await fetch(`http://localhost:${patchbay.port}/v1/diagnostics`, { headers: { Authorization: `Bearer ${await patchbay.token("diag", ["admin"])}` } });
  const check = (await other.json()).checks.find((one) => one.id === "public_url");
  assert.equal(check.status, "fail");
  assert.match(check.message, new RegExp(`^You opened http://localhost:${patchbay.port}, but Patchbay thinks it lives at http://127\\.0\\.0\\.1:${patchbay.port}\\.`));
  const { report, checks } = ok(await admin.call("POST", "/v1/diagnostics/run"));
  assert.ok(checks.some((one) => one.id === "audit_all" && one.status === "pass"));
  assert.ok(!report.includes(`127.0.0.1:${patchbay.port}`) && !report.includes(patchbay.folder) && !report.includes("inside"), report);
});
