// @ts-check
// The settings of a connection as a form holds them: only what was changed, by field, beside what the server says. That is
// what lets somebody else's change come in under it without a word being lost. Pure.
import { isTimeout } from "../../app/servers.js";

/** Fields and how they are written in a form: text, list (one a line), number, truth, word, secret, rows or rollout. */
export const kinds = {
  title: "text", description: "text", icon: "text", url: "text", transport: "word", auth: "word", credential_mode: "word", api_key: "secret", api_key_header: "secret", headers: "rows",
  member_headers: "list", identity_headers: "truth", "oauth.client_id": "text", "oauth.client_secret": "secret", "oauth.token_endpoint_auth_method": "word", "oauth.authorization_endpoint": "text", "oauth.token_endpoint": "text",
  "oauth.scopes": "list", "oauth.send_resource": "truth", "oauth.allowed_origins": "list", availability: "word", timeout_seconds: "number", pin_tools: "truth", allow: "list", deny: "list", ca_file: "text", certificate_sha256: "text", rollout: "rollout",
};

const raw = (server, field) => (field.startsWith("oauth.") ? server.oauth?.[field.slice(6)] : server[field]);

/** What the form shows for a field that nobody touched; undefined for secrets. */
export function stored(/** @type {any} */ server, /** @type {string} */ field) {
  const value = raw(server, field);
  switch (kinds[field]) {
    case "secret": case "rows": return undefined;
    case "list": return (value ?? []).join("\n");
    case "truth": return value ?? field === "oauth.send_resource";
    case "number": return String(value);
    case "word": return value ?? (field === "oauth.token_endpoint_auth_method" ? "none" : "");
    case "rollout": return { state: value.state, people: value.people, teams: value.teams };
    default: return value ?? "";
  }
}

const equal = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
export const shown = (server, draft, field) => (field in draft ? draft[field] : stored(server, field));

/** The draft with the field set; without it where that is what is stored anyway. */
export function withField(server, draft, field, value) {
  const { [field]: _, ...rest } = draft;
  return value === undefined || equal(value, stored(server, field)) ? rest : { ...rest, [field]: value };
}

const lines = (/** @type {string} */ text) => text.split(/[\n,]+/).map((one) => one.trim()).filter(Boolean);

function sent(field, value) {
  switch (kinds[field]) {
    case "list": return lines(value);
    case "number": return Number(value);
    case "rows": return Object.fromEntries(value.filter((row) => row.name.trim()).map((row) => [row.name.trim(), row.value]));
    case "text": return value.trim() === "" ? null : value.trim();
    default: return value;
  }
}

/** What belongs to another kind of sign-in than the chosen one is not sent. */
function belongs(field, auth) {
  if (field.startsWith("oauth.")) return auth === "oauth";
  if (field === "api_key" || field === "api_key_header") return auth === "apiKey";
  if (field === "headers" || field === "member_headers") return auth === "headers";
  return true;
}

/** The body of the PATCH that makes the server what the form shows. */
export function bodyOf(/** @type {any} */ server, /** @type {any} */ draft) {
  /** @type {any} */
  const body = {};
  const auth = shown(server, draft, "auth");
  for (const [field, value] of Object.entries(draft)) {
    if (!belongs(field, auth) || (field === "api_key_header" && !draft.api_key)) continue;
    if (kinds[field] === "secret" && value === "" && field !== "oauth.client_secret") continue;
    if (field.startsWith("oauth.")) (body.oauth ??= {})[field.slice(6)] = sent(field, value);
    else body[field] = sent(field, value);
  }
  const isEach = shown(server, draft, "credential_mode") === "perMember";
  if ((auth === "none" || auth === "apiKey") && isEach) body.credential_mode = "shared";
  if (server.member_headers.length && (auth !== "headers" || !isEach)) body.member_headers = [];
  return body;
}

/** What is wrong before anything is sent: { field: word of i18n }. */
export function mistakes(server, draft, looksSecret) {
  /** @type {any} */
  const wrong = {};
  if ("title" in draft && looksSecret(draft.title)) wrong.title = "pasteGuard";
  if ("timeout_seconds" in draft && !isTimeout(draft.timeout_seconds)) wrong.timeout_seconds = "badNumber";
  const names = (draft.headers ?? []).filter((row) => row.name || row.value).map((row) => row.name.trim().toLowerCase());
  if (names.includes("")) wrong.headers = "nameMissing";
  else if (new Set(names).size < names.length) wrong.headers = "twice";
  return wrong;
}

/**
 * Somebody else saved meanwhile: `base` is what the form began with, `theirs` what is stored now.
 * Gives { both: fields that both changed, differently; theirs: fields that only they changed }.
 */
export function conflictOf(/** @type {any} */ base, /** @type {any} */ theirs, /** @type {any} */ draft) {
  const changed = Object.keys(kinds).filter((field) => !equal(stored(base, field), stored(theirs, field)));
  return { both: changed.filter((field) => field in draft && !equal(draft[field], stored(theirs, field))), theirs: changed.filter((field) => !(field in draft)) };
}

/** The draft upon what is stored now; `take` names the fields where theirs is wanted. */
export function rebased(theirs, draft, take = []) {
  let next = {};
  for (const [field, value] of Object.entries(draft)) if (!take.includes(field)) next = withField(theirs, next, field, value);
  return next;
}

const byId = {
  secret_in_name: "title", title: "title", description: "description", icon: "icon", url: "url", bad_url: "url", bad_scheme: "url", bad_port: "url", fragment: "url", userinfo: "url", too_long: "url", private: "url", loopback: "url", link_local: "url", self: "url", metadata: "url", reserved: "url", credential_in_url: "url",
  noncanonical_ip: "url", non_ascii_host: "url", api_key: "api_key", headers: "headers", header: "headers", member_headers: "member_headers", credential_mode: "credential_mode", ca: "ca_file", certificate: "certificate_sha256",
};
/** The field that an error of the API is about, or null. */
export function fieldOf(/** @type {any} */ error) {
  if (error.field && (error.field in kinds || error.field === "rollout")) return error.field;
  if (error.id === "oauth") return Object.keys(kinds).find((field) => field.startsWith("oauth.") && error.message.includes(`"${field}"`)) ?? "oauth.client_id";
  return byId[error.id] ?? null;
}

/** The section of the page that a field is in. */
export function sectionOf(/** @type {string} */ field) {
  if (["title", "description", "icon", "url", "transport"].includes(field)) return "details";
  if (field === "rollout") return "rollout";
  return ["availability", "timeout_seconds", "pin_tools", "allow", "deny", "ca_file", "certificate_sha256"].includes(field) ? "behaviour" : "authentication";
}
