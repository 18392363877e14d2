// @ts-check
// What is wrong with a connection: cause first, then one thing to do.
import { html } from "../../vendor/preact.js";
import { address } from "../../app/where.js";
import { nameOf, statusOf } from "../../app/servers.js";
import { Button, Foreign, Notice } from "../../parts/kit.js";
import { words } from "../../i18n/en/connection.js";

const w = words.problem;
const privateIds = ["private", "loopback", "link_local", "cgnat", "ipv6_embedded"];
const hostOf = (url) => {
  try {
    return new URL(url).hostname;
  } catch {
    return url;
  }
};

/** { title, text, to, action } for an error id and sentence of the API; `text` may be the sentence itself. */
export function problemOf(server, id, message) {
  const name = nameOf(server);
  const at = `/connections/${encodeURIComponent(server.slug)}`;
  if (id === "oauth_issuer_changed") return { title: w.issuer(name), text: w.issuerMore, to: `${at}/accounts`, action: w.review };
  if (id === "needs_connection" || id === "oauth_sign_in_ended") return { title: w.needsSignIn(name), text: w.needsSignInMore, to: `${at}/accounts`, action: server.oauth?.issuer ? w.reconnect : w.connect };
  if (id === "upstream_unauthorized" && (server.has_api_key || server.header_names.length))
    return { title: w.rejected, text: message, to: `${at}/settings#authentication`, action: w.replaceKey };
  if (privateIds.includes(id)) return { title: w.private(hostOf(server.url)), text: w.privateMore, to: "/settings/network", action: w.network };
  if (id === "tls_untrusted") return { title: w.tls(hostOf(server.url)), text: w.tlsMore, to: `${at}/settings#behaviour`, action: w.giveCa, more: message };
  if (id === "upstream_timeout" || id === "timeout") return { title: w.down(name, server.timeout_seconds), text: w.downMore };
  if (id === "upstream_protocol_error") return { title: w.notMcp, text: w.htmlMore, to: `${at}/settings#details`, action: w.changeAddress, more: message };
  if (id === "web_page") return { title: w.html, text: w.htmlMore, to: `${at}/settings#details`, action: w.changeAddress };
  if (id === "secret_missing" || id === "server_misconfigured") return { title: w.secret, text: message, to: `${at}/settings#authentication`, action: w.toSettings };
  if (id === "upstream_unreachable") return { title: message ?? w.unreachable(name), text: w.downMore };
  return { title: w.generic(name), text: message };
}

/** Above the overview: why the connection does not work, if it does not. */
export function Problem({ server, test = undefined }) {
  const status = statusOf(server);
  if (status !== "error" && status !== "needs_sign_in") return null;
  const id = status === "needs_sign_in" ? "needs_connection" : server.reason;
  const said = problemOf(server, id, status === "needs_sign_in" ? null : server.message ?? server.last_error);
  const action = said.to ? html`<${Button} small href=${address(said.to)}>${said.action}</${Button}>` : test && html`<${Button} small onClick=${test}>${words.overview.testNow}</${Button}>`;
  return html`<${Notice} kind=${status === "error" ? "error" : "warn"} title=${said.title} action=${action}><${Foreign} text=${said.text} />${said.more && html` <span class="soft"><${Foreign} text=${said.more} /></span>`}</${Notice}>`;
}
