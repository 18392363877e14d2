// An MCP server, and one that signs people in, which say whatever they are given in any of their fields. The names of the
// fields are those of corpora/webui.json ("tool.title"); what nobody gave stays harmless.
//   upstream.speak("notes", (where) => (where === "tool.title" ? "<b>" : undefined));     its address: upstream.address("notes")
import { StandIn, aTool } from "./stand_in.mjs";

export class Hostile extends StandIn {
  words = new Map(); // key → (where) => text, or undefined

  speak(key, wordsOf) { this.words.set(key, wordsOf); }
  address(key) { return `${this.url}?say=${key}`; }
  saying(key) { return (where) => this.words.get(key)?.(where) ?? `Plain ${where}`; }

  async mcp(request, body, response) {
    const key = new URL(request.url, this.origin).searchParams.get("say");
    if (key === null || !body) return super.mcp(request, body, response);
    const message = JSON.parse(body);
    this.count(`${key} ${message.method}`);
    if (message.id === undefined) return response.writeHead(202).end();
    return this.json(response, 200, { jsonrpc: "2.0", id: message.id, ...this.say(message, this.saying(key)) });
  }

  say({ method, params }, of) {
    if (method === "initialize") {
      const name = of("server.serverInfo.name");
      return { result: { protocolVersion: "2025-06-18", capabilities: { tools: {}, prompts: {}, resources: {} }, serverInfo: { name, title: name, version: name.slice(0, 20) }, instructions: of("server.instructions") } };
    }
    if (method === "prompts/list") return { result: { prompts: [{ name: "p", title: of("prompt.description"), description: of("prompt.description") }] } };
    if (method === "resources/list") return { result: { resources: [{ uri: of("resource.uri"), name: of("resource.uri") }] } };
    if (method === "tools/list") return { result: { tools: this.toolsOf(of) } };
    if (method !== "tools/call") return { error: { code: -32601, message: of("upstream.error.message") } };
    const error = of("upstream.error.message");
    if (params.arguments?.fail === "rpc") return { error: { code: -32000, message: error, data: error } };
    return { result: { isError: params.arguments?.fail === "tool", ...this.resultOf(of, params.arguments?.fail === "tool" ? error : of("result")) } };
  }

  toolsOf(of) {
    const { title, ...untitled } = this.tool(of);
    return [{ ...untitled, title }, { ...untitled, name: "untitled" }, { ...untitled, title, name: of("tool.name") }];
  }
  tool(of) {
    const title = of("tool.inputSchema.title");
    return aTool("hostile", { title: of("tool.title"), description: of("tool.description"), annotations: { readOnlyHint: true, title: of("tool.annotations.title") },
      outputSchema: { type: "object", properties: { [of("result")]: { type: "number", description: title } } },
      inputSchema: { type: "object", title, description: title, properties: { fail: { type: "string", title, description: title, enum: ["no", "rpc", "tool"], default: "no", examples: [title] },
        shape: { description: title, oneOf: [{ title, type: "object", properties: { [title]: { type: "string", pattern: title } } }, { title: "n", type: "number" }] },
        pick: { oneOf: [{ const: title, title }, { const: "b", title }] }, [title]: { $ref: title } } } });
  }
  resultOf(of, text) {
    const uri = of("resource.uri");
    const other = of("result");
    return { structuredContent: { [other]: other }, content: [{ type: "text", text }, { type: "resource_link", uri, name: other, title: other, description: other, mimeType: other },
      { type: "resource", resource: { uri, mimeType: other, text: other } }, { type: "image", data: other, mimeType: other }, { type: "audio", data: other, mimeType: other }, { type: other, text: other }] };
  }
}

/** Signs people in without asking, and says what `of` has in its metadata and answers. */
export class HostileSignIn extends Hostile {
  of = () => undefined;
  secret = ""; // what each of its tokens begins with

  discover(url, body, response) {
    if (url.pathname.startsWith("/.well-known/oauth-protected-resource")) {
      return this.json(response, 200, { resource: this.url, resource_name: this.of("prm.resource_name") ?? "Plain prm.resource_name", authorization_servers: [this.origin],
        scopes_supported: [this.of("scope_name") ?? "plain"] });
    }
    const issuer = this.of("as.issuer");
    if (issuer !== undefined && url.pathname.startsWith("/.well-known/oauth-authorization-server"))
      return this.json(response, 200, { issuer, authorization_endpoint: `${this.origin}/authorize`, token_endpoint: `${this.origin}/token`, response_types_supported: ["code"], code_challenge_methods_supported: ["S256"] });
    return super.discover(url, body, response);
  }
  token(form, response) {
    const said = this.of("oauth.error_description");
    if (said !== undefined) return this.json(response, 400, { error: "invalid_grant", error_description: said });
    const scope = this.of("scope_name") ?? "plain";
    const token = `${this.secret}stand-in-token-${this.tokens.size}`;
    this.tokens.add(token);
    return this.json(response, 200, { access_token: token, token_type: "Bearer", expires_in: 3600, refresh_token: `${this.secret}stand-in-refresh-${this.tokens.size}`, scope }, { "Cache-Control": "no-store" });
  }
}
