// @ts-check
// The small parts that every screen is made of. Bigger ones have a file each: dialog.js, form.js, table.js, copy.js,
// picker.js, virtual_list.js.
import { html, signal, useEffect, useId, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { address, assets, here, setQuery, useQuery } from "../app/where.js";
import { absolute, ago, piecesOf, tile } from "../app/format.js";
import { words } from "../i18n/en.js";

const join = (...names) => names.filter(Boolean).join(" ");

/** An icon of the sprite (web/icons.json lists them). Alone it needs a `label`; beside a word it has none. */
export function Icon({ name, label = undefined, class: own = undefined }) {
  return html`<svg class=${join("icon", own)} role=${label ? "img" : undefined} aria-label=${label} aria-hidden=${label ? undefined : "true"}>
    <use href=${`${assets}/vendor/icons.svg#${name}`} /></svg>`;
}

/** A button, or with `href` a link that looks like one. While the promise that `onClick` gives is open, it is busy. */
export function Button({ kind = "plain", icon = undefined, label = undefined, href = undefined, busy = false, disabled = false, onClick = undefined,
  small = false, type = "button", class: own = undefined, children = undefined, ...rest }) {
  const [working, setWorking] = useState(false);
  const gone = useRef(false);
  useEffect(() => () => { gone.current = true; }, []);
  const isBusy = busy || working;
  const names = join("button", kind, small && "small", label && !children && "bare", own);
  const inside = html`${isBusy ? html`<${Icon} name="loader-circle" class="spin" />` : icon && html`<${Icon} name=${icon} />`}${children && html`<span>${children}</span>`}`;
  if (href) return html`<a class=${names} href=${href} aria-label=${label} title=${label} ...${rest}>${inside}</a>`;
  const click = async (event) => {
    if (isBusy || disabled) return event.preventDefault();
    const answer = onClick?.(event);
    if (!answer?.then) return;
    setWorking(true);
    try {
      await answer;
    } finally {
      if (!gone.current) setWorking(false);
    }
  };
  return html`<button type=${type} class=${names} aria-label=${label} title=${label} disabled=${disabled} aria-disabled=${isBusy || undefined}
    aria-busy=${isBusy || undefined} onClick=${click} ...${rest}>${inside}</button>`;
}

/** A screen: its one h1, title of the window, what can be done, and the way back. */
export function Page({ title, lead = undefined, crumbs = [], actions = undefined, icon = undefined, class: own = undefined, children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  const moves = here.value.moves;
  useLayoutEffect(() => { document.title = `${title} · Patchbay`; }, [title]);
  useEffect(() => {
    if (moves > 0 && !document.activeElement?.closest(".tabs, dialog")) heading.current?.focus({ preventScroll: true });
  }, [moves]);
  return html`<div class=${join("page", own)}>
    ${crumbs.length > 0 && html`<nav class="crumbs" aria-label=${words.shell.crumbs}>
      ${crumbs.map((one) => html`<a href=${address(one.to)}><${Foreign} text=${one.label} /></a><${Icon} name="chevron-right" />`)}</nav>`}
    <div class="page-head">${icon}<div class="page-name"><h1 tabindex="-1" ref=${heading}><${Foreign} text=${title} /></h1>${lead && html`<p class="lead">${typeof lead === "string" ? html`<${Foreign} text=${lead} />` : lead}</p>`}</div>
      ${actions && html`<div class="page-actions">${actions}</div>`}</div>
    ${children}</div>`;
}

const noticeIcons = { info: "info", good: "circle-check", warn: "triangle-alert", error: "circle-alert" };

/** Says what is so and why, and offers one thing to do. Errors are announced. */
export function Notice({ kind = "info", title = undefined, action = undefined, children = undefined, live = kind === "error" }) {
  return html`<div class=${join("notice", kind)} role=${live ? "alert" : undefined}><${Icon} name=${noticeIcons[kind]} />
    <div class="notice-text">${title && html`<strong>${title}</strong>${" "}`}${children}</div>
    ${action && html`<div class="notice-action">${action}</div>`}</div>`;
}

/** What went wrong, with "Try again" where that may help. */
export function ErrorNotice({ error, retry = undefined }) {
  if (!error) return null;
  return html`<${Notice} kind="error" action=${retry && html`<${Button} small onClick=${() => retry()}>${words.parts.tryAgain}</${Button}>`}>
    <${Foreign} text=${error.message} />${error.reference && html` <span class="soft">${words.parts.reference} <code>${error.reference}</code></span>`}</${Notice}>`;
}

/** One sentence, one button, one link. */
export function EmptyState({ icon = "circle-dashed", title, children = undefined, action = undefined }) {
  return html`<div class="empty"><${Icon} name=${icon} /><p class="empty-title">${title}</p>${children && html`<p class="soft">${children}</p>`}${action}</div>`;
}

/** Grey lines, visible only after 300 ms. */
export function Skeleton({ lines = 4 }) {
  return html`<div class="skeleton" role="status"><span class="unseen">${words.parts.loading}</span>
    ${Array.from({ length: lines }, () => html`<div class="skeleton-line" aria-hidden="true" />`)}</div>`;
}

/** What useLoaded gave: grey lines, then the error or children(value). */
export function Loaded({ of, lines = 4, children }) {
  if (of.value !== undefined) return html`${of.error && html`<${ErrorNotice} error=${of.error} retry=${of.reload} />`}${children(of.value)}`;
  return of.error ? html`<${ErrorNotice} error=${of.error} retry=${of.reload} />` : html`<${Skeleton} lines=${lines} />`;
}

const statuses = {
  connected: ["circle-check", "good"], needs_sign_in: ["key-round", "warn"], paused: ["circle-pause", "warn"], error: ["circle-x", "bad"],
  disabled: ["circle-slash", "soft"], checking: ["circle-dashed", "soft"],
};

/** How a connection fares: shape, word and colour. `is` is connected, needs_sign_in, paused, error, disabled or checking. */
export function Status({ is, note = undefined }) {
  const [icon, tone] = statuses[is] ?? statuses.checking;
  return html`<span class=${join("status", tone)}><${Icon} name=${icon} /><span>${words.status[is] ?? words.status.checking}</span>${note && html`<span class="soft"> · ${note}</span>`}</span>`;
}

/** A small label. `tone` is soft, good, warn, bad or accent. */
export function Pill({ tone = "soft", icon = undefined, title = undefined, children }) {
  return html`<span class=${join("pill", tone)} title=${title}>${icon && html`<${Icon} name=${icon} />`}<span>${children}</span></span>`;
}

/** A service's picture: ours or inline, never fetched from elsewhere; else its letters. */
export function Tile({ name, icon = undefined, size = undefined }) {
  const own = typeof icon === "string" && (icon.startsWith("/v1/") ? address(icon) : /^data:image\/(png|jpeg|webp|gif|svg\+xml)[;,]/.test(icon) ? icon : null);
  const [failed, setFailed] = useState(false);
  if (own && !failed) return html`<img class=${join("tile", size)} src=${own} alt="" width="32" height="32" onError=${() => setFailed(true)} />`;
  const { letters, hue } = tile(name);
  return html`<span class=${join("tile", "letters", size)} style=${{ "--hue": hue }} aria-hidden="true">${letters}</span>`;
}

const tick = signal(Date.now());
let ticking = false;
/** A time in words; the whole of it as a tooltip. */
export function Time({ when, none = "never" }) {
  if (!ticking) {
    ticking = true;
    setInterval(() => { if (!document.hidden) tick.value = Date.now(); }, 20_000);
  }
  if (!when) return html`<span>${none}</span>`;
  return html`<time datetime=${when} title=${absolute(when)}>${ago(when, Math.max(tick.value, Date.now()))}</time>`;
}

/** Text from outside: always text, hidden characters as badges, long ones cut with "Show all". */
export function Foreign({ text, limit = 600, class: own = undefined, block = false }) {
  const [whole, setWhole] = useState(false);
  const full = text === null || text === undefined ? "" : String(text);
  const shown = whole || full.length <= limit ? full : full.slice(0, limit);
  return html`<span class=${join("foreign", block && "block", own)} dir="auto">${piecesOf(shown).map((piece) => typeof piece === "string" ? piece
      : html`<span class="hidden-character" title=${words.parts.hiddenCharacter}>${piece.badge}</span>`)}${shown.length < full.length
      && html`… <button type="button" class="link" onClick=${() => setWhole(true)}>${words.parts.showAll}</button>`}</span>`;
}

/** What can be opened. `summary` is what is always there. */
export function Disclosure({ summary, open = false, children, onToggle = undefined }) {
  return html`<details class="disclosure" open=${open} onToggle=${(event) => onToggle?.(event.currentTarget.open)}>
    <summary><${Icon} name="chevron-right" /><span>${summary}</span></summary><div class="disclosure-body">${children}</div></details>`;
}

/** Tabs are links: each has an address. [{ to, label, count }] */
export function Tabs({ items, label, current }) {
  const strip = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const [nav, tab] = [strip.current, strip.current?.querySelector("[aria-current]")];
    if (nav && tab) nav.scrollLeft += tab.getBoundingClientRect().left - nav.getBoundingClientRect().left - 40; // in sight where the strip is too long
  }, [current]);
  return html`<nav class="tabs" ref=${strip} aria-label=${label}><ul>${items.map((one) => html`<li key=${one.to}><a href=${address(one.to)}
    aria-current=${one.to === current ? "page" : undefined}>${one.label}${one.count !== undefined && html` <span class="count">${one.count}</span>`}</a></li>`)}</ul></nav>`;
}

