// @ts-check
// Speaks to the API. Whatever goes wrong becomes an ApiError with a sentence for people. A session that has ended, and a
// password that the API wants once more, are asked for in a dialog, and the call is made again, so that no page loses
// what was typed.
import { computed, signal, useEffect, useMemo, useRef } from "../vendor/preact.js";
import { address, whileHere } from "./where.js";
import { words } from "../i18n/en.js";

/** Who is signed in: GET /v1/session's `user`, or null. */
export const me = signal(/** @type {any} */ (null));
/** What the session says of this Patchbay: { organisation, public_url, version }; null from one that does not say it. */
export const appliance = signal(/** @type {any} */ (null));
export const isAdmin = computed(() => me.value?.role === "admin");
/** Admins and auditors see what everybody did. */
export const isAuditor = computed(() => me.value?.role === "admin" || me.value?.role === "auditor");
/** Whether the browser or the last call could reach the server. */
export const isOffline = signal(false);
/** While set, the session dialog asks to sign in again; call it with whether that went well. */
export const signInAgain = signal(/** @type {null | ((done: boolean) => void)} */ (null));
/** The same for the password alone, where the API wants to be sure who sits there. */
export const confirmAgain = signal(/** @type {null | ((done: boolean) => void)} */ (null));

let csrf = "";
const pending = new Map(); // what is being asked, by its signal

export class ApiError extends Error {
  /** @param {{status: number, id: string, message: string, field?: string, reference?: string, retryAfter?: number, details?: any}} said */
  constructor(said) {
    super(said.message);
    this.status = said.status;
    this.id = said.id; // stable; GET /v1/errors explains each
    this.field = said.field ?? null;
    this.reference = said.reference ?? null;
    this.retryAfter = said.retryAfter ?? null; // seconds, with status 429
    this.details = said.details ?? null;
  }
  get isConflict() { return this.status === 409; }
  /** Somebody changed meanwhile what was looked at: load it again. */
  get isStale() { return this.status === 412 || this.id === "stale_revision"; }
  get isAborted() { return this.id === "aborted"; }
}

/** Keeps who answered as whom; the API gives `csrf` with each. */
export function keepSession(/** @type {{user: any, csrf?: string, appliance?: any}} */ session) {
  csrf = session.csrf ?? "";
  me.value = session.user;
  if (session.appliance) appliance.value = session.appliance;
}

function ask(/** @type {typeof signInAgain} */ question) {
  if (!pending.has(question)) {
    pending.set(question, new Promise((resolve) => {
      question.value = (done) => {
        question.value = null;
        pending.delete(question);
        resolve(done);
      };
    }));
  }
  return pending.get(question);
}

/** Of refusals whose id is not the field's own name, which field they are about. */
const fieldsOfIds = { bad_url: "url", bad_port: "url", private: "url", loopback: "url", metadata_address: "url", url_secret: "url", header: "headers", bad_password: "password", password: "password" };
const fieldNames = new Set(["url", "title", "slug", "description", "headers", "api_key", "oauth", "name", "timeout", "allow", "deny", "icon", "access", "tool_policy", "rollout", "member_headers"]);

/** Or the API names it in quotes at the start of its sentence: "url" …. */
const fieldIn = (/** @type {string} */ message) => message.match(/^(?:The field |Field )?"([a-z_]+(?:\.[A-Za-z_-]+)*)"/)?.[1];

async function failure(/** @type {Response} */ response) {
  let said = {};
  try {
    said = await response.json();
  } catch {
    // A proxy answered with a page of its own.
  }
  return new ApiError({
    status: response.status,
    id: said.error ?? `http_${response.status}`,
    message: said.message ?? (response.status >= 500 ? words.api.broken : words.api.refused(response.status)),
    field: said.field ?? fieldsOfIds[said.error] ?? (fieldNames.has(said.error) ? said.error : fieldIn(said.message ?? "")),
    reference: said.ref ?? response.headers.get("x-request-id") ?? undefined,
    retryAfter: Number(response.headers.get("retry-after")) || undefined,
    details: said.details,
  });
}

