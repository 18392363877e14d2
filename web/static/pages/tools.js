// @ts-check
// Every tool that one may use, in one list that is searched while typing. Each leads to its page, where it can be run.
import { html, useMemo, useRef } from "../vendor/preact.js";
import { address, navigate, useQuery } from "../app/where.js";
import { useLoaded } from "../app/api.js";
import { findTools, kept, loadTools, titleOf } from "../app/tools.js";
import { Button, EmptyState, Foreign, Icon, Loaded, Page, Pill, SearchField, Tile } from "../parts/kit.js";
import { FilterChips } from "../parts/table.js";
import { VirtualList } from "../parts/virtual_list.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/tools.js";

const rowHeight = 60;

/** What a tool does to the world, as far as its server says. */
export function DoesBadge({ tool }) {
  if (tool.destructive) return html`<${Pill} tone="bad" icon="triangle-alert">${words.deletes}</${Pill}>`;
  return tool.read_only ? html`<${Pill} tone="good" icon="eye">${words.reads}</${Pill}>` : html`<${Pill} tone="warn" icon="pencil">${words.changes}</${Pill}>`;
}

export function PolicyBadge({ tool }) {
  return tool.policy === "ask" ? html`<${Pill} tone="accent" icon="hand">${words.asks}</${Pill}>` : null;
}

function Row({ tool }) {
  return html`<${Tile} name=${tool.server_title} size="small" /><span class="tool-words"><span class="tool-title"><${Foreign} text=${titleOf(tool)} limit=${90} />${tool.title && tool.title !== tool.tool && html` <code class="soft">${tool.tool}</code>`}</span>
    <span class="tool-about soft">${tool.description ? html`<${Foreign} text=${tool.description.slice(0, 200)} limit=${200} />` : html`<code>${tool.capability}</code>`}</span></span>
    <span class="tool-from soft"><${Foreign} text=${tool.server_title} limit=${60} /></span><span class="tool-badges"><${DoesBadge} tool=${tool} /><${PolicyBadge} tool=${tool} /></span>`;
}

function List({ tools }) {
  const [query, setQuery] = useQuery({ q: "", server: "", does: "", policy: "" });
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const rows = useMemo(() => findTools(tools, query), [tools, query.q, query.server, query.does, query.policy]);
  const filters = useMemo(() => {
    const servers = new Map(tools.map((tool) => [tool.server, tool.server_title]));
    return [
      { name: "server", label: words.filters.server, options: [...servers].map(([value, label]) => ({ value, label })) },
      { name: "does", label: words.filters.does, options: [{ value: "reads", label: words.reads }, { value: "changes", label: words.changes }, { value: "deletes", label: words.deletes }] },
      ...(tools.some((tool) => tool.policy === "ask") ? [{ name: "policy", label: words.filters.policy, options: [{ value: "ask", label: words.asks }, { value: "allow", label: words.runs }] }] : []),
    ];
  }, [tools]);
  const open = (tool) => navigate(`/tools/${encodeURIComponent(tool.name)}`);
  const keys = (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      /** @type {HTMLElement | null} */ (box.current?.querySelector(".virtual"))?.focus();
    } else if (event.key === "Enter" && rows[0]) open(rows[0]);
  };
  if (!tools.length) return html`<${EmptyState} icon="wrench" title=${words.none} action=${html`<${Button} href=${address("/")}>${words.toConnections}</${Button}>`}>${words.noneText}</${EmptyState}>`;
  return html`<div class="stack tools" ref=${box}><div class="row tools-bar"><div class="tools-search" onKeyDown=${keys}><${SearchField} label=${words.search} /></div><${FilterChips} filters=${filters} />
      <span class="soft tools-count" role="status">${words.shown(rows.length, tools.length)}</span></div>
    ${rows.length ? html`<${VirtualList} rows=${rows} rowHeight=${rowHeight} label=${words.list} onOpen=${open}>${(tool) => html`<${Row} tool=${tool} />`}</${VirtualList}>`
      : html`<${EmptyState} icon="search" title=${words.noMatch} action=${html`<${Button} onClick=${() => setQuery({ q: null, server: null, does: null, policy: null })}>${words.clear}</${Button}>`}>${words.noMatchText}</${EmptyState}>`}</div>`;
}

export default function Tools() {
  useStyles("css/tools.css");
  const loaded = useLoaded(loadTools, []);
  const tools = loaded.value ?? kept.value ?? undefined;
  return html`<${Page} title=${words.title} lead=${words.lead} actions=${html`<${Button} icon="refresh-cw" onClick=${() => loaded.reload()}>${words.refresh}</${Button}>`}>
    <${Loaded} of=${{ ...loaded, value: tools }} lines=${8}>${(found) => html`<${List} tools=${found} />`}</${Loaded}></${Page}>`;
}
