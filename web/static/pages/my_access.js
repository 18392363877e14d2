// @ts-check
// What can act as the person who is signed in: tokens, applications that they let in, and their browsers.
import { html, useState } from "../vendor/preact.js";
import { api, apiAll, useLoaded } from "../app/api.js";
import { address } from "../app/where.js";
import { browserOf } from "../app/browsers.js";
import { plainName } from "../app/format.js";
import { Button, Disclosure, EmptyState, Foreign, Loaded, Page, Pill, Time, toast } from "../parts/kit.js";
import { Confirm } from "../parts/dialog.js";
import { DataTable } from "../parts/table.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/access.js";
import { NewToken } from "./my_access/new_token.js";

function Section({ id, title, lead, action = undefined, children }) {
  return html`<section class="stack" aria-labelledby=${id}><div class="row between"><div><h2 id=${id}>${title}</h2><p class="soft">${lead}</p></div>${action}</div>${children}</section>`;
}

const Scopes = ({ text }) => html`<span class="row scopes">${text.split(" ").filter(Boolean).map((one) => html`<${Pill} key=${one} tone=${one.startsWith("admin") ? "warn" : "soft"} title=${one}>${words.scopes[one] ?? one}</${Pill}>`)}</span>`;

const TokenUse = ({ token }) => html`<${Time} when=${token.last_used_at} none=${words.never} />${token.last_client && html` <span class="soft">${words.by} <${Foreign} text=${token.last_client} limit=${60} /></span>`}`;

function tokenColumns(onRevoke) {
  return [
    { key: "name", label: words.name, sort: true, cell: (one) => html`<${Foreign} text=${one.name} limit=${100} />${one.audience && html`<small class="soft below">${words.only} <${Foreign} text=${one.audience} /></small>`}` },
    { key: "scopes", label: words.may, cell: (one) => html`<${Scopes} text=${one.scopes} />` },
    { key: "created_at", label: words.created, sort: true, cell: (one) => html`<${Time} when=${one.created_at} />` },
    { key: "last_used_at", label: words.lastUsed, sort: true, cell: (one) => html`<${TokenUse} token=${one} />` },
    onRevoke ? { key: "expires_at", label: words.expires, sort: true, cell: (one) => html`<${Time} when=${one.expires_at} none=${words.unlimited} />` }
      : { key: "state", label: words.expires, cell: (one) => html`<span class="soft">${words.states[one.state]} <${Time} when=${one.revoked_at ?? one.expires_at} /></span>` },
    ...(onRevoke ? [{ key: "do", label: words.actions, hideLabel: true, class: "tight", cell: (one) => html`<${Button} small kind="danger" onClick=${() => onRevoke(one)} aria-label=${`${words.revoke} ${one.name}`}>${words.revoke}</${Button}>` }] : []),
  ];
}

function Tokens() {
  const tokens = useLoaded((signal) => apiAll("/v1/me/tokens", "tokens", { signal }));
  const [layer, setLayer] = useState(/** @type {any} */ (null));
  const revoke = async (token) => {
    await api("DELETE", `/v1/me/tokens/${token.id}`);
    const revoked = { ...token, state: "revoked", revoked_at: new Date().toISOString() };
    tokens.set((was) => was.map((one) => (one.id === token.id ? revoked : one)));
    toast(words.revoked(token.name));
  };
  const made = (token) => tokens.set((was) => [...was.filter((one) => one.id !== token.id), token]);
  const open = html`<${Button} icon="plus" kind="primary" data-new onClick=${() => setLayer("new")}>${words.newToken}</${Button}>`;
  return html`<${Section} id="tokens" title=${words.tokens} lead=${words.tokensLead} action=${open}>
    <${Loaded} of=${tokens} lines=${2}>${(all) => {
      const live = all.filter((one) => one.state === "live").reverse();
      const dead = all.filter((one) => one.state !== "live").reverse();
      return html`<${DataTable} caption=${words.tokens} columns=${tokenColumns(setLayer)} rows=${live} empty=${html`<${EmptyState} icon="key-round" title=${words.noTokens}>${words.noTokensHint} <a href=${address("/connect")}>${words.connect}</a></${EmptyState}>`} />
        ${dead.length > 0 && html`<${Disclosure} summary=${words.dead(dead.length)}><${DataTable} caption=${words.dead(dead.length)} columns=${tokenColumns(null)} rows=${dead} /></${Disclosure}>`}`;
    }}</${Loaded}>
    ${layer === "new" && html`<${NewToken} onMade=${made} onClose=${() => setLayer(null)} />`}
    ${layer?.id && html`<${Confirm} title=${words.revokeToken(layer.name)} action=${words.revoke} danger onConfirm=${() => revoke(layer)} onClose=${() => setLayer(null)}>${words.revokeText}</${Confirm}>`}</${Section}>`;
}

const nameOf = (app) => (app.name ? plainName(app.name) : words.unnamed);
const pathOfResource = (resource) => { try { return new URL(resource).pathname; } catch { return resource; } };

