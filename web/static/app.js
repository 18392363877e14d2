// @ts-check
// The shell: which address shows which screen, the header with its navigation, and what stands above every screen.
import { Component, html, render, signal, useEffect, useState } from "./vendor/preact.js";
import { address, followLinks, here, match, navigate, path } from "./app/where.js";
import { chooseFormats } from "./app/format.js";
import { api, appliance, confirmAgain, goToSignIn, isAdmin, isAuditor, isOffline, loadSession, me, signInAgain, signOut } from "./app/api.js";
import { Button, Icon, Menu, Notice, Page, Skeleton, Toasts, toast } from "./parts/kit.js";
import { words } from "./i18n/en.js";

const member = () => true;
const admin = () => isAdmin.value;
const auditor = () => isAuditor.value;
const anyone = null; // also without a session

/** What no route's module could give is asked for once more when the page is opened again. */
const routes = [
  ["/", member, () => import("./pages/your_connections.js")],
  ["/setup", anyone, () => import("./pages/setup.js")],
  ["/connect", member, () => import("./pages/connect_client.js")],
  ["/tools", member, () => import("./pages/tools.js")],
  ["/tools/{name}", member, () => import("./pages/tool.js")],
  ["/my/activity", member, () => import("./pages/my_activity.js")],
  ["/my/access", member, () => import("./pages/my_access.js")],
  ["/my/profile", member, () => import("./pages/my_profile.js")],
  ["/my/connectors/new", member, () => import("./pages/own_connector.js")],
  ["/my/connectors/{slug}", member, () => import("./pages/own_connector.js")],
  ["/overview", auditor, () => import("./pages/overview.js")],
  ["/connections", admin, () => import("./pages/connections.js")],
  ["/connections/{slug}", admin, () => import("./pages/connection.js")],
  ["/connections/{slug}/{tab:overview|tools|access|accounts|activity|settings}", admin, () => import("./pages/connection.js")],
  ["/people", admin, () => import("./pages/people.js")],
  ["/people/{user}", admin, () => import("./pages/person.js")],
  ["/people/teams/{team}", admin, () => import("./pages/team.js")],
  ["/profiles", admin, () => import("./pages/profiles.js")],
  ["/profiles/{profile}", admin, () => import("./pages/profile.js")],
  ["/activity", auditor, () => import("./pages/activity.js")],
  ["/activity/{tab:log|live|changes}", auditor, () => import("./pages/activity.js")],
  ["/rollout", admin, () => import("./pages/rollout.js")],
  ["/settings", admin, () => import("./pages/settings.js")],
  ["/settings/diagnostics", admin, () => import("./pages/diagnostics.js")],
  ["/settings/{section}", admin, () => import("./pages/settings.js")],
].map(([pattern, role, load]) => ({ pattern, role, load, page: null }));

function routeOf(/** @type {string} */ where) {
  for (const route of routes) {
    const parts = match(route.pattern, where);
    if (parts) return { route, parts };
  }
  return null;
}

const nav = {
  you: [["/", "plug", words.shell.nav.connections], ["/connect", "cable", words.shell.nav.connect], ["/tools", "wrench", words.shell.nav.tools],
    ["/my/activity", "history", words.shell.nav.activity], ["/my/access", "key-round", words.shell.nav.access]],
  admin: [["/overview", "chart-line", words.shell.nav.overview, auditor], ["/connections", "server", words.shell.nav.servers, admin], ["/people", "users", words.shell.nav.people, admin],
    ["/profiles", "list", words.shell.nav.profiles, admin], ["/activity", "activity", words.shell.nav.log, auditor], ["/rollout", "rocket", words.shell.nav.rollout, admin],
    ["/settings", "settings", words.shell.nav.settings, admin]],
};

const isAt = (to) => (to === "/" ? path.value === "/" || path.value.startsWith("/my/connectors/") : path.value === to || path.value.startsWith(`${to}/`));
const navOpen = signal(false);

function NavGroup({ label, items }) {
  const shown = items.filter(([, , , may]) => !may || may());
  if (!shown.length) return null;
  return html`<div class="nav-group"><h2>${label}</h2><ul>${shown.map(([to, icon, name]) => html`<li key=${to}><a href=${address(to)} aria-current=${isAt(to) ? "page" : undefined}>
    <${Icon} name=${icon} /><span>${name}</span></a></li>`)}</ul></div>`;
}

