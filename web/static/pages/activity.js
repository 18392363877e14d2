// @ts-check
// Everybody's activity: the log, what happens now, and what was changed.
import { html, useEffect, useState } from "../vendor/preact.js";
import { Page, Skeleton, Tabs } from "../parts/kit.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/activity.js";

const views = {
  log: () => import("./activity_log.js"),
  live: () => import("./activity_live.js"),
  changes: () => import("./activity_changes.js"),
};
const ready = new Map();

export default function Activity({ params }) {
  const tab = params.tab ?? "log";
  const [, redraw] = useState(0);
  const styled = useStyles("css/activity.css");
  useEffect(() => {
    if (!ready.has(tab)) views[tab]().then((module) => { ready.set(tab, module.default); redraw((n) => n + 1); });
  }, [tab]);
  const View = ready.get(tab);
  return html`<${Page} title=${words.title} lead=${words.lead} class="activity">
    <${Tabs} label=${words.tabs} current=${`/activity/${tab}`} items=${Object.keys(views).map((one) => ({ to: `/activity/${one}`, label: words[one] }))} />
    ${View && styled ? html`<${View} key=${tab} />` : html`<${Skeleton} lines=${6} />`}</${Page}>`;
}
