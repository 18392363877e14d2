// What a connector's form sends and refuses. No browser.
import { test } from "node:test";
import assert from "node:assert/strict";
import { bodyOf, problemsOf } from "../../web/static/pages/own_connector.js";

const draft = (more) => ({ title: "Notes", slug: "", url: "https://x.example/mcp", auth: "none", transport: "http", enabled: true, api_key: undefined, api_key_header: "", headers: undefined,
  client_id: "", client_secret: undefined, scopes: "", ...more });
const server = (more) => ({ title: "Notes", url: "https://x.example/mcp", auth: "none", transport: "http", enabled: true, revision: 3, header_names: [], has_api_key: false, oauth: null, ...more });

test("27 · what was not touched is not sent; a secret only where it was typed", () => {
  assert.deepEqual(bodyOf(draft({ title: "My notes" }), server()), { title: "My notes", revision: 3 });
  const keyed = server({ auth: "apiKey", has_api_key: true });
  assert.deepEqual(bodyOf(draft({ auth: "apiKey" }), keyed), { revision: 3 });
  assert.deepEqual(bodyOf(draft({ auth: "apiKey", api_key: " new " }), keyed), { api_key: "new", revision: 3 });
  const signing = server({ auth: "oauth", oauth: { client_id: "c", scopes: ["a", "b"], has_client_secret: true } });
  assert.deepEqual(bodyOf(draft({ auth: "oauth", client_id: "c", scopes: " a  b " }), signing), { revision: 3 });
  assert.deepEqual(bodyOf(draft({ auth: "oauth", client_id: "", scopes: "a" }), signing), { oauth: { client_id: null, scopes: ["a"] }, revision: 3 });
});

test("a new one is sent whole, with its short name only where that was typed", () => {
  assert.deepEqual(bodyOf(draft(), null), { title: "Notes", url: "https://x.example/mcp", auth: "none", transport: "http", enabled: true });
  assert.equal(bodyOf(draft({ slug: "n" }), null).slug, "n");
  assert.deepEqual(bodyOf(draft({ auth: "headers", headers: [{ name: " X-A ", value: " v " }] }), null).headers, { "X-A": "v" });
});

test("28 · a secret in the name or the address is stopped, and what is missing is named", () => {
  assert.deepEqual(Object.keys(problemsOf(draft({ title: "Bearer abcdefgh123", url: "" }), null)), ["title", "url"]);
  assert.deepEqual(Object.keys(problemsOf(draft({ url: "sk-abcdefgh12345678" }), null)), ["url"]);
  assert.deepEqual(Object.keys(problemsOf(draft({ auth: "apiKey" }), null)), ["api_key"]);
  assert.deepEqual(problemsOf(draft({ auth: "apiKey" }), server({ auth: "apiKey", has_api_key: true })), {});
  assert.deepEqual(Object.keys(problemsOf(draft({ auth: "apiKey", api_key: "" }), server({ auth: "apiKey", has_api_key: true }))), ["api_key"]);
  assert.deepEqual(Object.keys(problemsOf(draft({ auth: "headers" }), null)), ["headers"]);
  assert.deepEqual(problemsOf(draft({ auth: "headers" }), server({ auth: "headers", header_names: ["X-A"] })), {});
});
