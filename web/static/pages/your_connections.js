// @ts-check
// What one can use, in three groups: what waits for the person, what works, what does not.
import { html } from "../vendor/preact.js";
import { Page } from "../parts/kit.js";
import { words } from "../i18n/en.js";

export default function YourConnections() {
  return html`<${Page} title=${words.shell.nav.connections} />`;
}
