// @ts-check
// The profiles: sets of connections and tools, each with an address of its own.
import { html, useState } from "../vendor/preact.js";
import { api, apiAll, useLoaded } from "../app/api.js";
import { looksSecret, slugOf } from "../app/format.js";
import { isTeamName } from "../app/people.js";
import { nameOf } from "../app/servers.js";
import { navigate, useQuery } from "../app/where.js";
import { Button, EmptyState, Foreign, Loaded, Page, Pill, SearchField, Time } from "../parts/kit.js";
import { CopyButton } from "../parts/copy.js";
import { Dialog } from "../parts/dialog.js";
import { TextField, useFocusError } from "../parts/form.js";
import { DataTable } from "../parts/table.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/profiles.js";
import { words as people } from "../i18n/en/people.js";

const w = words.form;

function AddProfile({ onClose }) {
  const [wish, setWish] = useState({ title: "", slug: "", own: false });
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  useFocusError(errors);
  const submit = async () => {
    const slug = wish.slug.trim();
    const wrong = !wish.title.trim() && !slug ? { title: w.nameMissing } : looksSecret(wish.title) ? { title: people.form.looksSecret } : !isTeamName(slug) ? { slug: w.badSlug } : {};
    setErrors(wrong);
    if (Object.keys(wrong).length) return;
    const made = await api("POST", "/v1/profiles", { slug, ...(wish.title.trim() && { title: wish.title.trim() }) });
    onClose();
    navigate(`/profiles/${encodeURIComponent(made.slug)}`);
  };
  return html`<${Dialog} title=${w.title} onClose=${onClose} onSubmit=${submit}
    actions=${({ busy }) => html`<${Button} onClick=${onClose}>${w.cancel}</${Button}><${Button} type="submit" kind="primary" busy=${busy}>${w.add}</${Button}>`}>
    <${TextField} label=${words.name} value=${wish.title} onInput=${(title) => setWish({ ...wish, title, slug: wish.own ? wish.slug : slugOf(title).slice(0, 24).replace(/-+$/, "") })} error=${errors.title} placeholder=${w.placeholder} maxlength="120" />
    <${TextField} label=${words.slug} mono value=${wish.slug} onInput=${(slug) => setWish({ ...wish, slug, own: true })} hint=${words.slugHint} error=${errors.slug} maxlength="24" autocapitalize="none" /></${Dialog}>`;
}

const whoOf = (access) => (!access.everyone && access.people.length + access.teams.length > 4 ? words.whoMany(access.people.length + access.teams.length) : words.whoIs(access));
const contentsOf = (servers) => {
  const chosen = servers.reduce((sum, one) => sum + one.tools.length, 0);
  return `${words.connections(servers.length)}${servers.length ? ` · ${chosen ? words.some(chosen) : words.all}` : ""}`;
};

const columns = [
  { key: "title", label: words.name, sort: nameOf, cell: (one) => html`<span><${Foreign} text=${nameOf(one)} limit=${80} />${one.title && html`<small class="soft below">${one.slug}</small>`}</span>` },
  { key: "servers", label: words.contents, sort: (one) => one.servers.length, cell: (one) => contentsOf(one.servers) },
  { key: "shape", label: words.shape, cell: (one) => html`<${Pill} tone=${one.shape === "search" ? "accent" : "soft"}>${words.shapes[one.shape]}</${Pill}>` },
  { key: "access", label: words.who, cell: (one) => whoOf(one.access) },
  { key: "updated_at", label: words.changed, sort: true, cell: (one) => html`<${Time} when=${one.updated_at} />` },
  { key: "endpoint", label: words.endpoint, hideLabel: true, class: "tight", cell: (one) => html`<${CopyButton} text=${one.endpoint} label=${words.copyEndpoint} />` },
];

export default function Profiles() {
  useStyles("css/people.css");
  const [query] = useQuery({ q: "" });
  const [adding, setAdding] = useState(false);
  const profiles = useLoaded((signal) => apiAll("/v1/profiles", "profiles", { signal }));
  const wanted = query.q.trim().toLowerCase();
  const open = html`<${Button} kind="primary" icon="plus" data-new onClick=${() => setAdding(true)}>${words.add}</${Button}>`;
  return html`<${Page} title=${words.title} lead=${words.lead} actions=${html`<${SearchField} label=${words.search} />${open}`}>
    <${Loaded} of=${profiles}>${(all) => html`<${DataTable} caption=${words.title} columns=${columns} to=${(one) => `/profiles/${encodeURIComponent(one.slug)}`}
      rows=${all.filter((one) => `${one.title ?? ""} ${one.slug} ${one.description ?? ""}`.toLowerCase().includes(wanted))} empty=${all.length ? html`<${EmptyState} icon="list" title=${words.noMatch} />` : html`<${EmptyState} icon="list" title=${words.empty}>${words.emptyText}</${EmptyState}>`} />`}</${Loaded}>
    ${adding && html`<${AddProfile} onClose=${() => setAdding(false)} />`}</${Page}>`;
}