function Navigation() {
  return html`<nav id="nav" class=${navOpen.value ? "nav open" : "nav"} aria-label=${words.shell.navigation}>
    <${NavGroup} label=${words.shell.you} items=${nav.you} /><${NavGroup} label=${words.shell.admin} items=${nav.admin} /></nav>`;
}

const themes = [["system", "monitor", words.shell.system], ["light", "sun", words.shell.light], ["dark", "moon", words.shell.dark]];
export const theme = signal(document.documentElement.dataset.theme ?? "system");
export function setTheme(/** @type {string} */ next) {
  theme.value = next;
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === "system") localStorage.removeItem("pb-theme");
    else localStorage.setItem("pb-theme", next);
  } catch {
    // It holds until the page is closed.
  }
}

function Header() {
  const themeItems = themes.map(([value, icon, label]) => ({ icon: theme.value === value ? "check" : icon, label, onSelect: () => setTheme(value) }));
  const accountItems = [
    { icon: "user", label: words.shell.nav.profile, href: address("/my/profile") },
    { icon: "key-round", label: words.shell.nav.access, href: address("/my/access") }, null,
    { icon: "log-out", label: words.shell.signOut, onSelect: () => signOut().catch((error) => toast(error.message, { kind: "error" })) },
  ];
  const name = me.value?.title || me.value?.name;
  return html`<header class="top">
    ${me.value && html`<button type="button" class="button quiet bare nav-button" aria-label=${words.shell.menu} aria-expanded=${navOpen.value} aria-controls="nav" onClick=${() => { navOpen.value = !navOpen.value; }}>
      <${Icon} name=${navOpen.value ? "x" : "menu"} /></button>`}
    <a class="brand" href=${address("/")} aria-label=${words.shell.home}><${Icon} name="cable" /><span>Patchbay</span></a>
    <span class="top-gap organisation">${me.value && appliance.value?.organisation}</span>
    ${me.value && html`<${Button} kind="quiet" icon="circle-help" label=${words.shell.shortcuts} onClick=${showKeys} />`}
    <${Menu} label=${words.shell.theme} icon=${themes.find(([value]) => value === theme.value)?.[1]} items=${themeItems} />
    ${me.value && html`<${Menu} label=${words.shell.signedInAs(name)} items=${accountItems} button=${html`<${Icon} name="user" /><span class="account-name">${name}</span><${Icon} name="chevron-down" />`} />`}
  </header>`;
}

const nextAddress = signal(""); // that an admin chose here

async function useThisAddress(opened) {
  try {
    await api("PATCH", "/v1/settings", { public_url: opened });
    nextAddress.value = opened;
  } catch (error) {
    toast(error.message, { kind: "error" });
  }
}

/** For admins: people who come by this address are sent to another one when they sign in somewhere. */
function Mismatch() {
  const says = appliance.value?.public_url?.replace(/\/$/, "");
  const opened = location.origin + address("");
  if (!isAdmin.value || !says || says === opened || path.value === "/setup") return null;
  if (nextAddress.value === opened) return html`<${Notice} kind="warn" live title=${words.shell.mismatchNext(opened)}>${words.shell.mismatchRestart}</${Notice}>`;
  return html`<${Notice} kind="warn" title=${words.shell.mismatch(opened, says)} action=${html`<${Button} small onClick=${() => useThisAddress(opened)}>${words.shell.mismatchUse}</${Button}><${Button} small href=${address("/settings/general")}>${words.shell.mismatchChange}</${Button}>`}>${words.shell.mismatchText}</${Notice}>`;
}

function Banners() {
  return html`<div class="banners"><${Mismatch} />${isOffline.value && html`<${Notice} kind="warn" live title=${words.shell.offlineTitle}>${words.shell.offline}</${Notice}>`}</div>`;
}

export function NotFound() {
  return html`<${Page} title=${words.shell.notFoundTitle} lead=${words.shell.notFound}><p><${Button} kind="primary" href=${address("/")}>${words.shell.toStart}</${Button}></p></${Page}>`;
}

function Forbidden() {
  return html`<${Page} title=${words.shell.forbiddenTitle} lead=${words.shell.forbidden}><p><${Button} kind="primary" href=${address("/")}>${words.shell.toStart}</${Button}></p></${Page}>`;
}

