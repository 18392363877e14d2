// @ts-check
// Two people edited the same connection: what the other one changed, beside what this one entered, and a choice for each field
// that both changed. Nothing entered is lost, whatever is chosen.
import { html, useState } from "../../vendor/preact.js";
import { ago } from "../../app/format.js";
import { Button, Foreign } from "../../parts/kit.js";
import { Dialog } from "../../parts/dialog.js";
import { Segmented } from "../../parts/form.js";
import { words } from "../../i18n/en/connection_settings.js";
import { conflictOf, kinds, stored } from "./draft.js";

const w = words.conflict;

const labelsOf = { transport: words.transports, auth: words.auths, credential_mode: words.modes, availability: words.availabilities, "oauth.token_endpoint_auth_method": words.methods };
function textOf(field, value) {
  if (value === undefined) return "";
  if (kinds[field] === "secret" || kinds[field] === "rows") return w.secret;
  if (kinds[field] === "truth") return value ? "✓" : "–";
  if (kinds[field] === "rollout") return [words.rollouts.find((one) => one.value === value.state)?.label, ...value.teams, ...value.people].join(", ");
  return labelsOf[field]?.find((one) => one.value === value)?.label ?? (value === "" ? w.nothing : String(value));
}

const Value = ({ field, of }) => html`<${Foreign} text=${textOf(field, of)} limit=${200} />`;

/** onDone(take, saves): `take` are the fields where theirs is wanted. */
export function Conflict({ base, theirs, draft, change, onDone, onClose }) {
  const { both, theirs: others } = conflictOf(base, theirs, draft);
  const [take, setTake] = useState(/** @type {string[]} */ ([]));
  const choose = (field, which) => setTake((was) => (which === "theirs" ? [...was, field] : was.filter((one) => one !== field)));
  const name = change?.actor_name || change?.actor || w.somebody;
  return html`<${Dialog} wide steady title=${w.title(name, ago(change?.at ?? theirs.updated_at))} onClose=${onClose} onSubmit=${() => onDone(take, true)}
    actions=${({ busy }) => html`<${Button} onClick=${() => onDone(take, false)}>${w.goOn}</${Button}><${Button} type="submit" kind="primary" busy=${busy} data-first>${w.save}</${Button}>`}>
    <p>${both.length ? w.text : others.length ? w.onlyTheirs : w.nowhere}</p>
    ${both.map((field) => html`<section key=${field} class="conflict"><h3>${words.fields[field]}</h3>
      <dl class="facts"><dt>${w.was}</dt><dd><${Value} field=${field} of=${stored(base, field)} /></dd><dt>${w.theirs}</dt><dd><${Value} field=${field} of=${stored(theirs, field)} /></dd><dt>${w.yours}</dt><dd><${Value} field=${field} of=${draft[field]} /></dd></dl>
      <${Segmented} label=${w.use(words.fields[field])} hideLabel value=${take.includes(field) ? "theirs" : "mine"} onChange=${(which) => choose(field, which)} options=${[{ value: "mine", label: w.mine }, { value: "theirs", label: w.take }]} /></section>`)}
    ${others.length > 0 && html`<section class="conflict"><dl class="facts">${others.map((field) => html`<dt>${words.fields[field]}</dt><dd><${Value} field=${field} of=${stored(base, field)} /> → <${Value} field=${field} of=${stored(theirs, field)} /> <span class="soft">${w.kept}</span></dd>`)}</dl></section>`}
  </${Dialog}>`;
}
