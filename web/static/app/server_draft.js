// @ts-check
// A connection that is being added: what was chosen so far, what is missing and what is sent. Pure.
import { looksSecret, slugOf } from "./format.js";
import { titleOf } from "./pasted.js";
import { isTimeout } from "./servers.js";

export const emptyDraft = () => ({
  url: "", preset: /** @type {string | null} */ (null), transport: "http", name: "", slug: "", description: "", touched: /** @type {Record<string, boolean>} */ ({}),
  auth: "none", mode: "shared", key: "", keyHeader: "", headers: [{ name: "", value: "" }], memberHeaders: [{ name: "Authorization", value: "" }],
  clientId: "", clientSecret: "", scopes: "", who: "me", people: [], teams: [],
  timeout: "", availability: "defaultOn", pinTools: false, identity: false, allow: "", deny: "", caFile: "",
});

/** The draft with a change made by hand: what was touched is not filled in any more. The slug follows the name. */
export function typed(draft, change) {
  const touched = { ...draft.touched };
  for (const name of Object.keys(change)) touched[name] = true;
  const next = { ...draft, ...change, touched };
  if ("name" in change && !touched.slug) next.slug = looksSecret(change.name) ? "" : slugOf(change.name);
  if ("auth" in change && !touched.mode) next.mode = usualMode(change.auth);
  return next;
}

const secrets = ["key", "headers", "clientId", "clientSecret"];
/** The draft for another address: what was typed by hand stays, but no secret goes to a host it was not given for. */
export function anew(draft, isSameHost) {
  const touched = Object.fromEntries(Object.entries(draft.touched).filter(([name]) => isSameHost || !secrets.includes(name)));
  const next = { ...emptyDraft(), touched };
  for (const name of Object.keys(touched)) next[name] = draft[name];
  return next;
}

export const usualMode = (auth) => (auth === "oauth" || auth === "oauthApp" ? "perMember" : "shared");

/** A slug that nobody has yet: "linear", "linear-2". */
export function freeSlug(wanted, taken) {
  const known = new Set(taken.map((one) => one.toLowerCase()));
  if (!wanted || !known.has(wanted.toLowerCase())) return wanted;
  for (let at = 2; ; at += 1) if (!known.has(`${wanted}-${at}`.toLowerCase())) return `${wanted}-${at}`;
}

/** The draft with what was found out about an address, where nothing was typed. `found` may hold name, slug, auth, transport, url, preset, key, headers. */
export function filledIn(draft, found, taken = []) {
  const next = { ...draft };
  for (const [name, value] of Object.entries(found)) if (value !== undefined && value !== null && !draft.touched[name]) next[name] = value;
  if (!next.name) next.name = titleOf(next.url);
  if (!draft.touched.slug) next.slug = freeSlug(found.slug ?? slugOf(next.name), taken);
  if (!draft.touched.mode) next.mode = usualMode(next.auth);
  return next;
}

const authOfProbe = { none: "none", key: "apiKey", oauth: "oauth", oauth_app: "oauthApp" };
/** What POST /v1/servers/probe found, as filledIn takes it. */
export const foundBy = (probe) => ({
  url: probe.url, name: probe.title, slug: probe.slug, preset: probe.preset, auth: authOfProbe[probe.auth] ?? undefined, transport: probe.transport ?? undefined,
});

/** What a preset says, as filledIn takes it. */
export const foundIn = (preset) => ({ url: preset.url, name: preset.title, slug: preset.key, preset: preset.key, auth: preset.auth, description: preset.description });

const lines = (text) => text.split(/[\s,]+/).filter(Boolean);
const filled = (rows) => rows.filter((one) => one.name.trim());

