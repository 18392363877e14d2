// What clients are told: every file, command and deep link that Connect a client shows, read back by readers of others.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { parse as parseJsonc } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { clients, clientOf, clientSeenAs } from "../../web/static/app/clients.js";
import { commandOf, entryOf, fileOf, isPrivate, isSafeName, linksOf, pathOfFile, scopesOf, systemOf, systemsOf, tomlText, variableLine, waysOf, yamlText } from "../../web/static/app/snippets.js";
import { clientWords } from "../../web/static/i18n/en/clients.js";

const url = "https://pb.example.com/patchbay/mcp"; // below a base path
const hard = 'A&B "x"';
const token = `pbk_${"Zz09".repeat(10)}`;
const systems = ["mac", "windows", "linux"];

function jsonc(text) {
  const errors = [];
  const value = parseJsonc(text, errors);
  assert.deepEqual(errors, []);
  return value;
}
const readers = { json: JSON.parse, jsonc, toml: parseToml, yaml: parseYaml };
const read = (client, ask) => readers[client.format](fileOf(client, ask));
const entryIn = (client, ask) => {
  const found = read(client, ask)[client.root];
  return client.list ? found.find((one) => one.name === ask.name) : found[ask.name];
};
const writing = clients.filter((one) => one.format);

// The key of the address where the documentation of the client says so.
const addressKeys = {
  "claude-code": ["mcpServers", "url"], cursor: ["mcpServers", "url"], vscode: ["servers", "url"], codex: ["mcp_servers", "url"], "gemini-cli": ["mcpServers", "httpUrl"],
  devin: ["mcpServers", "serverUrl"], zed: ["context_servers", "url"], junie: ["mcpServers", "url"], goose: ["extensions", "uri"], cline: ["mcpServers", "url"], opencode: ["mcp", "url"],
  lmstudio: ["mcpServers", "url"], kiro: ["mcpServers", "url"], warp: ["mcpServers", "url"], "copilot-cli": ["mcpServers", "url"], librechat: ["mcpServers", "url"], continue: ["mcpServers", "url"],
};
const types = { "claude-code": "http", "copilot-ide": "http", vscode: "http", goose: "streamable_http", cline: "streamableHttp", opencode: "remote", "copilot-cli": "http", librechat: "streamable-http", continue: "streamable-http" };

test("45 · the file of every client on every system is read back with the right key and the public address", () => {
  for (const client of writing) {
    for (const os of systems) {
      for (const scope of scopesOf(client)) {
        const entry = entryIn(client, { url, name: "patchbay", os, scope });
        assert.ok(entry, `${client.id} ${os}`);
        if (addressKeys[client.id]) {
          const [root, key] = addressKeys[client.id];
          assert.equal(client.root, root, client.id);
          assert.equal(entry[key], url, client.id);
        } else {
          assert.ok(JSON.stringify(entry).includes(url), client.id);
        }
        assert.equal(entry.type, types[client.id], client.id);
        assert.ok(client.paste || pathOfFile(client, os, scope), `${client.id} has no path on ${os}`);
      }
    }
  }
});

test("45 · what signs in through a bridge starts the pinned package with the address", () => {
  for (const id of ["claude-desktop", "antigravity", "jetbrains-ai", "other-stdio"]) {
    const entry = entryIn(clientOf(id), { url, name: "patchbay", os: "linux" });
    assert.deepEqual([entry.command, ...entry.args], ["npx", "-y", "mcp-remote@0.15.1", url, "--transport", "http-only"]);
    const onWindows = entryIn(clientOf(id), { url: "http://127.0.0.1:8800/mcp", name: "patchbay", os: "windows" });
    assert.deepEqual([onWindows.command, ...onWindows.args], ["cmd", "/c", "npx", "-y", "mcp-remote@0.15.1", "http://127.0.0.1:8800/mcp", "--transport", "http-only", "--allow-http"]);
  }
});

test("45 · a name with an ampersand and quotes comes back from every file as it is", () => {
  for (const client of writing) for (const name of [hard, "a: #b\n'c'", "yes", "\u007f\u2028é"]) assert.ok(entryIn(client, { url, name, os: "mac" }), `${client.id} loses ${JSON.stringify(name)}`);
});

