// A small MCP server of our own: "echo" returns its text, "wait" does so after some milliseconds, "key" says which X-Api-Key
// it was asked with, "who" which X-Patchbay-User. `demands` refuses whoever has none. `tools` (a list, or a function of the
// request's headers) and `run` (name, arguments, headers → a result, the bytes of a whole answer, or a thrown JSON-RPC error)
// make another server of it; `fault` answers every request with a status and headers, or with nothing at all ("silence").
import { createServer } from "node:http";
import { once } from "node:events";

const schema = { type: "object", properties: { text: { type: "string" }, milliseconds: { type: "integer" } } };
const own = ["echo", "wait", "key", "who"].map((name) => ({ name, description: `The tool ${name}.`, inputSchema: schema }));

export class Upstream {
  static async start({ tools = own, run, fault, port = 0 } = {}) {
    const self = Object.assign(new Upstream(), { tools, run, fault });
    self.calls = 0; // that have begun
    self.requests = 0;
    self.server = createServer((request, response) => self.handle(request, response)).listen(port, "127.0.0.1");
    await once(self.server, "listening");
    return self;
  }
  get url() { return `http://127.0.0.1:${this.server.address().port}/mcp`; }
  get host() { return new URL(this.url).host; }
  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
  async handle(request, response) {
    this.requests += 1;
    if (this.fault === "silence") return undefined;
    if (this.fault) return response.writeHead(this.fault.status, this.fault.headers).end(this.fault.body);
    if (request.method !== "POST") return response.writeHead(request.method === "GET" ? 405 : 200).end();
    let text = "";
    for await (const part of request) text += part;
    const message = JSON.parse(text);
    if (message.id === undefined) return response.writeHead(202).end();
    if (this.demands && !request.headers["x-api-key"]) return response.writeHead(401).end();
    let outcome;
    try {
      outcome = { result: await this.answer(message, request.headers) };
    } catch (error) {
      if (!error.code) throw error;
      outcome = { error };
    }
    response.writeHead(200, { "Content-Type": "application/json", "Mcp-Session-Id": "one" });
    response.end(Buffer.isBuffer(outcome.result) ? outcome.result : JSON.stringify({ jsonrpc: "2.0", id: message.id, ...outcome }));
  }
  async answer({ id, method, params }, headers) {
    if (this.refusal) throw this.refusal(headers);
    if (method === "initialize")
      return { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "upstream", version: "1" } };
    if (method === "tools/list") return { tools: typeof this.tools === "function" ? this.tools(headers) : this.tools };
    if (method !== "tools/call") return {};
    this.calls += 1;
    if (this.run) return this.run(params.name, params.arguments, headers, id);
    if (params.name === "wait") await new Promise((resolve) => setTimeout(resolve, params.arguments.milliseconds));
    if (params.name === "who") return { content: [{ type: "text", text: headers["x-patchbay-user"] ?? "nobody" }] };
    if (params.name === "key") return { content: [{ type: "text", text: headers["x-api-key"] ?? "none" }] };
    return { content: [{ type: "text", text: params.arguments.text ?? "" }] };
  }
}
