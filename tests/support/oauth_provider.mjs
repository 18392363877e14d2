// A real authorization server that is not ours (npm oidc-provider: registration, PKCE, rotation, revocation) in front of the
// official sample server, on two ports: `issuer` and `url`. Nothing is asked of a person: the account signs in and consents
// whose name the browser's cookie has. Knobs: `lifetime` of access tokens in seconds, `down` answers every token request with
// 503, revoke(account) and expire(account) end what an account holds. `calls` lists the tool calls that came through, with
// whose token; `counts` the requests that the provider answered.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { Provider, errors } from "oidc-provider";
import { Everything } from "./appliance.mjs";

const scope = "mcp:tools";
const day = 24 * 3600;
const secrets = ["AccessToken", "RefreshToken", "AuthorizationCode"];
const held = [...secrets, "Grant"];

// What the provider keeps, one map for each instance. Nothing is dropped but by name: the provider itself looks at times.
function memory() {
  const rows = new Map();
  const issued = new Set(); // every token and code there ever was
  class Rows {
    constructor(model) { this.model = model; }
    async upsert(id, payload) {
      if (secrets.includes(this.model)) issued.add(id);
      rows.set(`${this.model}:${id}`, payload);
    }
    async find(id) { return rows.get(`${this.model}:${id}`); }
    async findBy(name, value) {
      for (const [key, payload] of rows) if (key.startsWith(`${this.model}:`) && payload[name] === value) return payload;
      return undefined;
    }
    findByUid(uid) { return this.findBy("uid", uid); }
    findByUserCode(code) { return this.findBy("userCode", code); }
    async destroy(id) { rows.delete(`${this.model}:${id}`); }
    async consume(id) { rows.get(`${this.model}:${id}`).consumed = Math.floor(Date.now() / 1000); }
    async revokeByGrantId(grant) {
      for (const [key, payload] of rows) if (payload.grantId === grant) rows.delete(key);
    }
  }
  return { rows, issued, Rows };
}