/** A search field whose text lives in the query string; "/" goes to it. */
export function SearchField({ label, name = "q", value = undefined, onInput = undefined }) {
  const [query] = useQuery({ [name]: "" });
  const id = useId();
  const text = value ?? query[name];
  return html`<div class="search"><label class="unseen" for=${id}>${label}</label><${Icon} name="search" />
    <input id=${id} type="search" data-search maxlength="500" placeholder=${label} autocomplete="off" spellcheck=${false} value=${text}
      onInput=${(event) => (onInput ? onInput(event.currentTarget.value) : setQuery({ [name]: event.currentTarget.value }))} /></div>`;
}

function place(/** @type {HTMLElement} */ menu, /** @type {HTMLElement} */ button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + 4 + height <= innerHeight || at.top < height;
  menu.style.top = `${Math.max(4, below ? at.bottom + 4 : at.top - 4 - height)}px`;
  menu.style.left = `${Math.max(4, Math.min(at.right - width, innerWidth - width - 4))}px`;
}

/**
 * A button with a list of actions. items: { label, icon, hint, danger, disabled, href | onSelect } or null for a line.
 * Arrow keys move, Esc closes and gives the focus back.
 */
export function Menu({ label, items, icon = "ellipsis", button = undefined, kind = "quiet" }) {
  const id = useId();
  const menu = useRef(/** @type {HTMLElement | null} */ (null));
  const opener = useRef(/** @type {HTMLElement | null} */ (null));
  const [open, setOpen] = useState(false);
  const choices = () => [.../** @type {HTMLElement} */ (menu.current).querySelectorAll('[role="menuitem"]:not([aria-disabled="true"])')];
  const keys = (event) => {
    const all = choices();
    const at = all.indexOf(document.activeElement);
    const next = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Tab") return menu.current?.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (all[next])?.focus();
  };
  const toggled = (event) => {
    const isOpen = event.newState === "open";
    setOpen(isOpen);
    if (!isOpen) return;
    place(menu.current, opener.current);
    /** @type {HTMLElement} */ (choices()[0])?.focus();
  };
  const choose = (one) => {
    menu.current?.hidePopover();
    opener.current?.focus();
    one.onSelect?.();
  };
  const item = (one) => one === null ? html`<hr />` : one.href
    ? html`<a role="menuitem" tabindex="-1" href=${one.href} onClick=${() => menu.current?.hidePopover()}>${one.icon && html`<${Icon} name=${one.icon} />`}<span>${one.label}${one.hint && html`<small>${one.hint}</small>`}</span></a>`
    : html`<button type="button" role="menuitem" tabindex="-1" class=${one.danger ? "danger" : undefined} aria-disabled=${one.disabled ? "true" : undefined}
        onClick=${() => !one.disabled && choose(one)}>${one.icon && html`<${Icon} name=${one.icon} />`}<span>${one.label}${one.hint && html`<small>${one.hint}</small>`}</span></button>`;
  return html`<button type="button" ref=${opener} class=${join("button", kind, !button && "bare")} popovertarget=${id} aria-haspopup="menu" aria-expanded=${open}
      aria-label=${label} title=${button ? undefined : label}>${button ?? html`<${Icon} name=${icon} />`}</button>
    <div id=${id} ref=${menu} popover="auto" role="menu" aria-label=${label} class="menu" onToggle=${toggled} onKeyDown=${keys}>${items.filter((one) => one !== false && one !== undefined).map(item)}</div>`;
}

