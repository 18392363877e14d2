// @ts-check
// What a connection offers: find a tool, say what may be done with it, look at what changed.
import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact.js";
import { address, setQuery, useQuery } from "../../app/where.js";
import { api, useLoaded } from "../../app/api.js";
import { isPersonal, policyOf, toolDiff, withPolicy } from "../../app/servers.js";
import { Button, Disclosure, EmptyState, ErrorNotice, Foreign, Loaded, Menu, Notice, SearchField, toast } from "../../parts/kit.js";
import { FilterChips } from "../../parts/table.js";
import { Confirm } from "../../parts/dialog.js";
import { words } from "../../i18n/en/connection.js";
import { usePolicy } from "./policy.js";
import { PolicyChoice, ToolGrid, policyWords } from "./tool_grid.js";
import { TextDiff, ToolDrawer } from "./tool_drawer.js";

const w = words.tools;
const runTo = (tool) => address(`/tools/${encodeURIComponent(tool.capability)}`);

/** The descriptions as they were while they were good: "slug tool" to text. The API keeps fingerprints only. */
const goodTexts = new Map();

async function loadTools(slug, signal) {
  const rows = [];
  let cursor = null;
  let listed = true;
  do {
    const query = new URLSearchParams({ limit: "1000", ...(cursor && { cursor }) });
    const page = await api("GET", `/v1/servers/${encodeURIComponent(slug)}/tools?${query}`, undefined, { signal });
    rows.push(...page.tools);
    listed = page.listed;
    cursor = page.next_cursor;
  } while (cursor);
  for (const tool of rows) if (!tool.held && tool.description !== null) goodTexts.set(`${slug} ${tool.name}`, tool.description);
  return { tools: rows, listed };
}

const texts = new WeakMap();
const textOf = (tool) => {
  let text = texts.get(tool);
  if (text === undefined) texts.set(tool, (text = `${tool.name} ${tool.title ?? ""} ${tool.description ?? ""}`.toLowerCase()));
  return text;
};

/** The tools that match what is typed and chosen. Pure. */
export function filterTools(tools, { q = "", policy = "", kind = "", state = "" }, ofTool) {
  const wanted = q.toLowerCase().split(/\s+/).filter(Boolean);
  return tools.filter((tool) => wanted.every((word) => textOf(tool).includes(word)) && (!policy || ofTool(tool.name) === policy) &&
    (!kind || (tool.read_only === true) === (kind === "reads")) && (!state || (state === "held" ? tool.held : tool.flags?.length > 0)));
}

function Names({ title, tools }) {
  return tools.length > 0 && html`<div><h3>${title}</h3><ul class="names">${tools.map((tool) => html`<li key=${tool.name}><code><${Foreign} text=${tool.name} /></code></li>`)}</ul></div>`;
}

/** What a refresh brought. */
function DiffNotice({ diff, held, onClose, onHeld }) {
  const counts = { added: diff.added.length, changed: diff.changed.length, removed: diff.removed.length };
  if (!counts.added && !counts.changed && !counts.removed) return html`<${Notice} kind="good" live action=${html`<${Button} small kind="quiet" onClick=${onClose}>${w.dismiss}</${Button}>`}>${w.refreshed}</${Notice}>`;
  return html`<section class="card stack tight" role="status" data-diff><div class="row between"><strong>${w.diff(counts)}</strong><${Button} small kind="quiet" icon="x" label=${w.dismiss} onClick=${onClose} /></div>
    ${held > 0 && html`<${Notice} kind="warn" action=${html`<${Button} small onClick=${onHeld}>${w.seeHeld}</${Button}>`}>${w.heldNow(held)}</${Notice}>`}
    <div class="diff-lists"><${Names} title=${w.diffAdded} tools=${diff.added} /><${Names} title=${w.diffRemoved} tools=${diff.removed} /></div>
    ${counts.changed > 0 && html`<div><h3>${w.diffChanged}</h3>${diff.changed.map(({ before, after, what }) => html`<${Disclosure} key=${after.name} summary=${html`<code><${Foreign} text=${after.name} /></code> <span class="soft">${what === "description" ? w.changedDescription : w.changedDefinition}</span>`}>
      ${what === "description" && before.description !== null ? html`<${TextDiff} before=${before.description} after=${after.description ?? ""} />` : html`<p class="soft">${what === "description" ? w.noBefore : w.sameText}</p>`}</${Disclosure}>`)}</div>`}</section>`;
}

