// @ts-check
// The first run, in three cards: who is the admin, where Patchbay lives, what it connects first. The key stands behind the
// "#", which browsers send to nobody. Reloading goes on where one was: the account is made in the first step, and what was
// typed before that is kept in this tab, without the password.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api, appliance, keepSession, loadSession, me } from "../app/api.js";
import { address, navigate } from "../app/where.js";
import { Button, ErrorNotice, Icon, Notice, Page, Skeleton, Tile, toast } from "../parts/kit.js";
import { CodeBlock, CopyField } from "../parts/copy.js";
import { Field, Segmented, TextField, useFocusError } from "../parts/form.js";
import { useStyles } from "../parts/styles.js";
import { words } from "../i18n/en/setup.js";

const kept = "pb-setup"; // { name, title, step } of this tab

function remember(change) {
  try {
    sessionStorage.setItem(kept, JSON.stringify({ ...recall(), ...change }));
  } catch {
    // Without storage a reload begins with empty fields.
  }
}

function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(kept) ?? "{}");
  } catch {
    return {};
  }
}

function Card({ number, title, lead = undefined, state, children = undefined }) {
  return html`<section class=${`card step ${state}`} aria-labelledby=${`step${number}`} aria-current=${state === "now" ? "step" : undefined}>
    <div class="step-head"><span class="step-number">${state === "done" ? html`<${Icon} name="check" label=${words.done} />` : number}</span>
      <h2 id=${`step${number}`}><span class="unseen">${words.step(number)}: </span>${title}</h2></div>
    ${state === "now" && html`<div class="stack step-body">${lead && html`<p class="soft">${lead}</p>`}${children}</div>`}${state === "done" && children}</section>`;
}

function NoLink({ problem = undefined }) {
  return html`<${Page} title=${words.noLinkTitle} lead=${words.noLink}>${problem && html`<${Notice} kind="error">${problem}</${Notice}>`}
    <div class="card stack"><h2>${words.where}</h2><p>${words.whereText}</p><${CodeBlock} name=${words.where} text=${words.command} /></div></${Page}>`;
}

function PasswordField({ value, onInput, error }) {
  const [shown, setShown] = useState(false);
  return html`<${Field} label=${words.password} hint=${words.passwordHint} error=${error}>${(given) => html`<div class="secret"><input ...${given} type=${shown ? "text" : "password"} name="new-password"
    autocomplete="new-password" maxlength="256" value=${value} onInput=${(event) => onInput(event.currentTarget.value)} />
    <${Button} kind="quiet" icon=${shown ? "eye-off" : "eye"} label=${shown ? words.hidePassword : words.showPassword} onClick=${() => setShown(!shown)} /></div>`}</${Field}>`;
}

function Account({ invite, onDone }) {
  const before = recall();
  const [name, setName] = useState(before.name ?? "");
  const [title, setTitle] = useState(before.title ?? "");
  const [password, setPassword] = useState("");
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  useFocusError(errors);
  const submit = async (event) => {
    event.preventDefault();
    const wrong = { ...(!name.trim() && { name: words.nameMissing }), ...([...password].length < 12 && { password: words.passwordShort }) };
    setErrors(wrong);
    setProblem(null);
    if (busy || Object.keys(wrong).length) return;
    setBusy(true);
    try {
      keepSession(await api("POST", "/v1/welcome", { invite, password, name: name.trim(), ...(title.trim() && { title: title.trim() }) }, { retry: false }));
      setPassword("");
      history.replaceState(history.state, "", location.pathname);
      await loadSession();
      remember({ step: 2, name: "", title: "" });
      onDone();
    } catch (error) {
      if (error.field === "name" || error.field === "password") setErrors({ [error.field]: error.message });
      else setProblem(error);
      setBusy(false);
    }
  };
  return html`<form class="stack" novalidate onSubmit=${submit}>${problem && html`<${ErrorNotice} error=${problem} />`}
    <${TextField} label=${words.name} value=${name} hint=${words.nameHint} error=${errors.name} autocomplete="username" autocapitalize="none" name="username" maxlength="80" data-1p-ignore=${null} data-lpignore=${null}
      onInput=${(text) => { setName(text); remember({ name: text }); }} />
    <${TextField} label=${words.fullName} optional value=${title} autocomplete="name" name="name" maxlength="200" onInput=${(text) => { setTitle(text); remember({ title: text }); }} />
    <${PasswordField} value=${password} onInput=${setPassword} error=${errors.password} />
    <div class="form-foot"><${Button} type="submit" kind="primary" busy=${busy}>${words.create}</${Button}></div></form>`;
}

const trimmed = (text) => String(text ?? "").replace(/\/$/, "");

