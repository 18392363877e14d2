// @ts-check
// What can be done with a person or service account, from the list and from their page.
import { html } from "../../vendor/preact.js";
import { me } from "../../app/api.js";
import { isService, pageOf } from "../../app/people.js";
import { address } from "../../app/where.js";
import { Pill } from "../../parts/kit.js";
import { words } from "../../i18n/en/people.js";
import { AskLink, AskLosing, enable } from "./ask.js";

const stateTones = { active: ["good", "circle-check"], invited: ["accent", "send"], disabled: ["soft", "circle-slash"] };
export const State = ({ of }) => html`<${Pill} tone=${stateTones[of.state][0]} icon=${stateTones[of.state][1]}>${words.states[of.state]}</${Pill}>`;

export function menuOf(user, { onLayer, onDone, withOpen = true }) {
  const isMe = user.id === me.value?.id;
  return [
    withOpen && { label: words.open, icon: "user", href: address(pageOf(user)) },
    !isService(user) && user.state !== "disabled" && { label: user.state === "invited" ? words.newInvite : words.newPassword, icon: "link", onSelect: () => onLayer({ kind: "link", user }) },
    user.state === "disabled" ? { label: words.enable, icon: "power", onSelect: () => enable(user, onDone) } : { label: words.disable, icon: "circle-slash", disabled: isMe, onSelect: () => onLayer({ kind: "disable", user }) },
    null, { label: words.remove, icon: "trash-2", danger: true, disabled: isMe, onSelect: () => onLayer({ kind: "remove", user }) },
  ];
}

/** The dialog that a menu asked for. */
export function UserLayer({ layer, onDone, onClose }) {
  if (!layer?.user) return null;
  return layer.kind === "link" ? html`<${AskLink} user=${layer.user} onClose=${onClose} />` : html`<${AskLosing} user=${layer.user} kind=${layer.kind} onDone=${onDone} onClose=${onClose} />`;
}
