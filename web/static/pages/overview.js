// @ts-check
// How the appliance fares at a glance: four figures, two charts, what needs somebody, who is used most, what was changed.
import { html, useEffect } from "../vendor/preact.js";
import { api, isAdmin, useLoaded } from "../app/api.js";
import { address, setQuery, useQuery } from "../app/where.js";
import { count, duration } from "../app/format.js";
import { outcomes } from "../app/trail.js";
import { BarChart } from "../parts/chart_bars.js";
import { LineChart } from "../parts/chart_lines.js";
import { Sparkline } from "../parts/chart_sparkline.js";
import { Segmented } from "../parts/form.js";
import { Button, EmptyState, Foreign, Icon, Loaded, Notice, Page, Time } from "../parts/kit.js";
import { useStyles } from "../parts/styles.js";
import { words as activity } from "../i18n/en/activity.js";
import { words } from "../i18n/en/overview.js";

const ranges = ["1h", "24h", "7d", "30d"];
const refreshEvery = 60_000;
const patterns = { ok: "plain", tool_error: "stripes", refused: "dots", failed: "cross", timeout: "lines", cancelled: "columns" };
const callSeries = outcomes.map((key) => ({ key, label: words.outcomes[key], pattern: patterns[key] }));
const timeSeries = [{ key: "p50", label: words.p50, dash: "" }, { key: "p95", label: words.p95Line, dash: "dashed" }];

/** The buckets of the API as those of the charts. */
const callBuckets = (overview) => overview.buckets.map((one) => ({ start: Date.parse(one.at), values: one.outcomes }));
const timeBuckets = (overview) => overview.buckets.map((one) => ({ start: Date.parse(one.at), values: { p50: one.p50_ms, p95: one.p95_ms } }));