/** By field, which rule of `say` is broken; empty where it can be sent. */
export function problemsOf(draft, taken, say) {
  /** @type {Record<string, string>} */
  const found = {};
  const known = taken.map((one) => one.toLowerCase());
  if (looksSecret(draft.name)) found.name = say.secretInName;
  else if (!draft.name.trim()) found.name = say.nameMissing;
  if (looksSecret(draft.slug)) found.slug = say.secretInName;
  else if (!/^[A-Za-z0-9_-]{1,64}$/.test(draft.slug)) found.slug = say.slugRule;
  else if (known.includes(draft.slug.toLowerCase())) found.slug = say.slugTaken(draft.slug);
  if (looksSecret(draft.description)) found.description = say.secretInName;
  const isEach = draft.mode === "perMember";
  const takesKeys = draft.auth === "apiKey" || draft.auth === "headers";
  if (takesKeys && isEach && !filled(draft.memberHeaders).length) found.memberHeaders = say.headerMissing;
  if (draft.auth === "apiKey" && !isEach && !draft.key.trim()) found.key = say.keyMissing;
  if (draft.auth === "headers" && !isEach && !filled(draft.headers).some((one) => one.value)) found.headers = say.headerMissing;
  if (draft.auth === "oauthApp" && !draft.clientId.trim()) found.clientId = say.clientMissing;
  if (draft.who === "chosen" && !draft.people.length && !draft.teams.length) found.who = say.nobodyChosen;
  if (draft.timeout && !isTimeout(draft.timeout.trim())) found.timeout = say.timeoutRule;
  return found;
}

export const accessOf = (draft, me) => draft.who === "everyone" ? { everyone: true, people: [], teams: [] }
  : draft.who === "chosen" ? { everyone: false, people: draft.people, teams: draft.teams } : { everyone: false, people: [me.name], teams: [] };

/** Whether the person who adds it may use it, too. */
export const includes = (draft, me) => draft.who !== "chosen" || draft.people.includes(me.name) || draft.teams.some((one) => (me.teams ?? []).includes(one));

const oauthOf = (draft) => {
  const scopes = lines(draft.scopes);
  const app = draft.auth === "oauthApp" ? { client_id: draft.clientId.trim(), ...(draft.clientSecret && { client_secret: draft.clientSecret }) } : {};
  return { ...app, ...(scopes.length && { scopes }) };
};

function signInOf(draft) {
  const isEach = draft.mode === "perMember";
  if (draft.auth === "none") return { auth: "none", credential_mode: "shared" };
  if (draft.auth === "oauth" || draft.auth === "oauthApp") return { auth: "oauth", credential_mode: draft.mode, oauth: oauthOf(draft) };
  const own = filled(draft.headers).filter((one) => one.value);
  if (isEach) return { auth: "headers", credential_mode: "perMember", member_headers: filled(draft.memberHeaders).map((one) => one.name.trim()),
    ...(draft.auth === "headers" && own.length && { headers: Object.fromEntries(own.map((one) => [one.name.trim(), one.value])) }) };
  if (draft.auth === "headers") return { auth: "headers", credential_mode: "shared", headers: Object.fromEntries(own.map((one) => [one.name.trim(), one.value])) };
  return { auth: "apiKey", credential_mode: "shared", api_key: draft.key.trim(), ...(draft.keyHeader.trim() && { api_key_header: draft.keyHeader.trim() }) };
}

/** The body of POST /v1/servers. */
export function bodyOf(draft, me) {
  const body = { slug: draft.slug, title: draft.name.trim(), url: draft.url, transport: draft.transport, enabled: true, access: accessOf(draft, me), ...signInOf(draft) };
  if (draft.preset) body.preset = draft.preset;
  if (draft.description.trim()) body.description = draft.description.trim();
  if (draft.timeout.trim()) body.timeout_seconds = Number(draft.timeout);
  if (draft.availability !== "defaultOn") body.availability = draft.availability;
  if (draft.pinTools) body.pin_tools = true;
  if (draft.identity) body.identity_headers = true;
  if (lines(draft.allow).length) body.allow = lines(draft.allow);
  if (lines(draft.deny).length) body.deny = lines(draft.deny);
  if (draft.caFile.trim()) body.ca_file = draft.caFile.trim();
  return body;
}

/** What the primary button does: add, test (add, then try it) or signIn (add, then sign in). */
export function actionOf(draft, probe, me) {
  if (draft.auth === "oauth" || draft.auth === "oauthApp") return draft.mode === "shared" || includes(draft, me) ? "signIn" : "add";
  if (draft.auth !== "none" && draft.mode === "perMember") return "add";
  return draft.auth === "none" && probe?.ok && probe.auth === "none" ? "add" : "test";
}
