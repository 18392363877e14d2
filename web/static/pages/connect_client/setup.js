// @ts-check
// One client: its deep link, its command, file or fields, what to do then, and whether it has come.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { address, useQuery } from "../../app/where.js";
import { remember } from "../../app/local.js";
import { commandOf, fileOf, isPrivate, isSafeName, linksOf, pathOfFile, scopesOf, systemsOf, waysOf } from "../../app/snippets.js";
import { Button, Disclosure, Icon, Notice, Tabs, Tile, Time } from "../../parts/kit.js";
import { CodeBlock, CopyField } from "../../parts/copy.js";
import { Segmented, SelectField, TextField } from "../../parts/form.js";
import { words } from "../../i18n/en/connect.js";
import { clientWords } from "../../i18n/en/clients.js";
import { ClientCheck } from "./check.js";
import { TokenWay } from "./token_way.js";

/** The endpoints that a person has: [{ value, label, hint, name, url }]. */
export function endpointsOf({ url, profiles, connections }) {
  return [
    { value: "search", label: words.endpoints.search, hint: words.endpointHint.search, name: "patchbay", url: `${url}/mcp` },
    { value: "all", label: words.endpoints.all, hint: words.endpointHint.all, name: "patchbay", url: `${url}/mcp/all` },
    ...profiles.map((one) => ({ value: `p-${one.slug}`, label: words.endpoints.profile(one.title || one.slug), hint: words.endpointHint.one, name: `patchbay-${one.slug}`.slice(0, 32), url: one.endpoint })),
    ...connections.map((one) => ({ value: `s-${one.slug}`, label: words.endpoints.server(one.title || one.slug), hint: words.endpointHint.one, name: one.slug.slice(0, 32), url: `${url}/mcp/servers/${one.slug}` })),
  ];
}

/** A deep link fails silently where the app is missing, so soon after the click there is another way. */
function DeepLinks({ links, onInstead }) {
  const [late, setLate] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const pressed = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setLate(true), 1500);
  };
  const outside = (href) => (href.startsWith("https:") ? { target: "_blank", rel: "noopener" } : {});
  return html`<div class="stack tight"><div class="row">${links.map(({ id, href }, at) => html`<${Button} key=${id} kind=${at ? "quiet" : "primary"} icon=${at ? undefined : "external-link"} href=${href}
      onClick=${pressed} ...${outside(href)}>${words.links[id]}</${Button}>`)}</div>
    <div role="status">${late && html`<p class="row"><span>${words.nothingHappened}</span><${Button} small onClick=${onInstead}>${words.copyInstead}</${Button}></p>`}</div></div>`;
}

/** The path stands above it already. */
const nameOfFile = (client, ask) => pathOfFile(client, ask.os, ask.scope)?.split(/[\\/]/).pop() ?? words.toPaste;

/** The path, to be copied, and what goes there. */
export function FileWay({ client, ask, text = fileOf(client, ask) }) {
  const path = pathOfFile(client, ask.os, ask.scope);
  return html`<div class="stack">
    ${client.admin && html`<p class="soft">${words.runByAdmin}</p>`}
    ${path ? html`<${CopyField} label=${words.fileAt} text=${path} hint=${ask.scope === "project" ? words.projectFile : undefined} />` : html`<p>${words.pasteAt} <strong>${clientWords[client.id].where}</strong>.</p>`}
    <${CodeBlock} name=${nameOfFile(client, ask)} text=${text} />
    ${path && html`<p class="soft">${words.fileHint(client.root)}</p>`}
    ${client.bridge && (!client.url || !ask.token) && html`<p class="soft">${words.bridge}</p>`}</div>`;
}

export function FormWay({ client, ask }) {
  return html`<div class="stack"><p>${words.fieldsAt} <strong>${clientWords[client.id].where}</strong>.</p>
    ${client.admin && html`<p class="soft">${words.runByAdmin}</p>`}
    <${CopyField} label=${words.fields.name} text=${ask.name} /><${CopyField} label=${words.fields.url} text=${ask.url} />
    <dl class="facts"><dt>${words.fields.transport}</dt><dd>${words.streamable}</dd>${!ask.token && html`<dt>${words.fields.auth}</dt><dd>${words.oauth}</dd>`}</dl></div>`;
}

