// @ts-check
// One audit row, whole: who asked by what, what decided, what it changed, how long it took and how much it was.
import { html, useEffect } from "../vendor/preact.js";
import { absolute, bytes, count } from "../app/format.js";
import { api, apiAll, isAdmin, isAuditor, me, useLoaded } from "../app/api.js";
import { address, setQuery } from "../app/where.js";
import { changesOf, isCall } from "../app/trail.js";
import { words } from "../i18n/en/activity.js";
import { Button, Foreign, Icon, Loaded, Notice } from "./kit.js";
import { CopyButton } from "./copy.js";
import { Drawer } from "./dialog.js";
import { Outcome, What, took } from "./trail_columns.js";

const say = words.detail;
let errors = /** @type {Promise<Map<string, any>> | null} */ (null);
/** What each error id means; the same for as long as the page is open. */
function meanings() {
  errors ??= api("GET", "/v1/errors", undefined, { signal: new AbortController().signal }).then((said) => new Map(said.errors.map((one) => [one.id, one])));
  errors.catch(() => { errors = null; });
  return errors;
}

const isId = (/** @type {string} */ text) => /^[0-9a-f]{8}-/.test(text);

/** By what the actor was known: { kind, token, user }. Only admins and auditors may ask. */
async function findActor(row, signal) {
  if (!isId(row.actor)) return { kind: row.actor === "operator" || row.actor === "serve" ? "operator" : row.actor === "catalog" ? "catalog" : "unknown" };
  if (!isAuditor.value) return { kind: row.actor === me.value?.id ? "session" : "token" };
  const user = await api("GET", `/v1/users/${encodeURIComponent(row.actor_name)}`, undefined, { signal }).catch(() => null);
  if (user?.id === row.actor) return { kind: "session", user };
  const token = (await apiAll("/v1/tokens", "tokens", { signal }).catch(() => [])).find((one) => one.id === row.actor);
  return { kind: token ? "token" : "unknown", token, user };
}

function Step({ icon, label, children }) {
  return html`<li><${Icon} name=${icon} /><div><span class="soft">${label}</span><div>${children}</div></div></li>`;
}

/** From the person over token, client and address to the connection and its tool. */
function Chain({ row }) {
  const actor = useLoaded((signal) => findActor(row, signal), [row.sequence]);
  const known = actor.value;
  const name = html`<${Foreign} text=${row.actor_name || words.nobody} />`;
  const proof = { session: say.session, operator: say.operator, catalog: say.catalog }[known?.kind] ?? (known?.token ? say.tokenOf(known.token.name) : known?.kind === "token" ? say.token : null);
  return html`<section><h3>${say.chain}</h3><ol class="chain">
    <${Step} icon=${known?.user?.kind === "service" ? "bot" : "user"} label=${say.person}>${known?.user && isAdmin.value ? html`<a href=${address(`/people/${encodeURIComponent(known.user.name)}`)}>${known.user.title || known.user.name}</a>` : name}</${Step}>
    ${proof && html`<${Step} icon=${known?.kind === "session" ? "monitor" : known?.kind === "operator" ? "terminal" : "key-round"} label=${known?.kind === "token" ? say.token : say.from}>${proof}</${Step}>`}
    ${(row.client || row.remote) && html`<${Step} icon="laptop" label=${say.client}>${row.client && html`<${Foreign} text=${row.client} />`}${row.remote && html` <span class="soft mono">${row.remote}</span>`}</${Step}>`}
    ${(row.server || row.tool) && html`<${Step} icon="server" label=${row.server ? words.connection : words.what}>${row.server && (isAdmin.value && !row.server.startsWith("own:") ? html`<a href=${address(`/connections/${encodeURIComponent(row.server)}`)}>${row.server}</a>` : html`<${Foreign} text=${row.server} />`)}
      ${row.tool && html` ${row.server && html`<span class="soft">›</span> `}<${Foreign} class="mono" text=${row.tool} />`}</${Step}>`}</ol></section>`;
}

/** What the rules of today say of the same call. */
async function explain(row, signal) {
  if (!isAuditor.value || !isCall(row) || !row.server || row.server.startsWith("own:") || !row.actor_name) return null;
  const query = new URLSearchParams({ user: row.actor_name, server: row.server, ...(row.tool && { tool: row.tool }) });
  return api("GET", `/v1/access/explain?${query}`, undefined, { signal }).catch(() => null);
}

