// @ts-check
// Waits for a client's first call since the page was opened: a question every second and a half, fewer later, none while the
// page is hidden.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { api } from "../../app/api.js";
import { address } from "../../app/where.js";
import { Button, Foreign, Icon, Notice, Time } from "../../parts/kit.js";
import { words } from "../../i18n/en/connect.js";

const often = 1_500;
const seldom = 10_000;
const patience = 45_000; // then it says what may be wrong
const eager = 180_000; // then it asks less often
const end = 1_800_000;

const keyOf = (one) => `${one.name}\n${one.version ?? ""}`;

/** Who has called since `before`: the client itself where it is among them, else whoever. */
export function newcomer(client, before, now) {
  const fresh = now.filter((one) => before.get(keyOf(one)) !== one.last_seen_at).sort((a, b) => (a.last_seen_at < b.last_seen_at ? 1 : -1));
  const own = fresh.find((one) => client.seen?.test(one.name.trim()));
  return own ? { one: own, isOwn: true } : fresh.length ? { one: fresh[0], isOwn: !client.seen } : null;
}

function useWaiting(client, round, onSeen) {
  const [state, setState] = useState({ found: /** @type {any} */ (null), since: Date.now(), over: false });
  const seen = useRef(onSeen);
  seen.current = onSeen;
  useEffect(() => {
    const stop = new AbortController();
    const begun = Date.now();
    let before = /** @type {Map<string, string> | null} */ (null);
    let timer = 0;
    setState({ found: null, since: begun, over: false });
    const plan = () => {
      if (stop.signal.aborted) return;
      const waited = Date.now() - begun;
      if (waited > end) setState((was) => ({ ...was, over: true }));
      else timer = setTimeout(look, waited > eager ? seldom : often);
    };
    const look = async () => {
      clearTimeout(timer);
      if (document.hidden) return;
      try {
        const { clients } = await api("GET", "/v1/me/clients", undefined, { signal: stop.signal });
        const found = before && newcomer(client, before, clients);
        before ??= new Map(clients.map((one) => [keyOf(one), one.last_seen_at]));
        setState((was) => ({ ...was, found: found ?? was.found }));
        if (found?.isOwn) return seen.current?.();
      } catch {
        // The shell says that the server is away; this goes on asking.
      }
      plan();
    };
    const shown = () => { if (!document.hidden) look(); };
    document.addEventListener("visibilitychange", shown);
    look();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", shown);
    };
  }, [client, round]);
  return state;
}

export function ClientCheck({ client, onTroubles, onSeen }) {
  const [round, setRound] = useState(0);
  const [isLate, setLate] = useState(false);
  const { found, over } = useWaiting(client, round, onSeen);
  useEffect(() => {
    setLate(false);
    const timer = setTimeout(() => setLate(true), patience);
    return () => clearTimeout(timer);
  }, [round]);
  const again = html`<${Button} small onClick=${() => setRound(round + 1)}>${words.checking.again}</${Button}>`;
  if (found?.isOwn) {
    const name = html`<${Foreign} text=${words.version(found.one.name, found.one.version)} limit=${80} />`;
    return html`<div role="status" class="client-check"><${Notice} kind="good" title=${words.checking.connected(client.seen ? client.name : found.one.name)} action=${html`<${Button} small href=${address("/tools")}>${words.checking.seeTools}</${Button}>`}>
      ${name} ${words.checking.called} <${Time} when=${found.one.last_seen_at} />.</${Notice}></div>`;
  }
  return html`<div role="status" class="client-check stack tight">
    ${over ? html`<p class="row"><${Icon} name="circle-dashed" /><span>${words.checking.stopped}</span>${again}</p>`
      : html`<p class="row"><${Icon} name=${isLate ? "circle-dashed" : "loader-circle"} class=${isLate ? "" : "spin"} /><span><strong>${isLate ? words.checking.still(client.name) : words.checking.waiting(client.name)}</strong> <span class="soft">${isLate ? words.checking.stillHint : words.checking.waitingHint}</span></span>
        ${isLate && html`<${Button} small onClick=${onTroubles}>${words.checking.troubleshoot}</${Button}>`}</p>`}
    ${found && html`<${Notice}>${words.checking.otherStart} <${Foreign} text=${words.version(found.one.name, found.one.version)} limit=${80} /> ${words.checking.called} <${Time} when=${found.one.last_seen_at} />. ${words.checking.otherHint}</${Notice}>`}</div>`;
}
