// @ts-check
// A token for a client that cannot sign in: made here, and shown this once inside what the client is told.
import { html, useState } from "../../vendor/preact.js";
import { address } from "../../app/where.js";
import { commandOf, fileOf, variableLine } from "../../app/snippets.js";
import { Button, ErrorNotice, Notice } from "../../parts/kit.js";
import { CodeBlock, CopyButton, CopyField } from "../../parts/copy.js";
import { Checkbox, Segmented, SelectField, TextField } from "../../parts/form.js";
import { words } from "../../i18n/en/connect.js";
import { createToken, lives } from "../../app/tokens.js";
import { FileWay, FormWay } from "./setup.js";

const say = words.token;

function MakeToken({ client, ask, onMade }) {
  const [wish, setWish] = useState({ name: say.of(client.name, words.systems[ask.os]).slice(0, 100), days: "365", write: true });
  const [error, setError] = useState(/** @type {any} */ (null));
  const change = (part) => setWish({ ...wish, ...part });
  const make = async (event) => {
    event?.preventDefault();
    setError(null);
    try {
      onMade(await createToken({ name: wish.name.trim(), scopes: wish.write ? ["mcp:read", "mcp:write"] : ["mcp:read"], days: Number(wish.days) }));
    } catch (problem) {
      setError(problem);
    }
  };
  return html`<form class="stack" onSubmit=${(event) => event.preventDefault()}><p class="soft">${client.tokenOnly ? say.onlyWay : say.why}</p>
    <div class="connect-what"><${TextField} label=${say.name} value=${wish.name} onInput=${(name) => change({ name })} maxlength="100" error=${error?.field === "name" ? error.message : undefined} />
      <${SelectField} label=${say.until} value=${wish.days} options=${lives.map((days) => ({ value: String(days), label: say.days[days] }))} onInput=${(days) => change({ days })} /></div>
    <${Checkbox} label=${say.mayCall} checked=${wish.write} onChange=${(write) => change({ write })} />
    ${error && error.field !== "name" && html`<${ErrorNotice} error=${error} />`}
    <div class="row"><${Button} icon="key-round" type="submit" disabled=${!wish.name.trim()} onClick=${make}>${say.make}</${Button}></div></form>`;
}

/** By the name of a variable: first the variable, then what refers to it. */
function InVariable({ client, ask }) {
  return html`<${CodeBlock} name=${say.variableAt[ask.os]} text=${variableLine(ask)} />
    ${client.commandScopes ? html`<${CodeBlock} name=${ask.os === "windows" ? words.powerShell : words.terminal} text=${commandOf(client, ask)} />` : html`<${FileWay} client=${client} ask=${ask} text=${fileOf(client, ask)} />`}
    <p class="soft">${say.restart}</p>`;
}

function WithToken({ client, ask, place, setPlace }) {
  if (client.token === "env" || place === "env") return html`${client.token !== "env" && html`<${PlaceSwitch} place=${place} setPlace=${setPlace} />`}<${InVariable} client=${client} ask=${{ ...ask, place: "env" }} />`;
  if (client.form) return html`<${FormWay} client=${client} ask=${ask} /><${CopyField} label=${words.fields.header} text=${`Authorization: Bearer ${ask.token}`} />`;
  if (client.token === "input" || client.token === "ask") return html`<${FileWay} client=${client} ask=${ask} /><p class="soft">${say.asks(client.name)}</p>`;
  return html`${client.env && html`<${PlaceSwitch} place=${place} setPlace=${setPlace} />`}<${FileWay} client=${client} ask=${ask} /><p class="soft">${say.inFile}</p>`;
}

const PlaceSwitch = ({ place, setPlace }) => html`<${Segmented} label=${say.where} value=${place} options=${["file", "env"].map((value) => ({ value, label: say.places[value] }))} onChange=${setPlace} />`;

export function TokenWay({ client, ask }) {
  const [made, setMade] = useState(/** @type {any} */ (null));
  const [place, setPlace] = useState("file");
  if (made?.saved) return html`<${Notice} kind="good" action=${html`<div class="row"><${Button} small href=${address("/my/access")}>${say.seeAll}</${Button}><${Button} small kind="quiet" onClick=${() => setMade(null)}>${say.anew}</${Button}></div>`}>${say.kept}</${Notice}>`;
  if (!made) return html`<div class="stack"><${MakeToken} key=${ask.os} client=${client} ask=${ask} onMade=${setMade} />
    ${client.token === "ask" && html`<${FileWay} client=${client} ask=${ask} />`}</div>`;
  return html`<div class="stack"><${Notice} kind="warn" title=${say.onceTitle} action=${html`<div class="row"><${CopyButton} text=${made.token} /><${Button} small onClick=${() => setMade({ saved: true })}>${say.saved}</${Button}></div>`}>${say.once}</${Notice}>
    ${(client.token === "input" || client.token === "ask") && html`<${CopyField} label=${say.itself} text=${made.token} />`}
    <${WithToken} client=${client} ask=${{ ...ask, token: made.token }} place=${place} setPlace=${setPlace} /></div>`;
}