test("45 · a token is in the file once, or by the name of its variable, or not at all where it is asked for", () => {
  for (const client of writing.filter((one) => waysOf(one).includes("token"))) {
    const ask = { url, name: "patchbay", os: "linux", token };
    const text = fileOf(client, ask);
    const entry = entryIn(client, ask);
    const isElsewhere = ["env", "input", "ask"].includes(client.token);
    assert.equal(text.split(token).length - 1, isElsewhere ? 0 : 1, client.id);
    const sent = JSON.stringify(entry);
    if (client.id === "codex") assert.equal(entry.bearer_token_env_var, "PATCHBAY_TOKEN");
    else if (client.id === "vscode") assert.deepEqual([entry.headers.Authorization, read(client, ask).inputs[0].id], ["Bearer ${input:patchbay-token}", "patchbay-token"]);
    else if (client.id === "librechat") assert.deepEqual([entry.headers.Authorization, Object.keys(entry.customUserVars)], ["Bearer {{PATCHBAY_TOKEN}}", ["PATCHBAY_TOKEN"]]);
    else assert.ok(sent.includes(`Bearer ${token}`), client.id);
    if (client.env) {
      const by = fileOf(client, { ...ask, place: "env" });
      assert.ok(!by.includes(token) && by.includes("PATCHBAY_TOKEN"), client.id);
    }
    assert.ok(!fileOf(client, { ...ask, token: "" }).includes("Bearer") || client.token === "ask", client.id);
  }
  assert.equal(entryOf(clientOf("opencode"), { url, name: "x", os: "linux", token }).oauth, false);
});

test("45 · a command comes out of a shell as the client has to hear it", () => {
  for (const client of clients.filter((one) => one.command)) {
    for (const ask of [{ url, name: hard, os: "linux" }, { url, name: "it's $HOME `x` \\", os: "mac" }, { url, name: "patchbay", os: "linux", token }]) {
      const [first] = commandOf(client, ask).split("\n");
      if (!first) continue;
      const said = execFileSync("/bin/sh", ["-c", `set -- ${first}; printf '%s\\0' "$@"`]).toString().split("\0").slice(0, -1);
      if (client.id === "vscode") assert.deepEqual(JSON.parse(said[2]), { name: ask.name, type: "http", url });
      else assert.ok(said.includes(ask.name) && said.includes(url), `${client.id}: ${first}`);
      if (ask.token && client.id === "claude-code") assert.deepEqual(said.slice(-2), ["--header", `Authorization: Bearer ${token}`]);
    }
  }
});

