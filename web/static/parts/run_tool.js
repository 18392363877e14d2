// @ts-check
// The arguments of a tool, running it, and what it answered.
import { html, useEffect, useId, useMemo, useRef, useState } from "../vendor/preact.js";
import { address, whileHere } from "../app/where.js";
import { api } from "../app/api.js";
import { callTool, commandOf, curlOf } from "../app/call_tool.js";
import { JsonError, readExact, writeExact } from "../app/schema/exact.js";
import { isObject, rootNode } from "../app/schema/schema.js";
import { complete } from "../app/schema/model.js";
import { check, problemsIn } from "../app/schema/check.js";
import { Button, Disclosure, ErrorNotice, Foreign, Icon, Notice } from "./kit.js";
import { Segmented } from "./form.js";
import { Confirm } from "./dialog.js";
import { CopyButton } from "./copy.js";
import { SchemaForm } from "./schema_form.js";
import { TextBlock } from "./json_view.js";
import { Sent, ToolResult, saveResult } from "./tool_result.js";
import { words as all } from "../i18n/en/tools.js";

const words = all.run;

const schemaOf = (tool) => (isObject(tool.input_schema) ? { ...tool.input_schema, ...(tool.input_schema.type === undefined && !tool.input_schema.$ref && { type: "object" }) } : { type: "object" });

/** The arguments: what the form and the JSON both show, and what is wrong with them. */
function useArguments(tool) {
  const schema = useMemo(() => schemaOf(tool), [tool]);
  const node = useMemo(() => rootNode(schema), [schema]);
  const [value, setValue] = useState(/** @type {any} */ ({}));
  const [chosen, setChosen] = useState({});
  const [mode, setMode] = useState(node.kind === "json" ? "json" : "form");
  const [text, setText] = useState("{}");
  const [broken, setBroken] = useState(/** @type {JsonError | null} */ (null));
  const [attempted, setAttempted] = useState(0);
  const [touched, setTouched] = useState(new Set());
  const [said, setSaid] = useState(new Map());
  const whole = useMemo(() => complete(schema, schema, value, chosen), [schema, value, chosen]);
  const problems = useMemo(() => check(schema, schema, whole, chosen), [schema, whole, chosen]);
  const change = (next) => { setValue(next); if (said.size) setSaid(new Map()); };
  const type = (typed) => {
    setText(typed);
    if (said.size) setSaid(new Map());
    try {
      const next = readExact(typed);
      setBroken(isObject(next) ? null : new JsonError(words.notAnObject, 1, 1));
      if (isObject(next)) setValue(next);
    } catch (error) {
      setBroken(/** @type {JsonError} */ (error));
    }
  };
  const show = (next) => {
    if (next === "json") {
      setText(writeExact(whole, 2));
      setBroken(null);
    } else if (broken) return setAttempted(attempted + 1);
    setMode(next);
  };
  const byPointer = useMemo(() => new Map(problems.map((one) => [one.pointer, one.message])), [problems]);
  const present = (pointer) => byPointer.get(pointer) !== undefined && touched.has(pointer);
  const problemOf = (pointer) => said.get(pointer) ?? (attempted || (present(pointer) && pointer in flat(value)) ? byPointer.get(pointer) : undefined);
  return { schema, node, value, change, chosen, setChosen, mode, show, text, type, broken, whole, problems, problemOf, attempted, attempt: () => setAttempted((was) => was + 1),
    touch: (pointer) => setTouched((was) => (was.has(pointer) ? was : new Set([...was, pointer]))), setSaid };
}

