// @ts-check
// What one can use, in three groups: what waits for the person, what works, what does not.
import { html, signal, useEffect, useState } from "../vendor/preact.js";
import { api, apiAll, isAdmin, useLoaded } from "../app/api.js";
import { plainName } from "../app/format.js";
import { address, useQuery } from "../app/where.js";
import { Button, EmptyState, Foreign, Icon, Loaded, Menu, Notice, Page, Pill, SearchField, Status, Tile, toast } from "../parts/kit.js";
import { words } from "../i18n/en.js";

const say = words.connections;
const nameOf = (one) => plainName(one.title || one.slug);
const pathOf = (one) => `/v1/${one.own ? "me/" : ""}servers/${encodeURIComponent(one.slug)}`;

/** Whom a connection waits for: "you", "admin" or nobody. */
function waitsFor(one) {
  if (one.status !== "needs_connection") return null;
  if (one.connect_url || one.own) return "you";
  return isAdmin.value && one.account === "oauth" ? "you" : "admin";
}

function groupOf(one) {
  const whom = waitsFor(one);
  if (whom === "you") return "needsYou";
  return whom === "admin" || one.status === "error" ? "unavailable" : "ready";
}

function statusOf(one) {
  if (waitsFor(one) === "admin") return "paused";
  if (one.status === "needs_connection") return "needs_sign_in";
  if (one.status === "error") return "error";
  if (!one.selected) return "disabled";
  return one.status === "starting" ? "checking" : "connected";
}

function sentenceOf(one) {
  const name = nameOf(one);
  if (waitsFor(one) === "admin") return say.sharedEnded(name);
  if (waitsFor(one) === "you") {
    if (one.account === "values") return say.values(name);
    if (!one.connect_url && !one.own) return say.sharedEndedAdmin;
    return one.connected ? say.ended(name) : say.waiting(one.tools, name);
  }
  if (one.status === "error") return one.message;
  if (!one.selected) return say.off;
  if (one.account === "oauth" && (one.connect_url || one.own)) return say.asYourself;
  if (one.account === "oauth") return say.shared;
  return one.account === "values" && one.gives.length ? say.withValues : one.own ? say.onlyYou : say.open;
}

// The sign-ins that are under way, by connection; they end with the page.
const flows = signal(/** @type {Map<string, any>} */ (new Map()));
const keyOf = (one) => `${one.own ? "own" : "org"}:${one.slug}`;
const showFlow = (key, flow) => {
  const next = new Map(flows.value);
  if (flow) next.set(key, flow);
  else next.delete(key);
  flows.value = next;
};

const begun = new Set(); // clicked, while the module for it is on its way

/** Must run in the click itself: a window that is opened later is blocked. */
async function connect(one, reload) {
  const key = keyOf(one);
  const running = flows.value.get(key);
  if (running && !running.isOver) return running.bringForward();
  if (begun.has(key)) return undefined;
  begun.add(key);
  const popup = window.open(address("/oauth/wait"), `pb-${key.replace(/\W/g, "-")}`, "popup,width=600,height=720");
  const { runSignIn } = await import("../parts/sign_in.js").finally(() => begun.delete(key));
  return runSignIn({ popup, name: nameOf(one), path: pathOf(one), show: (flow) => showFlow(key, flow), onConnected: reload });
}

function useSignIns() {
  useEffect(() => () => {
    for (const flow of flows.value.values()) flow.stop();
    flows.value = new Map();
  }, []);
}

function SignInPanel({ flow, again }) {
  const [Panel, setPanel] = useState(/** @type {any} */ (null));
  useEffect(() => { import("../parts/sign_in.js").then((module) => setPanel(() => module.SignInPanel)); }, []);
  return Panel && html`<${Panel} flow=${flow} again=${again} />`;
}

function MainAction({ one, reload, open, kind }) {
  if (waitsFor(one) !== "you") return null;
  if (one.account === "values" && !one.own) {
    return html`<${Button} kind="primary" onClick=${() => open("values", one)}>${say.giveKey}</${Button}>`;
  }
  if (one.account !== "oauth") return html`<${Button} kind="primary" href=${address(`/my/connectors/${encodeURIComponent(one.slug)}`)}>${say.edit}</${Button}>`;
  return html`<${Button} kind=${kind} onClick=${() => { connect(one, reload); }}>${one.connected ? say.reconnect : say.connect}</${Button}>`;
}

