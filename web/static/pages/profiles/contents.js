// @ts-check
// Which connections a profile has, and of each all tools or some. value: [{ server, tools: [name] }], where none are all.
import { html, useState } from "../../vendor/preact.js";
import { apiAll, useLoaded } from "../../app/api.js";
import { nameOf } from "../../app/servers.js";
import { Button, EmptyState, Foreign, Loaded, Notice, Tile } from "../../parts/kit.js";
import { Checkbox, Segmented } from "../../parts/form.js";
import { Combobox } from "../../parts/picker.js";
import { words } from "../../i18n/en/profiles.js";

const w = words.one;
const most = 200;

function Tools({ server, chosen, onChange }) {
  const [text, setText] = useState("");
  const tools = useLoaded((signal) => apiAll(`/v1/servers/${encodeURIComponent(server.slug)}/tools`, "tools", { signal }), [server.slug]);
  return html`<${Loaded} of=${tools} lines=${2}>${(all) => {
    const names = all.map((one) => one.name);
    const everything = [...names, ...chosen.filter((name) => !names.includes(name))];
    const fitting = everything.filter((name) => name.toLowerCase().includes(text.trim().toLowerCase()));
    const toggle = (name, on) => onChange(on ? [...chosen, name] : chosen.filter((one) => one !== name));
    if (!everything.length) return html`<p class="soft">${w.noTools}</p>`;
    return html`<div class="row between">${everything.length > 8 && html`<input type="search" maxlength="500" class="filter-field" aria-label=${w.filter(nameOf(server))} placeholder=${w.filter(nameOf(server))} value=${text} onInput=${(event) => setText(event.currentTarget.value)} />`}
      <span class="soft" role="status">${w.chosen(chosen.length, everything.length)}</span></div>
      <fieldset class="tool-boxes"><legend class="unseen">${w.which(nameOf(server))}</legend>${fitting.slice(0, most).map((name) => html`<${Checkbox} key=${name} label=${html`<code><${Foreign} text=${name} limit=${80} /></code>`} hint=${names.includes(name) ? undefined : w.unknown} checked=${chosen.includes(name)} onChange=${(on) => toggle(name, on)} />`)}</fieldset>
      ${fitting.length > most && html`<p class="soft">${w.moreTools(fitting.length - most)}</p>`}`;
  }}</${Loaded}>`;
}

function One({ entry, server, some, onChange, onSome, onOut, error }) {
  const name = server ? nameOf(server) : entry.server;
  return html`<li class="card stack tight"><div class="row between"><span class="row tight-row"><${Tile} size="small" name=${name} icon=${server?.icon} /><h3>${name}</h3></span>
      <span class="row">${server && html`<${Segmented} hideLabel label=${w.which(name)} value=${some ? "some" : "all"} options=${[{ value: "all", label: w.allTools }, { value: "some", label: w.someTools }]} onChange=${(value) => onSome(value === "some")} />`}
      <${Button} small kind="quiet" icon="x" aria-label=${w.take(name)} onClick=${onOut}>${w.takeOut}</${Button}></span></div>
    ${!server && html`<${Notice} kind="warn">${w.gone}</${Notice}>`}${error && html`<p class="field-error" role="alert">${error}</p>`}
    ${server && some && html`<${Tools} server=${server} chosen=${entry.tools} onChange=${(tools) => onChange({ ...entry, tools })} />`}</li>`;
}

/** `some`: the slugs of those that have only chosen tools, which may be none yet. */
export function Contents({ value, some, servers, onChange, errors }) {
  const known = new Map(servers.map((one) => [one.slug, one]));
  const free = servers.filter((one) => !value.some((entry) => entry.server === one.slug));
  const without = (slug) => value.filter((entry) => entry.server !== slug);
  const swap = (next) => value.map((entry) => (entry.server === next.server ? next : entry));
  return html`<${Combobox} label=${w.addServer} placeholder=${w.find} options=${free.map((one) => ({ value: one.slug, label: nameOf(one), hint: one.slug, icon: "server" }))} onPick=${(one) => onChange([...value, { server: one.value, tools: [] }], some)} />
    ${value.length ? html`<ul class="stack tight">${value.map((entry) => html`<${One} key=${entry.server} entry=${entry} server=${known.get(entry.server)} some=${some.includes(entry.server)} error=${errors[entry.server]}
      onChange=${(next) => onChange(swap(next), some)} onOut=${() => onChange(without(entry.server), some.filter((slug) => slug !== entry.server))}
      onSome=${(on) => onChange(on ? value : swap({ ...entry, tools: [] }), on ? [...some, entry.server] : some.filter((slug) => slug !== entry.server))} />`)}</ul>`
      : html`<${EmptyState} icon="list" title=${w.none}>${w.noneText}</${EmptyState}>`}`;
}
