// @ts-check
// What is asked before a person is disabled, removed or given a link; each says what they lose by it.
import { html, useState } from "../../vendor/preact.js";
import { api, useLoaded } from "../../app/api.js";
import { belongingsOf, isService, titleOf, userAt } from "../../app/people.js";
import { nameOf } from "../../app/servers.js";
import { Button, ErrorNotice, Notice, toast } from "../../parts/kit.js";
import { CopyField } from "../../parts/copy.js";
import { Confirm, Dialog } from "../../parts/dialog.js";
import { words } from "../../i18n/en/people.js";

const w = words.lose;
const named = (names) => (names.length > 6 ? [...names.slice(0, 5), w.others(names.length - 5)] : names);

function linesOf(user, found, isRemoval) {
  const titles = new Map(found.teams.map((team) => [team.name, team.title || team.name]));
  return [
    !isService(user) && w.sessions,
    found.tokens.length > 0 && w.tokens(found.tokens.length, named(found.tokens.map((one) => one.name))),
    found.apps.length > 0 && w.apps(found.apps.length, named(found.apps.map((one) => one.name || words.one.unnamed))),
    found.servers.length > 0 && w.grants(named(found.servers.map(nameOf))),
    user.teams.length > 0 && isRemoval && w.teams(named(user.teams.map((team) => titles.get(team) ?? team))),
    isRemoval && !isService(user) && w.accounts,
  ].filter(Boolean);
}

/** The list of what somebody has that stops working. */
function Losses({ user, kind }) {
  const found = useLoaded((signal) => belongingsOf(user, signal), [user.name]);
  const lines = found.value && linesOf(user, found.value, kind === "remove");
  return html`${found.error && html`<${ErrorNotice} error=${found.error} />`}${!found.value && !found.error && html`<p class="soft" role="status">${w.reading}</p>`}
    ${lines?.length > 0 && html`<div class="losses"><h3>${w.heading[kind](titleOf(user))}</h3><ul>${lines.map((line) => html`<li key=${line}>${line}</li>`)}</ul></div>`}`;
}

/** Disables or removes. `onDone(user)` gets the user as it is now, null when it is gone. */
export function AskLosing({ user, kind, onDone, onClose }) {
  const go = async () => {
    const is = kind === "remove" ? await api("DELETE", userAt(user.name)) : await api("PATCH", userAt(user.name), { disabled: true });
    toast(kind === "remove" ? words.removed(titleOf(user)) : words.disabled(titleOf(user)));
    onDone(is);
  };
  return html`<${Confirm} title=${w[`${kind}Title`](titleOf(user))} action=${words[kind]} danger typed=${kind === "remove" ? user.name : undefined} onConfirm=${go} onClose=${onClose}>
    <p>${w[kind]}</p><${Losses} user=${user} kind=${kind} /></${Confirm}>`;
}

/** Enables again: nothing is lost by it, so nothing is asked. */
export async function enable(user, onDone) {
  try {
    onDone(await api("PATCH", userAt(user.name), { disabled: false }));
    toast(words.enabled(titleOf(user)));
  } catch (error) {
    toast(`${words.cannotEnable(titleOf(user))} ${error.message}`, { kind: "error" });
  }
}

/** A link that is shown this once. */
export function LinkOnce({ title, link, onClose }) {
  return html`<${Dialog} title=${title} steady onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>${words.once.done}</${Button}>`}>
    <${Notice} kind="warn" title=${words.once.title}>${words.once.text}</${Notice}><${CopyField} label=${words.once.label} text=${link} hint=${words.once.good} /></${Dialog}>`;
}

/** A new link for somebody who has no password yet, or forgot it. */
export function AskLink({ user, onClose }) {
  const [link, setLink] = useState("");
  const kind = user.state === "invited" ? "invite" : "password";
  if (link) return html`<${LinkOnce} title=${words.once.passwordTitle(titleOf(user))} link=${link} onClose=${onClose} />`;
  const make = async () => setLink((await api("POST", `${userAt(user.name)}/invite`)).invite_link);
  return html`<${Dialog} title=${words.linkAsk[`${kind}Title`](titleOf(user))} onClose=${onClose} onSubmit=${make}
    actions=${({ busy }) => html`<${Button} onClick=${onClose}>${words.form.cancel}</${Button}><${Button} type="submit" kind="primary" busy=${busy} data-first>${words.linkAsk.action}</${Button}>`}>
    <p>${words.linkAsk[kind]}</p></${Dialog}>`;
}
