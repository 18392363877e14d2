// @ts-check
// Every connection, one row each: how it fares, whose account it uses, who may use it.
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { api, me } from "../app/api.js";
import { accountModeOf, hostOf, matching, rowStatus, sorted, toolCounts } from "../app/server_rows.js";
import { nameOf } from "../app/servers.js";
import { address, setQuery, useQuery } from "../app/where.js";
import { count, duration, list } from "../app/format.js";
import { Button, EmptyState, ErrorNotice, Foreign, Icon, Menu, Page, Pill, SearchField, Skeleton, Status, Tile, toast } from "../parts/kit.js";
import { DataTable, FilterChips } from "../parts/table.js";
import { Confirm } from "../parts/dialog.js";
import { Heartbeat } from "../parts/heartbeat.js";
import { useServers } from "../app/server_list.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/servers.js";
import { words as shared } from "../i18n/en.js";

const pageSize = 50;
const optionsOf = (labels) => Object.entries(labels).map(([value, label]) => ({ value, label }));
const filters = [
  { name: "status", label: words.filters.status, options: optionsOf({ ...shared.status, each: words.eachSignsIn }) }, { name: "auth", label: words.filters.auth, options: optionsOf(words.auths) },
  { name: "account", label: words.filters.account, options: optionsOf(words.accounts) }, { name: "origin", label: words.filters.origin, options: optionsOf(words.origins) },
];
const isFixed = (server) => server.origin === "catalog";

function StatusCell({ server }) {
  const is = rowStatus(server);
  const note = is === "paused" ? words.rolledBack : is === "error" ? server.message ?? server.last_error : null;
  return html`<div class="status-cell">${is === "each" ? html`<span class="status soft"><${Icon} name="users" /><span>${words.eachSignsIn}</span></span>` : html`<${Status} is=${is} />`}
    ${note && html`<p class="soft problem"><${Foreign} text=${note} limit=${110} /></p>`}</div>`;
}

function NameCell({ server }) {
  return html`<${Tile} name=${nameOf(server)} icon=${server.icon} /><span class="name-cell"><span><${Foreign} text=${nameOf(server)} limit=${80} /></span><small class="soft">${hostOf(server.url)}</small></span>`;
}

function ToolsCell({ server }) {
  const { on, total } = toolCounts(server);
  if (!total) return html`<span class="soft" title=${words.notListed}>–<span class="unseen">${words.notListed}</span></span>`;
  return html`<span title=${words.toolsHint(on, total)}>${words.toolsOf(on, total)}</span>`;
}

/** As wide before its figures are there as with them, so that nothing moves. */
function CallsCell({ isKnown, figures }) {
  if (!isKnown || !figures?.last_calls.length) return html`<div class="calls-cell soft">${isKnown && words.noCalls}</div>`;
  return html`<div class="calls-cell"><${Heartbeat} beats=${figures.last_calls} /><small class="soft" title=${words.callsHint(count(figures.calls), figures.failed)}>${words.day(count(figures.calls))}${
    figures.p95_ms !== null && ` · ${words.p95(duration(figures.p95_ms))}`}</small></div>`;
}

const columnsWith = ({ actions, figures }) => [
  { key: "name", label: words.name, sort: true, cell: (one) => html`<${NameCell} server=${one} />` },
  { key: "status", label: words.status, sort: true, cell: (one) => html`<${StatusCell} server=${one} />` },
  { key: "account", label: words.account, sort: true, cell: (one) => words.accounts[accountModeOf(one)] },
  { key: "access", label: words.access, cell: (one) => html`<span class="who">${words.who(one.access, me.value?.name)}${one.rollout?.state === "pilot" && html` <${Pill} tone="accent">${words.pilot}</${Pill}>`}</span>` },
  { key: "tools", label: words.tools, class: "number", sort: true, cell: (one) => html`<${ToolsCell} server=${one} />` },
  { key: "calls", label: words.lastCalls, class: "tight", sort: true, cell: (one) => html`<${CallsCell} isKnown=${Boolean(figures)} figures=${figures?.get(one.slug)} />` },
  { key: "menu", label: words.actions, hideLabel: true, class: "tight menu-cell", cell: actions },
];

function Pager({ page, total }) {
  const last = Math.ceil(total / pageSize);
  if (last < 2) return null;
  const go = (to) => () => { setQuery({ page: to > 1 ? String(to) : null }, { replace: false }); scrollTo(0, 0); };
  return html`<nav class="pager" aria-label=${words.pages}><span class="soft">${words.shown(count((page - 1) * pageSize + 1), count(Math.min(total, page * pageSize)), count(total))}</span>
    <${Button} small icon="chevron-left" label=${words.previous} disabled=${page <= 1} onClick=${go(page - 1)} />
    <${Button} small icon="chevron-right" label=${words.next} disabled=${page >= last} onClick=${go(page + 1)} /></nav>`;
}

