// @ts-check
// What can act as a person: tokens, applications, browsers. An admin takes them away; only service accounts get tokens here.
import { html, useState } from "../../vendor/preact.js";
import { api, apiAll, useLoaded } from "../../app/api.js";
import { isService, titleOf, userAt } from "../../app/people.js";
import { Button, Foreign, Loaded, Pill, Time, toast } from "../../parts/kit.js";
import { Confirm } from "../../parts/dialog.js";
import { DataTable } from "../../parts/table.js";
import { words as access } from "../../i18n/en/access.js";
import { words } from "../../i18n/en/people.js";
import { NewToken } from "../my_access/new_token.js";

const w = words.one;
const Scopes = ({ text }) => html`<span class="row pills">${text.split(" ").filter(Boolean).map((one) => html`<${Pill} key=${one} tone=${one.startsWith("admin") ? "warn" : "soft"} title=${one}>${access.scopes[one] ?? one}</${Pill}>`)}</span>`;

function Section({ id, title, lead, action = undefined, children = undefined }) {
  return html`<section class="stack tight" aria-labelledby=${id}><div class="row between"><div><h2 id=${id}>${title}</h2><p class="soft">${lead}</p></div>${action}</div>${children}</section>`;
}

const tokenColumns = (onRevoke) => [
  { key: "name", label: access.name, sort: true, cell: (one) => html`<${Foreign} text=${one.name} limit=${100} />` },
  { key: "scopes", label: access.may, cell: (one) => html`<${Scopes} text=${one.scopes} />` },
  { key: "created_at", label: access.created, sort: true, cell: (one) => html`<${Time} when=${one.created_at} />` },
  { key: "last_used_at", label: access.lastUsed, sort: true, cell: (one) => html`<${Time} when=${one.last_used_at} none=${access.never} />${one.last_client && html` <span class="soft">${access.by} <${Foreign} text=${one.last_client} limit=${60} /></span>`}` },
  { key: "expires_at", label: access.expires, sort: true, cell: (one) => (one.state === "live" ? html`<${Time} when=${one.expires_at} none=${access.unlimited} />` : html`<span class="soft">${access.states[one.state]} <${Time} when=${one.revoked_at ?? one.expires_at} /></span>`) },
  { key: "do", label: access.actions, hideLabel: true, class: "tight", cell: (one) => one.state === "live" && html`<${Button} small kind="danger" aria-label=${`${w.revoke} ${one.name}`} onClick=${() => onRevoke(one)}>${w.revoke}</${Button}>` },
];

export function Tokens({ user }) {
  const tokens = useLoaded((signal) => apiAll(`${userAt(user.name)}/tokens`, "tokens", { signal }), [user.name]);
  const [layer, setLayer] = useState(/** @type {any} */ (null));
  const revoke = async () => {
    await api("DELETE", `/v1/tokens/${layer.id}`);
    tokens.set((was) => was.map((one) => (one.id === layer.id ? { ...one, state: "revoked", revoked_at: new Date().toISOString() } : one)));
    toast(w.revoked(layer.name));
  };
  const make = ({ name, scopes, days }) => api("POST", `${userAt(user.name)}/tokens`, { name, scopes, ...(days && { expires_in_days: days }) });
  const made = (token) => tokens.set((was) => [...was.filter((one) => one.id !== token.id), token]);
  const action = isService(user) && user.state !== "disabled" && html`<${Button} icon="plus" onClick=${() => setLayer("new")}>${w.newToken}</${Button}>`;
  const order = (all) => [...all].sort((a, b) => Number(b.state === "live") - Number(a.state === "live") || (a.created_at < b.created_at ? 1 : -1));
  return html`<${Section} id="tokens" title=${w.tokens} lead=${isService(user) ? w.serviceTokens : w.tokensLead} action=${action}>
    <${Loaded} of=${tokens} lines=${1}>${(all) => html`<${DataTable} caption=${w.tokens} columns=${tokenColumns(setLayer)} rows=${order(all)} rowClass=${(one) => (one.state === "live" ? "" : "dead")} empty=${html`<p class="soft">${w.noTokens}</p>`} />`}</${Loaded}>
    ${layer === "new" && html`<${NewToken} role="member" make=${make} onMade=${made} onClose=${() => setLayer(null)} />`}
    ${layer?.id && html`<${Confirm} title=${w.revokeTitle(layer.name)} action=${w.revoke} danger onConfirm=${revoke} onClose=${() => setLayer(null)}>${isService(user) ? access.revokeText : w.revokeText(titleOf(user))}</${Confirm}>`}</${Section}>`;
}

const appName = (app) => app.name || w.unnamed;
const appColumns = (onDisconnect) => [
  { key: "name", label: access.app, sort: appName, cell: (one) => html`<${Foreign} text=${appName(one)} limit=${100} /><small class="soft below">${access.answersTo} <${Foreign} text=${one.redirect_host === "device" ? access.device : one.redirect_host} limit=${100} /></small>` },
  { key: "scopes", label: access.may, cell: (one) => html`<${Scopes} text=${one.scopes} />` },
  { key: "created_at", label: access.since, sort: true, cell: (one) => html`<${Time} when=${one.created_at} />` },
  { key: "last_used_at", label: access.lastUsed, sort: true, cell: (one) => html`<${Time} when=${one.last_used_at} none=${access.never} />` },
  { key: "do", label: access.actions, hideLabel: true, class: "tight", cell: (one) => html`<${Button} small kind="danger" aria-label=${`${w.disconnect} ${appName(one)}`} onClick=${() => onDisconnect(one)}>${w.disconnect}</${Button}>` },
];

export function Apps({ user }) {
  const apps = useLoaded(async (signal) => (await apiAll("/v1/apps", "apps", { signal })).filter((one) => one.user === user.name || one.user === user.id), [user.name]);
  const [going, setGoing] = useState(/** @type {any} */ (null));
  const disconnect = async () => {
    await api("DELETE", `/v1/apps/${encodeURIComponent(going.id)}`);
    apps.set((was) => was.filter((one) => one.id !== going.id));
    toast(w.disconnected(appName(going)));
  };
  return html`<${Section} id="apps" title=${w.apps} lead=${w.appsLead}>
    <${Loaded} of=${apps} lines=${1}>${(all) => html`<${DataTable} caption=${w.apps} columns=${appColumns(setGoing)} rows=${all} empty=${html`<p class="soft">${w.noApps}</p>`} />`}</${Loaded}>
    ${going && html`<${Confirm} title=${w.disconnectTitle(appName(going))} action=${w.disconnect} danger onConfirm=${disconnect} onClose=${() => setGoing(null)}>${w.disconnectText(titleOf(user))}</${Confirm}>`}</${Section}>`;
}

export function Sessions({ user }) {
  const [asking, setAsking] = useState(false);
  const end = async () => {
    await api("DELETE", `${userAt(user.name)}/sessions`);
    toast(w.ended(titleOf(user)));
  };
  return html`<${Section} id="sessions" title=${w.sessions} lead=${w.sessionsLead} action=${html`<${Button} onClick=${() => setAsking(true)}>${w.endSessions}</${Button}>`}>
    ${asking && html`<${Confirm} title=${w.endTitle(titleOf(user))} action=${w.endSessions} danger onConfirm=${end} onClose=${() => setAsking(false)}>${w.endText}</${Confirm}>`}</${Section}>`;
}
