// @ts-check
// The dialogs of Your connections: values of one's own, a test, why one has it, disconnecting.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../app/api.js";
import { duration, plainName } from "../app/format.js";
import { words } from "../i18n/en.js";
import { words as own } from "../i18n/en/own_connections.js";
import { Confirm, Dialog } from "./dialog.js";
import { SecretField, useFocusError } from "./form.js";
import { Button, ErrorNotice, Foreign, Icon, Notice, Skeleton, toast } from "./kit.js";

const say = words.connections;
const nameOf = (one) => plainName(one.title || one.slug);

function Values({ one, onClose, onChanged }) {
  const [known, setKnown] = useState(/** @type {any} */ (null));
  const [failed, setFailed] = useState(/** @type {any} */ (null));
  const [values, setValues] = useState(/** @type {Record<string, string | undefined>} */ ({}));
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  useFocusError(errors);
  const path = `/v1/me/credentials/${encodeURIComponent(one.slug)}`;
  useEffect(() => { api("GET", path).then(setKnown, setFailed); }, []);
  const submit = async () => {
    // The API takes all values at once, so each has to be given.
    const wrong = Object.fromEntries(known.headers.filter((header) => !values[header.name]?.trim()).map((header) => [header.name, own.valueMissing]));
    setErrors(wrong);
    if (Object.keys(wrong).length) return;
    await api("PUT", path, { headers: Object.fromEntries(known.headers.map((header) => [header.name, values[header.name]])) });
    toast(say.saved(nameOf(one)));
    onClose();
    onChanged();
  };
  return html`<${Dialog} title=${own.valuesTitle(nameOf(one))} onClose=${onClose} steady onSubmit=${submit}
    actions=${({ busy }) => html`<${Button} onClick=${() => onClose()}>${words.parts.cancel}</${Button}><${Button} type="submit" kind="primary" busy=${busy} disabled=${!known}>${words.parts.save}</${Button}>`}>
    <p class="soft">${own.valuesLead}</p>${failed ? html`<${ErrorNotice} error=${failed} />` : !known ? html`<${Skeleton} lines=${1} />`
      : known.headers.map((header) => html`<${SecretField} key=${header.name} label=${header.name} isSet=${header.has_value && known.headers.length === 1} value=${values[header.name]} error=${errors[header.name]}
        placeholder=${header.has_value ? own.valueSet : undefined} onInput=${(text) => setValues({ ...values, [header.name]: text })} />`)}</${Dialog}>`;
}

/** The steps of a test with their times; the first that failed explains itself. */
export function ProbeSteps({ probe }) {
  return html`<ol class="trace">${probe.steps.map((step) => html`<li class=${step.ok ? "good" : "bad"}><${Icon} name=${step.ok ? "check" : "x"} label=${step.ok ? own.stepOk : own.stepFailed} />
    <span><strong>${own.steps[step.step] ?? step.step}</strong> <span class="soft">${duration(step.duration_ms)}</span>${step.detail && html`<br /><${Foreign} text=${step.detail} />`}</span></li>`)}</ol>`;
}

function Test({ one, path, onClose, onChanged }) {
  const [probe, setProbe] = useState(/** @type {any} */ (null));
  const [failed, setFailed] = useState(/** @type {any} */ (null));
  const run = async () => {
    setProbe(null);
    setFailed(null);
    try {
      setProbe(await api("POST", `${path}/test`));
      onChanged();
    } catch (error) {
      setFailed(error);
    }
  };
  useEffect(() => { run(); }, []);
  return html`<${Dialog} title=${own.testTitle(nameOf(one))} onClose=${onClose} actions=${html`<${Button} onClick=${() => onClose()}>${words.parts.close}</${Button}>
    <${Button} kind="primary" busy=${!probe && !failed} onClick=${run}>${own.testAgain}</${Button}>`}>
    <p class="soft">${own.testLead}</p><div role="status">${!probe && !failed && html`<p class="row"><${Icon} name="loader-circle" class="spin" />${own.testing}</p>`}
    ${failed && html`<${ErrorNotice} error=${failed} />`}
    ${probe && html`<div class="stack"><${Notice} kind=${probe.ok ? "good" : "error"} title=${probe.ok ? own.testGood(probe.tools.length) : own.testBad}>${probe.ok
      ? html`<${Foreign} text=${`${probe.server.name} ${probe.server.version}`} limit=${120} /> · ${probe.server.protocol}` : html`<${Foreign} text=${probe.message} />`}</${Notice}><${ProbeSteps} probe=${probe} /></div>`}</div></${Dialog}>`;
}

function Why({ one, onClose }) {
  return html`<${Dialog} title=${say.why} onClose=${onClose} actions=${html`<${Button} onClick=${() => onClose()}>${words.parts.close}</${Button}>`}>
    <p>${own.reasons[one.reason] ?? own.reasonElse}</p>${one.description && html`<p class="soft"><${Foreign} text=${one.description} /></p>`}
    <dl class="facts"><dt>${own.name}</dt><dd><code>${one.slug}</code></dd><dt>${own.availability}</dt><dd>${own.availabilities[one.availability]}</dd><dt>${own.account}</dt><dd>${own.accounts(one)}</dd></dl></${Dialog}>`;
}

export function ConnectionLayer({ kind, one, path, onClose, onChanged }) {
  const name = nameOf(one);
  if (kind === "values") return html`<${Values} one=${one} onClose=${onClose} onChanged=${onChanged} />`;
  if (kind === "test") return html`<${Test} one=${one} path=${path} onClose=${onClose} onChanged=${onChanged} />`;
  if (kind === "why") return html`<${Why} one=${one} onClose=${onClose} />`;
  const isKey = kind === "forget";
  const go = async () => {
    await api("DELETE", isKey ? `/v1/me/credentials/${encodeURIComponent(one.slug)}` : `${path}/oauth`);
    toast(isKey ? say.forgotten(name) : say.disconnected(name));
    onChanged();
  };
  return html`<${Confirm} title=${isKey ? own.forgetTitle(name) : say.disconnectTitle(name)} action=${isKey ? say.forgetKey : say.disconnect} danger onConfirm=${go} onClose=${onClose}>${say.disconnectText}</${Confirm}>`;
}
