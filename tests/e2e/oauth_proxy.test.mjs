// Signing in behind nginx: TLS, another host name, a base path. Every address and cookie must be the public one.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Appliance, Everything, freePort, until } from "../support/appliance.mjs";
import { Browser } from "../support/browser.mjs";
import { signIn } from "../support/oauth_app.mjs";

process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // the certificate is made below

const hasNginx = (() => {
  try { execFileSync("nginx", ["-v"], { stdio: "ignore", env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } }); return true; } catch { return false; }
})();
let folder, server, patchbay, nginx, full, bare;

// `roots`: whether the documents at the root of the host are sent on, too.
const site = (port, roots) => `
  server {
    listen 127.0.0.1:${port} ssl;
    server_name localhost;
    location / { return 404; }
    location /bay { include ${folder}/proxy; }
    ${roots ? `location ~ ^/\\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)/bay { include ${folder}/proxy; }` : ""}
  }`;

async function startNginx() {
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=localhost",
    "-addext", "subjectAltName=DNS:localhost", "-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem")], { stdio: "ignore" });
  await mkdir(join(folder, "temp"));
  await writeFile(join(folder, "proxy"), `proxy_pass http://127.0.0.1:${patchbay.port}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme; proxy_buffering off;`);
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/temp/${name};`).join(" ");
  await writeFile(join(folder, "nginx.conf"), `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1; events {}
http { access_log off; ${temp} ssl_certificate ${folder}/certificate.pem; ssl_certificate_key ${folder}/key.pem; ${site(full, true)} ${site(bare, false)} }\n`);
  nginx = spawn("nginx", ["-c", join(folder, "nginx.conf"), "-p", folder], { stdio: "ignore", env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
  await until(async () => (await fetch(`https://localhost:${full}/bay/healthz`).catch(() => null))?.status === 200, "nginx");
}

async function startPatchbay(port) {
  patchbay = await Appliance.create({ servers: [{ name: "everything", transport: "http", url: server.url }],
    config: `public_url: https://localhost:${port}/bay\ntrusted_proxies: ["127.0.0.1"]\n` });
  patchbay.base = "/bay";
  await patchbay.start();
  const link = (await patchbay.json("admin", "reset")).setup_link;
  assert.ok(link.startsWith(`https://localhost:${port}/bay/`));
  await new Browser(patchbay).accept(link, "ann");
}

before(async () => {
  if (!hasNginx) return;
  folder = await mkdtemp(join(tmpdir(), "patchbay-nginx-"));
  server = await Everything.start();
  full = await freePort();
  bare = await freePort();
});

after(async () => {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

for (const roots of [true, false]) {
  test(`the SDK's client signs in behind nginx${roots ? "" : ", where the documents at the root of the host are not ours"}`, { skip: !hasNginx && "nginx is not installed" }, async () => {
    const port = roots ? full : bare;
    const issuer = `https://localhost:${port}/bay`;
    await startPatchbay(port);
    await rm(join(folder, "temp"), { recursive: true, force: true });
    await startNginx();
    try {
      const probe = await fetch(`${issuer}/mcp`, { method: "POST" });
      assert.match(probe.headers.get("www-authenticate"), new RegExp(`resource_metadata="${issuer}/\\.well-known/oauth-protected-resource/mcp"`));
      const root = await fetch(`https://localhost:${port}/.well-known/oauth-authorization-server/bay`);
      assert.equal(root.status, roots ? 200 : 404);
      const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
      assert.equal(metadata.issuer, issuer);
      for (const [name, value] of Object.entries(metadata)) if (name.endsWith("_endpoint")) assert.ok(value.startsWith(`${issuer}/oauth/`), `${name} ${value}`);
      const { client, provider, browser } = await signIn(issuer, "/mcp");
      for (const line of browser.visited) assert.match(line, new RegExp(`^\\w+ \\d+ ${issuer}/`));
      assert.deepEqual([...browser.cookies.keys()], ["__Host-pb"]);
      assert.ok(provider.asked.toString().startsWith(`${issuer}/oauth/authorize?`));
      assert.equal(provider.asked.searchParams.get("resource"), `${issuer}/mcp`);
      const call = { name: "execute_capability", arguments: { name: "mcp:everything:get-sum", arguments: { a: 19, b: 23 } } };
      assert.match((await client.callTool(call)).content[0].text, /42/);
      provider.kept = { ...provider.kept, access_token: `pbk_at_${"A".repeat(43)}` };
      assert.match((await client.callTool(call)).content[0].text, /42/);
      await client.close();
    } finally {
      const ended = once(nginx, "exit");
      nginx.kill();
      await ended;
      await patchbay.remove();
    }
  });
}
