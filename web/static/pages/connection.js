// @ts-check
// One connection: its head, its tabs, and what the tabs share. Each tab is a file of pages/connection/.
import { html, useEffect, useLayoutEffect, useState } from "../vendor/preact.js";
import { api, useLoaded } from "../app/api.js";
import { isPersonal, nameOf, statusOf } from "../app/servers.js";
import { Button, EmptyState, ErrorNotice, Notice, Page, Pill, Skeleton, Status, Tabs, Tile } from "../parts/kit.js";
import { useStyles } from "../parts/styles.js";
import { address } from "../app/where.js";
import { words } from "../i18n/en/connection.js";

const tabs = {
  overview: () => import("./connection/overview.js"), tools: () => import("./connection/tools.js"), access: () => import("./connection/access.js"),
  accounts: () => import("./connection/accounts.js"), activity: () => import("./connection/activity.js"), settings: () => import("./connection/settings.js"),
};
const known = new Map();

function Tab({ name, ...rest }) {
  const [, redraw] = useState(0);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    setFailed("");
    if (!known.has(name)) tabs[name]().then((module) => { known.set(name, module.default); redraw((n) => n + 1); }, (error) => { console.error(error); setFailed(name); });
  }, [name]);
  const Body = known.get(name);
  if (failed === name) return html`<${Notice} kind="error" action=${html`<${Button} onClick=${() => location.reload()}>${words.reload}</${Button}>`}>${words.missingPart}</${Notice}>`;
  return Body ? html`<${Body} key=${name} ...${rest} />` : html`<${Skeleton} lines=${5} />`;
}

/** What was just saved is looked at by the server at once; until that is done, the state is asked for a few times. */
function useSettled(server, set) {
  const waits = server?.enabled && statusOf(server) === "checking";
  useEffect(() => {
    if (!waits) return undefined;
    let timer = 0;
    let turn = 0;
    const ask = async () => {
      try {
        const fresh = await api("GET", `/v1/servers/${encodeURIComponent(server.slug)}`);
        if (timer >= 0) set((was) => (was.revision === fresh.revision ? fresh : was));
      } catch {
        // The page says so when it is asked for something.
      }
      if (timer >= 0 && ++turn < 8) timer = setTimeout(ask, 500 * 2 ** Math.min(turn, 4));
    };
    timer = setTimeout(ask, 500);
    return () => { clearTimeout(timer); timer = -1; };
  }, [server?.slug, server?.revision, waits]);
}

function Head({ server }) {
  const pills = [];
  if (server.origin === "catalog") pills.push(html`<${Pill} icon="lock" title=${words.catalogHint}>${words.fromCatalog}</${Pill}>`);
  if (isPersonal(server)) pills.push(html`<${Pill} icon="user">${words.eachPerson}</${Pill}>`);
  return html`<span class="connection-state"><${Status} is=${statusOf(server)} />${pills}</span>`;
}

export default function Connection({ params }) {
  useStyles("css/connection.css");
  const { slug } = params;
  const tab = params.tab ?? "overview";
  const loaded = useLoaded(`/v1/servers/${encodeURIComponent(slug)}`, [slug]);
  const server = loaded.value?.slug ? loaded.value : undefined;
  useSettled(server, loaded.set);
  const title = server ? nameOf(server) : slug;
  useLayoutEffect(() => { document.title = `${title} · ${words.tabs[tab]} · Patchbay`; }, [title, tab]);
  useLayoutEffect(() => { document.querySelector(".connection-page .tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" }); }, [tab]);
  const crumbs = [{ to: "/connections", label: words.connections }];
  if (!server && loaded.error?.status === 404)
    return html`<${Page} title=${slug} crumbs=${crumbs}><${EmptyState} icon="server" title=${words.gone(slug)} action=${html`<${Button} href=${address("/connections")}>${words.toList}</${Button}>`}>${words.goneHint}</${EmptyState}></${Page}>`;
  const path = (name) => `/connections/${encodeURIComponent(slug)}/${name}`;
  const items = Object.keys(tabs).map((name) => ({ to: path(name), label: words.tabs[name], count: name === "tools" && server?.tools ? server.tools : undefined }));
  return html`<${Page} title=${title} crumbs=${crumbs} class="connection-page" icon=${html`<${Tile} name=${title} icon=${server?.icon} size="big" />`} lead=${server && html`<${Head} server=${server} />`}>
    <${Tabs} label=${words.tabsOf(title)} items=${items} current=${path(tab)} />
    ${loaded.error && html`<${ErrorNotice} error=${loaded.error} retry=${loaded.reload} />`}
    ${server ? html`<${Tab} name=${tab} server=${server} set=${loaded.set} reload=${loaded.reload} path=${path} />` : !loaded.error && html`<${Skeleton} lines=${5} />`}
  </${Page}>`;
}
