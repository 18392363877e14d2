// @ts-check
// One tool: what it is, whose account it uses, and a form to run it with.
import { html } from "../vendor/preact.js";
import { address } from "../app/where.js";
import { useLoaded } from "../app/api.js";
import { loadTool, titleOf } from "../app/tools.js";
import { Button, EmptyState, ErrorNotice, Foreign, Page, Skeleton, Tile } from "../parts/kit.js";
import { CopyButton } from "../parts/copy.js";
import { RunTool } from "../parts/run_tool.js";
import { useStyles } from "../parts/styles.js";
import { DoesBadge, PolicyBadge } from "./tools.js";
import { words as all } from "../i18n/en/tools.js";

const words = all.run;
const crumbs = [{ to: "/tools", label: words.crumb }];

/** Whose account the tool runs with, by name where that is known. */
export function accountText(tool, connection) {
  const name = connection?.account_name ?? connection?.account_label;
  return tool.account === "yours" && name ? words.accountNamed(name) : (words.accounts[tool.account] ?? words.accounts.none);
}

function Facts({ tool, connection }) {
  return html`<div class="tool-facts"><span class="row"><${Tile} name=${tool.server_title} icon=${connection?.icon} size="small" /><span class="unseen">${words.connection}: </span><strong><${Foreign} text=${tool.server_title} limit=${80} /></strong></span>
    <${DoesBadge} tool=${tool} /><${PolicyBadge} tool=${tool} /><span class="soft"><span class="unseen">${words.account}: </span><${Foreign} text=${accountText(tool, connection)} limit=${120} /></span>
    <span class="tool-name"><code>${tool.capability}</code><${CopyButton} text=${tool.capability} label=${words.copyName} kind="quiet" /></span></div>`;
}

export default function Tool({ params }) {
  useStyles("css/tools.css");
  const loaded = useLoaded((signal) => loadTool(params.name, signal), [params.name]);
  const tool = loaded.value;
  const connections = useLoaded(tool ? `/v1/me/connections/${encodeURIComponent(tool.server)}` : null, [tool?.server]);
  if (loaded.error?.status === 404) return html`<${Page} title=${words.notFoundTitle} crumbs=${crumbs}><${EmptyState} icon="wrench" title=${params.name} action=${html`<${Button} kind="primary" href=${address("/tools")}>${words.toList}</${Button}>`}>${words.notFound}</${EmptyState}></${Page}>`;
  if (!tool) return html`<${Page} title=${params.name} crumbs=${crumbs}>${loaded.error ? html`<${ErrorNotice} error=${loaded.error} retry=${loaded.reload} />` : html`<${Skeleton} lines=${5} />`}</${Page}>`;
  const title = titleOf(tool);
  return html`<${Page} title=${title} crumbs=${crumbs} class="tool-page"><${Facts} tool=${tool} connection=${connections.value} />
    ${tool.description && html`<p class="tool-description"><${Foreign} text=${tool.description} limit=${400} block /></p>`}
    <${RunTool} key=${tool.name} tool=${tool} account=${accountText(tool, connections.value)} connection=${connections.value} /></${Page}>`;
}
