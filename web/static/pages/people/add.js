// @ts-check
// New people, service accounts and teams.
import { html, useState } from "../../vendor/preact.js";
import { api } from "../../app/api.js";
import { looksSecret, slugOf } from "../../app/format.js";
import { isTeamName, isUserName, titleOf } from "../../app/people.js";
import { navigate } from "../../app/where.js";
import { Button, toast } from "../../parts/kit.js";
import { Dialog } from "../../parts/dialog.js";
import { Choices, TextField, useFocusError } from "../../parts/form.js";
import { PersonPicker } from "../../parts/picker.js";
import { words } from "../../i18n/en/people.js";
import { LinkOnce } from "./ask.js";

const w = words.form;
export const roleOptions = ["member", "auditor", "admin"].map((value) => ({ value, label: words.roles[value], hint: words.roleHints[value] }));

/** Teams as tokens. value: [name] */
export function TeamPicker({ label, value, onChange, teams, hint = undefined }) {
  return html`<${PersonPicker} label=${label} hint=${hint} placeholder=${w.findTeam} allowEveryone=${false} users=${[]} teams=${teams} value=${{ everyone: false, people: [], teams: value }} onChange=${(next) => onChange(next.teams)} />`;
}

function wrongIn(wish, isFitting, sentence) {
  if (!wish.name.trim()) return { name: w.nameMissing };
  if (!isFitting(wish.name.trim())) return { name: sentence };
  return looksSecret(wish.name) ? { name: w.looksSecret } : {};
}

const foot = (onClose, action) => ({ busy }) => html`<${Button} onClick=${onClose}>${w.cancel}</${Button}><${Button} type="submit" kind="primary" busy=${busy}>${action}</${Button}>`;

/** A person, whose link is then shown once, or with `service` an account for a machine. */
export function AddUser({ service = false, teams, onAdded, onClose }) {
  const [wish, setWish] = useState({ name: "", title: "", role: "member", teams: /** @type {string[]} */ ([]) });
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [made, setMade] = useState(/** @type {any} */ (null));
  useFocusError(errors);
  const put = (change) => setWish({ ...wish, ...change });
  const submit = async () => {
    const wrong = wrongIn(wish, isUserName, w.badName);
    setErrors(wrong);
    if (Object.keys(wrong).length) return;
    const { invite_link: link, ...user } = await api("POST", "/v1/users", { name: wish.name.trim(), teams: wish.teams, ...(wish.title.trim() && { title: wish.title.trim() }), ...(service ? { kind: "service" } : { role: wish.role }) });
    onAdded(user);
    if (link) return setMade({ user, link });
    toast(words.added(titleOf(user)));
    onClose();
    navigate(`/people/${encodeURIComponent(user.name)}`);
  };
  if (made) return html`<${LinkOnce} title=${words.once.inviteTitle(titleOf(made.user))} link=${made.link} onClose=${onClose} />`;
  return html`<${Dialog} title=${service ? w.serviceTitle : w.inviteTitle} onClose=${onClose} onSubmit=${submit} actions=${foot(onClose, service ? w.add : w.create)}>
    <${TextField} label=${words.name} mono value=${wish.name} onInput=${(name) => put({ name })} hint=${service ? w.serviceHint : w.nameHint} placeholder=${service ? w.servicePlaceholder : w.namePlaceholder} error=${errors.name} maxlength="80" autocapitalize="none" />
    <${TextField} label=${words.fullName} optional value=${wish.title} onInput=${(title) => put({ title })} maxlength="120" />
    ${!service && html`<${Choices} label=${words.role} value=${wish.role} options=${roleOptions} onChange=${(role) => put({ role })} />`}
    ${teams.length > 0 && html`<${TeamPicker} label=${words.teams} hint=${w.teamsHint} value=${wish.teams} teams=${teams} onChange=${(chosen) => put({ teams: chosen })} />`}</${Dialog}>`;
}

/** A team, whose page is then opened to fill it. */
export function AddTeam({ onClose }) {
  const [wish, setWish] = useState({ title: "", name: "", own: false });
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  useFocusError(errors);
  const submit = async () => {
    const wrong = wrongIn(wish, isTeamName, w.badTeam);
    setErrors(wrong);
    if (Object.keys(wrong).length) return;
    const team = await api("POST", "/v1/teams", { name: wish.name.trim(), ...(wish.title.trim() && { title: wish.title.trim() }) });
    toast(words.added(team.title || team.name));
    onClose();
    navigate(`/people/teams/${team.name}`);
  };
  return html`<${Dialog} title=${w.teamTitle} onClose=${onClose} onSubmit=${submit} actions=${foot(onClose, w.add)}>
    <${TextField} label=${w.teamTitleLabel} value=${wish.title} onInput=${(title) => setWish({ ...wish, title, name: wish.own ? wish.name : slugOf(title).slice(0, 24).replace(/-+$/, "") })} placeholder=${w.teamPlaceholder} maxlength="120" />
    <${TextField} label=${w.teamName} mono value=${wish.name} onInput=${(name) => setWish({ ...wish, name, own: true })} hint=${w.teamNameHint} error=${errors.name} maxlength="24" autocapitalize="none" /></${Dialog}>`;
}