function appColumns(onDisconnect) {
  return [
    { key: "name", label: words.app, sort: nameOf, cell: (one) => html`<${Foreign} text=${nameOf(one)} limit=${100} /><small class="soft below">${words.answersTo} <${Foreign} text=${one.redirect_host === "device" ? words.device : one.redirect_host} limit=${100} /></small>` },
    { key: "scopes", label: words.may, cell: (one) => html`<${Scopes} text=${one.scopes} />` },
    { key: "servers", label: words.reaches, cell: (one) => html`${one.servers === null ? words.everything : one.servers.join(", ") || "–"}<small class="soft below mono">${pathOfResource(one.resource)}</small>` },
    { key: "created_at", label: words.since, sort: true, cell: (one) => html`<${Time} when=${one.created_at} /><small class="soft below">${words.signIns(one.sign_ins)}</small>` },
    { key: "last_used_at", label: words.lastUsed, sort: true, cell: (one) => html`<${Time} when=${one.last_used_at} none=${words.never} />` },
    { key: "do", label: words.actions, hideLabel: true, class: "tight", cell: (one) => html`<${Button} small kind="danger" onClick=${() => onDisconnect(one)} aria-label=${`${words.disconnect} ${nameOf(one)}`}>${words.disconnect}</${Button}>` },
  ];
}

function Apps() {
  const apps = useLoaded((signal) => apiAll("/v1/me/apps", "apps", { signal }));
  const [going, setGoing] = useState(/** @type {any} */ (null));
  const disconnect = async () => {
    await api("DELETE", `/v1/me/apps/${encodeURIComponent(going.id)}`);
    apps.set((was) => was.filter((one) => one.id !== going.id));
    toast(words.disconnected(nameOf(going)));
  };
  return html`<${Section} id="apps" title=${words.apps} lead=${words.appsLead}>
    <${Loaded} of=${apps} lines=${2}>${(all) => html`<${DataTable} caption=${words.apps} columns=${appColumns(setGoing)} rows=${all} empty=${html`<${EmptyState} icon="plug" title=${words.noApps} action=${html`<${Button} small href=${address("/connect")}>${words.connect}</${Button}>`}>${words.noAppsHint}</${EmptyState}>`} />`}</${Loaded}>
    ${going && html`<${Confirm} title=${words.disconnectApp(nameOf(going))} action=${words.disconnect} danger onConfirm=${disconnect} onClose=${() => setGoing(null)}>${words.disconnectText}</${Confirm}>`}</${Section}>`;
}

function browserName(/** @type {string} */ userAgent) {
  const { browser, system } = browserOf(userAgent);
  if (!browser) return userAgent || words.unknownBrowser;
  return system ? words.on(browser, system) : browser;
}

function sessionColumns(onEnd) {
  return [
    { key: "client", label: words.browser, cell: (one) => html`<span title=${one.client}><${Foreign} text=${browserName(one.client)} limit=${80} /></span>${one.current && html` <${Pill} tone="good">${words.here}</${Pill}>`}` },
    { key: "remote", label: words.from, cell: (one) => html`<span class="mono">${one.remote}</span>` },
    { key: "created_at", label: words.since, sort: true, cell: (one) => html`<${Time} when=${one.created_at} />` },
    { key: "last_seen_at", label: words.lastSeen, sort: true, cell: (one) => html`<${Time} when=${one.last_seen_at} />` },
    { key: "expires_at", label: words.expires, cell: (one) => html`<${Time} when=${one.expires_at} />` },
    { key: "do", label: words.actions, hideLabel: true, class: "tight", cell: (one) => !one.current && html`<${Button} small onClick=${() => onEnd(one)} aria-label=${words.signOutOf(browserName(one.client))}>${words.signOut}</${Button}>` },
  ];
}

function Sessions() {
  const sessions = useLoaded((signal) => apiAll("/v1/me/sessions", "sessions", { signal }));
  const [asking, setAsking] = useState(false);
  const forget = (gone) => sessions.set((was) => was.filter((one) => one.id !== gone.id));
  const end = async (session) => {
    try {
      await api("DELETE", `/v1/me/sessions/${session.id}`);
    } catch (error) {
      if (error.status !== 404) return toast(error.message, { kind: "error" }); // 404: it has ended by itself
    }
    forget(session);
    toast(words.signedOut);
  };
  const others = (sessions.value ?? []).filter((one) => !one.current);
  const endOthers = async () => {
    for (const one of others) {
      await api("DELETE", `/v1/me/sessions/${one.id}`).catch((error) => { if (error.status !== 404) throw error; });
      forget(one);
    }
    toast(words.othersOut);
  };
  return html`<${Section} id="sessions" title=${words.sessions} lead=${words.sessionsLead} action=${others.length > 1 && html`<${Button} onClick=${() => setAsking(true)}>${words.signOutOthers}</${Button}>`}>
    <${Loaded} of=${sessions} lines=${2}>${(all) => html`<${DataTable} caption=${words.sessions} columns=${sessionColumns(end)} rows=${all} />`}</${Loaded}>
    ${asking && html`<${Confirm} title=${words.signOutOthersTitle} action=${words.signOutOthers} onConfirm=${endOthers} onClose=${() => setAsking(false)}>${words.signOutOthersText}</${Confirm}>`}</${Section}>`;
}

export default function MyAccess() {
  useStyles("css/access.css");
  return html`<${Page} title=${words.title} lead=${words.lead} class="access"><${Tokens} /><${Apps} /><${Sessions} /></${Page}>`;
}
