// Runs the built binary in a temporary folder, and sample servers beside it. Everything listens on loopback and ends with
// the test that made it.
import { spawn, execFile } from "node:child_process";
import { mkdtemp, writeFile, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const binary = process.env.PATCHBAY_BINARY ?? fileURLToPath(new URL("../../build/release/patchbay", import.meta.url));
const everything = fileURLToPath(
  new URL("../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url));
const loopbackOnly = fileURLToPath(new URL("./loopback_only.cjs", import.meta.url));

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// Waits until `test` gives something true; throws when it does not within the time.
export async function until(test, what = "the condition", milliseconds = 15_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what} did not come true within ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// Runs a verb; resolves to {code, stdout, stderr}.
export function run(args, { env = {}, input } = {}) {
  return new Promise((resolve) => {
    const child = execFile(binary, args, { env: { ...process.env, ...env }, maxBuffer: 1 << 28, timeout: 60_000 },
      (error, stdout, stderr) => resolve({ code: error ? (error.code ?? 1) : 0, signal: error?.signal, stdout, stderr }));
    if (input !== undefined) child.stdin.end(input);
  });
}

async function stopChild(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const force = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await ended;
  clearTimeout(force);
}

// The official sample server. `transport` is "streamableHttp" or "sse".
export class Everything {
  static async start(transport = "streamableHttp", port) {
    const server = new Everything();
    server.transport = transport;
    server.port = port ?? (await freePort());
    server.child = spawn(process.execPath, ["--require", loopbackOnly, everything, transport],
      { env: { PATH: process.env.PATH, PORT: String(server.port) }, stdio: "ignore" });
    await until(() => isOpen(server.port), "the sample server");
    return server;
  }
  get url() { return `http://127.0.0.1:${this.port}/${this.transport === "sse" ? "sse" : "mcp"}`; }
  async stop() { await stopChild(this.child); }
}

async function isOpen(port) {
  const { connect } = await import("node:net");
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => { socket.destroy(); resolve(true); });
    socket.on("error", () => resolve(false));
  });
}

// One appliance with its own data directory. `servers` are catalog entries.
export class Appliance {
  static async create({ servers = [], config = "" } = {}) {
    const self = new Appliance();
    self.folder = await mkdtemp(join(tmpdir(), "patchbay-e2e-"));
    self.data = join(self.folder, "data");
    self.catalog = join(self.folder, "servers.yaml");
    self.log = "";
    await self.writeCatalog(servers);
    self.config = join(self.folder, "patchbay.yaml");
    await writeFile(self.config, config || "{}\n");
    const made = await self.verb("init");
    if (made.code !== 0) throw new Error(made.stderr);
    return self;
  }
  async writeCatalog(servers) {
    const lines = servers.map((server) => `  - ${JSON.stringify(server)}\n`).join("");
    await writeFile(this.catalog, servers.length ? `servers:\n${lines}` : "servers: []\n");
  }
  verb(...args) { return run([...args, "--data", this.data, "--config", this.config]); }
  async json(...args) {
    const result = await this.verb(...args, "--json");
    if (result.code !== 0) throw new Error(`${args.join(" ")}: ${result.stderr}`);
    return JSON.parse(result.stdout);
  }
  async token(name = "test", scopes = ["mcp:read", "mcp:write"]) {
    const made = await this.json("token", "create", name, ...scopes.flatMap((scope) => ["--scope", scope]));
    return made.token;
  }
  // Ready where `ready` answers 200: a path, or a function.
  async start({ port, args = [], ready = "/readyz" } = {}) {
    this.port = port ?? this.port ?? (await freePort());
    const catalog = this.catalog ? ["--catalog", this.catalog] : [];
    this.child = spawn(binary, ["serve", "--data", this.data, "--config", this.config, ...catalog,
      "--listen", `127.0.0.1:${this.port}`, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    this.child.stderr.on("data", (text) => { this.log += text; });
    await until(async () => {
      if (this.child.exitCode !== null) throw new Error(`patchbay ended: ${this.log}`);
      return typeof ready === "function" ? ready() : (await this.get(ready).catch(() => null))?.status === 200;
    }, "the start");
    return this;
  }
  get url() { return `http://127.0.0.1:${this.port}${this.base ?? ""}`; } // `base` is the path of public_url
  get(path, headers = {}) { return fetch(this.url + path, { headers }); }
  async stop(signal) { if (this.child) await stopChild(this.child, signal); }
  async kill() {
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }
  async remove() {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