/** The text that the search field shows at once; the address follows when typing rests. */
function useSearch() {
  const [query] = useQuery({ q: "" });
  const [text, setText] = useState(query.q);
  const timer = useRef(0);
  const written = useRef(query.q);
  useEffect(() => {
    if (query.q !== written.current) { written.current = query.q; setText(query.q); }
  }, [query.q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (next) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => { written.current = next; setQuery({ q: next }); }, 300);
  };
  return /** @type {const} */ ([text, type]);
}

/** Asks before what is more than it looks. */
function Ask({ asked, onClose }) {
  return html`<${Confirm} title=${asked.title} action=${w.apply} onConfirm=${asked.go} onClose=${onClose}>${asked.text}</${Confirm}>`;
}

export default function Tools({ server, set, reload }) {
  const list = useLoaded((signal) => loadTools(server.slug, signal), [server.slug]);
  return html`<${Loaded} of=${list} lines=${8}>${(value) => html`<${ToolTab} server=${server} set=${set} reload=${reload} list=${list} tools=${value.tools} listed=${value.listed} />`}</${Loaded}>`;
}

function Nothing({ server, refresh, error }) {
  return html`<${ErrorNotice} error=${error} /><${EmptyState} icon="wrench" title=${w.none} action=${!isPersonal(server) && html`<${Button} icon="refresh-cw" onClick=${refresh}>${w.refresh}</${Button}>`}>
    ${isPersonal(server) ? w.nonePersonal : w.noneHint}</${EmptyState}>`;
}