/** A screen that throws leaves the shell standing. */
class Fence extends Component {
  state = { error: null };
  static getDerivedStateFromError(error) { return { error }; }
  componentDidCatch(error) { console.error(error); }
  render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return html`<${Page} title=${words.shell.brokenTitle} lead=${words.shell.broken}><${Notice} kind="error" action=${html`<${Button} onClick=${() => location.reload()}>${words.shell.reload}</${Button}>`}>
      <code>${String(error.message ?? error)}</code></${Notice}></${Page}>`;
  }
}

function Screen() {
  const found = routeOf(path.value);
  const route = found?.route;
  const [, redraw] = useState(0);
  const [failed, setFailed] = useState(/** @type {any} */ (null));
  useEffect(() => {
    navOpen.value = false;
    setFailed(null);
    if (!route || route.page || (route.role && !route.role())) return;
    route.load().then((module) => { route.page = module.default; redraw((n) => n + 1); }, (error) => { console.error(error); setFailed(route); });
  }, [route]);
  if (!found) return html`<${NotFound} />`;
  if (route.role && !route.role()) return html`<${Forbidden} />`;
  if (failed === route) return html`<${Page} title=${words.shell.brokenTitle} lead=${words.shell.missingPart}><p><${Button} onClick=${() => location.reload()}>${words.shell.reload}</${Button}></p></${Page}>`;
  if (!route.page) return html`<${Skeleton} lines=${6} />`;
  return html`<${Fence} key=${route.pattern}><${route.page} params=${found.parts} /></${Fence}>`;
}

const layer = signal(/** @type {any} */ (null)); // a dialog of the shell: its component
async function showKeys() {
  const { KeyList } = await import("./parts/key_list.js");
  layer.value = html`<${KeyList} onClose=${() => { layer.value = null; }} />`;
}

function SessionLayer() {
  const [dialogs, setDialogs] = useState(/** @type {any} */ (null));
  const again = signInAgain.value;
  const confirm = confirmAgain.value;
  useEffect(() => {
    if ((again || confirm) && !dialogs) import("./parts/session_dialog.js").then(setDialogs);
  }, [again, confirm]);
  return dialogs && html`${confirm && html`<${dialogs.ConfirmSession} onDone=${confirm} />`}${again && html`<${dialogs.SessionDialog} onDone=${again} />`}`;
}

function App() {
  const isAlone = !me.value || path.value === "/setup";
  return html`<a class="skip" href="#main">${words.shell.skip}</a><${Header} />
    <div class=${isAlone ? "frame alone" : "frame"}>${!isAlone && html`<${Navigation} />`}<main id="main" tabindex="-1"><${Banners} /><${Screen} /></main></div>
    ${layer.value}<${SessionLayer} /><${Toasts} />`;
}

/** Single keys (WCAG 2.1.4): never while typing, and only where the profile has not switched them off. */
function listenToKeys() {
  let waiting = 0;
  const goes = { c: "/", a: "/activity", t: "/tools", p: "/people", s: "/settings" };
  addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, [contenteditable], dialog, [popover]")) return;
    if (!me.value || localStorage.getItem("pb-keys") === "off") return;
    const went = waiting && Date.now() - waiting < 1500;
    waiting = 0;
    if (went && goes[event.key]) navigate(goes[event.key]);
    else if (event.key === "g") waiting = Date.now();
    else if (event.key === "?") showKeys();
    else if (event.key === "/") {
      const field = /** @type {HTMLElement | null} */ (document.querySelector("[data-search]"));
      if (!field) return;
      event.preventDefault();
      field.focus();
    } else if (event.key === "n") /** @type {HTMLElement | null} */ (document.querySelector("[data-new]"))?.click();
  });
}

/** The first run begins without a session; asking for one would be answered with an error. */
const isFirstRun = () => here.value.path === "/setup" && location.hash.length > 1;

async function start() {
  try {
    chooseFormats(localStorage.getItem("pb-zone"), localStorage.getItem("pb-dates"));
  } catch {
    // Without storage there is nothing chosen.
  }
  const known = isFirstRun() ? false : await loadSession().catch(() => null);
  const isOpen = routeOf(here.value.path)?.route.role === anyone;
  if (known === false && !isOpen) return goToSignIn();
  followLinks((to) => routeOf(to) !== null);
  listenToKeys();
  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  if (known === null && !isOpen) {
    render(html`<main class="alone"><${Notice} kind="error" title=${words.shell.offlineTitle} action=${html`<${Button} onClick=${() => location.reload()}>${words.parts.tryAgain}</${Button}>`}>${words.api.offline}</${Notice}></main>`, root);
    return;
  }
  render(html`<${App} />`, root);
}

start();
