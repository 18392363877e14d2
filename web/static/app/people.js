// @ts-check
// What the pages of people know of a user. Pure but for what asks the API.
import { api, apiAll } from "./api.js";
import { plainName } from "./format.js";

export const titleOf = (user) => plainName(user.title || user.name);
export const isService = (user) => user.kind === "service";
export const userAt = (name) => `/v1/users/${encodeURIComponent(name)}`;
export const teamAt = (name) => `/v1/teams/${encodeURIComponent(name)}`;
export const pageOf = (user) => `/people/${encodeURIComponent(user.name)}`;

const holds = (names, name) => names.some((one) => one.toLowerCase() === name.toLowerCase());

/** Why an access list reaches a user: { everyone, person, teams: [name] }, or null where it does not. */
export function grantOf(access, user) {
  const teams = user.teams.filter((team) => holds(access.teams, team));
  const person = holds(access.people, user.name);
  return access.everyone || person || teams.length ? { everyone: access.everyone, person, teams } : null;
}

/** Which users match a text: each of its words is in the name, the title or a team. */
export function matching(users, text) {
  const wanted = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return users.filter((user) => {
    const all = `${user.name} ${user.title ?? ""} ${(user.teams ?? []).join(" ")}`.toLowerCase();
    return wanted.every((word) => all.includes(word));
  });
}

/** The name a user gets, if it may be one: letters, digits and . _ - + @ */
export const isUserName = (name) => /^[A-Za-z0-9._+-][A-Za-z0-9._+@-]{0,79}$/.test(name);
export const isTeamName = (name) => /^[a-z0-9][a-z0-9_-]{0,23}$/.test(name);

/** What a user would lose: live tokens, applications, and servers granted by name; and all teams, for their titles. */
export async function belongingsOf(user, signal) {
  const [tokens, apps, servers, teams] = await Promise.all([
    apiAll(`${userAt(user.name)}/tokens`, "tokens", { signal }), apiAll("/v1/apps", "apps", { signal }), apiAll("/v1/servers", "servers", { signal }), apiAll("/v1/teams", "teams", { signal }),
  ]);
  return {
    tokens: tokens.filter((one) => one.state === "live"),
    apps: apps.filter((one) => one.user === user.name || one.user === user.id),
    servers: servers.filter((one) => holds(one.access.people, user.name)),
    teams,
  };
}

/** What the API answers to "may this user use these servers?", by slug; a few at a time. */
export async function explain(user, slugs, signal) {
  const found = new Map();
  const left = [...slugs];
  const ask = async () => {
    for (let slug = left.shift(); slug !== undefined; slug = left.shift())
      found.set(slug, await api("GET", `/v1/access/explain?${new URLSearchParams({ user: user.name, server: slug })}`, undefined, { signal }));
  };
  await Promise.all(Array.from({ length: 4 }, ask));
  return found;
}
