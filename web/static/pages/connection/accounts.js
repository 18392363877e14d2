// @ts-check
// Whose accounts a connection is used with: the shared one, or each person's; who has signed in, until when, and how it ends.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { address } from "../../app/where.js";
import { api, apiAll, me, useLoaded } from "../../app/api.js";
import { isPersonal, nameOf, reachedBy } from "../../app/servers.js";
import { Button, EmptyState, Foreign, Icon, Loaded, Notice, Pill, Status, Time, toast } from "../../parts/kit.js";
import { Confirm } from "../../parts/dialog.js";
import { SignInPanel, runSignIn } from "../../parts/sign_in.js";
import { DataTable } from "../../parts/table.js";
import { words } from "../../i18n/en/connection.js";

const w = words.accounts;

/** The window has to be opened in the click; where it leads is known later. */
const openWaiting = (slug) => window.open(address("/oauth/wait"), `pb-${slug}`, "popup,width=600,height=720");

function useSignIn(server, path, onConnected) {
  const [flow, setFlow] = useState(/** @type {any} */ (null));
  const running = useRef(/** @type {any} */ (null));
  useEffect(() => () => running.current?.stop(), []);
  const show = (next) => { running.current = next; setFlow(next); };
  const begin = () => {
    if (running.current && !running.current.isOver) return running.current.bringForward();
    return runSignIn({ popup: openWaiting(server.slug), name: nameOf(server), path, show, onConnected });
  };
  return { flow, begin };
}

const placeOf = (issuer) => {
  try {
    return new URL(issuer).host;
  } catch {
    return issuer;
  }
};

function State({ account }) {
  if (!account.oauth) return html`<${Pill} tone="good" icon="check">${w.gave}</${Pill}>`;
  if (account.oauth.connected) return html`<${Pill} tone="good" icon="circle-check">${w.connected}</${Pill}>`;
  return html`<${Pill} tone="warn" icon="key-round">${w.ended}</${Pill}> <span class="soft">${w.reasons[account.oauth.reason] ?? ""}</span>`;
}

/** A token that is over is no news where the next one comes by itself. */
const until = ({ oauth }) => (oauth.connected && oauth.expires_at && Date.parse(oauth.expires_at) < Date.now() ? w.renewed : html`<${Time} when=${oauth.expires_at} none=${w.noExpiry} />`);
const factsOf = (account) => [[w.issuerIs, html`<${Foreign} text=${placeOf(account.oauth.issuer)} />`], [w.scope, account.oauth.scope && html`<code><${Foreign} text=${account.oauth.scope} /></code>`],
  [w.expires, until(account)], [w.refreshed, html`<${Time} when=${account.updated_at} />`]].filter(([, value]) => value);

