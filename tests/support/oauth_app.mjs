// An application that keeps what it has in memory, and its sign-in from a URL alone with the official SDK's client.
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { OAuthBrowser } from "./oauth_browser.mjs";

export class MemoryApp {
  constructor(redirectUrl, scope) { this.redirectUrl = redirectUrl; this.scope = scope; }
  get clientMetadata() {
    return { client_name: "E2E <b>client</b>", redirect_uris: [this.redirectUrl], grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "none", ...(this.scope && { scope: this.scope }) };
  }
  state() { return (this.sent = crypto.randomUUID()); }
  clientInformation() { return this.client; }
  saveClientInformation(client) { this.client = client; }
  tokens() { return this.kept; }
  saveTokens(tokens) { this.kept = tokens; }
  redirectToAuthorization(url) { this.asked = url; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
}

// As far as the address that a person must open.
export async function begin(url, { redirect = "http://127.0.0.1:51515/callback", scope } = {}) {
  const provider = new MemoryApp(redirect, scope);
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  await assert.rejects(new Client({ name: "e2e", version: "1" }).connect(transport), UnauthorizedError);
  return { provider, transport };
}

// `issuer` is the public URL; `answer` is what the person `name` does at the consent page (support/oauth_browser.mjs).
export async function signIn(issuer, path, { answer, name = "ann", ...wish } = {}) {
  const { provider, transport } = await begin(issuer + path, wish);
  const { location, browser } = await new OAuthBrowser(issuer, { name }).journey(provider.asked, answer);
  assert.equal(location.searchParams.get("state"), provider.sent);
  assert.equal(location.searchParams.get("iss"), issuer);
  await transport.finishAuth(location.searchParams.get("code"));
  const client = new Client({ name: "e2e", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(issuer + path), { authProvider: provider }));
  return { client, provider, browser };
}
