// @ts-check
// People, service accounts and teams: three lists, and what can be done with each.
import { html, useState } from "../vendor/preact.js";
import { apiAll, me, useLoaded } from "../app/api.js";
import { isService, matching, pageOf, titleOf } from "../app/people.js";
import { useQuery } from "../app/where.js";
import { Button, EmptyState, Foreign, Loaded, Menu, Page, Pill, SearchField, Tabs, Time } from "../parts/kit.js";
import { DataTable, FilterChips } from "../parts/table.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/people.js";
import { AddTeam, AddUser } from "./people/add.js";
import { State, UserLayer, menuOf } from "./people/user_menu.js";

const step = 100;
/** A list that is cut, with a button for more of it. */
function Cut({ rows, children }) {
  const [shown, setShown] = useState(step);
  return html`${children(rows.slice(0, shown))}${rows.length > shown && html`<div class="more"><${Button} onClick=${() => setShown(shown + step)}>${words.more(Math.min(step, rows.length - shown))}</${Button}></div>`}`;
}

const Who = ({ user }) => html`<span><${Foreign} text=${titleOf(user)} limit=${80} />${user.id === me.value?.id && html` <${Pill} tone="accent">${words.you}</${Pill}>`}${user.title && html`<small class="soft below">${user.name}</small>`}</span>`;

function userColumns(services, titles, onLayer, onDone) {
  return [
    { key: "name", label: services ? words.service : words.person, sort: titleOf, class: "who", cell: (user) => html`<${Who} user=${user} />` },
    ...(services ? [] : [{ key: "role", label: words.role, sort: true, cell: (user) => html`<${Pill} tone=${user.role === "admin" ? "warn" : user.role === "auditor" ? "accent" : "soft"}>${words.roles[user.role]}</${Pill}>` }]),
    { key: "teams", label: words.teams, cell: (user) => (user.teams.length ? html`<span class="row pills">${user.teams.slice(0, 4).map((team) => html`<${Pill} key=${team} title=${titles.get(team) ?? team}>${titles.get(team) ?? team}</${Pill}>`)}${user.teams.length > 4 && html`<span class="soft">+${user.teams.length - 4}</span>`}</span>` : html`<span class="soft">${words.noTeams}</span>`) },
    { key: "last_seen_at", label: words.lastSeen, sort: true, class: "when", cell: (user) => html`<${Time} when=${user.last_seen_at} none=${words.never} />` },
    { key: "state", label: words.state, sort: true, cell: (user) => html`<${State} of=${user} />` },
    { key: "do", label: words.actions, hideLabel: true, class: "tight", cell: (user) => html`<${Menu} label=${words.moreFor(titleOf(user))} items=${menuOf(user, { onLayer, onDone: (is) => onDone(user, is) })} />` },
  ];
}

const filters = [
  { name: "role", label: words.role, options: Object.entries(words.roles).map(([value, label]) => ({ value, label })) },
  { name: "state", label: words.state, options: Object.entries(words.states).map(([value, label]) => ({ value, label })) },
];

function Users({ users, services, teams, onLayer, onDone }) {
  const [query] = useQuery({ q: "", role: "", state: "" });
  const titles = new Map(teams.map((team) => [team.name, team.title || team.name]));
  const rows = matching(users, query.q).filter((user) => (services || !query.role || user.role === query.role) && (!query.state || user.state === query.state));
  const empty = services && !users.length ? html`<${EmptyState} icon="bot" title=${words.serviceEmpty}>${words.serviceEmptyText}</${EmptyState}>` : html`<${EmptyState} icon="users" title=${words.noMatch} />`;
  return html`${!services && html`<${FilterChips} filters=${filters} />`}<${Cut} rows=${rows}>${(shown) => html`<${DataTable} caption=${words.tabs[services ? "services" : "people"]}
    columns=${userColumns(services, titles, onLayer, onDone)} rows=${shown} to=${pageOf} empty=${empty} />`}</${Cut}>`;
}

const teamColumns = [
  { key: "name", label: words.team.name, class: "who", sort: (team) => team.title || team.name, cell: (team) => html`<${Foreign} text=${team.title || team.name} limit=${80} />` },
  { key: "short", label: words.team.shortName, sort: (team) => team.name, cell: (team) => html`<code>${team.name}</code>` },
  { key: "members", label: words.team.size, sort: (team) => team.members.length, cell: (team) => words.team.members(team.members.length) },
  { key: "created_at", label: words.created, sort: true, class: "when", cell: (team) => html`<${Time} when=${team.created_at} />` },
];

function Teams({ teams }) {
  const [query] = useQuery({ q: "" });
  const empty = teams.length ? html`<${EmptyState} icon="users" title=${words.noMatchTeams} />` : html`<${EmptyState} icon="users" title=${words.teamsEmpty}>${words.teamsEmptyText}</${EmptyState}>`;
  return html`<${Cut} rows=${matching(teams, query.q)}>${(shown) => html`<${DataTable} caption=${words.tabs.teams} columns=${teamColumns} rows=${shown} to=${(team) => `/people/teams/${team.name}`} empty=${empty} />`}</${Cut}>`;
}

const adds = { people: [words.invite, "user-plus"], services: [words.addService, "bot"], teams: [words.addTeam, "plus"] };
const placeOf = (show) => (show === "people" ? "/people" : `/people?show=${show}`);

export default function People() {
  useStyles("css/people.css");
  const [query] = useQuery({ show: "people" });
  const show = query.show in adds ? query.show : "people";
  const [layer, setLayer] = useState(/** @type {any} */ (null));
  const found = useLoaded(async (signal) => {
    const [users, teams] = await Promise.all([apiAll("/v1/users", "users", { signal }), apiAll("/v1/teams", "teams", { signal })]);
    return { users, teams };
  });
  const replace = (user, is) => found.set((was) => ({ ...was, users: is ? was.users.map((one) => (one.id === user.id ? is : one)) : was.users.filter((one) => one.id !== user.id) }));
  const add = (user) => found.set((was) => ({ ...was, users: [...was.users, user] }));
  const of = { people: found.value?.users.filter((user) => !isService(user)), services: found.value?.users.filter(isService), teams: found.value?.teams };
  const tabs = Object.keys(adds).map((key) => ({ to: placeOf(key), label: words.tabs[key], count: of[key]?.length }));
  const actions = html`<${SearchField} label=${words.search[show]} /><${Button} kind="primary" icon=${adds[show][1]} data-new disabled=${!found.value} onClick=${() => setLayer({ kind: "add" })}>${adds[show][0]}</${Button}>`;
  return html`<${Page} title=${words.title} lead=${words.lead} actions=${actions}><${Tabs} label=${words.tabsLabel} items=${tabs} current=${placeOf(show)} />
    <${Loaded} of=${found} lines=${6}>${({ teams }) => (show === "teams" ? html`<${Teams} teams=${teams} />` : html`<${Users} key=${show} users=${of[show]} services=${show === "services"} teams=${teams} onLayer=${setLayer} onDone=${replace} />`)}</${Loaded}>
    ${layer?.kind === "add" && (show === "teams" ? html`<${AddTeam} onClose=${() => setLayer(null)} />` : html`<${AddUser} service=${show === "services"} teams=${found.value.teams} onAdded=${add} onClose=${() => setLayer(null)} />`)}
    <${UserLayer} layer=${layer} onDone=${(is) => replace(layer.user, is)} onClose=${() => setLayer(null)} /></${Page}>`;
}
