// @ts-check
// What a look at an address found, or why it found nothing and what to do about it.
import { html } from "../vendor/preact.js";
import { address } from "../app/where.js";
import { duration } from "../app/format.js";
import { hostOf } from "../app/server_rows.js";
import { titleOf } from "../app/pasted.js";
import { Button, Disclosure, Foreign, Icon, Notice, Pill, Tile } from "./kit.js";
import { words } from "../i18n/en/add_connection.js";

/** What was tried, one step a line. */
export function Steps({ steps }) {
  if (!steps?.length) return null;
  return html`<${Disclosure} summary=${words.tried}><ol class="steps">${steps.map((one) => html`<li class=${one.ok ? "good" : "bad"}><${Icon} name=${one.ok ? "check" : "x"} label=${one.ok ? "ok" : "failed"} />
    <span><strong>${words.step[one.step] ?? one.step}</strong> ${one.detail && html`<${Foreign} text=${one.detail} limit=${200} />`}</span><span class="ms">${duration(one.duration_ms)}</span></li>`)}</ol></${Disclosure}>`;
}

/** The address with /mcp where it has no path worth the name. */
function withMcp(url) {
  try {
    const found = new URL(url);
    return found.pathname.endsWith("/mcp") ? null : `${found.origin}/mcp`;
  } catch {
    return null;
  }
}

/** In bold what is so, then what to do. */
function sentences({ error, message, url }) {
  const host = hostOf(url).replace(/:\d+$/, "");
  const known = words.problems[["loopback", "cgnat", "private_from_public"].includes(error) ? "private" : error];
  if (message) {
    const end = message.search(/[.!?]\s/);
    return end < 0 ? [message, ""] : [message.slice(0, end + 1), message.slice(end + 2)];
  }
  return typeof known === "function" ? known(host) : (known ?? ["", ""]);
}

function Problem({ probe, url, again, onAddress, byHand }) {
  const failure = probe.result ?? probe.error;
  const error = probe.result ? probe.result.error : probe.error.id;
  const [title, text] = sentences({ error, message: failure.message, url });
  const better = error === "web_page" || error === "not_mcp" ? withMcp(url) : null;
  const isPrivate = ["private", "loopback", "cgnat", "private_from_public"].includes(error);
  const action = html`${better && html`<${Button} small onClick=${() => onAddress(better)}>${words.tryMcp(better)}</${Button}>`}
    ${isPrivate && html`<${Button} small href=${address("/settings/network")}>${words.network}</${Button}>`}
    ${!better && !isPrivate && html`<${Button} small icon="refresh-cw" onClick=${again}>${words.again}</${Button}>`}
    ${byHand && html`<${Button} small kind="quiet" onClick=${byHand}>${words.byHand}</${Button}>`}`;
  return html`<div class="probe-problem stack tight" data-error=${error}><${Notice} kind="error" title=${html`<${Foreign} text=${title} />`} action=${action}><${Foreign} text=${text} /></${Notice}><${Steps} steps=${probe.result?.steps} /></div>`;
}

function Verdict({ found }) {
  if (found.added) return html`<${Pill} tone="warn" icon="check">${words.isAdded}</${Pill}>`;
  if (found.auth === "oauth_app") return html`<${Pill} tone="warn" icon="key-round">${words.needsApp}</${Pill}>`;
  if (found.auth === "key") return html`<${Pill} tone="accent" icon="key-round">${words.needsKey}</${Pill}>`;
  return html`<${Pill} tone="good" icon="circle-check">${words.ready}</${Pill}>`;
}

function Facts({ found }) {
  const facts = [];
  if (found.transport) facts.push(found.server?.protocol ? `${words.transports[found.transport]} · ${found.server.protocol}` : words.transports[found.transport]);
  facts.push(`${words.signsIn[String(found.auth)]}${found.sign_in ? ` ${words.at(found.sign_in.host)}` : ""}`);
  facts.push(found.tools === null ? words.toolsLater : words.tools(found.tools));
  return html`<p class="facts-line soft">${facts.map((one) => html`<span>${one}</span>`)}</p>`;
}

function Found({ found, icon }) {
  return html`<div class="found"><${Tile} name=${found.title} icon=${icon} size="big" /><div class="found-text">
    <p class="found-head"><strong><${Foreign} text=${found.server?.name ? `${found.title}` : found.title} limit=${80} /></strong><${Verdict} found=${found} /></p>
    <p class="found-url"><${Foreign} text=${found.url} limit=${300} /></p><${Facts} found=${found} />
    ${found.warnings.filter((one) => one.id !== "oauth_app").length > 0 && html`<ul class="warnings">${found.warnings.filter((one) => one.id !== "oauth_app").map((one) => html`<li><${Icon} name="triangle-alert" /><span>${one.message}</span></li>`)}</ul>`}
    ${found.added && html`<p class="warnings">${words.twice(found.added)} <a href=${address(`/connections/${found.added}`)}>${words.openIt}</a></p>`}</div></div>`;
}

/**
 * probe: of useProbe. `preset` is the one that was picked, if any. `onAddress(url)` tries another; `byHand()`, where given, lets
 * one go on although the look found nothing.
 */
export function ProbeCard({ probe, url, preset = undefined, icon = undefined, onAddress, byHand = undefined }) {
  if (probe.state === "failed" || (probe.state === "done" && !probe.result.ok)) return html`<${Problem} probe=${probe} url=${url} again=${probe.again} onAddress=${onAddress} byHand=${byHand} />`;
  if (probe.state === "done") return html`<${Found} found=${probe.result} icon=${icon ?? preset?.icon} />`;
  const isChecking = probe.state === "checking";
  return html`<div class="found" data-state=${probe.state}><${Tile} name=${preset?.title ?? (titleOf(url) || hostOf(url))} icon=${preset?.icon} size="big" /><div class="found-text">
    <p class="found-head"><strong>${preset?.title ?? titleOf(url)}</strong>${isChecking && html`<span class="soft row"><${Icon} name="loader-circle" class="spin" />${words.checking(hostOf(url))}</span>`}</p>
    <p class="found-url"><${Foreign} text=${url} limit=${300} /></p>${!isChecking && html`<p class="soft">${words.cannotLook}</p>`}</div></div>`;
}