/** @type {import("../vendor/preact.js").Signal<any[]>} */
const toasts = signal([]);
let toastNumber = 0;

/** A word at the edge of the screen: toast("Saved."), toast("…", { kind: "error", actions: [{ label, onSelect | href }], seconds }). Errors stay. */
export function toast(text, { kind = "good", actions = [], seconds = kind === "error" ? 0 : 6 } = {}) {
  const id = ++toastNumber;
  toasts.value = [...toasts.value.slice(-3), { id, text, kind, actions, seconds }];
  return () => { toasts.value = toasts.value.filter((one) => one.id !== id); };
}

function Toast({ one }) {
  const left = useRef(one.seconds * 1000);
  const timer = useRef(0);
  const close = () => { toasts.value = toasts.value.filter((other) => other.id !== one.id); };
  const since = useRef(0);
  const start = () => {
    if (!one.seconds) return;
    since.current = Date.now();
    timer.current = setTimeout(close, left.current);
  };
  const pause = () => {
    clearTimeout(timer.current);
    if (since.current) left.current = Math.max(1000, left.current - (Date.now() - since.current));
  };
  useEffect(() => { start(); return () => clearTimeout(timer.current); }, []);
  return html`<div class=${join("toast", one.kind)} onMouseEnter=${pause} onMouseLeave=${start} onFocusIn=${pause} onFocusOut=${start}>
    <${Icon} name=${noticeIcons[one.kind]} /><span>${one.text}</span>
    ${one.actions.map((action) => html`<${Button} small kind="quiet" href=${action.href} onClick=${() => { close(); return action.onSelect?.(); }}>${action.label}</${Button}>`)}
    <${Button} small kind="quiet" icon="x" label=${words.parts.dismiss} onClick=${close} /></div>`;
}

/** Where toasts appear; the shell has it once. In the top layer, so that a dialog does not hide them; said by a region that is always there. */
export function Toasts() {
  const box = useRef(/** @type {any} */ (null));
  const last = toasts.value.at(-1);
  useEffect(() => {
    const isOpen = box.current.matches(":popover-open");
    if (isOpen && (!toasts.value.length || document.querySelector("dialog[open]"))) box.current.hidePopover();
    if (toasts.value.length && !box.current.matches(":popover-open")) box.current.showPopover();
  }, [toasts.value]);
  return html`<p class="unseen" role="status">${last && last.kind !== "error" ? last.text : ""}</p><p class="unseen" role="alert">${last?.kind === "error" ? last.text : ""}</p>
    <section class="toasts" popover="manual" ref=${box} aria-label=${words.parts.messages}>${toasts.value.map((one) => html`<${Toast} key=${one.id} one=${one} />`)}</section>`;
}
