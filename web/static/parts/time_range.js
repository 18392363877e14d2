// @ts-check
// From when to when: one of few lengths up to now, or two moments. It lives in the address.
import { html, useState } from "../vendor/preact.js";
import { setQuery, useQuery } from "../app/where.js";
import { ranges } from "../app/trail.js";
import { words } from "../i18n/en/activity.js";
import { Button } from "./kit.js";
import { Segmented, TextField } from "./form.js";

const local = (/** @type {string} */ iso) => {
  const at = new Date(iso);
  return iso && !Number.isNaN(at.getTime()) ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : "";
};
const moment = (/** @type {string} */ text) => (text ? new Date(text).toISOString() : null);

/** `options` are some of `ranges`; `custom` offers two moments of one's own. */
export function TimeRange({ options = ranges, custom = true, standard = "24h" }) {
  const [query] = useQuery({ range: standard, from: "", to: "" });
  const [from, setFrom] = useState(local(query.from));
  const [to, setTo] = useState(local(query.to));
  const choose = (range) => setQuery(range === "custom" ? { range } : { range: range === standard ? null : range, from: null, to: null }, { replace: false });
  return html`<div class="time-range"><${Segmented} label=${words.range} hideLabel value=${query.range} onChange=${choose}
      options=${[...options, ...(custom ? ["custom"] : [])].map((value) => ({ value, label: words.ranges[value] }))} />
    ${query.range === "custom" && html`<form class="row custom-range" onSubmit=${(event) => { event.preventDefault(); setQuery({ from: moment(from), to: moment(to) }, { replace: false }); }}>
      <${TextField} type="datetime-local" label=${words.from} value=${from} onInput=${setFrom} /><${TextField} type="datetime-local" label=${words.to} value=${to} onInput=${setTo} /><${Button} type="submit">${words.apply}</${Button}></form>`}</div>`;
}