test("45 · a command for PowerShell keeps quotes and ampersands from the shell and from the batch file behind it", () => {
  const line = commandOf(clientOf("vscode"), { url, name: hard, os: "windows" });
  const inner = line.match(/^code --add-mcp '(.*)'$/)[1];
  assert.doesNotMatch(inner, /[&|<>^%']|(?<!\\)"/);
  assert.deepEqual(JSON.parse(inner.replaceAll('\\"', '"')), { name: hard, type: "http", url });
  assert.equal(commandOf(clientOf("claude-code"), { url, name: "patchbay", os: "windows", scope: "project" }).split("\n")[0], `claude mcp add --transport http --scope project patchbay ${url}`);
});

const unbase64 = (text) => JSON.parse(Buffer.from(text, "base64").toString());
const decoders = {
  cursor: (link) => [link.searchParams.get("name"), unbase64(link.searchParams.get("config")).url],
  vscode: (link) => { const said = JSON.parse(decodeURIComponent(link.search.slice(1))); return [said.name, said.type === "http" && said.url]; },
  lmstudio: (link) => [link.searchParams.get("name"), unbase64(link.searchParams.get("config")).url],
  kiro: (link) => [link.searchParams.get("name"), JSON.parse(link.searchParams.get("config")).url],
  goose: (link) => [link.searchParams.get("name"), link.searchParams.get("type") === "streamable_http" && link.searchParams.get("url")],
  claude: (link) => [link.searchParams.get("connectorName"), link.searchParams.get("modal") === "add-custom-connector" && link.searchParams.get("connectorUrl")],
  raycast: (link) => { const said = JSON.parse(decodeURIComponent(link.search.slice(1))); return [said.name, said.args.find((one) => one === url)]; },
};
decoders.cursorWeb = decoders.cursor;
decoders.vscodeInsiders = decoders.vscode;
decoders.lmstudioWeb = decoders.lmstudio;

test('46 · deep links decode back to the entry with the name A&B "x"; none contains a token', () => {
  const seen = new Set();
  for (const client of clients) {
    for (const os of systems) {
      for (const { id, href } of linksOf(client, { url, name: hard, os, token })) {
        const link = new URL(href);
        if (id === "claude" && client.id === "claude") seen.add("claude");
        seen.add(client.id);
        assert.deepEqual(decoders[id](link), [hard, url], id);
        assert.ok(!decodeURIComponent(href).includes(token) && !href.includes(Buffer.from(token).toString("base64").slice(2, 20)), `${id} holds the token`);
        assert.doesNotMatch(href, /["<>\s]/, id);
      }
    }
  }
  for (const id of ["cursor", "vscode", "lmstudio", "kiro", "goose", "claude", "claude-desktop"]) assert.ok(seen.has(id), `${id} has no link`);
});

test("49 · an address counts as private where the internet cannot reach it", () => {
  for (const one of ["http://pb.example.com/mcp", "https://localhost/mcp", "https://pb.lan/mcp", "https://pb/mcp", "https://10.0.0.5/mcp", "https://172.16.0.1/", "https://192.168.1.9:8443/", "https://100.64.0.1/",
    "https://127.0.0.1/", "https://169.254.1.1/", "https://[::1]/", "https://[fd00::1]/", "https://[fe80::1]/", "https://nas.local/", "https://pb.home.arpa/"]) assert.ok(isPrivate(one), one);
  for (const one of ["https://pb.example.com/mcp", "https://172.32.0.1/", "https://11.0.0.1/", "https://[2001:db8::1]/", "https://mylocal.net/", "https://100.128.0.1/"]) assert.ok(!isPrivate(one), one);
  assert.deepEqual(linksOf(clientOf("claude"), { url: "https://pb.lan/mcp", name: "x", os: "mac" }), []);
});

test("every client has words, ways, and an id and name of its own", () => {
  assert.deepEqual(Object.keys(clientWords).sort(), clients.map((one) => one.id).sort());
  assert.equal(new Set(clients.map((one) => one.name)).size, clients.length);
  for (const client of clients) {
    assert.ok(waysOf(client).length > 0, client.id);
    assert.match(clientWords[client.id].after("patchbay"), /\.$/);
    if (client.form || client.paste) assert.ok(clientWords[client.id].where, `${client.id} says nowhere where`);
    for (const os of systemsOf(client)) assert.ok(systems.includes(os));
  }
});

test("clients are known by the names that they give of themselves", () => {
  const names = { "claude-code": "claude-code", "cursor-vscode": "cursor", "Cursor": "cursor", "Visual Studio Code - Insiders": "vscode", "codex-mcp-client": "codex", "gemini-cli-mcp-client": "gemini-cli",
    "claude-ai (via mcp-remote 0.15.1)": "claude-desktop", "Zed": "zed", "goose": "goose", "LM Studio": "lmstudio", "opencode": "opencode", "windsurf-client": "devin", "openai-mcp": "chatgpt" };
  for (const [name, id] of Object.entries(names)) assert.equal(clientSeenAs(name)?.id, id, name);
  assert.equal(clientSeenAs("something else"), undefined);
});

test("paths are written as people of the system write them", () => {
  assert.equal(pathOfFile(clientOf("cursor"), "windows"), "%USERPROFILE%\\.cursor\\mcp.json");
  assert.equal(pathOfFile(clientOf("cursor"), "windows", "project"), ".cursor\\mcp.json");
  assert.equal(pathOfFile(clientOf("vscode"), "mac"), "~/Library/Application Support/Code/User/mcp.json");
  assert.equal(pathOfFile(clientOf("lmstudio"), "linux", "project"), null);
});

test("the system of a browser is told from what it says", () => {
  assert.equal(systemOf({ platform: "Win32" }), "windows");
  assert.equal(systemOf({ platform: "MacIntel" }), "mac");
  assert.equal(systemOf({ userAgentData: { platform: "Linux" }, platform: "Linux x86_64" }), "linux");
});

test("names that every client takes are told from those that some refuse", () => {
  for (const name of ["patchbay", "a", `a${"b".repeat(31)}`]) assert.ok(isSafeName(name), name);
  for (const name of ["", "1a", "a_b", "A", "a.b", `a${"b".repeat(32)}`, hard]) assert.ok(!isSafeName(name), name);
});

test("TOML and YAML of nested values come back as they were", () => {
  const value = { top: "a\"b\\c\n\u0001\u007f", number: 180, yes: true, list: ["x", "y: z"], table: { "a.b": { inner: "#" }, plain: "~" } };
  assert.deepEqual(JSON.parse(JSON.stringify(parseToml(tomlText(value)))), value);
  const deep = { ...value, list: [{ name: "a", headers: { X: "1" }, none: [], empty: {} }, "null", "1e3"], text: "- a", nothing: [] };
  assert.deepEqual(parseYaml(yamlText(deep)), deep);
  assert.equal(variableLine({ os: "linux", url, name: "x", token }), `export PATCHBAY_TOKEN=${token}`);
});
