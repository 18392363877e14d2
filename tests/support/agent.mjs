// An agent with the official SDK at an MCP endpoint of the running appliance.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

export class Agent {
  static async connect(patchbay, token, path = "/mcp") {
    const self = new Agent();
    self.client = new Client({ name: "e2e", version: "1.0.0" });
    const requestInit = { headers: { Authorization: `Bearer ${token}` } };
    await self.client.connect(new StreamableHTTPClientTransport(new URL(patchbay.url + path), { requestInit }));
    return self;
  }
  async close() { await this.client.close(); }
  // The names of the tools that the endpoint itself lists.
  async listed() { return (await this.client.listTools()).tools.map((tool) => tool.name); }
  // {matches, hint}, or {error, message} where the search is refused.
  async search(query, more = {}) {
    return JSON.parse((await this.client.callTool({ name: "search_capabilities", arguments: { query, ...more } })).content[0].text);
  }
  async found(query, more = {}) { return (await this.search(query, more)).matches.map((match) => match.name); }
  // {text, isError}, `error` where the text is a refusal of ours.
  async execute(name, args = {}) {
    const result = await this.client.callTool({ name: "execute_capability", arguments: { name, arguments: args } });
    const text = result.content.map((block) => block.text ?? "").join("\n");
    return { text, isError: result.isError === true, error: result.isError ? errorOf(text) : undefined, result };
  }
}

function errorOf(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return undefined;
  }
}
