// @ts-check
// How a connection fares and what it is: status, the test with its steps, and the facts.
import { html, useState } from "../../vendor/preact.js";
import { address } from "../../app/where.js";
import { api, useLoaded } from "../../app/api.js";
import { duration } from "../../app/format.js";
import { nameOf, policyOf, statusOf } from "../../app/servers.js";
import { Button, ErrorNotice, Foreign, Icon, Notice, Status, Time, toast } from "../../parts/kit.js";
import { CopyButton } from "../../parts/copy.js";
import { Toggle } from "../../parts/form.js";
import { words } from "../../i18n/en/connection.js";
import { Problem, problemOf } from "./problem.js";
import { lastChange } from "./last_change.js";

const w = words.overview;
const steps = ["configure", "connect", "negotiate", "list"];

function Trace({ probe }) {
  const done = new Map(probe.steps.map((one) => [one.step, one]));
  return html`<ol class="steps" aria-label=${w.trace}>${steps.map((name) => {
    const step = done.get(name);
    const icon = !step ? "circle-dashed" : step.ok ? "circle-check" : "circle-x";
    return html`<li key=${name} class=${!step ? "soft" : step.ok ? "good" : "bad"}><${Icon} name=${icon} /><span class="step-name">${w.stepNames[name]}</span>
      <span class="step-time">${!step ? w.notReached : step.duration_ms < 1 ? w.quick : duration(step.duration_ms)}</span>${step?.detail && html`<span class="step-detail"><${Foreign} text=${step.detail} limit=${400} /></span>`}</li>`;
  })}</ol>`;
}

function Outcome({ server, probe }) {
  if (probe.ok) {
    const said = probe.server;
    return html`<div class="stack tight"><${Notice} kind="good" live title=${w.testGood(nameOf(server))}><${Foreign} text=${`${said.name} ${said.version}`} limit=${120} /> · ${said.protocol}</${Notice}><${Trace} probe=${probe} /></div>`;
  }
  const said = problemOf(server, probe.error, probe.message);
  return html`<div class="stack tight"><${Notice} kind="error" title=${said.title} action=${said.to && html`<${Button} small href=${address(said.to)}>${said.action}</${Button}>`}><${Foreign} text=${said.text} />${said.more && html` <span class="soft"><${Foreign} text=${said.more} /></span>`}</${Notice}><${Trace} probe=${probe} /></div>`;
}

function accessOf(server) {
  const { everyone, people, teams } = server.access;
  return everyone ? w.everyone : people.length + teams.length ? w.someAccess(people.length, teams.length) : w.nobody;
}

function Facts({ server, path, held, isOn }) {
  const change = useLoaded((signal) => lastChange(server.slug, signal), [server.slug, server.revision]);
  const mode = server.auth === "none" && !server.header_names.length ? "none" : server.credential_mode;
  const rows = [
    [w.address, html`<span class="with-copy"><code><${Foreign} text=${server.url} /></code><${CopyButton} text=${server.url} kind="quiet" /></span>`],
    [w.transport, w.transports[server.transport]], [w.auth, w.auths[server.auth]], [w.account, w.accounts[mode]],
    [w.access, html`<a href=${address(path("access"))}>${accessOf(server)}</a>`],
    [w.tools, html`<a href=${address(path("tools"))}>${server.tools ? w.toolsSummary(isOn, server.tools) : w.noTools}</a>${server.stale && html` <span class="soft">${w.staleTools}</span>`}${held > 0 && html` · <a href=${`${address(path("tools"))}?state=held`}>${w.held(held)}</a>`}`],
    [w.rollout, w.rollouts[server.rollout.state]], [w.origin, w.origins[server.origin]],
    [w.changed, html`<${Time} when=${server.updated_at} />${change.value && html` ${w.by} ${change.value.actor_name || change.value.actor}`} <span class="soft">· ${w.revision} ${server.revision}</span>`],
    [w.added, html`<${Time} when=${server.created_at} />`],
  ];
  return html`<section class="card stack" aria-labelledby="facts"><h2 id="facts">${w.facts}</h2>${server.description && html`<p><${Foreign} text=${server.description} /></p>`}
    <dl class="facts">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>`;
}

export default function Overview({ server, set, reload, path }) {
  const [probe, setProbe] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [testing, setTesting] = useState(false);
  const isCatalog = server.origin === "catalog";
  const tools = useLoaded((signal) => (server.tools || server.pin_tools ? api("GET", `/v1/servers/${encodeURIComponent(server.slug)}/tools?limit=1000`, undefined, { signal }) : Promise.resolve({ tools: [] })), [server.slug, server.revision]);
  const known = tools.value?.tools ?? [];
  const held = known.filter((tool) => tool.held).length;
  const off = known.filter((tool) => policyOf(server.tool_policy, tool.name) === "off").length;
  const test = async () => {
    setError(null);
    setTesting(true);
    try {
      setProbe(await api("POST", `/v1/servers/${encodeURIComponent(server.slug)}/test`));
      reload();
    } catch (problem) {
      if (!problem.isAborted) setError(problem);
    } finally {
      setTesting(false);
    }
  };
  const enable = async (enabled) => {
    try {
      set(await api("PATCH", `/v1/servers/${encodeURIComponent(server.slug)}`, { enabled, revision: server.revision }));
      setProbe(null);
      toast(enabled ? w.turnedOn(nameOf(server)) : w.turnedOff(nameOf(server)));
    } catch (problem) {
      setError(problem.isConflict && problem.id === "stale_revision" ? Object.assign(problem, { message: words.stale }) : problem);
      if (problem.isConflict) reload();
    }
  };
  const since = server.state !== "unknown" && server.since && server.enabled;
  return html`<div class="stack">
    ${!probe && html`<${Problem} server=${server} test=${test} />`}
    ${server.enabled && server.rollout.state !== "on" && html`<${Notice} kind="warn" action=${html`<${Button} small href=${`${address(path("settings"))}#rollout`}>${w.changeRollout}</${Button}>`}>${w.rolledOut[server.rollout.state]}</${Notice}>`}
    ${held > 0 && html`<${Notice} kind="warn" title=${`${w.held(held)}.`} action=${html`<${Button} small href=${`${address(path("tools"))}?state=held`}>${w.review}</${Button}>`}>${w.heldHint}</${Notice}>`}
    <div class="connection-cards">
      <section class="card stack" aria-labelledby="status"><div class="row between"><h2 id="status">${w.status}</h2><${Toggle} label=${w.enabled} on=${server.enabled} disabled=${isCatalog} onChange=${enable} /></div>
        <p class="big-status"><${Status} is=${statusOf(server)} />${since && html`<span class="soft">${w.since} <${Time} when=${server.since} /></span>`}</p>
        ${!server.enabled && html`<p class="soft">${w.disabledText}</p>`}
        ${isCatalog && html`<p class="soft">${words.catalog}</p>`}
        <div class="row"><${Button} icon="play" busy=${testing} onClick=${test} data-test>${testing ? w.testing : w.test}</${Button}><span class="soft">${w.tested} <${Time} when=${server.tested_at} none=${w.never} /></span></div>
        <p class="soft small-text">${w.testHint}</p>
        <${ErrorNotice} error=${error} />
        ${probe && html`<${Outcome} server=${server} probe=${probe} />`}
        ${!probe && server.last_error && statusOf(server) !== "error" && html`<div><h3>${w.lastError}</h3><p class="soft"><${Foreign} text=${server.last_error} /></p></div>`}
      </section>
      <${Facts} server=${server} path=${path} held=${held} isOn=${server.tools - off} />
    </div></div>`;
}
