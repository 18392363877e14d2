// @ts-check
// The session has ended while a page is open: sign in here, and what the page was doing goes on. The same for the password
// alone, before something that a borrowed browser must not do.
import { html, useState } from "../vendor/preact.js";
import { confirmSession, me, signIn } from "../app/api.js";
import { address } from "../app/where.js";
import { words } from "../i18n/en.js";
import { Dialog } from "./dialog.js";
import { TextField } from "./form.js";
import { Button } from "./kit.js";

export function SessionDialog({ onDone }) {
  const [name, setName] = useState(me.value?.name ?? "");
  const [password, setPassword] = useState("");
  const submit = async () => {
    try {
      await signIn(name, password);
    } catch (error) {
      if (error.status === 429 && error.retryAfter) error.message = words.shell.wait(error.retryAfter);
      throw error;
    }
    onDone(true);
  };
  return html`<${Dialog} title=${words.shell.signedOutTitle} steady onClose=${() => onDone(false)} onSubmit=${submit}
    actions=${({ busy }) => html`<${Button} href=${address("/sign-in")}>${words.shell.leave}</${Button}><${Button} type="submit" kind="primary" busy=${busy}>${words.shell.signIn}</${Button}>`}>
    <p>${words.shell.signedOut}</p>
    <${TextField} label=${words.shell.name} value=${name} onInput=${setName} autocomplete="username" autocapitalize="none" data-1p-ignore=${null} data-lpignore=${null}
      hint=${name !== me.value?.name ? words.shell.otherPerson : undefined} />
    <${TextField} label=${words.shell.password} type="password" value=${password} onInput=${setPassword} autocomplete="current-password" data-first data-1p-ignore=${null} data-lpignore=${null} /></${Dialog}>`;
}

export function ConfirmSession({ onDone }) {
  const [password, setPassword] = useState("");
  const submit = async () => {
    await confirmSession(password);
    onDone(true);
  };
  return html`<${Dialog} title=${words.shell.confirmTitle} steady onClose=${() => onDone(false)} onSubmit=${submit}
    actions=${({ busy }) => html`<${Button} onClick=${() => onDone(false)}>${words.parts.cancel}</${Button}><${Button} type="submit" kind="primary" busy=${busy}>${words.shell.confirm}</${Button}>`}>
    <p>${words.shell.confirmText(me.value?.name)}</p>
    <input hidden autocomplete="username" value=${me.value?.name} readonly />
    <${TextField} label=${words.shell.password} type="password" value=${password} onInput=${setPassword} autocomplete="current-password" data-first data-1p-ignore=${null} data-lpignore=${null} /></${Dialog}>`;
}