/** Does `work` for each, a few at a time; gives what went wrong. */
async function forEach(all, work, tell) {
  const waiting = [...all];
  const problems = [];
  let done = 0;
  const one = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await work(next);
      } catch (error) {
        problems.push(error);
      }
      tell(++done);
    }
  };
  await Promise.all([one(), one(), one(), one()]);
  return problems;
}

function Selection({ chosen, all, setChosen, onEnable }) {
  const [done, setDone] = useState(/** @type {number | null} */ (null));
  const [asking, setAsking] = useState(false);
  const run = async (enabled) => {
    const some = chosen.filter((one) => one.enabled !== enabled);
    setDone(0);
    const problems = await forEach(some, (one) => onEnable(one, enabled), setDone);
    setDone(null);
    const good = some.length - problems.length;
    if (good) toast((enabled ? words.enabled : words.disabled)(good <= 3 && !problems.length ? list(some.map(nameOf)) : words.some(good)));
    if (problems.length) toast(words.notAll(problems.length, problems[0].message), { kind: "error" });
    else setChosen([]);
  };
  return html`<div class="selection" role="region" aria-label=${words.selected(chosen.length)}><strong role="status">${done === null ? words.selected(chosen.length) : words.working(done, chosen.length)}</strong>
    ${chosen.length < all.length && html`<${Button} small kind="quiet" onClick=${() => setChosen(all.map((one) => one.slug))}>${words.selectAll(all.length)}</${Button}>`}
    <span class="gap" /><${Button} small icon="power" disabled=${done !== null} onClick=${() => run(true)}>${words.enable}</${Button}>
    <${Button} small icon="circle-slash" disabled=${done !== null} onClick=${() => setAsking(true)}>${words.disable}</${Button}>
    <${Button} small kind="quiet" icon="x" label=${words.unselect} onClick=${() => setChosen([])} />
    ${asking && html`<${Confirm} title=${words.disableTitle(chosen.length)} action=${words.disable} danger onConfirm=${async () => { run(false); }} onClose=${() => setAsking(false)}>${words.disableText}</${Confirm}>`}</div>`;
}

/** Sign-ins that adding began, by slug; they go on while this page is shown. */
function useSignIns(onConnected) {
  const [flows, setFlows] = useState(/** @type {Record<string, any>} */ ({}));
  const [Panel, setPanel] = useState(/** @type {any} */ (null));
  const live = useRef(flows);
  live.current = flows;
  useEffect(() => () => { for (const flow of Object.values(live.current)) flow?.stop(); }, []);
  const begin = async (server, popup) => {
    const { runSignIn, SignInPanel } = await import("../parts/sign_in.js");
    setPanel(() => SignInPanel);
    const show = (flow) => setFlows((was) => ({ ...was, [server.slug]: flow && { ...flow, server } }));
    runSignIn({ popup, name: nameOf(server), path: `/v1/servers/${server.slug}`, show, onConnected: () => onConnected(server.slug) });
  };
  const again = (flow) => begin(flow.server, window.open(address("/oauth/wait"), `pb-${flow.server.slug}`, "popup,width=600,height=720"));
  const shown = Object.values(flows).filter(Boolean);
  const panels = Panel && shown.map((flow) => html`<div class="card" key=${flow.server.slug}><${Panel} flow=${flow} again=${() => again(flow)} /></div>`);
  return { begin, panels };
}

const loadDialog = () => import("./add_connection.js");

function useDialog() {
  const [query] = useQuery({ add: "" });
  const [Dialog, setDialog] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const soon = setTimeout(() => loadDialog().then((module) => setDialog(() => module.default), () => {}), 300);
    return () => clearTimeout(soon);
  }, []);
  useEffect(() => { if (query.add && !Dialog) loadDialog().then((module) => setDialog(() => module.default)); }, [query.add]);
  return query.add ? Dialog : null;
}