function Use({ one, onChange }) {
  const [busy, setBusy] = useState(false);
  if (one.availability === "forceOn") return html`<${Pill} icon="lock">${say.alwaysOn}</${Pill}>`;
  const change = async () => {
    if (busy) return;
    setBusy(true);
    await onChange(!one.selected);
    setBusy(false);
  };
  return html`<button type="button" role="switch" class="toggle" aria-checked=${one.selected} aria-busy=${busy || undefined} aria-label=${say.use(nameOf(one))} title=${say.use(nameOf(one))} onClick=${change}><span /></button>`;
}

function menuOf(one, open) {
  const slug = encodeURIComponent(one.slug);
  const mayTest = one.own || isAdmin.value;
  const signsIn = one.account === "oauth" && (one.connect_url || one.own);
  const gives = one.account === "values" && !one.own && one.gives.length > 0;
  return [
    one.own && { icon: "pencil", label: say.edit, href: address(`/my/connectors/${slug}`) },
    mayTest && { icon: "activity", label: say.test, onSelect: () => open("test", one) },
    { icon: "wrench", label: say.seeTools, href: address(`/tools?server=${slug}`) },
    { icon: "circle-help", label: say.why, onSelect: () => open("why", one) },
    !one.own && isAdmin.value && { icon: "settings", label: say.manage, href: address(`/connections/${slug}`) },
    (signsIn || gives) && one.connected && null,
    signsIn && one.connected && { icon: "unplug", label: say.disconnect, danger: true, onSelect: () => open("disconnect", one) },
    gives && one.connected && { icon: "key-round", label: say.replaceKey, onSelect: () => open("values", one) },
    gives && one.connected && { icon: "unplug", label: say.forgetKey, danger: true, onSelect: () => open("forget", one) },
  ];
}

function Row({ one, reload, open, onUse }) {
  const name = nameOf(one);
  const flow = flows.value.get(keyOf(one));
  const isQuiet = groupOf(one) === "ready";
  return html`<li class="connection" data-slug=${one.slug}><div class="connection-row"><${Tile} name=${name} icon=${one.icon} />
    <div class="connection-text"><div class="connection-name"><h3><${Foreign} text=${name} limit=${80} /></h3>${one.own && html`<${Pill} tone="accent" icon="user">${say.yours}</${Pill}>`}
      ${(isQuiet || one.status === "error" || waitsFor(one) === "admin") && html`<${Status} is=${statusOf(one)} />`}</div>
      <p class="soft"><${Foreign} text=${sentenceOf(one)} limit=${240} />${one.status === "ready" && html` · <a class="quiet-link" href=${address(`/tools?server=${encodeURIComponent(one.slug)}`)}>${one.tools
        ? say.tools(one.tools) : say.noTools}<span class="unseen"> ${say.of(name)}</span></a>`}</p></div>
    <div class="connection-do"><${MainAction} one=${one} reload=${reload} open=${open} kind=${flow ? "plain" : "primary"} />${groupOf(one) !== "needsYou" && html`<${Use} one=${one} onChange=${onUse} />`}
      <${Menu} label=${say.more(name)} items=${menuOf(one, open)} /></div></div>
    ${flow && html`<${SignInPanel} flow=${flow} again=${() => { connect(one, reload); }} />`}</li>`;
}

function Group({ title, rows, ...rest }) {
  if (!rows.length) return null;
  return html`<section class="group"><h2>${title} <span class="count">${rows.length}</span></h2><ul class="connections">
    ${rows.map((one) => html`<${Row} key=${keyOf(one)} one=${one} open=${rest.open} reload=${() => rest.reload(one)} onUse=${(on) => rest.use(one, on)} />`)}</ul></section>`;
}

const apps = [["claude-code", "Claude Code"], ["cursor", "Cursor"], ["vscode", "VS Code"]];

function AppStrip() {
  return html`<section class="app-strip" aria-label=${say.apps}><h2>${say.apps}</h2><div class="row">
    ${apps.map(([id, name]) => html`<${Button} key=${id} icon="cable" href=${address(`/connect?client=${id}`)}>${name}</${Button}>`)}<${Button} kind="quiet" href=${address("/connect")}>${say.moreApps}</${Button}></div></section>`;
}

function useApprovals() {
  const [waiting, setWaiting] = useState(0);
  useEffect(() => { api("GET", "/v1/me/approvals").then((found) => setWaiting(found.approvals.length), () => {}); }, []);
  return waiting;
}

