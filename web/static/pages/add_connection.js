// @ts-check
// Adds a connection in one dialog: search or paste, look at what is there, say who may use it.
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { api, me, useLoaded } from "../app/api.js";
import { returnAddress } from "../app/return_address.js";
import { address } from "../app/where.js";
import { hostOf } from "../app/server_rows.js";
import { readPasted } from "../app/pasted.js";
import { actionOf, anew, bodyOf, emptyDraft, filledIn, foundBy, foundIn, problemsOf, typed } from "../app/server_draft.js";
import { useProbe } from "../app/probe.js";
import { Button, Foreign, Icon, Loaded, Notice, toast } from "../parts/kit.js";
import { Dialog } from "../parts/dialog.js";
import { useFocusError } from "../parts/form.js";
import { ProbeCard, Steps } from "../parts/probe_card.js";
import { NoPreset, PresetGrid, matchingPresets } from "../parts/preset_grid.js";
import { ServerFields } from "../parts/server_fields.js";
import { words } from "../i18n/en/add_connection.js";

const undoSeconds = 10;
const fieldOf = { slug: "slug", slug_taken: "slug", title: "name", api_key: "key", headers: "headers", member_headers: "memberHeaders", timeout_seconds: "timeout", timeout: "timeout", description: "description", access: "who" };

function Bar({ text, onText, onEnter, onDown, input, describedBy }) {
  const keys = (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); onDown(); }
    if (event.key === "Enter" && onEnter()) event.preventDefault();
  };
  return html`<div class="bar"><label class="unseen" for="add-bar">${words.bar}</label><${Icon} name="search" />
    <input id="add-bar" ref=${input} data-first maxlength="20000" autocomplete="off" autocapitalize="none" spellcheck=${false} data-1p-ignore data-lpignore="true" placeholder=${words.bar} aria-describedby=${describedBy}
      value=${text} onInput=${(event) => onText(event.currentTarget.value)} onKeyDown=${keys} />
    ${text && html`<${Button} kind="quiet" icon="x" label=${words.clear} onClick=${() => { onText(""); input.current?.focus(); }} />`}</div>`;
}

/** Why what stands in the bar leads nowhere. */
function Misread({ pasted, text }) {
  if (pasted.kind === "secret") return html`<${Notice} kind="warn" live title=${words.secretTitle}>${text.includes("://") ? words.secretInUrl : words.secretInBar}</${Notice}>`;
  if (pasted.kind === "command") return html`<${Notice} kind="warn" title=${words.command}>${words.commandText}</${Notice}>`;
  if (pasted.kind === "scheme") return html`<${Notice} kind="warn" title=${words.scheme} />`;
  if (pasted.kind === "broken") return html`<${Notice} kind="warn" title=${words.broken}>${words.brokenText}</${Notice}>`;
  return null;
}

/** The draft that belongs to what stands in the bar, filled in as more becomes known. */
function useDraft(pasted, presets, servers) {
  const [draft, setDraft] = useState(emptyDraft);
  const url = pasted.kind === "address" ? pasted.url : "";
  const preset = url ? presets.find((one) => one.url === url) : undefined;
  const probe = useProbe(url);
  const taken = (servers.rows ?? []).map((one) => one.slug);
  const before = useRef("");
  useEffect(() => {
    if (!url) return;
    const isSameHost = hostOf(before.current) === hostOf(url);
    before.current = url;
    setDraft((was) => filledIn(typed(anew(was, isSameHost), pasted.given ?? {}), preset ? foundIn(preset) : { url }, taken));
  }, [url, preset]);
  useEffect(() => {
    if (probe.result?.ok) setDraft((was) => filledIn(was, { ...foundBy(probe.result), ...(preset && { name: preset.title, slug: preset.key }) }, taken));
  }, [probe.result]);
  return { draft, preset, probe, url, taken, put: (change) => setDraft((was) => typed(was, change)) };
}

