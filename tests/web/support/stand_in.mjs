// An MCP server with its own authorization server on one port, as small as the tests of the screens need it, with a switch
// for each way in which such servers disappoint. Loopback only.
//   signIn         whether it wants a token (OAuth); apiKey: the bearer it wants instead
//   delay          milliseconds before each answer of the discovery
//   coop           the provider's page sends Cross-Origin-Opener-Policy: same-origin
//   auto           the provider consents by itself; else its page has the buttons "Allow" and "Deny"
//   wrongIssuer    the answer names another issuer; tokenStatus: what the token endpoint answers
//   html           an HTML page in place of the MCP endpoint; noRegistration: apps cannot register
//   tools, perPage what is listed, and how many at a time
// `calls` are the tools/call that came, with their arguments as they were sent; `counts` what was asked how often.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

const page = (title, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

export const aTool = (name, more = {}) => ({ name, description: `Does ${name}.`, inputSchema: { type: "object", properties: {} }, annotations: { readOnlyHint: true }, ...more });
export const someTools = (count, prefix = "tool") => Array.from({ length: count }, (_, at) => aTool(`${prefix}_${at + 1}`));

export class StandIn {
  static async start(switches = {}) {
    const self = new this();
    Object.assign(self, { signIn: false, apiKey: null, delay: 0, coop: false, auto: false, wrongIssuer: false, tokenStatus: 200, html: false, noRegistration: false,
      tools: someTools(3), perPage: 1000, name: "stand-in", answer: null }, switches);
    Object.assign(self, { calls: [], counts: {}, tokens: new Set(), codes: new Map(), cancelled: [], open: new Set() });
    self.server = createServer((request, response) => self.handle(request, response).catch((error) => {
      self.fault = error;
      response.destroy();
    }));
    self.server.listen(0, "127.0.0.1");
    await once(self.server, "listening");
    return self;
  }
  get origin() { return `http://127.0.0.1:${this.server.address().port}`; }
  get url() { return `${this.origin}/mcp`; }
  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
  /** Ends every sign-in there was. */
  revoke() { this.tokens.clear(); }

  count(what) { this.counts[what] = (this.counts[what] ?? 0) + 1; }
  json(response, status, body, headers = {}) { response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body)); }

  async handle(request, response) {
    const url = new URL(request.url, this.origin);
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString();
    this.count(`${request.method} ${url.pathname}`);
    if (url.pathname.startsWith("/.well-known/") || url.pathname === "/register") {
      if (this.delay) await new Promise((resolve) => setTimeout(resolve, this.delay));
      return this.discover(url, body, response);
    }
    if (url.pathname === "/authorize") return this.authorize(url, response);
    if (url.pathname === "/decide") return this.decide(new URLSearchParams(body), response);
    if (url.pathname === "/token") return this.token(new URLSearchParams(body), response);
    if (url.pathname === "/mcp") return this.mcp(request, body, response);
    response.writeHead(404).end();
  }

  discover(url, body, response) {
    if (!this.signIn) return this.json(response, 404, {});
    if (url.pathname.startsWith("/.well-known/oauth-protected-resource")) return this.json(response, 200, { resource: this.url, authorization_servers: [this.origin] });
    if (url.pathname.startsWith("/.well-known/oauth-authorization-server")) {
      return this.json(response, 200, { issuer: this.origin, authorization_endpoint: `${this.origin}/authorize`, token_endpoint: `${this.origin}/token`,
        ...(!this.noRegistration && { registration_endpoint: `${this.origin}/register` }), response_types_supported: ["code"], grant_types_supported: ["authorization_code", "refresh_token"],
        code_challenge_methods_supported: ["S256"], token_endpoint_auth_methods_supported: ["none"], authorization_response_iss_parameter_supported: true });
    }
    if (url.pathname === "/register" && !this.noRegistration) return this.json(response, 201, { client_id: `client-${randomUUID()}`, ...JSON.parse(body), token_endpoint_auth_method: "none" });
    return this.json(response, 404, {});
  }

  authorize(url, response) {
    const { redirect_uri: back, state } = Object.fromEntries(url.searchParams);
    const headers = { "Content-Type": "text/html; charset=utf-8", ...(this.coop && { "Cross-Origin-Opener-Policy": "same-origin" }) };
    if (this.auto) return response.writeHead(303, { ...headers, Location: this.leadBack(back, state, true) }).end();
    const field = (name, value) => `<input type="hidden" name="${name}" value="${encodeURIComponent(value)}">`;
    return response.writeHead(200, headers).end(page("Stand-in sign-in", `<form method="post" action="/decide">${field("back", back)}${field("state", state)}
      <button name="say" value="allow">Allow</button><button name="say" value="deny">Deny</button></form>`));
  }
  decide(form, response) {
    const back = decodeURIComponent(form.get("back"));
    response.writeHead(303, { Location: this.leadBack(back, decodeURIComponent(form.get("state")), form.get("say") === "allow") }).end();
  }
  leadBack(back, state, allowed) {
    const target = new URL(back);
    const code = randomUUID();
    this.codes.set(code, true);
    if (allowed) target.searchParams.set("code", code);
    else target.searchParams.set("error", "access_denied");
    target.searchParams.set("state", state);
    target.searchParams.set("iss", this.wrongIssuer ? "https://elsewhere.example" : this.origin);
    return target.href;
  }
  token(form, response) {
    if (this.tokenStatus !== 200) return this.json(response, this.tokenStatus, { error: "server_error", error_description: "secret-in-an-error-description" });
    if (form.get("grant_type") === "authorization_code" && !this.codes.delete(form.get("code"))) return this.json(response, 400, { error: "invalid_grant" });
    const token = `stand-in-token-${randomUUID()}`;
    this.tokens.add(token);
    return this.json(response, 200, { access_token: token, token_type: "Bearer", expires_in: 3600, refresh_token: `stand-in-refresh-${randomUUID()}`, scope: "" }, { "Cache-Control": "no-store" });
  }

  async mcp(request, body, response) {
    if (this.html) return response.writeHead(200, { "Content-Type": "text/html" }).end(page("A web page", ""));
    const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (this.apiKey && bearer !== this.apiKey) return this.json(response, 401, { error: "invalid key" });
    if (this.signIn && !this.tokens.has(bearer))
      return response.writeHead(401, { "WWW-Authenticate": `Bearer resource_metadata="${this.origin}/.well-known/oauth-protected-resource/mcp"` }).end();
    if (request.method !== "POST") return response.writeHead(405).end();
    const message = JSON.parse(body);
    this.lastHeaders = request.headers;
    if (message.method === "notifications/cancelled") this.cancelled.push(message.params?.requestId);
    if (message.id === undefined) return response.writeHead(202).end();
    response.on("close", () => { if (!response.writableFinished) this.cancelled.push(message.id); });
    const answer = await this.reply(message, body);
    return this.json(response, 200, { jsonrpc: "2.0", id: message.id, ...answer });
  }
  async reply(message, body) {
    this.count(message.method);
    if (message.method === "initialize")
      return { result: { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: this.name, version: "1.0.0" } } };
    if (message.method === "ping") return { result: {} };
    if (message.method === "tools/list") {
      const from = Number(message.params?.cursor ?? 0);
      const to = from + this.perPage;
      return { result: { tools: this.tools.slice(from, to), ...(to < this.tools.length && { nextCursor: String(to) }) } };
    }
    if (message.method === "tools/call") {
      this.calls.push({ name: message.params.name, arguments: message.params.arguments, body });
      return { result: this.answer ? await this.answer(message.params) : { content: [{ type: "text", text: `did ${message.params.name}` }] } };
    }
    return { error: { code: -32601, message: "Unknown method." } };
  }
}