function PublicAddress({ onDone }) {
  const opened = trimmed(location.origin + address(""));
  const says = trimmed(appliance.value?.public_url);
  const isSame = says === opened;
  const plain = new URL(says || opened);
  const isPlain = plain.protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(plain.hostname);
  const check = () => loadSession().catch((error) => toast(error.message, { kind: "error" }));
  return html`<dl class="facts"><dt>${words.youOpened}</dt><dd><code>${opened}</code></dd>${says && html`<dt>${words.itThinks}</dt><dd><code>${says}</code></dd>`}</dl>
    ${!says ? html`<${Notice} kind="warn">${words.unknown}</${Notice}>` : isSame ? html`<${Notice} kind="good" title=${words.same}>${words.sameText}</${Notice}>`
      : html`<${Notice} kind="warn" live title=${words.differ}>${words.differText}</${Notice}><${CodeBlock} name="PATCHBAY_PUBLIC_URL" text=${`PATCHBAY_PUBLIC_URL=${opened}`} />`}
    ${isPlain && html`<${Notice} kind="warn" title=${words.plain}>${words.plainText}</${Notice}>`}
    <${CopyField} label=${words.callback} hint=${words.callbackHint} text=${`${says || opened}/oauth/callback`} />
    <div class="form-foot">${!isSame && html`<${Button} onClick=${check}>${words.checkAgain}</${Button}>`}<${Button} kind="primary" onClick=${onDone}>${isSame ? words.next : words.later}</${Button}></div>`;
}

function FirstConnection({ onDone }) {
  const [presets, setPresets] = useState(/** @type {any[]} */ ([]));
  const [preset, setPreset] = useState(/** @type {any} */ (null));
  const [url, setUrl] = useState("");
  const [who, setWho] = useState("me");
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [wrong, setWrong] = useState(/** @type {string | undefined} */ (undefined));
  useEffect(() => { api("GET", "/v1/servers/presets?limit=50").then((found) => setPresets(found.presets), () => {}); }, []);
  const add = async () => {
    setProblem(null);
    setWrong(undefined);
    if (!preset && !url.trim()) return setWrong(words.addressMissing);
    try {
      const access = who === "everyone" ? { everyone: true } : { everyone: false, people: [me.value.name] };
      const made = await api("POST", "/v1/servers", { ...(preset ? { preset: preset.key } : { url: url.trim(), title: hostName(url) }), enabled: true, access });
      toast(words.added(made.title || made.slug));
      return onDone();
    } catch (error) {
      return error.field === "url" ? setWrong(error.message) : setProblem(error);
    }
  };
  return html`${problem && html`<${ErrorNotice} error=${problem} />`}
    <${TextField} label=${words.address} mono inputmode="url" placeholder="https://" value=${preset ? preset.url : url} error=${wrong} hint=${words.addressHint} onInput=${(text) => { setPreset(null); setUrl(text); }} />
    ${presets.length > 0 && html`<fieldset class="stack tight"><legend class="soft">${words.presets}</legend><div class="preset-grid">${presets.map((one) => html`<button type="button" key=${one.key} class="preset" aria-pressed=${preset === one}
      onClick=${() => setPreset(preset === one ? null : one)}><${Tile} name=${one.title} icon=${one.icon} /><span>${one.title}</span></button>`)}</div></fieldset>`}
    <${Segmented} label=${words.who} value=${who} options=${words.whos} onChange=${setWho} />
    <div class="form-foot"><${Button} onClick=${onDone}>${words.skip}</${Button}><${Button} kind="primary" onClick=${add}>${words.add}</${Button}></div>`;
}

function hostName(url) {
  try {
    const parts = new URL(url).hostname.split(".").filter((part) => !["www", "mcp", "api"].includes(part));
    const name = parts.length > 1 ? parts.at(-2) : parts[0];
    return name ? name[0].toUpperCase() + name.slice(1) : url;
  } catch {
    return url.slice(0, 80);
  }
}

function Steps({ invite }) {
  useStyles("css/setup.css");
  const [step, setStep] = useState(me.value ? Math.max(2, recall().step ?? 2) : 1);
  const go = (next) => {
    remember({ step: next });
    setStep(next);
    setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector("[aria-current=step] :is(input, button)"))?.focus());
  };
  const finish = () => {
    try {
      sessionStorage.removeItem(kept);
    } catch {
      // Nothing was kept.
    }
    navigate("/connect");
  };
  const stateOf = (number) => (number === step ? "now" : number < step ? "done" : "later");
  return html`<${Page} title=${words.title} lead=${words.step(step)}>
    <${Card} number=${1} title=${words.account} lead=${words.accountLead} state=${stateOf(1)}>${step === 1 ? html`<${Account} invite=${invite} onDone=${() => go(2)} />` : html`<p class="soft step-body">${words.created(me.value?.name)}</p>`}</${Card}>
    <${Card} number=${2} title=${words.publicAddress} lead=${words.publicLead} state=${stateOf(2)}>${step === 2 && html`<${PublicAddress} onDone=${() => go(3)} />`}</${Card}>
    <${Card} number=${3} title=${words.first} lead=${words.firstLead} state=${stateOf(3)}>${step === 3 && html`<${FirstConnection} onDone=${finish} />`}</${Card}></${Page}>`;
}

export default function Setup() {
  const [invite] = useState(() => location.hash.slice(1));
  const [state, setState] = useState(me.value ? "go" : invite ? "looking" : "none");
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (state !== "looking") return;
    api("POST", "/v1/welcome/look", { invite }, { retry: false }).then((found) => {
      if (found.first_admin) setState("go");
      else location.replace(`${address("/welcome")}#${invite}`); // an invitation, not the first admin's link
    }, (error) => {
      setProblem(error.id === "no_invite" || error.status === 404 ? words.bad : error.message);
      setState("bad");
    });
  }, []);
  if (state === "go") return html`<${Steps} invite=${invite} />`;
  if (state === "looking") return html`<${Skeleton} />`;
  return html`<${NoLink} problem=${state === "bad" ? problem : undefined} />`;
}
