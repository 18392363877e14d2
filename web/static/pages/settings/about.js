// @ts-check
// Version, licences and the documents for programs.
import { html } from "../../vendor/preact.js";
import { appliance, useLoaded } from "../../app/api.js";
import { bytes, count } from "../../app/format.js";
import { address, assets } from "../../app/where.js";
import { Loaded, Time } from "../../parts/kit.js";
import { words } from "../../i18n/en/settings.js";

const w = words.about;

export function About() {
  const status = useLoaded("/v1/status");
  return html`<div class="stack"><section class="card stack tight" aria-labelledby="about"><h2 id="about">Patchbay</h2><${Loaded} of=${status} lines=${2}>${(is) => html`<dl class="facts"><dt>${w.version}</dt><dd class="mono">${is.version ?? appliance.value?.version ?? w.unknownVersion}</dd>
      <dt>${w.started}</dt><dd><${Time} when=${is.started_at} /></dd><dt>${w.connections}</dt><dd>${count(is.connections.open)}</dd><dt>${w.rows}</dt><dd>${count(is.audit.rows)}</dd><dt>${w.memory}</dt><dd>${bytes(is.process.resident_bytes)}</dd></dl>`}</${Loaded}></section>
    <section class="card stack tight" aria-labelledby="api"><h2 id="api">${w.api}</h2><p>${w.apiText}</p><p class="row"><a href=${address("/v1/openapi.json")} target="_blank" rel="noopener">${w.apiLink}</a><a href=${address("/v1/errors")} target="_blank" rel="noopener">${w.errors}</a></p></section>
    <section class="card stack tight" aria-labelledby="licences"><h2 id="licences">${w.licences}</h2><p>${w.licencesText}</p><p><a href=${`${assets}/vendor/licenses.txt`} target="_blank" rel="noopener">${w.licencesLink}</a></p></section></div>`;
}
