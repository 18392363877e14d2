// A small MCP server of our own: "echo" returns its text, "wait" does so after some milliseconds, "key" says which X-Api-Key
// it was asked with, "who" which X-Patchbay-User. `demands` refuses whoever has none.
import { createServer } from "node:http";
import { once } from "node:events";

const schema = { type: "object", properties: { text: { type: "string" }, milliseconds: { type: "integer" } } };

export class Upstream {
  static async start() {
    const self = new Upstream();
    self.calls = 0; // that have begun
    self.server = createServer((request, response) => self.handle(request, response)).listen(0, "127.0.0.1");
    await once(self.server, "listening");
    return self;
  }
  get url() { return `http://127.0.0.1:${this.server.address().port}/mcp`; }
  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
  async handle(request, response) {
    if (request.method !== "POST") return response.writeHead(request.method === "GET" ? 405 : 200).end();
    let text = "";
    for await (const part of request) text += part;
    const message = JSON.parse(text);
    if (message.id === undefined) return response.writeHead(202).end();
    if (this.demands && !request.headers["x-api-key"]) return response.writeHead(401).end();
    const result = await this.answer(message, request.headers);
    response.writeHead(200, { "Content-Type": "application/json", "Mcp-Session-Id": "one" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
  }
  async answer({ method, params }, headers) {
    if (method === "initialize")
      return { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "upstream", version: "1" } };
    if (method === "tools/list")
      return { tools: ["echo", "wait", "key", "who"].map((name) => ({ name, description: `The tool ${name}.`, inputSchema: schema })) };
    if (method !== "tools/call") return {};
    this.calls += 1;
    if (params.name === "wait") await new Promise((resolve) => setTimeout(resolve, params.arguments.milliseconds));
    if (params.name === "who") return { content: [{ type: "text", text: headers["x-patchbay-user"] ?? "nobody" }] };
    if (params.name === "key") return { content: [{ type: "text", text: headers["x-api-key"] ?? "none" }] };
    return { content: [{ type: "text", text: params.arguments.text ?? "" }] };
  }
}
