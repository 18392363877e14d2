// What rows of the audit trail mean, and how the event stream is read. No browser.
import { test } from "node:test";
import assert from "node:assert/strict";
import * as trail from "../../web/static/app/trail.js";
import { EventReader, waitBefore } from "../../web/static/app/event_stream.js";
import { withRows } from "../../web/static/pages/activity_live.js";
import { piecesUpTo } from "../../web/static/app/export.js";

const row = (more = {}) => ({ sequence: 1, action: "tool.call", actor: "id-1", actor_name: "bea", server: "wiki", tool: "find", outcome: "ok", reason: "", changes: null, ...more });

test("50 · an outcome is that of the API, unless a missing sign-in is why", () => {
  assert.equal(trail.outcomeOf(row()), "ok");
  assert.equal(trail.outcomeOf(row({ outcome: "refused", reason: "no_grant" })), "refused");
  assert.equal(trail.outcomeOf(row({ outcome: "refused", reason: "needs_connection" })), "needs_sign_in");
});

test("51 · a range becomes moments, fixed at one time", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  assert.deepEqual(trail.timesOf({}, now), { since: "2026-11-20T12:00:00.000Z", until: undefined });
  assert.deepEqual(trail.timesOf({ range: "15m" }, now).since, "2026-11-21T11:45:00.000Z");
  assert.deepEqual(trail.timesOf({ range: "all" }, now), { since: undefined, until: undefined });
  assert.deepEqual(trail.timesOf({ range: "custom", from: "2026-11-01T00:00:00Z", to: "nonsense" }, now), { since: "2026-11-01T00:00:00.000Z", until: undefined });
  assert.deepEqual(trail.timesOf({ range: "nonsense" }, now), { since: undefined, until: undefined });
});

test("51 · a row passes a filter by the rules of the API", () => {
  assert.ok(trail.matches(row(), {}));
  assert.ok(trail.matches(row(), { actor: "bea", server: "wiki", action: "tool.call", outcome: "ok" }));
  assert.ok(trail.matches(row(), { actor: "id-1" }));
  for (const other of [{ actor: "be" }, { server: "wik" }, { outcome: "failed" }, { action: "tool.search" }]) assert.ok(!trail.matches(row(), other), JSON.stringify(other));
  assert.deepEqual(trail.filtersOf({ actor: "bea", range: "1h", row: "5", server: "" }), { actor: "bea" });
});

test("55 · the ring keeps the newest 500 rows, each once, in order", () => {
  const rows = (from, to) => Array.from({ length: to - from }, (_, at) => row({ sequence: from + at }));
  const first = trail.keepNewest([], rows(1, 400));
  const both = trail.keepNewest(first, [...rows(300, 700)].reverse());
  assert.equal(both.length, 500);
  assert.deepEqual([both[0].sequence, both.at(-1).sequence], [699, 200]);
  assert.equal(new Set(both.map((one) => one.sequence)).size, 500);
  assert.equal(trail.keepNewest(first, rows(1, 50)), first);
});

test("55 · the live view's pieces hold 500 rows in order, each once; a piece that is cut or grows keeps its key", () => {
  const rows = (from, to) => Array.from({ length: to - from }, (_, at) => row({ sequence: from + at })).reverse();
  let pages = withRows([], rows(1, 21));
  const { key } = pages[0];
  pages = withRows(pages, rows(15, 41));
  assert.deepEqual([pages.length, pages[0].length, pages[0].key], [1, 40, key]);
  for (let from = 41; from < 561; from += 40) pages = withRows(pages, rows(from, from + 40));
  assert.deepEqual(pages.flat().map((one) => one.sequence), rows(61, 561).map((one) => one.sequence));
  const tail = pages.at(-1);
  pages = withRows(pages, rows(561, 571));
  assert.deepEqual([pages.at(-1).length, pages.at(-1).key], [tail.length - 10, tail.key]);
  assert.equal(withRows(pages, rows(500, 510)), pages);
  const late = withRows(withRows([], [row({ sequence: 5 }), row({ sequence: 9 })]), [row({ sequence: 7 })]);
  assert.deepEqual(late.flat().map((one) => one.sequence), [9, 7, 5]);
});

test("55 · events are read whole however the stream is cut, comments and ids alone included", () => {
  const text = "event: hello\nid: a-1\ndata: {\"x\":1}\n\n: keepalive\nid: a-7\n\nevent: audit\r\nid: a-8\r\ndata: one\r\ndata: two\r\n\r\nid: a-9\n";
  for (const size of [1, 2, 3, 5, 1000]) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...reader.feed(text.slice(at, at + size)));
    assert.deepEqual(events, [{ type: "hello", data: "{\"x\":1}", id: "a-1" }, { type: "audit", data: "one\ntwo", id: "a-8" }], `in pieces of ${size}`);
    assert.equal(reader.lastId, "a-8"); // a-9 is not complete
  }
  const reader = new EventReader();
  reader.feed(": keepalive\nid: a-7\n\n");
  assert.equal(reader.lastId, "a-7");
});

test("55 · the first try comes at once, none later than after 5 s", () => {
  assert.ok(waitBefore(1) < 500);
  for (let tries = 1; tries < 50; ++tries) for (const random of [0, 0.5, 1]) assert.ok(waitBefore(tries, random) <= 5_000);
  assert.ok(waitBefore(8, 0) >= 3_000);
});

test("54 · an export reads every row number exactly once", () => {
  for (const newest of [0, 1, 9, 10, 11, 25]) {
    const numbers = piecesUpTo(newest, 10).flatMap(({ after, before }) => Array.from({ length: before - after - 1 }, (_, at) => after + 1 + at));
    assert.deepEqual(numbers, Array.from({ length: newest }, (_, at) => at + 1));
  }
});

test("60 · what changed is told with what was before; of secrets only that they changed", () => {
  const changed = trail.changesOf(row({ action: "server.change", changes: { title: ["Old", "New"], enabled: [true, false], deny: [[], ["a", "b"]], api_key: "changed",
    access: [{ everyone: true, people: [], teams: [] }, { everyone: false, people: ["bea"], teams: [] }] } }));
  assert.deepEqual(changed, [
    { field: "title", before: "Old", after: "New", hidden: false }, { field: "enabled", before: "yes", after: "no", hidden: false }, { field: "deny", before: null, after: "a, b", hidden: false },
    { field: "api_key", before: null, after: null, hidden: true }, { field: "access", before: "everyone: yes", after: "people: bea", hidden: false }]);
  assert.deepEqual(trail.changesOf(row({ action: "team.remove", server: "", tool: "ops" })), [{ field: "", before: "ops", after: null, hidden: false }]);
  assert.deepEqual(trail.changesOf(row()), []);
});

test("60 · calls, searches, tests and comings and goings are no changes; nor is what was refused", () => {
  for (const action of ["server.change", "user.remove", "token.revoke", "tool.accept", "settings.change", "account.disconnect", "app.revoke"]) assert.ok(trail.isChange(row({ action })), action);
  for (const action of ["tool.call", "tool.search", "session.start", "server.test", "auth.refused", "approval.allow"]) assert.ok(!trail.isChange(row({ action })), action);
  assert.ok(!trail.isChange(row({ action: "server.change", outcome: "refused" })));
});
