// Signing in at a service, as the page that began it goes through it. No browser: time and network are the test's.
import { test } from "node:test";
import assert from "node:assert/strict";
import { SignInFlow, pause } from "../../web/static/app/sign_in_flow.js";

/** A world that stands still until it is told. `answers` are what the server says next; `pending` holds a look open. */
function world(answers = [], started = { flow: "f1", authorize_url: "https://provider.example/a", expires_at: "1970-01-01T00:10:00Z" }) {
  const self = { time: 0, timers: [], looks: 0, open: 0, most: 0, gates: null, states: [] };
  self.start = async () => (started instanceof Error ? Promise.reject(started) : started);
  self.look = async (flow, signal) => {
    self.looks += 1;
    self.open += 1;
    self.most = Math.max(self.most, self.open);
    self.signal = signal;
    if (self.gates) await new Promise((resolve) => self.gates.push(resolve));
    self.open -= 1;
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next instanceof Error) throw next;
    return next;
  };
  self.now = () => self.time;
  self.later = (run, milliseconds) => { const timer = { run, at: self.time + milliseconds }; self.timers.push(timer); return timer; };
  self.never = (timer) => { self.timers = self.timers.filter((one) => one !== timer); };
  self.pass = async (milliseconds) => {
    const end = self.time + milliseconds;
    for (;;) {
      const next = self.timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      self.timers = self.timers.filter((one) => one !== next);
      self.time = next.at;
      next.run();
      await settle();
    }
    self.time = end;
  };
  return self;
}
const settle = () => new Promise((resolve) => setImmediate(resolve));
const aWindow = () => ({ closed: false, location: { replace(url) { this.went = url; } }, close() { this.closed = true; }, focus() {} });
const waiting = { state: "waiting" };

async function begun(answers, popup = aWindow(), started = undefined) {
  const place = world(answers, started);
  const flow = new SignInFlow(place, (view) => place.states.push(view.state), popup);
  await flow.begin();
  return { place, flow, popup };
}

test("19 · from opening to connected, by what the server says", async () => {
  const { place, flow, popup } = await begun([waiting, { state: "working" }, { state: "done" }]);
  assert.equal(popup.location.went, "https://provider.example/a");
  await place.pass(3000);
  assert.deepEqual(place.states, ["opening", "waiting", "checking", "connected"]);
  assert.equal(place.timers.length, 0);
  await flow.look();
  assert.equal(place.looks, 3);
});

test("20 · without a window the link is shown, and completes", async () => {
  const { place, flow } = await begun([waiting, { state: "done" }], null);
  assert.equal(flow.view.state, "blocked");
  assert.equal(flow.view.url, "https://provider.example/a");
  await place.pass(2000);
  assert.deepEqual(place.states, ["opening", "blocked", "connected"]);
});

test("21, 23 · a window that reads as closed is a hint and nothing more", async () => {
  const { place, flow, popup } = await begun([waiting, waiting, { state: "done" }]);
  popup.closed = true;
  await place.pass(1000);
  assert.deepEqual([flow.view.state, flow.view.closed], ["waiting", true]);
  const second = aWindow();
  flow.reopen(() => second);
  assert.deepEqual([flow.view.state, flow.view.closed], ["waiting", false]);
  await place.pass(2000);
  assert.equal(flow.view.state, "connected");
});

test("22 · one look at a time, however often it is asked for", async () => {
  const { place, flow } = await begun([waiting]);
  place.gates = [];
  flow.look();
  flow.look();
  flow.hear({ flow: "f1" });
  await settle();
  assert.equal(place.looks, 1);
  place.gates.shift()();
  await settle();
  assert.equal(place.looks, 2); // once more for all that came meanwhile
  place.gates.shift()();
  await settle();
  assert.deepEqual([place.looks, place.most, place.timers.length], [2, 1, 1]);
});

test("23 · cancelling stops all looks at once and closes the window", async () => {
  const { place, flow, popup } = await begun([waiting]);
  place.gates = [];
  flow.look();
  flow.cancel();
  assert.equal(place.signal.aborted, true);
  place.gates.shift()();
  await place.pass(60_000);
  assert.deepEqual([place.looks, popup.closed, flow.view.state], [1, true, "cancelled"]);
});

test("24 · a refusal keeps its own words; an unsafe address is not opened", async () => {
  const denied = await begun([{ state: "failed", error: "oauth_denied", message: "No.", trace: [] }]);
  await denied.place.pass(1000);
  assert.deepEqual([denied.flow.view.state, denied.flow.view.error, denied.flow.view.message], ["failed", "oauth_denied", "No."]);
  const unsafe = await begun([waiting], aWindow(), { flow: "f", authorize_url: "javascript:alert(1)", expires_at: "1970-01-01T00:10:00Z" });
  assert.deepEqual([unsafe.flow.view.state, unsafe.popup.location.went, unsafe.popup.closed], ["failed", undefined, true]);
  const refused = await begun([waiting], aWindow(), Object.assign(new Error("No way."), { id: "oauth_unavailable", details: { trace: [] } }));
  assert.deepEqual([refused.flow.view.message, refused.flow.view.error], ["No way.", "oauth_unavailable"]);
});

test("24 · after ten minutes it is expired, also when the server cannot be reached", async () => {
  const { place, flow } = await begun([waiting]);
  await place.pass(601_000);
  assert.equal(flow.view.state, "expired");
  const offline = await begun([new Error("offline")]);
  await offline.place.pass(590_000);
  assert.equal(offline.flow.view.state, "waiting");
  await offline.place.pass(11_000);
  assert.equal(offline.flow.view.state, "expired");
});

test("the looks grow rarer: 1 s five times, then 2 s, after a minute 5 s", async () => {
  assert.deepEqual([pause(0, 0), pause(4, 5000), pause(5, 5000), pause(20, 59_999), pause(40, 60_000)], [1000, 1000, 2000, 2000, 5000]);
  const { place } = await begun([waiting]);
  await place.pass(60_000);
  assert.equal(place.looks, 5 + 27);
});

test("leaving the page ends it without a word", async () => {
  const { place, flow } = await begun([waiting]);
  const said = place.states.length;
  flow.stop();
  await place.pass(60_000);
  assert.deepEqual([place.looks, place.states.length], [0, said]);
});
