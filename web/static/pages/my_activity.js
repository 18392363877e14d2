// @ts-check
// What one did oneself, here and by one's clients.
import { html } from "../vendor/preact.js";
import { useLoaded } from "../app/api.js";
import { address } from "../app/where.js";
import { Button, EmptyState, Page } from "../parts/kit.js";
import { ownStream } from "../parts/trail.js";
import { ownColumns } from "../parts/trail_columns.js";
import { TrailView } from "../parts/trail_view.js";
import { words } from "../i18n/en/activity.js";

const actions = ["tool.call", "tool.search", "tool.list", "session.start", "session.end", "token.create", "token.revoke", "account.connect", "account.disconnect", "credential.put", "credential.remove"];

export default function MyActivity() {
  const connections = useLoaded("/v1/me/connections");
  const servers = (connections.value?.connections ?? []).map((one) => ({ value: one.slug, label: one.title || one.slug }));
  const none = (range) => html`<${EmptyState} icon="history" title=${words.mine.empty} action=${html`<${Button} href=${address("/connect")}>${words.mine.connect}</${Button}>`}>${words.empty(words.lastRange[range])}</${EmptyState}>`;
  return html`<${Page} title=${words.mine.title} lead=${words.mine.lead} class="activity">
    <${TrailView} path="/v1/me/activity" only=${["action", "server", "outcome"]} servers=${servers} actions=${actions} columns=${ownColumns} stream=${ownStream()} standard="7d" missing=${words.notThere} empty=${none} /></${Page}>`;
}
