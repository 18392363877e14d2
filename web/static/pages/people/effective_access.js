// @ts-check
// What a person may use at this moment, and why: each answer is the API's own, the granting rule comes from the access lists.
import { html, useState } from "../../vendor/preact.js";
import { apiAll, useLoaded } from "../../app/api.js";
import { list } from "../../app/format.js";
import { explain, grantOf } from "../../app/people.js";
import { nameOf } from "../../app/servers.js";
import { address } from "../../app/where.js";
import { Button, Foreign, Icon, Loaded, Tile } from "../../parts/kit.js";
import { DataTable } from "../../parts/table.js";
import { words } from "../../i18n/en/people.js";

const w = words.one;
const step = 20;

/** "everyone", "team Data platform" or "by name". */
function grantText(grant, titles) {
  if (!grant) return w.nobody;
  return list([grant.everyone && w.everyone, ...grant.teams.map((team) => `${w.team} ${titles.get(team) ?? team}`), grant.person && w.direct].filter(Boolean));
}

function May({ said }) {
  if (!said) return html`<span class="soft">${w.asking}</span>`;
  const is = said.call;
  return html`<span class=${is.allowed ? "verdict good" : "verdict bad"}><${Icon} name=${is.allowed ? "circle-check" : "circle-x"} /> ${is.allowed ? w.yes : w.no}</span>`;
}

const columns = [
  { key: "server", label: w.connection, cell: ({ server }) => html`<span class="row tight-row"><${Tile} size="small" name=${nameOf(server)} icon=${server.icon} /><a href=${address(`/connections/${encodeURIComponent(server.slug)}/access`)}>${nameOf(server)}</a></span>` },
  { key: "may", label: w.may, class: "tight", cell: ({ said }) => html`<${May} said=${said} />` },
  { key: "by", label: w.by, cell: ({ grant, titles }) => html`<span class=${grant ? undefined : "soft"}>${grantText(grant, titles)}</span>` },
  { key: "why", label: w.reason, cell: ({ said }) => (said ? html`<${Foreign} text=${said.call.message} limit=${160} />` : "") },
];

function Rows({ user, servers, teams }) {
  const [shown, setShown] = useState(step);
  const titles = new Map(teams.map((team) => [team.name, team.title || team.name]));
  const rows = servers.map((server) => ({ server, titles, grant: grantOf(server.access, user) })).sort((a, b) => Number(b.grant !== null) - Number(a.grant !== null) || nameOf(a.server).localeCompare(nameOf(b.server)));
  const cut = rows.slice(0, shown);
  const said = useLoaded((signal) => explain(user, cut.map((one) => one.server.slug), signal), [user.revision, shown]);
  return html`${rows.length > step && html`<p class="soft">${w.shownOf(cut.length, rows.length)}</p>`}
    <${Loaded} of=${{ ...said, value: said.value ?? (said.error ? undefined : new Map()) }}>${(answers) => html`<${DataTable} caption=${w.access} columns=${columns} id=${(one) => one.server.slug}
      rows=${cut.map((one) => ({ ...one, said: answers.get(one.server.slug) }))} empty=${html`<p class="soft">${w.noConnections}</p>`} />`}</${Loaded}>
    ${rows.length > shown && html`<div class="more"><${Button} onClick=${() => setShown(shown + step)}>${words.more(Math.min(step, rows.length - shown))}</${Button}></div>`}`;
}

export function EffectiveAccess({ user, teams }) {
  const servers = useLoaded((signal) => apiAll("/v1/servers", "servers", { signal }), [user.id]);
  return html`<section class="stack tight" aria-labelledby="access"><div><h2 id="access">${w.access}</h2><p class="soft">${w.accessLead}</p></div>
    <${Loaded} of=${servers} lines=${3}>${(all) => html`<${Rows} user=${user} servers=${all} teams=${teams} />`}</${Loaded}></section>`;
}