/** The pointers of everything that is filled in. */
function flat(value, path = "", found = {}) {
  if (value === null || typeof value !== "object" || value.text !== undefined) return (found[path] = true), found;
  for (const [name, one] of Object.entries(value)) flat(one, `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, found);
  found[path] = true;
  return found;
}

const focusFirst = () => setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector('.run-arguments [aria-invalid="true"], .run-arguments [data-wrong]'))?.focus());

function JsonTab({ args }) {
  const id = useId();
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const { broken, text } = args;
  const goThere = () => {
    const lines = text.split("\n");
    const at = lines.slice(0, broken.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + broken.column - 1;
    area.current?.focus();
    area.current?.setSelectionRange(at, at + 1);
  };
  return html`<div class=${broken ? "field wrong" : "field"}><label for=${id} class="unseen">${words.jsonLabel}</label>
    <textarea id=${id} ref=${area} class="mono run-json" rows=${Math.min(24, Math.max(8, text.split("\n").length + 1))} spellcheck=${false} autocapitalize="off" aria-describedby=${broken ? `${id}e` : undefined}
      aria-invalid=${broken ? "true" : undefined} value=${text} onInput=${(event) => args.type(event.currentTarget.value)} />
    ${broken && html`<p class="field-error" id=${`${id}e`} role="status"><${Icon} name="circle-alert" /><span>${words.jsonWrong(broken.line, broken.column)} <${Foreign} text=${broken.message} limit=${160} /> <button type="button" class="link" onClick=${goThere}>${words.goThere}</button></span></p>`}
    ${!broken && args.attempted > 0 && args.problems.map((one) => html`<p class="field-error" key=${one.pointer}><${Icon} name="circle-alert" /><span><code>${one.pointer || "/"}</code> <${Foreign} text=${one.message} limit=${160} /></span></p>`)}</div>`;
}

/** What is wrong, in a word, once running was tried; those that no field shows are named. */
function Summary({ args }) {
  if (!args.attempted || !args.problems.length || args.mode === "json") return null;
  return html`<div class="field-error" role="alert"><${Icon} name="circle-alert" /><span>${words.fix(args.problems.length)} ${args.problems.slice(0, 5).map((one) => html`<span class="run-problem"><code><${Foreign} text=${one.pointer || "/"} limit=${60} /></code> <${Foreign} text=${one.message} limit=${120} /> </span>`)}</span></div>`;
}

function Arguments({ args, tool }) {
  const takesNothing = args.node.kind === "object" && !args.node.properties?.length && !isObject(args.node.additional);
  return html`<div class="row between run-head"><h2>${words.arguments}</h2>${args.node.kind !== "json" && html`<${Segmented} label=${words.asForm} hideLabel value=${args.mode} onChange=${args.show}
      options=${[{ value: "form", label: words.form }, { value: "json", label: words.json }]} />`}</div>
    ${args.node.kind === "json" && html`<p class="soft">${words.wholeJson(args.node.reason ?? "")}</p>`}
    ${args.mode === "json" ? html`<${JsonTab} args=${args} />` : takesNothing ? html`<p class="soft">${words.noArguments}</p>`
      : html`<${SchemaForm} root=${args.schema} value=${args.whole} onChange=${args.change} chosen=${args.chosen} onChoose=${args.setChosen} problemOf=${args.problemOf} onTouch=${args.touch} />`}
    ${args.node.unchecked.length > 0 && html`<p class="soft">${words.unchecked}</p>`}<${Summary} args=${args} />
    <${Disclosure} summary=${words.elsewhere}><${CopyRow} tool=${tool} text=${writeExact(args.whole)} /></${Disclosure}>`;
}

const publicUrl = () => location.origin + address("");

/** How to do the same elsewhere. */
function CopyRow({ tool, text }) {
  return html`<div class="row"><${CopyButton} label=${words.copyCurl} text=${() => curlOf({ url: publicUrl(), name: tool.name, argumentsText: text })} />
    <${CopyButton} label=${words.copyCommand} text=${() => commandOf({ url: publicUrl(), capability: tool.capability, argumentsText: text })} /><span class="soft">${words.needsToken}</span></div>`;
}

/** Seconds since the start, drawn by itself so that nothing else is. */
function Elapsed({ since }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, [since]);
  return html`<span class="run-elapsed" data-elapsed>${words.elapsed(Math.max(0, now - since))}</span>`;
}

/** Asks Patchbay's own question, which the person has just answered: this very call, once. */
async function giveWord(tool) {
  const { approvals } = await api("GET", "/v1/me/approvals");
  const mine = approvals.filter((one) => one.server === tool.server && one.tool === tool.tool).at(-1);
  if (!mine) return false;
  await api("POST", `/v1/me/approvals/${mine.id}`, { allow: true });
  return true;
}

function useRun(tool, args) {
  const [run, setRun] = useState(/** @type {any} */ ({ state: "idle" }));
  const control = useRef(/** @type {AbortController | null} */ (null));
  useEffect(() => () => control.current?.abort(), []);
  const start = async (text, hasWord) => {
    const mine = (control.current = new AbortController());
    const sent = { name: tool.name, text, at: Date.now() };
    whileHere().addEventListener("abort", () => mine.abort(), { once: true });
    setRun({ state: "running", sent });
    const call = () => callTool({ name: tool.name, argumentsText: text, signal: mine.signal, onProgress: (progress) => control.current === mine && setRun((was) => (was.state === "running" ? { ...was, progress } : was)) });
    try {
      let outcome = await call();
      if (outcome.error === "needs_approval" && hasWord && (await giveWord(tool))) outcome = await call();
      setRun({ state: "done", sent, outcome, ms: outcome.tookMs ?? Date.now() - sent.at });
      if (outcome.isError) args.setSaid(new Map(problemsIn(textOf(outcome)).map((one) => [one.pointer, one.message])));
    } catch (error) {
      if (mine.signal.aborted) setRun({ state: "cancelled", sent });
      else setRun({ state: "failed", sent, error: /** @type {any} */ (error).id === "cut" || error instanceof TypeError ? new Error(words.cut) : error });
    }
  };
  return { run, start, cancel: () => control.current?.abort() };
}

const textOf = (outcome) => (Array.isArray(outcome.result.content) ? outcome.result.content : []).map((part) => (typeof part?.text === "string" ? part.text : "")).join("\n");

function Outcome({ run, tool, again, giveWordNow }) {
  if (run.state === "idle") return html`<p class="soft run-empty">${words.noResult}</p>`;
  if (run.state === "running") return html`<p class="soft run-empty">${words.running} <${Elapsed} since=${run.sent.at} />${run.progress && html` · ${words.progress(Number(run.progress.progress) || 0, Number(run.progress.total) || 0)} <${Foreign} text=${run.progress.message} limit=${120} />`}</p>`;
  const isError = run.state === "done" && run.outcome.isError;
  const buttons = html`<div class="row run-again"><${Button} small icon="rotate-ccw" data-replay onClick=${() => again(run.sent.text)}>${words.runAgain}</${Button}>
    ${run.state === "done" && html`<${Button} small icon="download" onClick=${() => saveResult(tool.tool, run.outcome)}>${words.saveResult}</${Button}><${CopyButton} label=${words.copyText} text=${() => textOf(run.outcome) || writeExact(run.outcome.result, 2)} />`}</div>`;
  return html`${run.state === "failed" && html`<${ErrorNotice} error=${run.error} />`}${run.state === "cancelled" && html`<${Notice} kind="warn">${words.cancelled}</${Notice}>`}
    ${isError && html`<${Problem} run=${run} tool=${tool} giveWordNow=${giveWordNow} />`}
    ${run.state === "done" && html`<${ToolResult} outcome=${run.outcome} outputSchema=${tool.output_schema} />`}${buttons}
    <${Sent} sent=${run.sent}><${CopyRow} tool=${tool} text=${run.sent.text} /></${Sent}>`;
}

/** What can be done about an error of Patchbay's own. */
function Problem({ run, tool, giveWordNow }) {
  if (run.outcome.error === "needs_approval") return html`<${Notice} kind="warn" action=${html`<${Button} small onClick=${() => giveWordNow(run.sent.text)}>${words.giveWord}</${Button}>`}>${words.needsApproval}</${Notice}>`;
  if (["needs_connection", "upstream_unauthorized"].includes(run.outcome.error)) return html`<${Notice} kind="warn" action=${html`<${Button} small href=${address("/")}>${words.connect}</${Button}>`}><strong><${Foreign} text=${tool.server_title} limit=${60} /></strong></${Notice}>`;
  return null;
}

function Asking({ tool, account, text, onConfirm, onClose }) {
  const title = tool.title || tool.tool;
  return html`<${Confirm} title=${words.confirmTitle} action=${words.confirmRun} danger=${tool.destructive === true} onConfirm=${onConfirm} onClose=${onClose}>
    <div class="stack"><p><${Foreign} text=${tool.destructive ? words.confirmDeletes(title, tool.server_title) : words.confirmChanges(title, tool.server_title)} limit=${300} /></p>
    ${tool.policy === "ask" && html`<p>${words.confirmAsk}</p>`}
    <dl class="facts"><dt>${words.tool}</dt><dd><code>${tool.tool}</code></dd><dt>${words.connection}</dt><dd><${Foreign} text=${tool.server_title} limit=${80} /> <code class="soft">${tool.server}</code></dd><dt>${words.account}</dt><dd><${Foreign} text=${account} limit=${120} /></dd></dl>
    <${TextBlock} text=${text} name=${words.confirmArguments} json /></div></${Confirm}>`;
}

/** A tool that says it only reads runs at once; every other is asked for, each time. */
const mustAsk = (tool) => tool.read_only !== true || tool.destructive === true || tool.policy === "ask";

export function RunTool({ tool, account }) {
  const args = useArguments(tool);
  const { run, start, cancel } = useRun(tool, args);
  const [asking, setAsking] = useState(/** @type {string | null} */ (null));
  const isRunning = run.state === "running";
  const result = useRef(/** @type {HTMLElement | null} */ (null));
  const begin = (text) => (mustAsk(tool) ? setAsking(text) : void start(text, false));
  const tryRun = () => {
    if (isRunning || asking !== null) return;
    args.attempt();
    if ((args.mode === "json" && args.broken) || args.problems.length) return focusFirst();
    begin(writeExact(args.whole));
  };
  const keys = (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    tryRun();
  };
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const listen = (event) => !event.target.closest?.("dialog") && latest.current(event);
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  useEffect(() => { if (["done", "failed"].includes(run.state) && innerWidth < 1000) result.current?.scrollIntoView({ block: "start" }); }, [run.state]);
  const isError = run.state === "failed" || (run.state === "done" && run.outcome.isError);
  const said = run.state === "done" ? (isError ? words.failed(run.ms) : words.done(run.ms)) : run.state === "failed" ? words.refused : "";
  return html`<div class="run"><section class="card run-arguments" aria-label=${words.arguments}><${Arguments} args=${args} tool=${tool} /></section>
    <div class="run-side"><div class="run-bar"><${Button} kind="primary" icon="play" busy=${isRunning} data-run onClick=${tryRun}>${words.run}</${Button}>
        ${isRunning ? html`<${Button} icon="x" data-cancel onClick=${cancel}>${words.cancel}</${Button}><${Elapsed} since=${run.sent.at} />` : html`<span class="soft run-keys">${words.keys}</span>`}</div>
      <section class=${isError ? "card run-result wrong" : "card run-result"} ref=${result} aria-label=${words.result} aria-busy=${isRunning ? "true" : undefined}>
        <div class="row between run-head"><h2>${words.result}</h2><span class="run-said" data-state=${run.state} role=${isError ? "alert" : "status"}>${said && html`<${Icon} name=${isError ? "circle-x" : "circle-check"} /> ${said}`}</span></div>
        <${Outcome} run=${run} tool=${tool} again=${begin} giveWordNow=${(text) => start(text, true)} /></section></div>
    ${asking !== null && html`<${Asking} tool=${tool} account=${account} text=${asking} onClose=${() => setAsking(null)} onConfirm=${() => { const text = asking; setAsking(null); void start(text, true); }} />`}</div>`;
}
