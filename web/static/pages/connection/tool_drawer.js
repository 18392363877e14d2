// @ts-check
// One tool: what it says of itself, its policy, and where it is held, what changed and the button that accepts it.
import { html, useState } from "../../vendor/preact.js";
import { api } from "../../app/api.js";
import { policyOf, wordDiff } from "../../app/servers.js";
import { Button, ErrorNotice, Foreign, Notice, toast } from "../../parts/kit.js";
import { Drawer } from "../../parts/dialog.js";
import { words } from "../../i18n/en/connection.js";
import { PolicyChoice, ToolPills } from "./tool_grid.js";

const w = words.tools;

/** Two texts in one: what went is struck out, what came is underlined; both are said, too. */
export function TextDiff({ before, after }) {
  return html`<p class="text-diff foreign block" dir="auto">${wordDiff(before, after).map((part) => part.kind === "same" ? html`<${Foreign} text=${part.text} limit=${4000} />`
    : part.kind === "gone" ? html`<del><${Foreign} text=${part.text} limit=${4000} /></del>` : html`<ins><${Foreign} text=${part.text} limit=${4000} /></ins>`)}</p>`;
}

function Held({ tool, before, onAccept }) {
  const [error, setError] = useState(/** @type {any} */ (null));
  const accept = async () => {
    setError(null);
    try {
      await onAccept();
    } catch (problem) {
      setError(problem.id === "tool_changed" ? Object.assign(problem, { message: w.raced }) : problem);
    }
  };
  const now = tool.description ?? "";
  return html`<section class="stack tight"><${Notice} kind="warn" title=${w.heldText} action=${html`<${Button} small kind="primary" icon="check" onClick=${accept}>${w.accept}</${Button}>`}>${w.heldMore}</${Notice}>
    <${ErrorNotice} error=${error} />
    ${before === undefined ? html`<p class="soft">${w.noBefore}</p>` : before === now ? html`<p class="soft">${w.sameText}</p>` : html`<h3>${w.before} → ${w.after}</h3><${TextDiff} before=${before} after=${now} />`}</section>`;
}

/** `before` is the accepted description where it is known. */
export function ToolDrawer({ tool, server, before, onClose, onChoose, onAccepted, runTo }) {
  const accept = async () => {
    await api("POST", `/v1/servers/${encodeURIComponent(server.slug)}/tools/${encodeURIComponent(tool.name)}/accept`, { digest: tool.digest });
    toast(w.accepted(tool.name));
    onAccepted(tool);
  };
  return html`<${Drawer} title=${tool.title || tool.name} onClose=${onClose} actions=${html`<${Button} icon="play" href=${runTo(tool)} title=${w.runHint}>${w.run}</${Button}>`}>
    <div class="row"><code>${tool.name}</code><${ToolPills} tool=${tool} server=${server} /></div>
    <div class="row"><span>${w.policy}</span><${PolicyChoice} label=${w.policyOf(tool.name)} value=${policyOf(server.tool_policy, tool.name)} onChoose=${(word) => onChoose(tool, word)} /></div>
    ${tool.held && html`<${Held} tool=${tool} before=${before} onAccept=${accept} />`}
    ${tool.flags?.length > 0 && html`<${Notice} kind="warn">${tool.flags.map((one) => w.flags[one] ?? one).join(" ")}</${Notice}>`}
    <section class="stack tight"><h3>${w.description}</h3>${tool.description ? html`<${Foreign} block text=${tool.description} limit=${1500} />` : html`<p class="soft">${w.noDescription}</p>`}</section>
    <dl class="facts"><dt>${w.capability}</dt><dd><code>${tool.capability}</code></dd><dt>${w.digest}</dt><dd><code>${tool.digest}</code></dd>
      ${tool.accepted_digest && tool.accepted_digest !== tool.digest && html`<dt>${w.accepted_digest}</dt><dd><code>${tool.accepted_digest}</code></dd>`}</dl></${Drawer}>`;
}
