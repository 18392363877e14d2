// @ts-check
// What was done with a connection: its rows of the audit trail, newest first, with a drawer for one.
import { html, useState } from "../../vendor/preact.js";
import { address, setQuery, useQuery } from "../../app/where.js";
import { absolute, bytes, duration } from "../../app/format.js";
import { Button, EmptyState, Foreign, Pill, Time } from "../../parts/kit.js";
import { Drawer } from "../../parts/dialog.js";
import { SelectField } from "../../parts/form.js";
import { DataTable, FilterChips, Paged, usePaged } from "../../parts/table.js";
import { words } from "../../i18n/en/connection.js";

const w = words.activity;
const tones = { ok: "good", error: "bad", failed: "bad", refused: "warn", held: "warn" };
const outcomeOf = (row) => w.outcomes.find((one) => one.value === row.outcome)?.label ?? row.outcome;
const actionOf = (row) => w.actions[row.action] ?? row.action;
const took = (row) => (row.duration_us ? duration(row.duration_us / 1000) : w.nothing);
const textOf = (value) => (value === null || value === undefined || value === "" ? w.nothing : typeof value === "string" ? value : JSON.stringify(value));

function Changes({ changes }) {
  const rows = Object.entries(changes).map(([field, change]) => ({ field, was: Array.isArray(change) ? change[0] : change?.before, is: Array.isArray(change) ? change[1] : change?.after ?? (typeof change === "string" ? change : undefined) }));
  return html`<section class="stack tight"><h3>${w.changes}</h3><${DataTable} caption=${w.changes} id=${(row) => row.field} rows=${rows}
    columns=${[{ key: "field", label: w.field, cell: (row) => html`<code>${row.field}</code>` }, { key: "was", label: w.was, cell: (row) => html`<${Foreign} text=${textOf(row.was)} limit=${300} />` }, { key: "is", label: w.is, cell: (row) => html`<${Foreign} text=${textOf(row.is)} limit=${300} />` }]} /></section>`;
}

function Row({ row, onClose }) {
  const facts = [[w.when, absolute(row.at)], [w.who, row.actor_name || row.actor], [w.client, row.client], [w.action, actionOf(row)], [w.tool, row.tool], [w.outcome, outcomeOf(row)], [w.reason, row.reason], [w.took, row.duration_us ? took(row) : ""],
    [w.bytes, row.request_bytes || row.response_bytes ? `${bytes(row.request_bytes)} / ${bytes(row.response_bytes)}` : ""], [w.from, row.remote], [w.sequence, String(row.sequence)]].filter(([, value]) => value);
  return html`<${Drawer} title=${`${actionOf(row)}${row.tool ? ` · ${row.tool}` : ""}`} onClose=${onClose}><dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd><${Foreign} text=${value} /></dd>`)}</dl>
    ${row.changes && html`<${Changes} changes=${row.changes} />`}</${Drawer}>`;
}

export default function Activity({ server }) {
  const [query] = useQuery({ since: "7d", outcome: "", action: "" });
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const filter = { server: server.slug, ...(query.since !== "all" && { since: query.since }), ...(query.outcome && { outcome: query.outcome }), ...(query.action && { action: query.action }) };
  const audit = usePaged("/v1/audit", "events", filter, { sameRow: (a, b) => a.sequence === b.sequence });
  const range = w.ranges.find((one) => one.value === query.since);
  const columns = [
    { key: "at", label: w.when, class: "tight", cell: (row) => html`<button type="button" class="link" onClick=${() => setOpen(row)}><${Time} when=${row.at} /></button>` },
    { key: "who", label: w.who, cell: (row) => html`<${Foreign} text=${row.actor_name || row.actor} limit=${80} />${row.client && html` <span class="soft"><${Foreign} text=${row.client} limit=${60} /></span>`}` },
    { key: "action", label: w.action, cell: (row) => html`${actionOf(row)}${row.tool && html` <code><${Foreign} text=${row.tool} limit=${80} /></code>`}` },
    { key: "outcome", label: w.outcome, cell: (row) => html`<${Pill} tone=${tones[row.outcome] ?? "soft"}>${outcomeOf(row)}</${Pill}>${row.outcome !== "ok" && row.reason && html` <span class="soft"><${Foreign} text=${row.reason} limit=${80} /></span>`}` },
    { key: "took", label: w.took, class: "number", cell: took },
  ];
  const isFiltered = query.outcome || query.action;
  const empty = html`<${EmptyState} icon="activity" title=${w.empty} action=${isFiltered && html`<${Button} onClick=${() => setQuery({ outcome: null, action: null })}>${w.clear}</${Button}>`}>${query.since === "all" ? w.ever : w.last(range?.label ?? query.since)}</${EmptyState}>`;
  return html`<div class="stack"><div class="row between"><div class="row"><span class="range"><${SelectField} label=${w.range} value=${query.since} options=${w.ranges} onInput=${(since) => setQuery({ since }, { replace: false })} /></span>
      <${FilterChips} filters=${[{ name: "action", label: w.action, options: w.kinds }, { name: "outcome", label: w.outcome, options: w.outcomes }]} /></div>
      <${Button} icon="external-link" href=${`${address("/activity/log")}?server=${encodeURIComponent(server.slug)}`}>${w.all}</${Button}></div>
    <${Paged} of=${audit} empty=${empty}>${(rows) => html`<${DataTable} caption=${w.caption} columns=${columns} rows=${rows} id=${(row) => row.sequence} />`}</${Paged}>
    ${open && html`<${Row} row=${open} onClose=${() => setOpen(null)} />`}</div>`;
}
