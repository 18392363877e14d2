// How the screens say times, sizes and names. No browser.
import { test } from "node:test";
import assert from "node:assert/strict";
import * as format from "../../web/static/app/format.js";

const now = Date.parse("2026-11-21T12:00:00Z");

test("times are said in words, the nearest unit only", () => {
  const at = (seconds) => format.ago(new Date(now + seconds * 1000).toISOString(), now);
  assert.equal(at(-5), "just now");
  assert.equal(at(-30), "30 seconds ago");
  assert.equal(at(-60), "1 minute ago");
  assert.equal(at(-3599), "59 minutes ago");
  assert.equal(at(-86_400), "yesterday");
  assert.equal(at(3 * 86_400), "in 3 days");
  assert.equal(format.ago(null), "never");
  assert.equal(format.ago("nonsense"), "unknown");
});

test("durations, sizes and counts", () => {
  assert.deepEqual([0.42, 230.4, 4200, 59_400, 185_000, 7_800_000].map(format.duration), ["0.4 ms", "230 ms", "4.2 s", "59 s", "3 min 5 s", "2 h 10 min"]);
  assert.deepEqual([0, 812, 1400, 23_400_000].map(format.bytes), ["0 B", "812 B", "1.4 KB", "23 MB"]);
  assert.equal(format.plural(1, "tool"), "1 tool");
  assert.equal(format.plural(1204, "person", "people"), "1,204 people");
});

test("a slug comes from any name", () => {
  assert.equal(format.slugOf("  Ärger & Söhne! "), "arger-sohne");
  assert.equal(format.slugOf("日本"), "");
});

test("28 · what looks like a secret is told from a name and from an address", () => {
  for (const secret of ["Bearer abcdefghijkl", "bearer  abcdefghijkl", "sk-abcdefghij1234", "ghp_0123456789abcdefghij", "eyJhbGciOiJIUzI1NiJ9.e30.x", "0123456789abcdef0123456789abcdef"])
    assert.ok(format.looksSecret(secret), secret);
  for (const name of ["Team files", "Bearer", "sk-team", "https://mcp.example.org/a/very/long/path/1234567890", "A long name of a server that has no digits", "customer-database-of-the-northern-office"])
    assert.ok(!format.looksSecret(name), name);
});

test("links from outside are https, or http to this machine, and carry no name or password", () => {
  assert.equal(format.safeHref("https://x.example/a"), "https://x.example/a");
  assert.equal(format.safeHref("http://127.0.0.1:8080/a"), "http://127.0.0.1:8080/a");
  for (const bad of ["http://x.example/", "javascript:alert(1)", "data:text/html,x", "https://user:pw@x.example/", "//x.example", "", "https://"]) assert.equal(format.safeHref(bad), null, bad);
});

test("characters that hide or turn text around become badges", () => {
  assert.deepEqual(format.piecesOf("a\u202eb"), ["a", { badge: "U+202E" }, "b"]);
  assert.deepEqual(format.piecesOf("tab\tline\n"), ["tab\tline\n"]);
  assert.deepEqual(format.piecesOf("\u0000\u200b\u{e0041}").map((piece) => piece.badge), ["U+0000", "U+200B", "U+E0041"]);
  assert.deepEqual(format.piecesOf("<img src=x onerror=alert(1)>"), ["<img src=x onerror=alert(1)>"]);
});

test("a name in a sentence shows the characters that hide or turn text", () => {
  assert.equal(format.plainName("Wiki"), "Wiki");
  assert.equal(format.plainName("in\u202egnp\u200b.exe"), "in[U+202E]gnp[U+200B].exe");
});