const time = (/** @type {number} */ milliseconds) => (milliseconds === 0 ? "0" : duration(milliseconds));
const percent = (share) => (share === 0 ? "0 %" : share < 0.001 ? "< 0.1 %" : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`);

function Figure({ label, value, hint, tone = "", trend = undefined }) {
  return html`<div class=${`figure card ${tone}`}><dt>${label}</dt><dd><span class="row between"><strong>${value}</strong>${trend}</span><span class="soft">${hint}</span></dd></div>`;
}

function Figures({ overview: { totals, buckets }, range }) {
  const trend = (label, key, text) => html`<${Sparkline} label=${label} values=${buckets.map((one) => one[key])} text=${text} width=${88} height=${26} />`;
  const refused = totals.outcomes.refused ?? 0;
  return html`<dl class="figures">
    <${Figure} label=${words.calls} value=${count(totals.calls)} hint=${words.callsHint(refused)} trend=${trend(words.calls, "calls", count)} />
    <${Figure} label=${words.errors} value=${totals.calls ? percent(totals.error_rate) : words.none} hint=${words.errorsHint(totals.failed)} tone=${totals.error_rate > 0.05 ? "bad" : ""} />
    <${Figure} label=${words.p95} value=${totals.p95_ms === null ? words.none : duration(totals.p95_ms)} hint=${totals.p50_ms === null ? "" : words.p95Hint(duration(totals.p50_ms))} trend=${trend(words.p95Line, "p95_ms", time)} />
    <${Figure} label=${words.people} value=${count(totals.people)} hint=${words.peopleHint(words.inLast[range])} /></dl>`;
}

const tabs = { sign_in_ended: "accounts", sign_in_missing: "accounts", secret_missing: "settings", failing: "overview", tools_held: "tools" };
const icons = { sign_in_ended: "key-round", sign_in_missing: "key-round", secret_missing: "lock", failing: "circle-x", tools_held: "shield" };

function Attention({ items }) {
  return html`<section class="card stack tight" aria-labelledby="attention"><h2 id="attention">${words.attention}${items.length > 0 && html` <span class="count">${items.length}</span>`}</h2>
    ${items.length === 0 ? html`<p class="calm"><${Icon} name="circle-check" />${words.allGood}</p>` : html`<ul class="attention">${items.map((one) => html`<li key=${one.kind + one.server}>
      <${Icon} name=${icons[one.kind] ?? "triangle-alert"} class=${one.kind === "failing" ? "bad" : "warn"} /><div>${!one.message.includes(one.title) && html`<strong><${Foreign} text=${one.title} limit=${80} /></strong>: `}<${Foreign} text=${one.message} limit=${240} />${one.since && html` <span class="soft">${words.since} <${Time} when=${one.since} /></span>`}</div>
      ${isAdmin.value && one.server && html`<${Button} small href=${address(`/connections/${encodeURIComponent(one.server)}/${tabs[one.kind] ?? "overview"}`)} aria-label=${`${words.act[one.kind] ?? words.open}: ${one.title}`}>${words.act[one.kind] ?? words.open}</${Button}>`}</li>`)}</ul>`}</section>`;
}

/** The ones with the most calls; a bar says how many beside the number. */
function Top({ title, rows, nameOf, hrefOf, label, kind }) {
  const most = Math.max(1, ...rows.map((one) => one.calls));
  return html`<section class="card stack tight top-list" aria-labelledby=${`top-${kind}`}><h2 id=${`top-${kind}`}>${title}</h2>${rows.length === 0 ? html`<p class="soft">${words.noCalls}</p>`
    : html`<table><thead><tr><th scope="col">${label}</th><th scope="col" class="number">${words.calls}</th><th scope="col" class="number">${words.failed}</th><th scope="col" class="number">${words.within}</th></tr></thead>
      <tbody>${rows.map((one) => html`<tr key=${nameOf(one)}><th scope="row"><a href=${address(hrefOf(one))}><${Foreign} text=${nameOf(one)} limit=${60} /></a><span class="share" aria-hidden="true"><i style=${{ width: `${Math.max(1, (one.calls / most) * 100)}%` }} /></span></th>
        <td class="number">${count(one.calls)}</td><td class=${one.failed ? "number bad" : "number"}>${count(one.failed)}</td><td class="number">${one.p95_ms === null ? words.none : duration(one.p95_ms)}</td></tr>`)}</tbody></table>`}</section>`;
}

function Changes({ rows }) {
  const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);
  return html`<section class="card stack tight" aria-labelledby="changes"><div class="row between"><h2 id="changes">${words.changes}</h2><a href=${address("/activity/changes")}>${words.allChanges}</a></div>
    ${rows.length === 0 ? html`<p class="soft">${words.noChanges}</p>` : html`<ul class="recent">${rows.map((row) => html`<li key=${row.sequence}><span><strong><${Foreign} text=${row.actor_name || activity.nobody} limit=${40} /></strong> ${lower(activity.actionOf(row))}
      ${(row.tool || row.server) && html` <strong><${Foreign} text=${row.tool || row.server} limit=${60} /></strong>`}</span><a class="soft" href=${address(`/activity/changes?row=${row.sequence}`)}><${Time} when=${row.at} /></a></li>`)}</ul>`}</section>`;
}

function Checklist({ done }) {
  const say = words.checklist;
  return html`<section class="card checklist" aria-labelledby="checklist"><h2 id="checklist">${say.title}</h2><p class="soft">${say.lead}</p><ol>${say.steps.map((step) => html`<li key=${step.key} class=${done[step.key] ? "done" : ""}>
    <${Icon} name=${done[step.key] ? "circle-check" : "circle"} label=${done[step.key] ? say.done : say.todo} /><div><strong>${step.title}</strong><p class="soft">${step.text}</p></div>
    ${!done[step.key] && html`<${Button} kind=${step.key === firstOf(done) ? "primary" : "plain"} href=${address(step.to)}>${step.action}</${Button}>`}</li>`)}</ol></section>`;
}
const firstOf = (done) => words.checklist.steps.find((one) => !done[one.key])?.key;

/** What has been done already on an instance where nobody has called anything. */
async function progress(signal) {
  const count = (path, key, least) => api("GET", path, undefined, { signal }).then((said) => said[key].length >= least);
  const [connection, people, client, call] = await Promise.all([count("/v1/servers?limit=1", "servers", 1), count("/v1/users?limit=2", "users", 2),
    count("/v1/clients?limit=1", "clients", 1).catch((error) => { if (error.status === 404) return false; throw error; }), count("/v1/audit?action=tool.call&limit=1", "events", 1)]);
  return { connection, people, client: client || call, call };
}

/** The overview, and, where there were no calls, what is to be done until the first one. */
async function load(range, signal) {
  const overview = await api("GET", `/v1/overview?since=${range}&buckets=60`, undefined, { signal });
  const steps = overview.totals.calls === 0 ? await progress(signal) : null;
  return { overview, steps: steps?.call ? null : steps };
}

function Figured({ overview, range }) {
  const step = overview.step_seconds * 1000;
  const link = (one) => `/activity/log?${new URLSearchParams({ server: one.server, range })}`;
  return html`<${Figures} overview=${overview} range=${range} />${!overview.complete && html`<${Notice}>${words.counting}</${Notice}>`}
    <div class="two"><${BarChart} title=${words.callsChart} buckets=${callBuckets(overview)} step=${step} series=${callSeries} what=${words.call} />
      <${LineChart} title=${words.latencyChart} buckets=${timeBuckets(overview)} step=${step} series=${timeSeries} text=${time} /></div>
    <div class="two"><${Attention} items=${overview.attention} /><${Changes} rows=${overview.changes.slice(0, 6)} /></div>
    <div class="two"><${Top} kind="servers" title=${words.topServers} label=${words.connection} rows=${overview.servers} nameOf=${(one) => one.server} hrefOf=${(one) => (isAdmin.value ? `/connections/${encodeURIComponent(one.server)}` : link(one))} />
      <${Top} kind="tools" title=${words.topTools} label=${words.tool} rows=${overview.tools} nameOf=${(one) => `${one.server} › ${one.tool}`} hrefOf=${link} /></div>`;
}

export default function Overview() {
  const [own, charts] = [useStyles("css/overview.css"), useStyles("css/charts.css")];
  const styled = own && charts; // without them everything would move once they come
  const [query] = useQuery({ range: "24h" });
  const range = ranges.includes(query.range) ? query.range : "24h";
  const loaded = useLoaded((signal) => load(range, signal), [range]);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) loaded.reload(); }, refreshEvery);
    return () => clearInterval(timer);
  }, [range]);
  const isFirst = Boolean(loaded.value?.steps);
  const actions = !isFirst && html`<${Segmented} label=${words.range} hideLabel value=${range} options=${ranges.map((value) => ({ value, label: words.ranges[value] }))} onChange=${(value) => setQuery({ range: value === "24h" ? null : value }, { replace: false })} />
    <${Button} kind="quiet" icon="refresh-cw" label=${words.refresh} busy=${loaded.loading && loaded.value !== undefined} onClick=${() => loaded.reload()} />`;
  if (loaded.error?.status === 404) {
    return html`<${Page} title=${words.title}><${EmptyState} icon="chart-line" title=${words.missing} action=${html`<${Button} href=${address("/activity/log")}>${words.toActivity}</${Button}>`} /></${Page}>`;
  }
  return html`<${Page} title=${words.title} actions=${actions} class="overview"><${Loaded} of=${styled ? loaded : { ...loaded, value: undefined }} lines=${8}>${({ overview, steps }) => (steps
    ? html`<${Checklist} done=${steps} />${overview.attention.length > 0 && html`<${Attention} items=${overview.attention} />`}` : html`<${Figured} overview=${overview} range=${range} />`)}</${Loaded}></${Page}>`;
}
