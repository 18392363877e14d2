// @ts-check
// What was changed, by whom, and what was there before.
import { html, useMemo } from "../vendor/preact.js";
import { absolute } from "../app/format.js";
import { address, setQuery, useQuery } from "../app/where.js";
import { changesOf, filtersOf, isChange, timesOf } from "../app/trail.js";
import { Button, EmptyState, ErrorNotice, Foreign, Skeleton, toast } from "../parts/kit.js";
import { FilterChips } from "../parts/table.js";
import { TimeRange } from "../parts/time_range.js";
import { NewerPill, TrailEnd, useTrail } from "../parts/trail.js";
import { moment, rowAddress } from "../parts/trail_columns.js";
import { ChangeTable, TrailDetail } from "../parts/trail_detail.js";
import { words } from "../i18n/en/activity.js";

const only = ["actor", "action"];
const actions = Object.keys(words.actions).filter((action) => isChange({ action, outcome: "ok" }));

function Change({ row }) {
  const thing = row.tool || row.server;
  const place = row.tool && row.server ? row.server : null;
  return html`<li class="change" data-row=${row.sequence}><p><strong><${Foreign} text=${row.actor_name || words.nobody} /></strong> ${lower(words.actionOf(row))}${thing && html` <strong><${Foreign} text=${thing} limit=${80} /></strong>`}${place && html` <span class="soft">(${place})</span>`}</p>
    <p class="change-time"><a href=${address(rowAddress(row.sequence))}><time datetime=${row.at} title=${absolute(row.at)}>${moment(row.at)}</time></a></p>${changesOf(row).length > 0 && html`<${ChangeTable} row=${row} />`}</li>`;
}
const lower = (/** @type {string} */ text) => text.charAt(0).toLowerCase() + text.slice(1);

export default function Changes() {
  const [query] = useQuery({ range: "7d", from: "", to: "" });
  const times = useMemo(() => timesOf(query), [query.range, query.from, query.to]);
  const filters = Object.fromEntries(Object.entries(filtersOf(query)).filter(([name]) => only.includes(name)));
  const trail = useTrail({ path: "/v1/audit", filters, times, extra: { changes: "true" }, keep: isChange });
  const sequence = Number(query.row) || null;
  const show = () => trail.showNewer().catch((error) => { if (!error.isAborted) toast(error.message, { kind: "error" }); });
  const filterList = [{ name: "action", label: words.action, options: actions.map((value) => ({ value, label: words.actions[value] })) }, ...(query.actor ? [{ name: "actor", label: words.who, options: [] }] : [])];
  return html`<div class="trail-view"><div class="trail-bar"><${TimeRange} standard="7d" /></div><div class="trail-filters"><${FilterChips} filters=${filterList} /></div>
    <${NewerPill} count=${sequence === null ? trail.newer : 0} onShow=${show} />
    ${trail.rows.length ? html`<ol class="change-list" aria-label=${words.changes}>${trail.rows.map((row) => html`<${Change} key=${row.sequence} row=${row} />`)}</ol>` : trail.loading ? html`<${Skeleton} lines=${6} />`
      : !trail.error && !trail.more && html`<${EmptyState} icon="history" title=${words.changesEmpty} action=${query.range !== "all" && html`<${Button} onClick=${() => setQuery({ range: "all", from: null, to: null }, { replace: false })}>${words.widen}</${Button}>`}>${words.empty(words.lastRange[query.range] ?? query.range)}</${EmptyState}>`}
    ${trail.error && html`<${ErrorNotice} error=${trail.error} retry=${() => (trail.rows.length ? trail.next() : trail.reload())} />`}<${TrailEnd} trail=${trail} when=${moment} />
    ${sequence !== null && html`<${TrailDetail} path="/v1/audit" sequence=${sequence} only=${only} known=${(number) => trail.rows.find((one) => one.sequence === number)} onClose=${() => setQuery({ row: null }, { replace: false })} />`}</div>`;
}
