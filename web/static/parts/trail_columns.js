// @ts-check
// How the fields of an audit row look in a table.
import { html } from "../vendor/preact.js";
import { absolute, bytes, duration } from "../app/format.js";
import { isCall, outcomeOf } from "../app/trail.js";
import { here, address } from "../app/where.js";
import { words } from "../i18n/en/activity.js";
import { Foreign, Icon } from "./kit.js";

const marks = {
  ok: ["circle-check", "good"], tool_error: ["triangle-alert", "warn"], refused: ["ban", "bad"], failed: ["circle-x", "bad"], timeout: ["clock", "bad"],
  cancelled: ["circle-slash", "soft"], needs_sign_in: ["key-round", "warn"],
};

export const outcomeWord = (row) => (row.outcome === "failed" && !isCall(row) ? words.failed : words.outcomes[outcomeOf(row)] ?? row.outcome);

/** How it went: shape, word and colour. */
export function Outcome({ row }) {
  const [icon, tone] = marks[outcomeOf(row)] ?? ["circle", "soft"];
  return html`<span class=${`status ${tone}`}><${Icon} name=${icon} /><span>${outcomeWord(row)}</span></span>`;
}

const today = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const earlier = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** "14:02:11", with the day where that is another. */
export function moment(when, now = Date.now()) {
  const at = new Date(when);
  return (at.toDateString() === new Date(now).toDateString() ? today : earlier).format(at);
}

/** The address that shows a row beside the list that is there. */
export function rowAddress(sequence) {
  const query = new URLSearchParams(here.peek().search);
  query.set("row", String(sequence));
  return `${here.peek().path}?${query}`;
}

export function When({ row, open }) {
  return html`<a class="row-link" href=${address(rowAddress(row.sequence))} onClick=${(event) => { if (open && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) { event.preventDefault(); open(row); } }}>
    <time datetime=${row.at} title=${absolute(row.at)}>${moment(row.at)}</time></a>`;
}

/** What was done, and to what. */
export function What({ row }) {
  const thing = row.tool || (isCall(row) ? "" : row.server);
  if (isCall(row)) return thing ? html`<span class="mono"><${Foreign} text=${thing} limit=${60} /></span>` : html`<span class="soft">–</span>`;
  return html`<span>${words.actionOf(row)}${thing && html` <${Foreign} class="thing" text=${thing} limit=${60} />`}</span>`;
}

/** Below a tenth of a millisecond the rest says nothing. */
export const took = (/** @type {number} */ microseconds) => (microseconds < 100 ? words.atOnce : duration(microseconds / 1000));

const soft = (text) => (text ? html`<${Foreign} text=${text} limit=${40} />` : html`<span class="soft">–</span>`);

const all = {
  at: { key: "at", label: words.time, class: "tight", cell: (row, open) => html`<${When} row=${row} open=${open} />` },
  who: { key: "who", label: words.who, cell: (row) => (row.actor_name ? html`<${Foreign} text=${row.actor_name} limit=${40} />` : html`<span class="soft">${words.nobody}</span>`) },
  client: { key: "client", label: words.client, cell: (row) => soft(row.client) },
  server: { key: "server", label: words.connection, cell: (row) => soft(row.server) },
  what: { key: "what", label: words.tool, cell: (row) => html`<${What} row=${row} />` },
  outcome: { key: "outcome", label: words.outcome, cell: (row) => html`<${Outcome} row=${row} />` },
  took: { key: "took", label: words.took, class: "number", cell: (row) => (row.duration_us ? took(row.duration_us) : html`<span class="soft">–</span>`) },
  size: { key: "size", label: words.size, class: "number", cell: (row) => (row.request_bytes || row.response_bytes ? html`<span title=${`${words.detail.sent} ${bytes(row.request_bytes)}, ${words.detail.received} ${bytes(row.response_bytes)}`}>${bytes(row.request_bytes + row.response_bytes)}</span>` : html`<span class="soft">–</span>`) },
};
const pick = (...names) => names.map((name) => all[name]);

export const logColumns = pick("at", "who", "client", "server", "what", "outcome", "took", "size");
export const ownColumns = pick("at", "client", "server", "what", "outcome", "took", "size");
