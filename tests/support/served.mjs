// Servers that a test makes itself, on a free loopback port.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the server listens; how it ends is added to `ends`, a list of functions to await. */
export async function served(server, ends) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(async () => { server.closeAllConnections(); server.close(); await once(server, "close"); });
  return `127.0.0.1:${server.address().port}`;
}

/** A certificate that nobody signed but itself. */
export function certificate() {
  const folder = mkdtempSync(join(tmpdir(), "patchbay-cert-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], { stdio: "ignore" });
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return pair;
}
