// The arithmetic of charts. No browser.
import { test } from "node:test";
import assert from "node:assert/strict";
import * as scale from "../../web/static/parts/chart_scale.js";

const hour = 3_600_000, day = 24 * hour;
const utc = () => 0;

test("56 · the y axis ends at a round number that no bar reaches over", () => {
  assert.deepEqual(scale.niceScale(83), { max: 100, ticks: [0, 25, 50, 75, 100] });
  assert.deepEqual(scale.niceScale(100).max, 100);
  assert.deepEqual(scale.niceScale(101).max, 150);
  assert.deepEqual(scale.niceScale(0.3).ticks, [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(scale.niceScale(3, 4, { whole: true }).ticks, [0, 1, 2, 3]);
  for (const nothing of [0, -1, NaN, Infinity]) assert.equal(scale.niceScale(nothing).max, 1);
  for (let most = 1; most < 2_000; most += 7) {
    const { max, ticks } = scale.niceScale(most, 4, { whole: true });
    assert.ok(max >= most && max <= most * 2.5 + 4, `${most}: ${max}`);
    assert.ok(ticks.length <= 6 && ticks.every(Number.isInteger), `${most}: ${ticks}`);
  }
});

test("56 · a scale leads from values to places and back to one slot of many", () => {
  const y = scale.linear(0, 100, 200, 0);
  assert.deepEqual([y(0), y(50), y(100)], [200, 100, 0]);
  assert.equal(scale.linear(5, 5, 10, 90)(5), 10);
  assert.deepEqual([-5, 0, 9.9, 10, 99.9, 100, 500].map((x) => scale.slotAt(x, 0, 100, 10)), [0, 0, 0, 1, 9, 9, 9]);
});

test("56 · the x axis has few ticks at round local times, also where summer time begins", () => {
  const from = Date.parse("2026-11-20T10:17:00Z");
  const ticks = scale.timeTicks(from, from + day, 6, utc);
  assert.deepEqual(ticks.map((one) => new Date(one.at).toISOString().slice(5, 16)), ["11-20T12:00", "11-20T18:00", "11-21T00:00", "11-21T06:00"]);
  assert.deepEqual(ticks.filter((one) => one.isDay).map((one) => new Date(one.at).toISOString().slice(0, 10)), ["2026-11-21"]);
  assert.deepEqual(scale.timeTicks(from, from, 6, utc), []);
  const change = Date.parse("2026-03-29T01:00:00Z");
  const berlin = (at) => (at < change ? hour : 2 * hour);
  const days = scale.timeTicks(Date.parse("2026-03-27T00:00:00Z"), Date.parse("2026-04-01T00:00:00Z"), 6, berlin);
  assert.ok(days.every((one) => one.isDay), JSON.stringify(days));
});

test("56 · layers of a bar lie on each other without gaps and are as high as their sum", () => {
  const bucket = { start: 0, values: { ok: 5, failed: 0, refused: 2 } };
  assert.deepEqual(scale.stack(bucket, ["ok", "failed", "refused"]), [{ key: "ok", from: 0, to: 5 }, { key: "refused", from: 5, to: 7 }]);
  assert.equal(scale.totalOf(bucket, ["ok", "failed", "refused", "absent"]), 7);
  assert.deepEqual(scale.factsOf([bucket, { start: hour, values: { ok: 9 } }], ["ok", "refused"]), { total: 16, sums: { ok: 14, refused: 2 }, peak: { start: hour, value: 9 } });
  assert.equal(scale.factsOf([], ["ok"]).peak, null);
});

test("56 · a line breaks where nothing was measured; one point alone is a dot", () => {
  assert.equal(scale.linePath([[0, 1], [1, 2.04], null, [3, 4], null]), "M0 1L1 2M3 4h0.1");
  assert.equal(scale.linePath([null, null]), "");
  assert.deepEqual(scale.rangeOf([null, 4, 9, undefined, 2]), { low: 2, high: 9, last: 2 });
  assert.equal(scale.rangeOf([null]), null);
});