export default function Connections() {
  const styled = useStyles("css/connections.css"); // before it is there everything would jump
  const [query] = useQuery({ q: "", status: "", auth: "", account: "", origin: "", sort: "name", page: "1" });
  const servers = useServers();
  const Dialog = useDialog();
  const signIns = useSignIns(servers.refetch);
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  const rows = servers.rows;
  const found = useMemo(() => rows && sorted(matching(rows, query), query.sort, servers.figures), [rows, servers.figures, query.q, query.status, query.auth, query.account, query.origin, query.sort]);

  const setEnabled = async (server, enabled) => {
    try {
      servers.put(await api("PATCH", `/v1/servers/${server.slug}`, { enabled, revision: server.revision }));
    } catch (error) {
      if (error.isConflict || error.status === 412) servers.refetch(server.slug);
      throw error;
    }
  };
  const flip = (server) => setEnabled(server, !server.enabled)
    .then(() => toast((server.enabled ? words.disabled : words.enabled)(nameOf(server))), (error) => toast(error.isConflict ? words.changed(nameOf(server)) : error.message, { kind: "error" }));
  const test = async (server) => {
    const away = toast(words.testing(nameOf(server)), { kind: "info", seconds: 0 });
    try {
      const answer = await api("POST", `/v1/servers/${server.slug}/test`);
      toast(answer.ok ? words.testGood(nameOf(server), answer.tools.length) : words.testBad(nameOf(server), answer.message), { kind: answer.ok ? "good" : "error" });
      servers.refetch(server.slug);
    } catch (error) {
      toast(error.message, { kind: "error" });
    } finally {
      away();
    }
  };
  const actions = (one) => html`<${Menu} label=${words.menu(nameOf(one))} items=${[
    { icon: "activity", label: words.test, onSelect: () => test(one) },
    { icon: "wrench", label: words.seeTools, href: address(`/connections/${one.slug}/tools`) },
    { icon: "settings", label: words.settings, href: address(`/connections/${one.slug}/settings`) }, null,
    { icon: one.enabled ? "circle-slash" : "power", label: one.enabled ? words.disable : words.enable, disabled: isFixed(one), hint: isFixed(one) ? words.fromFile : undefined, onSelect: () => flip(one) },
  ]} />`;
  const add = html`<${Button} kind="primary" icon="plus" data-new onClick=${() => setQuery({ add: "1" }, { replace: false })}>${words.add}</${Button}>`;
  const closeDialog = () => {
    setQuery({ add: null });
    setTimeout(() => { if (document.activeElement === document.body) /** @type {HTMLElement | null} */ (document.querySelector("[data-new]"))?.focus(); });
  };

  const page = Math.max(1, Math.min(Number(query.page) || 1, Math.ceil((found?.length ?? 1) / pageSize) || 1));
  const choosable = (found ?? []).filter((one) => !isFixed(one));
  const picked = choosable.filter((one) => chosen.includes(one.slug));
  const isEmpty = rows?.length === 0 && servers.isComplete;
  const sort = { by: query.sort.replace(/^-/, ""), descending: query.sort.startsWith("-") };
  return html`<${Page} title=${words.title} lead=${words.lead} actions=${isEmpty ? undefined : add} class="server-list">
    ${styled && !isEmpty && html`<div class="row list-tools"><${SearchField} label=${words.search} value=${query.q} onInput=${(q) => setQuery({ q, page: null })} /><${FilterChips} filters=${filters} /></div>`}
    ${servers.error && html`<${ErrorNotice} error=${servers.error} retry=${servers.reload} />`}
    ${signIns.panels}
    ${!found || !styled ? !servers.error && html`<${Skeleton} lines=${6} />` : isEmpty ? html`<${EmptyState} icon="plug" title=${words.emptyTitle} action=${add}>${words.empty}</${EmptyState}>`
    : html`${picked.length > 0 && html`<${Selection} chosen=${picked} all=${choosable} setChosen=${setChosen} onEnable=${setEnabled} />`}
      <${DataTable} caption=${words.title} columns=${columnsWith({ actions, figures: servers.figures })} rows=${found.slice((page - 1) * pageSize, page * pageSize)} id=${(one) => one.slug}
        to=${(one) => `/connections/${one.slug}`} sort=${sort} onSort=${({ by, descending }) => setQuery({ sort: by === "name" && !descending ? null : descending ? `-${by}` : by, page: null })}
        rowClass=${(one) => (one.enabled ? "" : "off")} empty=${html`<${EmptyState} icon="search" title=${words.noneTitle}
          action=${html`<${Button} onClick=${() => setQuery({ q: null, status: null, auth: null, account: null, origin: null, page: null })}>${words.clear}</${Button}>`} />`}
        choose=${{ chosen, onChange: setChosen, may: (one) => !isFixed(one), label: (one) => words.selectOne(nameOf(one)), all: words.choose, why: words.fromFile }} />
      <div class="row between foot"><span class="soft" role="status">${!servers.isComplete ? words.loadingRest(count(rows.length)) : words.matches(found.length)}</span><${Pager} page=${page} total=${found.length} /></div>`}
    ${Dialog && html`<${Dialog} servers=${servers} onClose=${closeDialog} onSignIn=${signIns.begin} />`}
  </${Page}>`;
}
