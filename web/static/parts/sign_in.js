// @ts-check
// A sign-in at a service as its row shows it, and what brings app/sign_in_flow.js together with the browser.
import { html } from "../vendor/preact.js";
import { api } from "../app/api.js";
import { SignInFlow, isOver } from "../app/sign_in_flow.js";
import { words } from "../i18n/en.js";
import { CopyButton } from "./copy.js";
import { Button, Disclosure, Foreign, Icon, Notice, toast } from "./kit.js";

const say = words.signIn;

/** What a panel shows and can do: { view, name, isOver, reopen(), cancel(), dismiss(), stop(), bringForward() } */
export function runSignIn({ popup, name, path, show, onConnected }) {
  const world = {
    start: (signal) => api("POST", `${path}/oauth/start`, undefined, { signal }),
    look: (flow, signal) => api("GET", `/v1/me/oauth/flows/${encodeURIComponent(flow)}`, undefined, { signal }),
    now: () => Date.now(), later: (run, milliseconds) => setTimeout(run, milliseconds), never: (timer) => clearTimeout(timer),
  };
  const channel = new BroadcastChannel("pb-oauth");
  const look = () => { if (!document.hidden) flow.look(); };
  const listen = () => {
    channel.onmessage = (event) => flow.hear(event.data);
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
  };
  const silence = () => {
    channel.close();
    removeEventListener("focus", look);
    document.removeEventListener("visibilitychange", look);
  };
  const openWindow = (url) => window.open(url, "_blank", "popup,width=600,height=720");
  const render = (view) => {
    const done = isOver(view.state);
    if (done) silence();
    if (view.state === "connected") {
      toast(say.done(name));
      onConnected();
    }
    if (view.state === "connected" || view.state === "cancelled") return show(null);
    show({ view, name, isOver: done, flowId: flow?.flow ?? null, cancel: () => flow.cancel(), dismiss: () => show(null), reopen: () => flow.reopen(openWindow),
      stop: () => { silence(); flow.stop(); }, bringForward: () => { if (flow.popup && !flow.popup.closed) flow.popup.focus(); else flow.reopen(openWindow); } });
  };
  /** @type {SignInFlow} */
  let flow;
  const early = [];
  flow = new SignInFlow(world, (view) => (flow ? render(view) : early.push(view)), popup);
  early.forEach(render);
  listen();
  flow.begin();
  return undefined;
}

function Trace({ details }) {
  const steps = details?.trace ?? [];
  if (!steps.length) return null;
  const place = (url) => {
    try {
      const found = new URL(url);
      return found.host + found.pathname;
    } catch {
      return "";
    }
  };
  return html`<${Disclosure} summary=${say.details}><ol class="trace">${steps.map((step) => html`<li class=${step.ok ? "good" : "bad"}><${Icon} name=${step.ok ? "check" : "x"} label=${step.ok ? "ok" : "failed"} />
    <span><strong>${step.leg}</strong> <code><${Foreign} text=${place(step.url)} /></code> <span class="soft">${step.status ?? say.unreachable}</span>${step.detail && html`<br /><${Foreign} text=${step.detail} />`}</span></li>`)}</ol></${Disclosure}>`;
}

function failureOf(view, name) {
  const id = view.error ?? "";
  if (view.state === "expired" || id === "oauth_state_expired") return { title: say.expiredTitle };
  if (id === "oauth_denied") return { title: say.deniedTitle(name), text: say.denied };
  if (id === "replaced") return { title: say.replaced };
  if (["oauth_issuer_mismatch", "oauth_issuer_missing", "oauth_issuer_changed"].includes(id)) return { title: say.issuerTitle(name), text: say.issuer, own: true };
  if (id === "oauth_client_needed" || id === "oauth_registration_refused") return { title: say.needsAppTitle(name), text: say.needsApp, own: true };
  if (["oauth_token_unavailable", "oauth_bad_token_answer", "oauth_unavailable"].includes(id)) return { title: say.tokenTitle(name), own: true };
  return { title: say.failedTitle(name), own: true };
}

/** The short name of a sign-in, for whoever reads the log. */
export const referenceOf = (/** @type {string | null} */ flow) => (flow ? flow.replaceAll("-", "").slice(-8).toUpperCase().replace(/^(.{4})/, "$1-") : null);

function Failure({ flow, again }) {
  const { view, name, flowId } = flow;
  const { title, text = "", own = false } = failureOf(view, name);
  return html`<${Notice} kind=${view.error === "oauth_denied" || view.state === "expired" ? "warn" : "error"} live title=${title}
      action=${html`<${Button} small onClick=${again}>${say.tryAgain}</${Button}><${Button} small kind="quiet" icon="x" label=${say.dismiss} onClick=${flow.dismiss} />`}>
      ${text} ${own && view.message && html`<${Foreign} text=${view.message} />`}${flowId && html` <span class="soft">${say.reference} <code>${referenceOf(flowId)}</code></span>`}
    </${Notice}><${Trace} details=${view.details} />`;
}

/** What happens to a sign-in, below the row it belongs to. */
export function SignInPanel({ flow, again }) {
  const { view, name } = flow;
  if (view.state === "failed" || view.state === "expired") return html`<div class="sign-in" data-state=${view.state}><${Failure} flow=${flow} again=${again} /></div>`;
  const cancel = html`<${Button} small kind="quiet" onClick=${flow.cancel}>${say.cancel}</${Button}>`;
  return html`<div class="sign-in" data-state=${view.state} role="status">${view.state === "opening" || view.state === "checking"
    ? html`<div class="row"><${Icon} name="loader-circle" class="spin" /><span>${view.state === "opening" ? say.opening(name) : say.checking(name)}</span>${cancel}</div>`
    : view.state === "blocked" ? html`<${Notice} kind="warn" live title=${say.blockedTitle}>${say.blocked} <a href=${view.url} target="_blank" rel="noopener">${say.goOn(name)}</a>
        <span class="row"><${CopyButton} text=${view.url} label=${say.copyLink} />${cancel}</span></${Notice}>`
    : html`<div class="row"><${Icon} name="external-link" /><span><strong>${say.waitingTitle(name)}</strong> ${view.closed ? say.closed : say.waiting}</span>
        <${Button} small onClick=${flow.reopen}>${say.reopen}</${Button}>${cancel}</div>`}</div>`;
}
