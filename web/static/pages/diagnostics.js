// @ts-check
// What could be wrong between people, Patchbay and the services: the server's checks, this browser's, and a report of both.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { api, appliance } from "../app/api.js";
import { checkAddress, checkClock, checkSecure, checkStream, reportOf, tally } from "../app/diagnostics.js";
import { askServer, timeEvents } from "../app/measure.js";
import { address, whileHere } from "../app/where.js";
import { Button, ErrorNotice, Foreign, Icon, Notice, Page, Skeleton } from "../parts/kit.js";
import { CodeBlock } from "../parts/copy.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/settings.js";
import { SectionTabs } from "./settings.js";

const w = words.diagnostics;
const icons = { pass: "circle-check", warn: "triangle-alert", fail: "circle-x", skip: "circle-dashed", wait: "loader-circle" };

function Check({ check }) {
  return html`<li class=${`check-${check.status}`} data-check=${check.id}><${Icon} name=${icons[check.status]} class=${check.status === "wait" ? "spin" : undefined} />
    <span><span class="check-name">${w.names[check.id] ?? check.id}</span><span class="check-word">${w.words[check.status]}</span></span><span><${Foreign} text=${check.message} /></span></li>`;
}

const Checks = ({ id, title, checks }) => html`<section class="stack tight" aria-labelledby=${id}><h2 id=${id}>${title}</h2><ul class="checks">${checks.map((one) => html`<${Check} key=${one.id} check=${one} />`)}</ul></section>`;

async function listen(signal) {
  try {
    const arrived = await timeEvents(signal);
    return arrived ? checkStream(arrived) : { id: "stream", status: "skip", message: w.stream.skip };
  } catch (error) {
    return { id: "stream", status: "fail", message: w.stream.broken(error.message) };
  }
}

/** What is known so far of one round; { server, browser, report, error }. A new round ends the one before. */
function useRound() {
  const [state, setState] = useState(/** @type {any} */ ({ server: undefined, browser: [] }));
  const running = useRef(/** @type {AbortController | null} */ (null));
  const run = async (long) => {
    running.current?.abort();
    const mine = (running.current = new AbortController());
    const signal = AbortSignal.any([mine.signal, whileHere()]);
    const secure = checkSecure({ secure: isSecureContext, clipboard: Boolean(navigator.clipboard), crypto: Boolean(globalThis.crypto?.subtle) });
    const waiting = (id, message) => ({ id, status: "wait", message });
    const opened = location.origin + address("");
    setState((was) => ({ ...was, error: null, busy: true, browser: [waiting("address", w.checking), waiting("clock", w.checking), secure, waiting("stream", w.stream.wait)] }));
    const put = (change, checks) => {
      if (!signal.aborted) setState((was) => ({ ...was, ...change, browser: was.browser.map((one) => checks.find((check) => check.id === one.id) ?? one) }));
    };
    const events = listen(signal).then((check) => put({}, [check]));
    try {
      const { found, theirs, asked, answered } = await askServer(long, api, signal);
      const says = found?.public_url ?? appliance.value?.public_url;
      put({ server: found?.checks ?? null, report: found?.report ?? "", says }, [checkAddress(opened, says), checkClock(theirs, asked, answered)]);
    } catch (error) {
      if (!error.isAborted) put({ error }, []);
    }
    await events;
    put({ busy: false }, []);
  };
  useEffect(() => {
    run(false);
    return () => running.current?.abort();
  }, []);
  return { ...state, run };
}

/** Names of this installation that the report must not have. */
function hostsOf(says) {
  const hosts = [location.host, location.hostname];
  try {
    const url = new URL(says);
    hosts.push(url.host, url.hostname);
  } catch {
    // Nothing was said.
  }
  return hosts;
}

function Summary({ round }) {
  if (round.busy) return html`<p role="status" class="soft">${w.checking}</p>`;
  const { fail, warn } = tally([...(round.server ?? []), ...round.browser]);
  return html`<div role="status"><${Notice} kind=${fail ? "error" : warn ? "warn" : "good"} live=${false} title=${w.summary(fail, warn, round.server !== null)} /></div>`;
}

export default function Diagnostics() {
  useStyles("css/settings.css");
  const round = useRound();
  const actions = html`<${Button} icon="refresh-cw" busy=${round.busy} onClick=${() => round.run(false)}>${w.again}</${Button}>
    ${round.server && html`<${Button} busy=${round.busy} title=${w.longHint} onClick=${() => round.run(true)}>${w.long}</${Button}>`}`;
  const report = reportOf(round.report, round.browser, { agent: navigator.userAgent, hosts: hostsOf(round.says) });
  return html`<${Page} title=${w.title} lead=${w.lead} actions=${actions} class="settings-page"><${SectionTabs} current="diagnostics" />
    <${Summary} round=${round} />${round.error && html`<${ErrorNotice} error=${round.error} retry=${() => round.run(false)} />`}
    ${round.server === undefined ? !round.error && html`<${Skeleton} lines=${4} />` : round.server ? html`<${Checks} id="server" title=${w.server} checks=${round.server} />` : html`<${Notice} title=${w.none404}>${w.none404Text}</${Notice}>`}
    <${Checks} id="browser" title=${w.browser} checks=${round.browser} />
    ${!round.busy && html`<section class="stack tight" aria-labelledby="report"><h2 id="report">${w.report}</h2><p class="soft">${w.reportHint}</p><${CodeBlock} name=${w.report} text=${report} /></section>`}</${Page}>`;
}