/** Saving looks at the server by itself, so a test may have to wait for that one. */
async function test(slug) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await api("POST", `/v1/servers/${slug}/test`);
    } catch (error) {
      if (error.status !== 429 || tries > 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function forWhom(draft) {
  if (draft.who !== "chosen") return words.forWhom[draft.who];
  const names = [...draft.teams, ...draft.people];
  return words.forWhom.chosen(names.slice(0, 2).join(", "), Math.max(0, names.length - 2));
}

function undo(server, servers) {
  return async () => {
    try {
      await api("DELETE", `/v1/servers/${server.slug}`);
      servers.remove(server.slug);
      toast(words.undone(server.title || server.slug));
    } catch (error) {
      toast(error.message, { kind: "error" });
    }
  };
}

function sayDone(draft, server, tools, servers, action) {
  const isEach = draft.mode === "perMember" && draft.auth !== "none" && action === "add";
  toast(`${words.done(server.title || server.slug, forWhom(draft), tools)}${isEach ? ` ${words.eachGives}` : ""}`, { seconds: undoSeconds, actions: [
    { label: words.testTools, href: address(`/connections/${server.slug}/tools`) }, { label: words.undo, onSelect: undo(server, servers) }] });
}

const isRejected = (failure) => failure.error === "upstream_unauthorized";

function NotYet({ name, failure }) {
  return html`<div class="stack tight"><${Notice} kind="error" title=${words.savedTitle(name)}>${isRejected(failure) ? words.rejected : html`<${Foreign} text=${failure.message} />`}</${Notice}><${Steps} steps=${failure.steps} /></div>`;
}

/** `servers` is the list that the page shows; `onSignIn(row, popup)` goes on with a sign-in that the click has begun. */
export default function AddConnection({ servers, onClose, onSignIn }) {
  const [text, setText] = useState("");
  const [byHand, setByHand] = useState("");
  const [problems, setProblems] = useState(/** @type {Record<string, string>} */ ({}));
  const [saved, setSaved] = useState(/** @type {any} */ (null));
  const [failure, setFailure] = useState(/** @type {any} */ (null));
  const [working, setWorking] = useState("");
  const presets = useLoaded("/v1/servers/presets");
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const pasted = useMemo(() => readPasted(text), [text]);
  const { draft, preset, probe, url, taken, put } = useDraft(pasted, presets.value?.presets ?? [], servers);
  const [refused, setRefused] = useState(problems); // as they were when it was tried; a fix elsewhere must not move the focus
  useFocusError(refused);

  const isReady = Boolean(url) && (Boolean(preset) || byHand === url || saved || probe.state === "unknown" || (probe.state === "done" && probe.result.ok));
  const action = actionOf(draft, probe.result, me.value ?? {});
  const others = saved ? taken.filter((one) => one !== saved.slug) : taken;
  const refuse = (wrong) => {
    setProblems(wrong);
    setRefused(wrong);
  };
  const change = (next) => {
    put(next);
    setProblems((was) => Object.fromEntries(Object.entries(was).filter(([name]) => !(name in next) && !("auth" in next) && !("mode" in next) && !("who" in next))));
  };

  const save = async () => {
    const { slug, preset: from, ...body } = bodyOf(draft, me.value);
    const row = saved ? await api("PATCH", `/v1/servers/${saved.slug}`, { ...body, revision: saved.revision }) : await api("POST", "/v1/servers", { slug, ...(from && { preset: from }), ...body });
    servers.put(row);
    return row;
  };
  const submit = async () => {
    if (!isReady) return;
    const wrong = problemsOf(draft, others, words.rules);
    refuse(wrong);
    setFailure(null);
    if (Object.keys(wrong).length) return;
    const popup = action === "signIn" ? window.open(address("/oauth/wait"), `pb-add-${draft.slug}`, "popup,width=600,height=720") : null;
    setWorking(words.working[action === "test" ? "add" : action]);
    try {
      const row = await save();
      let tools = probe.result?.tools ?? null;
      if (action === "test") {
        setWorking(words.working.test);
        const answer = await test(row.slug);
        setSaved(await servers.refetch(row.slug) ?? row);
        if (!answer.ok) {
          setFailure(answer);
          if (isRejected(answer) && draft.auth === "apiKey") refuse({ key: words.rules.keyRejected });
          return;
        }
        tools = answer.tools.length;
      }
      onClose();
      sayDone(draft, row, tools, servers, action);
      if (action === "signIn") onSignIn(row, popup);
    } catch (error) {
      popup?.close();
      const field = fieldOf[error.field ?? error.id] ?? (error.isConflict && !saved ? "slug" : null);
      if (!field) throw error;
      refuse({ [field]: error.message });
    } finally {
      setWorking("");
    }
  };
  const pick = (one) => { setText(one.url); input.current?.focus(); };
  const shown = matchingPresets(presets.value?.presets ?? [], pasted.kind === "filter" || (pasted.kind === "address" && !text.includes("/")) ? text : "");
  const enter = () => {
    if (isReady) return false;
    if (pasted.kind === "filter" && shown.length) pick(shown[0]);
    return true;
  };
  const takeBack = async () => { await undo(saved, servers)(); onClose(); };
  const actions = ({ busy }) => saved ? html`<${Button} kind="danger" onClick=${takeBack}>${words.takeBack}</${Button}><${Button} onClick=${() => onClose()}>${words.keep}</${Button}>
      <${Button} type="submit" kind="primary" busy=${busy}>${working || words.testAgain}</${Button}>`
    : html`<${Button} onClick=${() => onClose()}>${words.cancel}</${Button}><${Button} type="submit" kind="primary" busy=${busy} disabled=${!isReady}>${working || words.actions[isReady ? action : "add"]}</${Button}>`;
  return html`<div class="add"><${Dialog} title=${words.title} wide steady onClose=${onClose} onSubmit=${submit} actions=${actions}>
    <${Bar} text=${text} onText=${setText} input=${input} onEnter=${enter} onDown=${() => /** @type {any} */ (document.querySelector(".add .preset"))?.focus()} />
    <div role="status" class="unseen">${probe.state === "checking" ? words.checking(hostOf(url)) : ""}</div>
    ${url ? html`<${ProbeCard} probe=${probe} url=${url} preset=${preset} icon=${presets.value?.presets.find((one) => one.key === probe.result?.preset)?.icon} onAddress=${setText} byHand=${isReady ? undefined : () => setByHand(url)} />`
    : html`<${Misread} pasted=${pasted} text=${text} />`}
    ${failure && html`<${NotYet} name=${draft.name} failure=${failure} />`}
    ${isReady ? html`<${ServerFields} draft=${draft} put=${change} problems=${problems} probe=${probe} returnAddress=${returnAddress()} />`
    : !url && html`<${Loaded} of=${presets}>${() => (shown.length ? html`<${PresetGrid} presets=${shown} servers=${servers.rows ?? []} onPick=${pick} onUp=${() => input.current?.focus()} />`
      : html`<${NoPreset} text=${text.trim()} />`)}</${Loaded}>`}
  </${Dialog}></div>`;
}