async function send(method, path, body, { signal, headers }) {
  try {
    const response = await fetch(address(path), {
      method,
      signal,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...(method !== "GET" && { "X-Patchbay-Csrf": csrf }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    isOffline.value = false;
    return response;
  } catch {
    if (signal?.aborted) throw new ApiError({ status: 0, id: "aborted", message: words.api.aborted });
    isOffline.value = true;
    throw new ApiError({ status: 0, id: "offline", message: words.api.offline });
  }
}

/** What the person can do about a refusal. */
async function questionOf(/** @type {Response} */ response) {
  if (response.status === 401) return signInAgain;
  if (response.status !== 403) return null;
  return (await failure(response.clone())).id === "not_confirmed" ? confirmAgain : null;
}

/**
 * Calls the API: await api("PATCH", "/v1/servers/notion", { enabled: true, revision }). What is read ends with the page
 * unless a signal is given; what changes something does not. `retry: false` leaves a 401 to the caller.
 * @returns {Promise<any>} the answer; null where there is none
 */
export async function api(method, path, body = undefined, options = {}) {
  const text = await (await request(method, path, body, options)).text();
  return text ? JSON.parse(text) : null;
}

/** The same, and gives the answer itself: for streams, and for JSON whose numbers must stay as they are. */
export async function request(method, path, body = undefined, { signal = undefined, retry = true, headers = {} } = {}) {
  const until = signal ?? (method === "GET" ? whileHere() : undefined);
  let response = await send(method, path, body, { signal: until, headers });
  const question = retry && me.value ? await questionOf(response) : null;
  if (question && (await ask(question))) response = await send(method, path, body, { signal: until, headers });
  if (!response.ok) throw await failure(response);
  return response;
}

/** All rows of a list with `next_cursor`, page by page. For lists that a screen shows whole. */
export async function apiAll(path, key, options = {}) {
  const rows = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ limit: "200", ...(cursor && { cursor }) });
    const page = await api("GET", `${path}${path.includes("?") ? "&" : "?"}${query}`, undefined, options);
    rows.push(...page[key]);
    cursor = page.next_cursor;
  } while (cursor);
  return rows;
}

/** Signs in with a password; throws an ApiError that says why not. */
export async function signIn(name, password) {
  const before = me.value?.id;
  keepSession(await api("POST", "/v1/session", { name, password }, { retry: false }));
  if (!before || before === me.value.id) return undefined;
  location.reload(); // and nothing that the other person began is sent in this one's name
  return new Promise(() => {});
}

/** Gives the password once more, for a call that was refused with not_confirmed. */
export const confirmSession = (password) => api("POST", "/v1/session/confirm", { password }, { retry: false });

export async function signOut() {
  await api("DELETE", "/v1/session", undefined, { retry: false });
  location.assign(address("/sign-in"));
}

/** Reads who is signed in; false when nobody is. */
export async function loadSession() {
  try {
    keepSession(await api("GET", "/v1/session", undefined, { retry: false, signal: new AbortController().signal }));
    return true;
  } catch (error) {
    if (error.status === 401) return false;
    throw error;
  }
}

/** Sends the browser to the sign-in page, and back here after it. */
export function goToSignIn() {
  location.replace(`${address("/sign-in")}?then=${encodeURIComponent(location.pathname + location.search)}`);
}

/**
 * What a page shows: `load` is a path or a function (signal) => Promise; it runs again when `deps` change.
 * Gives { value, error, loading, reload(), set(value) }, which a component reads like plain values.
 * @param {string | null | ((signal: AbortSignal) => Promise<any>)} load
 */
export function useLoaded(load, deps = [typeof load === "string" ? load : 0]) {
  const state = useMemo(() => signal({ value: /** @type {any} */ (undefined), error: /** @type {any} */ (null), loading: load !== null }), []);
  const current = useRef(/** @type {AbortController | null} */ (null));
  const run = async ({ fresh = false } = {}) => {
    current.current?.abort();
    if (load === null) return;
    const mine = (current.current = new AbortController());
    state.value = { value: fresh ? undefined : state.value.value, error: null, loading: true };
    try {
      const value = await (typeof load === "string" ? api("GET", load, undefined, { signal: mine.signal }) : load(mine.signal));
      if (!mine.signal.aborted) state.value = { value, error: null, loading: false };
    } catch (error) {
      if (!mine.signal.aborted && !error.isAborted) state.value = { ...state.value, error, loading: false };
    }
  };
  const first = useRef(true);
  useEffect(() => {
    run({ fresh: !first.current });
    first.current = false;
    return () => current.current?.abort();
  }, deps);
  const set = (change) => {
    const value = typeof change === "function" ? change(state.value.value) : change;
    state.value = { ...state.value, value };
  };
  return { ...state.value, reload: run, set };
}
