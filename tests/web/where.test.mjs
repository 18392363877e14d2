// Which path shows which screen. No browser.
import { test } from "node:test";
import assert from "node:assert/strict";
import { match, pathOf } from "../../web/static/app/where.js";

test("a pattern finds the parts of a path", () => {
  assert.deepEqual(match("/people/{user}", "/people/ann%40x.io"), { user: "ann@x.io" });
  assert.deepEqual(match("/people", "/people/"), {});
  assert.deepEqual(match("/", "/"), {});
  assert.equal(match("/people/{user}", "/people"), null);
  assert.equal(match("/people/{user}", "/people/"), null);
  assert.equal(match("/people/{user}", "/people/%E0%A4%A"), null);
  assert.deepEqual(match("/c/{slug}/{tab:tools|access}", "/c/x/tools"), { slug: "x", tab: "tools" });
  assert.equal(match("/c/{slug}/{tab:tools|access}", "/c/x/other"), null);
});

test("7 · paths are read and written below the base path", () => {
  assert.equal(pathOf("/x/tools", "/x"), "/tools");
  assert.equal(pathOf("/x", "/x"), "/");
  assert.equal(pathOf("/xy/tools", "/x"), null);
  assert.equal(pathOf("/tools", ""), "/tools");
});
