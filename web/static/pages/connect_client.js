// @ts-check
// Connect a client: the apps at one side, those used before first, and what the chosen one wants to be told at the other.
import { html, useEffect, useMemo } from "../vendor/preact.js";
import { api, apiAll, appliance, useLoaded } from "../app/api.js";
import { address, base, useQuery } from "../app/where.js";
import { recall, remember } from "../app/local.js";
import { clients, clientOf, clientSeenAs } from "../app/clients.js";
import { isPrivate, systemOf } from "../app/snippets.js";
import { Button, EmptyState, Icon, Loaded, Page, SearchField, Tile, Time } from "../parts/kit.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/connect.js";
import { ClientSetup } from "./connect_client/setup.js";

async function loadAll(/** @type {AbortSignal} */ signal) {
  const [seen, profiles, connections] = await Promise.all([
    api("GET", "/v1/me/clients", undefined, { signal }), api("GET", "/v1/me/profiles", undefined, { signal }), apiAll("/v1/me/connections", "connections", { signal }),
  ]);
  const url = (appliance.value?.public_url ?? location.origin + base).replace(/\/$/, "");
  return { url, seen: seen.clients, profiles: profiles.profiles, connections };
}

/** The newest sighting of each client that we know. */
function usesOf(seen) {
  const uses = new Map();
  for (const one of seen) {
    const id = clientSeenAs(one.name)?.id;
    if (id && (!uses.has(id) || uses.get(id).last_seen_at < one.last_seen_at)) uses.set(id, one);
  }
  return uses;
}

const kindOf = (client, uses) => (uses.has(client.id) ? "usedBefore" : client.cloud ? "cloud" : client.admin ? "forAll" : client.id.startsWith("other") ? "anything" : "onMachine");
const kinds = ["usedBefore", "onMachine", "forAll", "cloud", "anything"];

function ClientList({ found, uses, chosen, isClosed }) {
  const groups = kinds.map((kind) => {
    const members = found.filter((one) => kindOf(one, uses) === kind);
    return [kind, kind === "usedBefore" ? members.sort((a, b) => (uses.get(a.id).last_seen_at < uses.get(b.id).last_seen_at ? 1 : -1)) : members];
  });
  return html`<nav class="client-list" aria-label=${words.apps}>${groups.filter(([, members]) => members.length).map(([kind, members]) => html`<div key=${kind}><h2>${words[kind]}</h2><ul>${members.map((one) => html`
    <li key=${one.id}><a href=${address(`/connect?client=${one.id}`)} class=${isClosed(one) ? "closed" : undefined} aria-current=${one === chosen ? "true" : undefined}>
      <${Tile} name=${one.name} size="small" /><span class="client-name">${one.name}${isClosed(one) && html`<small>${words.needsPublic}</small>`}</span>
      ${uses.has(one.id) && html`<small><${Time} when=${uses.get(one.id).last_seen_at} /></small>`}</a></li>`)}</ul></div>`)}</nav>`;
}

function Board({ loaded, reload }) {
  const [query, setQuery] = useQuery({ q: "", client: "" });
  const uses = useMemo(() => usesOf(loaded.seen), [loaded.seen]);
  const latest = [...uses].sort(([, a], [, b]) => (a.last_seen_at < b.last_seen_at ? 1 : -1))[0]?.[0];
  const asked = clientOf(query.client);
  const chosen = asked ?? clientOf(recall("client")) ?? clientOf(latest ?? "") ?? clients[0];
  useEffect(() => { if (asked) remember("client", asked.id); }, [asked]);
  const text = query.q.trim().toLowerCase();
  const found = clients.filter((one) => `${one.name} ${one.id}`.toLowerCase().includes(text));
  const isClosed = (client) => Boolean(client.cloud) && isPrivate(loaded.url);
  const open = (event) => {
    if (event.key !== "Enter" || !found.length || !text) return;
    event.preventDefault();
    setQuery({ client: found[0].id, way: null }, { replace: false });
  };
  return html`<div class=${asked ? "connect chosen" : "connect"}>
    <div class="connect-side"><div onKeyDown=${open}><${SearchField} label=${words.search} /></div>
      ${found.length ? html`<${ClientList} found=${found} uses=${uses} chosen=${chosen} isClosed=${isClosed} />`
        : html`<${EmptyState} icon="search" title=${words.noneFound} action=${html`<${Button} small onClick=${() => setQuery({ q: null, client: "other" })}>${words.another}</${Button}>`}>${words.noneFoundHint}</${EmptyState}>`}</div>
    <div class="connect-main"><a class="button quiet small connect-back" href=${address("/connect")}><${Icon} name="arrow-left" /><span>${words.allApps}</span></a>
      <${ClientSetup} key=${chosen.id} client=${chosen} loaded=${loaded} use=${uses.get(chosen.id)} closed=${isClosed(chosen)} os=${recall("os") || systemOf(/** @type {any} */ (navigator))} onSeen=${reload} /></div>
  </div>`;
}

export default function ConnectClient() {
  const isStyled = useStyles("css/connect.css");
  const all = useLoaded(loadAll);
  return html`<${Page} title=${words.title} lead=${words.lead}>
    <${Loaded} of=${all} lines=${8}>${(loaded) => isStyled && html`<${Board} loaded=${loaded} reload=${all.reload} />`}</${Loaded}></${Page}>`;
}
