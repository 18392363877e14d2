// @ts-check
// What the API says of a server, in the words of the screens. Pure.
import { plainName } from "./format.js";

/** connected, needs_sign_in, paused, error, disabled or checking: see `Status`. */
export function statusOf(/** @type {any} */ server) {
  if (!server.enabled) return "disabled";
  if (server.rollout?.state === "dark" || server.rollout?.state === "off") return "paused";
  const isShared = server.credential_mode === "shared";
  if (server.auth === "oauth" && isShared && !server.oauth?.auth_connected) return "needs_sign_in";
  if (server.state === "ok") return "connected";
  // Nobody can look at it without an account of their own, so nothing is known, and nothing is wrong.
  if (isPersonal(server) && (server.state === "unknown" || server.reason === "needs_connection")) return "connected";
  if (server.reason === "needs_connection") return "needs_sign_in";
  return server.state === "error" ? "error" : "checking";
}

/** Whether each person brings an account or values of their own. */
export const isPersonal = (/** @type {any} */ server) => server.credential_mode === "perMember" && server.auth !== "none";

/** Whether a text is a time limit of a server, in seconds. */
export const isTimeout = (/** @type {string} */ text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 600;

export const nameOf = (/** @type {any} */ server) => plainName(server.title || server.slug);

/** Whether a change of these fields makes it another place, so that keys and sign-ins are not taken along (domain/server_change). */
export function leadsElsewhere(/** @type {any} */ before, /** @type {any} */ after) {
  const oauth = (one) => [one.oauth?.client_id ?? "", one.oauth?.authorization_endpoint ?? "", one.oauth?.token_endpoint ?? ""].join("\n");
  if (before.auth !== after.auth || before.credential_mode !== after.credential_mode || oauth(before) !== oauth(after)) return true;
  try {
    return new URL(before.url).origin !== new URL(after.url).origin;
  } catch {
    return before.url !== after.url;
  }
}

/** How many tools one policy may name; `otherwise` holds for the rest. */
export const mostNamed = 500;

export const policyOf = (/** @type {any} */ policy, /** @type {string} */ tool) => policy.tools[tool] ?? policy.otherwise;

/**
 * The policy in which `word` holds for `names`, and for the other of `all` what held. Only exceptions are named, so where they
 * would be too many, the word that most tools have becomes the rule: `rule` says so when it changes.
 * @returns {{policy: any, rule: string | null, tooMany: boolean}}
 */
export function withPolicy(/** @type {any} */ policy, /** @type {string[]} */ names, /** @type {string} */ word, /** @type {string[]} */ all) {
  const wanted = new Map(Object.entries(policy.tools));
  for (const name of all) wanted.set(name, policyOf(policy, name));
  for (const name of names) wanted.set(name, word);
  const exceptTo = (/** @type {string} */ otherwise) => Object.fromEntries([...wanted].filter(([, value]) => value !== otherwise));
  let otherwise = policy.otherwise;
  let tools = exceptTo(otherwise);
  if (Object.keys(tools).length > mostNamed) {
    const counts = { allow: 0, ask: 0, off: 0 };
    for (const value of wanted.values()) counts[value] += 1;
    otherwise = /** @type {string} */ (Object.keys(counts).sort((a, b) => counts[b] - counts[a])[0]);
    tools = exceptTo(otherwise);
  }
  return { policy: { otherwise, tools }, rule: otherwise === policy.otherwise ? null : otherwise, tooMany: Object.keys(tools).length > mostNamed };
}

/** What a new list of tools brought: { added, removed: [tool], changed: [{ before, after, what: "description" | "definition" }] }. */
export function toolDiff(/** @type {any[]} */ before, /** @type {any[]} */ after) {
  const was = new Map(before.map((tool) => [tool.name, tool]));
  const is = new Set(after.map((tool) => tool.name));
  const changed = [];
  for (const tool of after) {
    const old = was.get(tool.name);
    if (old && old.digest !== tool.digest)
      changed.push({ before: old, after: tool, what: (old.description ?? "") === (tool.description ?? "") ? "definition" : "description" });
  }
  return { added: after.filter((tool) => !was.has(tool.name)), removed: before.filter((tool) => !is.has(tool.name)), changed };
}

/** Two texts as words: [{ kind: "same" | "gone" | "new", text }]. Beyond `most` words the middle is taken as a whole. */
export function wordDiff(/** @type {string} */ before, /** @type {string} */ after, most = 600) {
  const a = before.match(/\s+|\S+/g) ?? [];
  const b = after.match(/\s+|\S+/g) ?? [];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const middle = left.length <= most && right.length <= most ? walk(left, right) : [{ kind: "gone", text: left.join("") }, { kind: "new", text: right.join("") }];
  const parts = [{ kind: "same", text: a.slice(0, head).join("") }, ...middle, { kind: "same", text: a.slice(a.length - tail).join("") }];
  return parts.filter((part) => part.text);
}

// The longest common subsequence, walked back.
function walk(/** @type {string[]} */ a, /** @type {string[]} */ b) {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; --i)
    for (let j = b.length - 1; j >= 0; --j)
      lengths[i * width + j] = a[i] === b[j] ? lengths[(i + 1) * width + j + 1] + 1 : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
  /** @type {{kind: string, text: string}[]} */
  const parts = [];
  const add = (kind, text) => {
    const last = parts.at(-1);
    if (last?.kind === kind) last.text += text;
    else parts.push({ kind, text });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { add("same", a[i]); i += 1; j += 1; }
    else if (i < a.length && (j >= b.length || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) add("gone", a[i++]);
    else add("new", b[j++]);
  }
  return parts;
}

/** The names of `users` that an access list { everyone, people, teams } reaches. Names are compared without case. */
export function reachedBy(/** @type {any} */ access, /** @type {any[]} */ users, /** @type {any[]} */ teams) {
  const low = (/** @type {string} */ name) => name.toLowerCase();
  const active = users.filter((user) => user.state !== "disabled");
  if (access.everyone) return active.map((user) => user.name);
  const people = new Set(access.people.map(low));
  const named = new Set(access.teams.map(low));
  for (const team of teams) if (named.has(low(team.name))) for (const member of team.members) people.add(low(member.name));
  return active.filter((user) => people.has(low(user.name))).map((user) => user.name);
}
