// @ts-check
// The settings, a section each. What the configuration says is shown with who says it; the rest can be changed.
import { html } from "../vendor/preact.js";
import { api, useLoaded } from "../app/api.js";
import { ErrorNotice, Notice, Page, Skeleton, Tabs } from "../parts/kit.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/settings.js";
import { About } from "./settings/about.js";
import { Clients } from "./settings/clients.js";
import { General } from "./settings/general.js";
import { Network } from "./settings/network.js";
import { Security } from "./settings/security.js";

const pages = { general: General, clients: Clients, network: Network, security: Security, about: About };

export function SectionTabs({ current }) {
  const items = Object.entries(words.sections).map(([key, label]) => ({ to: `/settings/${key}`, label }));
  return html`<${Tabs} label=${words.sectionsLabel} items=${items} current=${`/settings/${current}`} />`;
}

/** All settings by name; null from a server that does not list them. */
export async function readSettings(signal) {
  try {
    return byName(await api("GET", "/v1/settings", undefined, { signal }));
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}
export const byName = (answer) => new Map(answer.settings.map((one) => [one.name, one]));

export default function Settings({ params }) {
  useStyles("css/settings.css");
  const section = params.section ?? "general";
  const Section = pages[section];
  const settings = useLoaded((signal) => readSettings(signal));
  return html`<${Page} title=${words.title} lead=${words.lead[section]} class="settings-page"><${SectionTabs} current=${section} />
    ${!Section ? html`<${Notice} kind="warn">${words.nothing}</${Notice}>` : settings.error ? html`<${ErrorNotice} error=${settings.error} retry=${settings.reload} />` : settings.value === undefined ? html`<${Skeleton} lines=${5} />`
      : html`<${Section} key=${section} settings=${settings.value} onSettings=${(answer) => settings.set(byName(answer))} />`}</${Page}>`;
}
