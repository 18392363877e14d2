// @ts-check
// Choosing from many by typing: the listbox pattern of the ARIA Authoring Practices, operable by keyboard alone.
import { html, useId, useRef, useState } from "../vendor/preact.js";
import { plainName } from "../app/format.js";
import { words } from "../i18n/en.js";
import { Icon } from "./kit.js";

/**
 * A field that finds. options: [{ value, label, hint, icon }] are filtered by what is typed; or give `find(text)` that returns
 * such a list (or a promise of one). `onPick(option)` is called for the chosen one and the field is empty again, unless
 * `keep` leaves its label there; `start` is there at first.
 */
export function Combobox({ label, options = [], find = undefined, onPick, onText = undefined, placeholder = undefined, hideLabel = false, keep = false, start = "", hint = undefined }) {
  const id = useId();
  const [text, setText] = useState(start);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  const asked = useRef(0);
  const plain = text.trim().toLowerCase();
  const all = find ? (found ?? []) : options.filter((one) => !plain || `${one.label} ${one.hint ?? ""} ${one.value}`.toLowerCase().includes(plain)).slice(0, 50);
  const search = async (next) => {
    if (!find) return;
    const mine = ++asked.current;
    const list = await find(next);
    if (mine === asked.current) setFound(list);
  };
  const type = (next) => {
    setText(next);
    setOpen(true);
    setAt(0);
    onText?.(next);
    search(next);
  };
  const pick = (one) => {
    if (!one) return;
    onPick(one);
    setText(keep ? one.label : "");
    setOpen(false);
    setFound(null);
  };
  const keys = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) { setOpen(true); search(text); return; }
      setAt((at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % Math.max(1, all.length));
    } else if (event.key === "Enter" && open && all.length) {
      event.preventDefault();
      pick(all[at]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    }
  };
  return html`<div class="field combobox"><label for=${id} class=${hideLabel ? "unseen" : undefined}>${label}</label>
    <div class="combobox-field"><${Icon} name="search" /><input id=${id} role="combobox" maxlength="500" autocomplete="off" spellcheck=${false} placeholder=${placeholder} aria-expanded=${open && all.length > 0}
      aria-controls=${`${id}l`} aria-autocomplete="list" aria-activedescendant=${open && all.length ? `${id}o${at}` : undefined} aria-describedby=${hint ? `${id}h` : undefined} value=${text}
      onInput=${(event) => type(event.currentTarget.value)} onFocus=${(event) => { if (keep) event.currentTarget.select(); setOpen(true); search(text); }} onBlur=${() => setOpen(false)} onClick=${() => setOpen(true)} onKeyDown=${keys} /></div>
    <ul id=${`${id}l`} role="listbox" aria-label=${label} class="listbox" hidden=${!open || !all.length}>${all.map((one, index) => html`<li key=${one.value} id=${`${id}o${index}`} role="option"
      aria-selected=${index === at} onMouseDown=${(event) => { event.preventDefault(); pick(one); }} onMouseMove=${() => setAt(index)}>${one.icon && html`<${Icon} name=${one.icon} />`}<span>${plainName(one.label)}</span>${one.hint && html`<small>${one.hint}</small>`}</li>`)}</ul>
    <p role="status" class="unseen">${open ? words.parts.found(all.length) : ""}</p>${hint && html`<p class="field-hint" id=${`${id}h`}>${hint}</p>`}</div>`;
}

/**
 * People and teams as tokens: value is { everyone, people: [name], teams: [slug] }. `everyone` replaces the rest.
 * users: [{ name, title, kind, state }], teams: [{ slug, title, members }].
 */
export function PersonPicker({ label, value, onChange, users, teams = [], allowEveryone = true, hint = undefined, placeholder = words.parts.findPeople }) {
  const titles = new Map([...users.map((one) => [`u:${one.name}`, one.title || one.name]), ...teams.map((one) => [`t:${one.slug ?? one.name}`, one.title || one.slug || one.name])]);
  const chosen = value.everyone ? [] : [...value.teams.map((one) => ({ kind: "teams", name: one, label: titles.get(`t:${one}`) ?? one, icon: "users" })),
    ...value.people.map((one) => ({ kind: "people", name: one, label: titles.get(`u:${one}`) ?? one, icon: "user" }))];
  const options = [
    ...(allowEveryone && !value.everyone ? [{ value: "*", label: words.parts.everyone, icon: "globe" }] : []),
    ...teams.filter((one) => !value.teams.includes(one.slug ?? one.name)).map((one) => ({ value: `t:${one.slug ?? one.name}`, label: one.title || one.slug || one.name, hint: words.parts.team, icon: "users" })),
    ...users.filter((one) => !value.people.includes(one.name)).map((one) => ({ value: `u:${one.name}`, label: one.title || one.name, hint: one.title ? one.name : undefined, icon: one.kind === "service" ? "bot" : "user" })),
  ];
  const pick = (one) => {
    if (one.value === "*") return onChange({ everyone: true, people: [], teams: [] });
    const [kind, name] = [one.value[0], one.value.slice(2)];
    const rest = value.everyone ? { everyone: false, people: [], teams: [] } : value;
    onChange(kind === "t" ? { ...rest, teams: [...rest.teams, name] } : { ...rest, people: [...rest.people, name] });
  };
  const take = (one) => onChange({ ...value, [one.kind]: value[one.kind].filter((name) => name !== one.name) });
  return html`<div class="person-picker"><${Combobox} label=${label} options=${options} onPick=${pick} placeholder=${placeholder} hint=${hint} />
    <ul class="tokens" aria-label=${words.parts.chosen}>${value.everyone && html`<li class="token"><${Icon} name="globe" /><span>${words.parts.everyone}</span><button type="button" aria-label=${words.parts.remove(words.parts.everyone)}
      onClick=${() => onChange({ everyone: false, people: [], teams: [] })}><${Icon} name="x" /></button></li>`}
      ${chosen.map((one) => html`<li class="token" key=${one.kind + one.name}><${Icon} name=${one.icon} /><span>${plainName(one.label)}</span><button type="button" aria-label=${words.parts.remove(one.label)} onClick=${() => take(one)}><${Icon} name="x" /></button></li>`)}</ul></div>`;
}