function Ways({ client, ask, way, setAsk }) {
  const ways = waysOf(client);
  const systems = systemsOf(client);
  const scopes = way === "token" ? ["user"] : scopesOf(client, way);
  const now = { ...ask, scope: scopes.includes(ask.scope) ? ask.scope : "user" };
  const to = (one) => `/connect?client=${client.id}&way=${one}`;
  const text = way === "command" ? commandOf(client, now) : "";
  return html`<div class="stack">
    ${(ways.length > 1 || way === "token") && html`<${Tabs} label=${words.waysOf(client.name)} current=${to(way)} items=${ways.map((one) => ({ to: to(one), label: words.ways[one] }))} />`}
    ${way !== "form" && (systems.length > 1 || scopes.length > 1) && html`<div class="row ways-switches">
      ${systems.length > 1 && html`<${Segmented} label=${words.os} value=${ask.os} options=${systems.map((value) => ({ value, label: words.systems[value] }))} onChange=${(os) => { remember("os", os); setAsk({ os }); }} />`}
      ${scopes.length > 1 && html`<${Segmented} label=${words.scope} value=${now.scope} options=${scopes.map((value) => ({ value, label: words.scopes[value] }))} onChange=${(scope) => setAsk({ scope })} />`}</div>`}
    ${way === "command" && html`<${CodeBlock} name=${ask.os === "windows" ? words.powerShell : words.terminal} text=${text} />`}
    ${way === "file" && html`<${FileWay} client=${client} ask=${now} />`}
    ${way === "form" && html`<${FormWay} client=${client} ask=${now} />`}
    <div hidden=${way !== "token"}>${ways.includes("token") && html`<${TokenWay} client=${client} ask=${{ ...now, scope: "user" }} />`}</div></div>`;
}

function Unreachable({ client, url }) {
  const { hostname, protocol } = new URL(url);
  const title = protocol === "http:" && !isPrivate(url.replace("http:", "https:")) ? words.noHttps(client.name) : words.cannotReach(client.name, hostname);
  const { instead } = clientWords[client.id];
  return html`<${Notice} kind="warn" title=${title} action=${html`<${Button} small href=${address(`/connect?client=${instead.client}`)}>${words.showHow}</${Button}>`}>${instead.text}</${Notice}>`;
}

function Step({ number, title, children }) {
  return html`<section class="connect-step" aria-labelledby=${`step-${number}`}><h3 id=${`step-${number}`}><span class="step-number" aria-hidden="true">${number}</span>${title}</h3><div class="stack">${children}</div></section>`;
}

export function ClientSetup({ client, loaded, use, closed, os, onSeen }) {
  const [query, setQuery] = useQuery({ way: "", to: "" });
  const [more, setMore] = useState({ os, scope: "user", name: /** @type {string | null} */ (null) });
  const [open, setOpen] = useState(false);
  const endpoints = endpointsOf(loaded);
  const endpoint = endpoints.find((one) => one.value === query.to) ?? endpoints[0];
  const typed = more.name ?? endpoint.name;
  const ask = { url: endpoint.url, name: typed.trim() || endpoint.name, os: more.os, scope: more.scope };
  const ways = waysOf(client);
  const way = ways.includes(query.way) ? query.way : ways[0];
  const said = clientWords[client.id];
  const links = linksOf(client, ask);
  const instead = () => setQuery({ way: ways.includes("file") ? "file" : ways[0] });
  const head = html`<div class="connect-head"><${Tile} name=${client.name} size="big" /><div><h2>${client.name}</h2>
    ${use && html`<p class="soft">${words.lastUsed} <${Time} when=${use.last_seen_at} /> · ${words.version(use.name, use.version)}</p>`}</div></div>`;
  if (closed) return html`<div class="card stack">${head}<${Unreachable} client=${client} url=${loaded.url} /></div>`;
  return html`<div class="card stack">${head}
    <div class="connect-what"><${SelectField} label=${words.endpoint} value=${endpoint.value} options=${endpoints} hint=${endpoint.hint} onInput=${(to) => setQuery({ to: to === "search" ? null : to })} />
      <${TextField} label=${words.name} mono value=${typed} onInput=${(name) => setMore({ ...more, name })} maxlength="64"
        error=${typed.trim() ? undefined : words.nameMissing} hint=${isSafeName(ask.name) ? undefined : words.nameHint} /></div>
    <${Step} number=${1} title=${words.add}>
      ${links.length > 0 && html`<${DeepLinks} links=${links} onInstead=${instead} />`}
      <${Ways} client=${client} ask=${ask} way=${way} setAsk=${(change) => setMore({ ...more, ...change })} /></${Step}>
    <${Step} number=${2} title=${way === "token" ? words.start : words.signIn}><p>${way === "token" ? words.startText : said.after(ask.name)}</p></${Step}>
    <${Step} number=${3} title=${words.check}><${ClientCheck} client=${client} onTroubles=${() => setOpen(true)} onSeen=${onSeen} /></${Step}>
    <${Disclosure} summary=${words.troubles} open=${open} onToggle=${setOpen}><ul class="troubles">${[...(said.troubles ?? []), words.troublesTokens].map((one) => html`<li key=${one}><${Icon} name="info" /><span>${one}</span></li>`)}</ul></${Disclosure}></div>`;
}
