// @ts-check
// The log: every row of the audit trail that passes the filters, which live in the address.
import { html } from "../vendor/preact.js";
import { TrailView } from "../parts/trail_view.js";

export default function Log() {
  return html`<${TrailView} path="/v1/audit" only=${["actor", "action", "server", "outcome"]} canExport />`;
}