function Decision({ row }) {
  const loaded = useLoaded(async (signal) => ({ meaning: row.reason ? (await meanings().catch(() => new Map())).get(row.reason) : null, today: await explain(row, signal) }), [row.sequence]);
  const { meaning, today } = loaded.value ?? {};
  const call = today?.call;
  return html`<section><h3>${say.decision}</h3><dl class="facts">
    <dt>${words.outcome}</dt><dd><${Outcome} row=${row} /></dd>
    ${row.reason && !row.changes && html`<dt>${say.rule}</dt><dd><code>${row.reason}</code>${meaning && html`<p>${meaning.means}</p><p class="soft">${meaning.do}</p>`}</dd>`}
    ${call && html`<dt>${say.today}</dt><dd>${call.allowed ? say.todayAllowed : say.todayDenied}${call.reason && html` <code>${call.reason}</code>`}${call.message && html`<p class="soft">${call.message}</p>`}</dd>`}</dl></section>`;
}

/** A table of what was and what is. */
export function ChangeTable({ row }) {
  const changes = changesOf(row);
  if (!changes.length) return null;
  const value = (text, none) => (text === null ? html`<span class="soft">${none}</span>` : html`<${Foreign} text=${text} limit=${200} />`);
  return html`<table class="before-after"><caption class="unseen">${say.changes}</caption><thead><tr><th scope="col">${say.field}</th><th scope="col">${say.before}</th><th scope="col">${say.after}</th></tr></thead>
    <tbody>${changes.map((one) => html`<tr key=${one.field}><th scope="row">${one.field || say.named}</th>${one.hidden ? html`<td colspan="2" class="soft">${say.hidden}</td>`
      : html`<td>${value(one.before, say.nothing)}</td><td>${value(one.after, one.field ? say.nothing : say.gone)}</td>`}</tr>`)}</tbody></table>`;
}

function Sizes({ row }) {
  return html`<section><h3>${say.sizes}</h3><dl class="facts"><dt>${say.sent}</dt><dd>${bytes(row.request_bytes)}</dd><dt>${say.received}</dt><dd>${bytes(row.response_bytes)}</dd>
    <dt>${say.took}</dt><dd>${took(row.duration_us)}</dd></dl><p class="soft note">${say.bodies}</p></section>`;
}

function Body({ row, only }) {
  const filters = Object.entries({ actor: row.actor_name, server: row.server, action: row.action, outcome: row.outcome }).filter(([name, value]) => value && only.includes(name));
  return html`<div class="detail"><p class="detail-what">${isCall(row) ? words.actionOf(row) : null} <${What} row=${row} /></p>
    <dl class="facts"><dt>${say.at}</dt><dd><time datetime=${row.at}>${absolute(row.at)}</time></dd><dt>${say.number}</dt><dd>${count(row.sequence)}</dd></dl>
    ${changesOf(row).length > 0 && html`<section><h3>${say.changes}</h3><${ChangeTable} row=${row} /></section>`}
    <${Chain} row=${row} /><${Decision} row=${row} />${isCall(row) && html`<${Sizes} row=${row} />`}
    ${filters.length > 0 && html`<section><h3>${say.filter}</h3><div class="row">${filters.map(([name, value]) => html`<${Button} small icon="filter" onClick=${() => setQuery({ [name]: value, row: null }, { replace: false })}>${say.only[name]}</${Button}>`)}</div></section>`}</div>`;
}

/**
 * The drawer for the row whose number stands in the address. `known` finds it among the rows that are there; else `path` is asked.
 * `only` names the filters that the list behind it has.
 */
export function TrailDetail({ path, sequence, known, only = [], onClose }) {
  const loaded = useLoaded(async (signal) => {
    const found = known(sequence) ?? (await api("GET", `${path}?before=${sequence + 1}&limit=1`, undefined, { signal })).events[0];
    return found?.sequence === sequence ? found : null;
  }, [sequence]);
  useEffect(() => { meanings().catch(() => {}); }, []);
  return html`<${Drawer} title=${words.details} onClose=${onClose} actions=${loaded.value && html`<${CopyButton} text=${() => JSON.stringify(loaded.value, null, 2)} label="Copy as JSON" />`}>
    <${Loaded} of=${loaded}>${(row) => (row ? html`<${Body} row=${row} only=${only} />` : html`<${Notice} kind="warn">${words.rowGone}</${Notice}>`)}</${Loaded}></${Drawer}>`;
}