async function listening(handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function closed(server) {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

export class OAuthProvider {
  static async start({ lifetime = 3600 } = {}) {
    const self = Object.assign(new OAuthProvider(), { lifetime, down: false, calls: [], faults: [], sessions: new Map() });
    self.counts = { authorization_code: 0, refresh_token: 0, registrations: 0, revocations: 0, refused: 0, unavailable: 0 };
    self.memory = memory();
    self.everything = await Everything.start();
    self.authority = await listening((request, response) => self.authorize(request, response));
    self.resource = await listening((request, response) => self.guard(request, response));
    self.issuer = `http://127.0.0.1:${self.authority.address().port}`;
    self.provider = self.configure();
    self.answer = self.provider.callback();
    return self;
  }
  get url() { return `http://127.0.0.1:${this.resource.address().port}/mcp`; }
  get host() { return new URL(this.url).host; }
  get issued() { return [...this.memory.issued]; }
  get hosts() { return [this.host, new URL(this.issuer).host]; }
  async stop() {
    await Promise.all([closed(this.authority), closed(this.resource), this.everything.stop()]);
  }

  // The account has signed out of all its applications at the provider.
  revoke(account) {
    for (const [key, payload] of this.memory.rows)
      if (payload.accountId === account && held.includes(key.split(":")[0])) this.memory.rows.delete(key);
  }
  // Its access tokens are over before their time; its sign-ins stay.
  expire(account) {
    for (const [key, payload] of this.memory.rows)
      if (payload.accountId === account && key.startsWith("AccessToken:")) payload.exp = 1;
  }
  // How many of the model's rows an account has: "AccessToken", "RefreshToken".
  holds(model, account) {
    return [...this.memory.rows].filter(([key, row]) => key.startsWith(`${model}:`) && row.accountId === account && !row.consumed).length;
  }

  configure() {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const provider = new Provider(this.issuer, {
      adapter: this.memory.Rows,
      jwks: { keys: [privateKey.export({ format: "jwk" })] },
      cookies: { keys: [randomBytes(16).toString("hex")] },
      findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      renderError: (context, out) => { context.type = "text"; context.body = JSON.stringify(out); },
      issueRefreshToken: async () => true,
      rotateRefreshToken: true,
      pkce: { methods: ["S256"], required: () => true },
      scopes: [scope, "offline_access"],
      ttl: { AccessToken: () => this.lifetime, AuthorizationCode: 60, Grant: day, Interaction: 600, RefreshToken: day, Session: day },
      features: {
        devInteractions: { enabled: false },
        registration: { enabled: true },
        revocation: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: async () => true,
          getResourceServerInfo: async (_, indicator) => {
            if (indicator !== this.url) throw new errors.InvalidTarget();
            return { scope, audience: indicator, accessTokenFormat: "opaque", accessTokenTTL: this.lifetime };
          },
        },
      },
    });
    provider.on("grant.success", (context) => { this.counts[context.oidc.params.grant_type] += 1; });
    provider.on("grant.error", () => { this.counts.refused += 1; });
    provider.on("registration_create.success", () => { this.counts.registrations += 1; });
    provider.on("server_error", (_, error) => this.faults.push(error.stack));
    return provider;
  }

  async authorize(request, response) {
    const { pathname } = new URL(request.url, this.issuer);
    if (pathname === "/token" && this.down) {
      this.counts.unavailable += 1;
      return response.writeHead(503, { "Content-Type": "text/html" }).end("<h1>Back soon</h1>");
    }
    if (pathname === "/token/revocation") this.counts.revocations += 1;
    if (pathname.startsWith("/interaction/")) return this.interact(request, response);
    return this.answer(request, response);
  }
  async interact(request, response) {
    const account = /(?:^|; )account=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
    const { prompt, params, session, grantId } = await this.provider.interactionDetails(request, response);
    const finish = (result) => this.provider.interactionFinished(request, response, result);
    if (!account) return finish({ error: "access_denied", error_description: "The person said no." });
    if (prompt.name === "login") return finish({ login: { accountId: account } });
    const grant = grantId ? await this.provider.Grant.find(grantId)
      : new this.provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(" "));
    for (const [indicator, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {}))
      grant.addResourceScope(indicator, scopes.join(" "));
    return finish({ consent: { grantId: await grant.save() } });
  }

  // The resource server: metadata, a challenge for whoever has no good token, and the sample server behind.
  async guard(request, response) {
    const metadata = "/.well-known/oauth-protected-resource/mcp";
    const { pathname, origin } = new URL(request.url, this.url);
    if (pathname === metadata)
      return response.writeHead(200, { "Content-Type": "application/json" })
        .end(JSON.stringify({ resource: this.url, authorization_servers: [this.issuer], scopes_supported: [scope] }));
    if (pathname !== "/mcp") return response.writeHead(404).end();
    const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    const token = bearer && (await this.provider.AccessToken.find(bearer));
    if (!token || token.aud !== this.url || token.isExpired) {
      const problem = bearer ? `error="invalid_token", ` : "";
      response.writeHead(401, { "WWW-Authenticate": `Bearer ${problem}resource_metadata="${origin}${metadata}", scope="${scope}"` });
      return response.end();
    }
    return this.pass(request, response, token.accountId);
  }
  async pass(request, response, account) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const session = request.headers["mcp-session-id"];
    if (session && this.sessions.get(session) !== account)
      this.faults.push(`the session of ${this.sessions.get(session)} came with the token of ${account}`);
    const message = body.length ? JSON.parse(body) : {};
    if (message.method === "tools/call") this.calls.push({ account, tool: message.params.name, arguments: message.params.arguments });
    const { authorization, host, ...headers } = request.headers;
    const onward = ask(this.everything.url, { method: request.method, headers: { ...headers, host: `127.0.0.1:${this.everything.port}` } }, (answer) => {
      const opened = answer.headers["mcp-session-id"];
      if (opened) this.sessions.set(opened, account);
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    onward.end(body);
  }
}

// A browser at the provider: signs in as `account` and consents, or declines where it is empty. Follows from the address that
// Patchbay gave to the one that leads back, which it does not open.
export async function comeBack(authorizeUrl, account, back) {
  const jar = new Map(account ? [["account", account]] : []);
  let url = new URL(authorizeUrl);
  for (let step = 0; step < 10; ++step) {
    const cookies = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { redirect: "manual", headers: cookies ? { Cookie: cookies } : {} });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      jar.set(name, value);
    }
    const location = answer.headers.get("location");
    if (!location) throw new Error(`${answer.status} at ${url.pathname}: ${await answer.text()}`);
    url = new URL(location, url);
    if (url.href.startsWith(back)) return url;
  }
  throw new Error("the provider leads in circles");
}