/** One account for everybody: a sign-in, or a key. */
function Shared({ server, account, path, at, onChanged, onLayer }) {
  const signIn = useSignIn(server, at, onChanged);
  if (server.auth !== "oauth") {
    const has = server.header_names.length > 0;
    const text = !has ? w.keyMissing : server.auth === "apiKey" ? w.keySet : w.headersSet(server.header_names);
    return html`<section class="card row between" aria-labelledby="shared"><div><h2 id="shared">${w.shared}</h2><p>${text}</p></div>
      ${server.origin !== "catalog" && html`<${Button} icon="key-round" href=${`${address(path("settings"))}#authentication`}>${w.replaceKey}</${Button}>`}</section>`;
  }
  const isOn = account?.oauth.connected;
  return html`<section class="card stack" aria-labelledby="shared"><div class="row between"><h2 id="shared">${w.shared}</h2>
      <span class="row"><${Button} kind=${isOn ? "plain" : "primary"} icon="plug" onClick=${signIn.begin}>${account ? w.reconnect : w.connect}</${Button}>
        ${account && html`<${Button} onClick=${() => onLayer({ kind: "shared" })}>${w.disconnect}</${Button}>`}</span></div>
    <p class="row"><${Status} is=${isOn ? "connected" : "needs_sign_in"} />${!isOn && html`<span class="soft">${account ? w.reasons[account.oauth.reason] ?? w.ended : w.signedOut}</span>`}</p>
    ${account && html`<dl class="facts">${factsOf(account).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`}
    ${signIn.flow && html`<${SignInPanel} flow=${signIn.flow} again=${signIn.begin} />`}</section>`;
}

function Own({ server, accounts, users, teams, onLayer }) {
  const titles = new Map(users.map((user) => [user.name, user.title || user.name]));
  const reached = reachedBy(server.access, users.filter((user) => user.kind === "person"), teams);
  const have = new Set(accounts.filter((one) => !one.oauth || one.oauth.connected).map((one) => one.user));
  const isMine = (account) => account.user === me.value?.name;
  const columns = [
    { key: "user", label: w.person, sort: (one) => titles.get(one.user) ?? one.user, cell: (one) => html`<span class="row tight-row"><${Icon} name="user" /><span>${titles.get(one.user) ?? one.user}${isMine(one) && html` <span class="soft">(${w.you})</span>`}</span></span>` },
    { key: "state", label: w.state, cell: (one) => html`<${State} account=${one} />` },
    { key: "what", label: w.what, cell: (one) => (one.oauth ? html`<${Foreign} text=${placeOf(one.oauth.issuer)} />` : html`<code>${w.values(one.headers)}</code>`) },
    { key: "expires", label: w.expires, sort: (one) => one.oauth?.expires_at ?? "", cell: (one) => (one.oauth ? until(one) : w.noExpiry) },
    { key: "updated_at", label: w.refreshed, sort: true, cell: (one) => html`<${Time} when=${one.updated_at} />` },
    { key: "actions", label: w.actions, hideLabel: true, class: "tight", cell: (one) => isMine(one) && html`<${Button} small onClick=${() => onLayer({ kind: one.oauth ? "own" : "values" })}>${w.disconnect}</${Button}>` },
  ];
  return html`<section class="stack tight" aria-labelledby="own"><h2 id="own">${w.own}</h2>
    <p class="soft">${w.coverage(reached.filter((name) => have.has(name)).length, reached.length)}</p>
    <${DataTable} caption=${w.own} columns=${columns} rows=${accounts} id=${(one) => `${one.user} ${Boolean(one.oauth)}`} sort=${{ by: "user", descending: false }}
      empty=${html`<${EmptyState} icon="users" title=${w.empty}>${w.emptyHint}</${EmptyState}>`} />
    ${accounts.some((one) => !isMine(one)) && html`<p class="soft small-text">${w.onlyThemselves}</p>`}</section>`;
}

/** The text that says what everybody loses, and what stays. */
export function EveryoneConfirm({ server, onDone, onClose }) {
  const disconnect = async () => {
    await api("POST", `/v1/servers/${encodeURIComponent(server.slug)}/disconnect`);
    toast(w.everyoneDone);
    onDone();
  };
  return html`<${Confirm} title=${w.everyoneTitle(nameOf(server))} action=${w.everyoneAction} danger onConfirm=${disconnect} onClose=${onClose}>
    <p>${w.everyoneText}</p>${server.header_names.length > 0 && server.origin !== "catalog" && html`<p><strong>${w.everyoneKeys}</strong></p>`}</${Confirm}>`;
}

export default function Accounts({ server, reload, path }) {
  const at = `/v1/servers/${encodeURIComponent(server.slug)}`;
  const [layer, setLayer] = useState(/** @type {any} */ (null));
  const found = useLoaded(async (signal) => {
    const [accounts, users, teams] = await Promise.all([apiAll(`${at}/accounts`, "accounts", { signal }), apiAll("/v1/users", "users", { signal }), apiAll("/v1/teams", "teams", { signal })]);
    return { accounts, users, teams };
  }, [server.slug, server.revision]);
  const changed = () => { found.reload(); reload(); };
  const end = (method, to) => async () => {
    await api(method, to);
    toast(w.disconnected);
    changed();
  };
  const confirms = {
    shared: { title: w.disconnectShared(nameOf(server)), text: w.disconnectSharedText, go: end("DELETE", `${at}/oauth`) },
    own: { title: w.disconnectOwn(nameOf(server)), text: w.disconnectOwnText, go: end("DELETE", `${at}/oauth`) },
    values: { title: w.disconnectOwn(nameOf(server)), text: w.disconnectOwnText, go: end("DELETE", `/v1/me/credentials/${encodeURIComponent(server.slug)}`) },
  };
  const asked = layer && confirms[layer.kind];
  if (server.auth === "none" && !server.header_names.length) return html`<${EmptyState} icon="key-round" title=${w.none}>${w.noneHint}</${EmptyState}>`;
  return html`<${Loaded} of=${found}>${({ accounts, users, teams }) => {
    const personal = accounts.filter((one) => one.user !== null);
    const hasShared = !isPersonal(server) || server.header_names.length > 0;
    const mayEnd = accounts.length > 0 || (server.origin !== "catalog" && server.header_names.length > 0);
    return html`<div class="stack">
      ${server.reason === "oauth_issuer_changed" && html`<${Notice} kind="error" title=${words.problem.issuer(nameOf(server))}>${words.problem.issuerMore}</${Notice}>`}
      ${hasShared && html`<${Shared} server=${server} account=${accounts.find((one) => one.user === null)} path=${path} at=${at} onChanged=${changed} onLayer=${setLayer} />`}
      ${(isPersonal(server) || personal.length > 0) && html`<${Own} server=${server} accounts=${personal} users=${users} teams=${teams} onLayer=${setLayer} />`}
      ${mayEnd && html`<div class="row"><${Button} kind="danger" icon="unplug" onClick=${() => setLayer({ kind: "everyone" })}>${w.everyone}</${Button}></div>`}
      ${asked && html`<${Confirm} title=${asked.title} action=${w.disconnect} danger onConfirm=${asked.go} onClose=${() => setLayer(null)}>${asked.text}</${Confirm}>`}
      ${layer?.kind === "everyone" && html`<${EveryoneConfirm} server=${server} onDone=${changed} onClose=${() => setLayer(null)} />`}</div>`;
  }}</${Loaded}>`;
}
