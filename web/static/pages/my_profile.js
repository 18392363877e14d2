// @ts-check
// One's own name and password, and what this browser keeps of how the pages look.
import { html, useState } from "../vendor/preact.js";
import { api, me } from "../app/api.js";
import { setTheme, theme } from "../app.js";
import { absolute, chooseFormats, dateStyles } from "../app/format.js";
import { recall, remember } from "../app/local.js";
import { Button, ErrorNotice, Page, Time, toast } from "../parts/kit.js";
import { Segmented, SelectField, TextField, Toggle, useFocusError } from "../parts/form.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/profile.js";

function Card({ title, lead = undefined, children }) {
  return html`<section class="card stack"><div><h2>${title}</h2>${lead && html`<p class="soft">${lead}</p>`}</div>${children}</section>`;
}

function You() {
  const user = me.value;
  const [title, setTitle] = useState(user.title ?? "");
  const [error, setError] = useState(/** @type {any} */ (null));
  const save = async (event) => {
    event.preventDefault();
    setError(null);
    try {
      me.value = (await api("PATCH", "/v1/me", { title: title.trim() })).user;
      toast(words.saved);
    } catch (problem) {
      setError(problem);
    }
  };
  return html`<${Card} title=${words.you}>
    <dl class="facts"><dt>${words.name}</dt><dd><strong>${user.name}</strong><br /><span class="soft">${words.nameHint}</span></dd><dt>${words.role}</dt><dd>${words.roles[user.role]}</dd>
      <dt>${words.teams}</dt><dd>${user.teams.join(", ") || words.noTeams}</dd><dt>${words.since}</dt><dd><${Time} when=${user.created_at} /></dd></dl>
    <form class="stack" onSubmit=${(event) => event.preventDefault()}>
      <${TextField} label=${words.shown} value=${title} onInput=${setTitle} hint=${words.shownHint} error=${error?.field === "title" ? error.message : undefined} maxlength="120" autocomplete="name" />
      ${error && error.field !== "title" && html`<${ErrorNotice} error=${error} />`}
      <div class="row"><${Button} type="submit" kind="primary" disabled=${title.trim() === (user.title ?? "")} onClick=${save}>${words.save}</${Button}></div></form></${Card}>`;
}

const nothing = { old: "", next: "", again: "" };

function Password() {
  const [typed, setTyped] = useState(nothing);
  const [errors, setErrors] = useState(/** @type {Record<string, any>} */ ({}));
  useFocusError(errors);
  const change = async (event) => {
    event.preventDefault();
    if ([...typed.next].length < 12) return setErrors({ next: words.tooShort });
    if (typed.next !== typed.again) return setErrors({ again: words.differs });
    setErrors({});
    try {
      await api("POST", "/v1/me/password", { old_password: typed.old, new_password: typed.next });
    } catch (problem) {
      return setErrors(problem.id === "wrong_password" ? { old: words.wrong } : problem.id === "password" ? { next: problem.message } : { all: problem });
    }
    setTyped(nothing);
    toast(words.changed);
  };
  const field = (key, autocomplete, more = {}) => html`<${TextField} label=${words[key]} type="password" maxlength="1024" value=${typed[key]} error=${errors[key]} autocomplete=${autocomplete} data-1p-ignore=${null} data-lpignore=${null}
    onInput=${(text) => setTyped({ ...typed, [key]: text })} ...${more} />`;
  return html`<${Card} title=${words.password} lead=${words.effect}><form class="stack" onSubmit=${(event) => event.preventDefault()}>
    <input hidden autocomplete="username" value=${me.value.name} readonly />
    ${field("old", "current-password")}${field("next", "new-password", { hint: words.nextHint })}${field("again", "new-password")}
    ${errors.all && html`<${ErrorNotice} error=${errors.all} />`}
    <div class="row"><${Button} type="submit" disabled=${!typed.old || !typed.next} onClick=${change}>${words.change}</${Button}></div></form></${Card}>`;
}

const ownZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;

function Look() {
  const [kept, setKept] = useState({ zone: recall("zone"), dates: recall("dates"), keys: recall("keys") });
  const keep = (name, value) => {
    remember(name, value);
    const next = { ...kept, [name]: value };
    setKept(next);
    chooseFormats(next.zone, next.dates);
  };
  const zones = [{ value: "", label: words.browserZone(ownZone()) }, ...["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }))];
  return html`<${Card} title=${words.look} lead=${words.lookLead}><div class="stack">
    <${Segmented} label=${words.theme} value=${theme.value} options=${Object.entries(words.themes).map(([value, label]) => ({ value, label }))} onChange=${setTheme} />
    <${SelectField} label=${words.zone} value=${kept.zone} options=${zones} onInput=${(zone) => keep("zone", zone)} />
    <${SelectField} label=${words.dates} value=${kept.dates || "british"} options=${Object.entries(dateStyles).map(([value, { example }]) => ({ value, label: example }))} onInput=${(dates) => keep("dates", dates === "british" ? "" : dates)} hint=${`${words.example} ${absolute(Date.now())}`} />
    <${Toggle} label=${words.keys} on=${kept.keys !== "off"} onChange=${(on) => keep("keys", on ? "" : "off")} hint=${words.keysHint} />
    <dl class="facts"><dt>${words.language}</dt><dd>${words.languageText}</dd></dl></div></${Card}>`;
}

export default function MyProfile() {
  useStyles("css/access.css");
  return html`<${Page} title=${words.title} lead=${words.lead} class="profile"><${You} /><${Password} /><${Look} /></${Page}>`;
}
