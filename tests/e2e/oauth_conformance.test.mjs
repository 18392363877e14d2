// The official conformance suite's scenarios for authorization servers, against the built binary (protocol.md 5.5). The suite
// needs Node 22, which npm brings beside it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Appliance, freePort, until } from "../support/appliance.mjs";
import { Browser } from "../support/browser.mjs";
import { OAuthBrowser } from "../support/oauth_browser.mjs";

const modules = fileURLToPath(new URL("../node_modules/", import.meta.url));
const node = join(modules, `node-linux-${process.arch}/bin/node`);
const suite = join(modules, "@modelcontextprotocol/conformance/dist/index.js");

test("the conformance suite's authorization server scenarios pass", { skip: !existsSync(node) && "there is no Node 22 here" }, async () => {
  const patchbay = await Appliance.create();
  const folder = await mkdtemp(join(tmpdir(), "conformance-"));
  try {
    await patchbay.start();
    await new Browser(patchbay).accept((await patchbay.json("admin", "reset")).setup_link, "ann");
    const port = await freePort();
    const registered = await fetch(`${patchbay.url}/oauth/register`, { method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ client_name: "Conformance", redirect_uris: [`http://127.0.0.1:${port}/callback`] }) });
    const { client_id } = await registered.json();
    const child = spawn(node, [suite, "authorization", "--url", patchbay.url, "--client-id", client_id, "--resource", `${patchbay.url}/mcp`, "--port", String(port), "-o", folder],
      { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
    const ended = once(child, "close");
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => { said += text; });
    const url = await until(() => said.match(/https?:\/\/\S+\/oauth\/authorize\?[^\s"']+/)?.[0], "the address to open", 60_000).catch((error) => { throw new Error(`${error.message}\n${said}`); });
    const { location } = await new OAuthBrowser(patchbay.url).journey(url);
    await fetch(location);
    const [code] = await ended;
    assert.equal(code, 0, said);
    for (const scenario of ["authorization-server-metadata-endpoint", "authorization-code-grant"]) assert.ok(said.includes(scenario), said);
  } finally {
    await patchbay.remove();
    await rm(folder, { recursive: true, force: true });
  }
});