function ToolTab({ server, set, reload, list, tools, listed }) {
  const [query] = useQuery({ policy: "", kind: "", state: "", tool: "" });
  const [q, type] = useSearch();
  const [diff, setDiff] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [asked, setAsked] = useState(/** @type {any} */ (null));
  const change = usePolicy(server, set);
  const names = useMemo(() => tools.map((tool) => tool.name), [tools]);
  const rows = useMemo(() => filterTools(tools, { ...query, q }, (name) => policyOf(server.tool_policy, name)), [tools, q, query.policy, query.kind, query.state, server.tool_policy]);
  const open = query.tool && tools.find((tool) => tool.name === query.tool);

  const attempt = async (work) => {
    setError(null);
    try {
      return await work();
    } catch (problem) {
      if (!problem.isAborted) setError(problem);
      return null;
    }
  };
  const write = (make, said) => attempt(async () => {
    const { before } = await change(make);
    toast(said, { actions: [{ label: w.undo, onSelect: () => attempt(async () => { await change(() => before); toast(w.undone); }) }] });
  });
  const choose = (which, word) => {
    const result = withPolicy(server.tool_policy, which, word, names);
    const make = (policy) => withPolicy(policy, which, word, names).policy;
    if (result.tooMany) return setError(new Error(w.tooMany));
    const said = w.changed(which.length, w.policies[word]);
    if (result.rule) return setAsked({ title: said, text: w.ruleChanged(w.policies[result.rule]), go: () => write(make, said) });
    return which.length === 1 ? attempt(() => change(make)) : write(make, said);
  };
  const setRule = (word) => {
    const make = (policy) => ({ otherwise: word, tools: Object.fromEntries(names.map((name) => [name, policyOf(policy, name)]).filter(([, is]) => is !== word)) });
    if (Object.keys(make(server.tool_policy).tools).length > 500) return setError(new Error(w.tooMany));
    return write(make, `${w.rule}: ${w.policies[word]}.`);
  };
  const reads = tools.filter((tool) => tool.read_only === true).length;
  const presets = [
    { icon: "eye", label: w.readOnly, hint: w.readOnlyHint, disabled: !listed, onSelect: () => setAsked({ title: w.readOnlyTitle, text: w.readOnlyText(reads, tools.length - reads), go: () => write(() => ({ preset: "read_only" }), `${w.readOnly}.`) }) },
    { icon: "check", label: w.everything, hint: w.everythingHint, onSelect: () => setAsked({ title: w.everythingTitle, text: w.everythingText(tools.length), go: () => write(() => ({ otherwise: "allow", tools: {} }), `${w.everything}.`) }) },
  ];
  const refresh = () => attempt(async () => {
    await api("POST", `/v1/servers/${encodeURIComponent(server.slug)}/refresh`);
    const fresh = await loadTools(server.slug, undefined);
    setDiff(toolDiff(tools, fresh.tools));
    list.set(fresh);
    reload();
  });
  const accepted = (tool) => {
    list.set((was) => ({ ...was, tools: was.tools.map((one) => (one.name === tool.name ? { ...one, held: false, accepted_digest: one.digest } : one)) }));
    goodTexts.set(`${server.slug} ${tool.name}`, tool.description ?? "");
  };
  if (!tools.length) return html`<${Nothing} server=${server} refresh=${refresh} error=${error} />`;
  const held = tools.filter((tool) => tool.held).length;
  const filters = [{ name: "policy", label: w.filters.policy, options: policyWords.map((value) => ({ value, label: w.policies[value] })) },
    { name: "kind", label: w.filters.kind, options: w.kinds }, { name: "state", label: w.filters.state, options: w.states }];
  const isFiltered = q || query.policy || query.kind || query.state;
  return html`<div class="stack">
    <div class="row"><${SearchField} label=${w.search} value=${q} onInput=${type} /><${FilterChips} filters=${filters} /><span class="top-gap" />
      <${Menu} label=${w.presets} items=${presets} kind="plain" button=${html`<span>${w.presets}</span>`} /><${Button} icon="refresh-cw" onClick=${refresh} title=${w.refreshHint}>${w.refresh}</${Button}></div>
    <${ErrorNotice} error=${error} />
    ${diff && html`<${DiffNotice} diff=${diff} held=${held} onClose=${() => setDiff(null)} onHeld=${() => setQuery({ state: "held" }, { replace: false })} />`}
    ${!listed && html`<${Notice}>${isPersonal(server) ? w.notListedPersonal : `${w.notListed} ${w.notListedMore}`}</${Notice}>`}
    <div class="row between"><span class="row"><span role="status" class="soft">${w.shown(rows.length, tools.length)}</span>
        <span class="row tool-rule" title=${w.ruleHint}>${w.rule} <${PolicyChoice} label=${w.rule} value=${server.tool_policy.otherwise} onChoose=${setRule} /></span></span>
      ${rows.length > 0 && html`<span class="row"><span class="soft">${w.setAll(rows.length)}</span><${PolicyChoice} label=${w.setAllLabel} value=${null} onChoose=${(word) => choose(rows.map((tool) => tool.name), word)} /></span>`}</div>
    ${rows.length ? html`<${ToolGrid} rows=${rows} server=${server} filter=${[q, query.policy, query.kind, query.state].join("|")} runTo=${runTo} onOpen=${(tool) => setQuery({ tool: tool.name }, { replace: false })} onChoose=${(tool, word) => choose([tool.name], word)} />`
      : html`<${EmptyState} icon="search" title=${w.noMatch} action=${isFiltered && html`<${Button} onClick=${() => { type(""); setQuery({ q: null, policy: null, kind: null, state: null }); }}>${w.clear}</${Button}>`} />`}
    ${(server.allow.length > 0 || server.deny.length > 0) && html`<p class="soft small-text">${w.lists}</p>`}
    ${open && html`<${ToolDrawer} key=${open.name} tool=${open} server=${server} before=${open.accepted_description ?? goodTexts.get(`${server.slug} ${open.name}`)} runTo=${runTo} onClose=${() => setQuery({ tool: null })} onChoose=${(tool, word) => choose([tool.name], word)} onAccepted=${accepted} />`}
    ${asked && html`<${Ask} asked=${asked} onClose=${() => setAsked(null)} />`}</div>`;
}