/** Asks for one row again, a few times where its server is being looked at; never for the whole list. */
function useRows(list) {
  const put = (changed) => list.set((rows) => rows.map((one) => (keyOf(one) === keyOf(changed) ? changed : one)));
  const reload = async (one, tries = 6) => {
    try {
      const changed = await api("GET", `/v1/me/connections/${encodeURIComponent(one.slug)}`);
      put(changed);
      if (tries > 1 && changed.status === "starting") setTimeout(() => reload(changed, tries - 1), 700 * (7 - tries));
    } catch (error) {
      if (error.status === 404) list.set((rows) => rows.filter((other) => keyOf(other) !== keyOf(one)));
      else if (!error.isAborted) toast(error.message, { kind: "error" });
    }
  };
  const use = async (one, on) => {
    const wanted = list.value.filter((other) => (keyOf(other) === keyOf(one) ? on : other.selected)).map((other) => other.slug);
    try {
      const saved = await api("PUT", "/v1/selection", { servers: wanted });
      const selected = new Set(saved.servers.filter((other) => other.selected).map(keyOf));
      list.set((rows) => rows.map((other) => ({ ...other, selected: selected.has(keyOf(other)) })));
      toast(on ? say.switchedOn(nameOf(one)) : say.switchedOff(nameOf(one)));
    } catch (error) {
      toast(`${say.cannotSwitch(nameOf(one))} ${error.message}`, { kind: "error" });
    }
  };
  return { reload, use };
}

function Layers({ layer, close, reload }) {
  const [module, setModule] = useState(/** @type {any} */ (null));
  useEffect(() => { if (layer && !module) import("../parts/connection_layers.js").then(setModule); }, [layer]);
  if (!layer || !module) return null;
  return html`<${module.ConnectionLayer} kind=${layer.kind} one=${layer.one} path=${pathOf(layer.one)} onClose=${close} onChanged=${() => reload(layer.one)} />`;
}

function Groups({ found, text, ...rest }) {
  const wanted = text.trim().toLowerCase();
  const shown = found.filter((one) => !wanted || `${nameOf(one)} ${one.slug} ${one.description ?? ""}`.toLowerCase().includes(wanted));
  if (!found.length) {
    return html`<${EmptyState} icon="plug" title=${say.emptyTitle} action=${isAdmin.value ? html`<${Button} kind="primary" href=${address("/connections")}>${say.addFirst}</${Button}>`
      : html`<${Button} kind="primary" href=${address("/my/connectors/new")}>${say.add}</${Button}>`}>${isAdmin.value ? say.emptyAdmin : say.empty}</${EmptyState}>`;
  }
  if (!shown.length) return html`<p class="soft" role="status">${say.noMatch(text)}</p>`;
  return html`${["needsYou", "ready", "unavailable"].map((group) => html`<${Group} key=${group} title=${say[group]} rows=${shown.filter((one) => groupOf(one) === group)} ...${rest} />`)}`;
}

export default function YourConnections() {
  const [query] = useQuery({ q: "" });
  const list = useLoaded((signal) => apiAll("/v1/me/connections", "connections", { signal }));
  const [layer, setLayer] = useState(/** @type {any} */ (null));
  const waiting = useApprovals();
  const { reload, use } = useRows(list);
  useSignIns();
  useEffect(() => {
    // Those whose servers are being looked at right now; of many, a few: the rest says so when the page is opened again.
    for (const one of (list.value ?? []).filter((row) => row.status === "starting").slice(0, 10)) reload(one);
  }, [list.value === undefined]);
  const open = (kind, one) => setLayer({ kind, one });
  return html`<${Page} title=${say.title} actions=${html`<${SearchField} label=${say.search} /><${Button} icon="plus" href=${address("/my/connectors/new")} data-new>${say.add}</${Button}>`}>
    ${waiting > 0 && html`<${Notice} kind="warn" title=${say.approvals(waiting)} action=${html`<${Button} small href=${address("/approvals")}>${say.look}</${Button}>`} />`}
    <${Loaded} of=${list}>${(found) => html`<${Groups} found=${found} text=${query.q} open=${open} reload=${reload} use=${use} />`}</${Loaded}>
    <${AppStrip} />
    <${Layers} layer=${layer} close=${() => setLayer(null)} reload=${reload} /></${Page}>`;
}
