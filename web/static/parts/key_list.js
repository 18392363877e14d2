// @ts-check
// Which keys do what. Opened by "?" and by the header.
import { html } from "../vendor/preact.js";
import { words } from "../i18n/en.js";
import { Dialog } from "./dialog.js";
import { Notice } from "./kit.js";

const keys = [[["/"], words.keys.search], [["n"], words.keys.new], [["?"], words.keys.list], [["Esc"], words.keys.close],
  [["g", "c"], words.keys.go(words.shell.nav.connections)], [["g", "t"], words.keys.go(words.shell.nav.tools)], [["g", "a"], words.keys.go(words.shell.nav.log)],
  [["g", "p"], words.keys.go(words.shell.nav.people)], [["g", "s"], words.keys.go(words.shell.nav.settings)]];

export function KeyList({ onClose }) {
  return html`<${Dialog} title=${words.keys.title} onClose=${onClose}>
    ${localStorage.getItem("pb-keys") === "off" && html`<${Notice}>${words.keys.off}</${Notice}>`}
    <dl class="keys">${keys.map(([pressed, name]) => html`<div><dt>${pressed.map((key, at) => html`${at > 0 && html` ${words.keys.then} `}<kbd>${key}</kbd>`)}</dt><dd>${name}</dd></div>`)}</dl></${Dialog}>`;
}
