// @ts-check
// The words of the connections table.
import { list, plural } from "../../app/format.js";

const most = 2; // names in an access summary

function whoOf({ everyone, people = [], teams = [] }, me) {
  if (everyone) return "Everyone";
  if (!people.length && !teams.length) return "Only admins can see this";
  if (!teams.length && people.length === 1 && people[0] === me) return "Only you";
  const named = [...teams, ...(people.length <= most - Math.min(teams.length, most) ? people : [])].slice(0, most);
  const others = teams.length + people.length - named.length;
  if (!named.length) return plural(people.length, "person", "people");
  return others > 0 ? `${named.join(", ")} + ${others}` : list(named);
}

export const words = {
  title: "Connections", lead: "The services that Patchbay brings to people's AI apps.",
  add: "Add a connection", search: "Search connections", emptyTitle: "Nothing connected yet.",
  empty: "Add a service once and everyone you choose can use it.", noneTitle: "No connection matches.", clear: "Clear search and filters",
  name: "Name", status: "Status", account: "Account", access: "Who can use it", tools: "Tools", lastCalls: "Last calls", actions: "Actions", choose: "Select",
  accounts: { none: "None", each: "Their own", shared: "Shared" },
  auths: { none: "No sign-in", apiKey: "API key", headers: "Headers", oauth: "OAuth" },
  origins: { admin: "Added here", preset: "From a preset", catalog: "From the catalog file" },
  filters: { status: "Status", auth: "Sign-in", account: "Account", origin: "Comes from" },
  who: whoOf, pilot: "Pilot", rolledBack: "rolled back", eachSignsIn: "Each signs in", notListed: "not listed yet",
  toolsOf: (on, total) => (on === total ? String(total) : `${on}/${total}`), toolsHint: (on, total) => `${plural(on, "tool")} on of ${total}`,
  callsHint: (calls, failed) => `${calls} calls in 24 hours, ${failed || "none"} failed`, noCalls: "No calls yet",
  beats: (all, bad, newest) => `Of the last ${plural(all, "call")}, ${bad || "none"} failed; the newest was ${newest}`, day: (calls) => `${calls} in 24 h`, p95: (text) => `p95 ${text}`,
  fromFile: "The catalog file defines it, so it is changed there.", selected: (number) => `${number} selected`, enable: "Enable", disable: "Disable", unselect: "Clear selection",
  selectAll: (number) => `Select all ${number}`, selectOne: (name) => `Select ${name}`, working: (done, all) => `${done} of ${all}…`,
  enabled: (names) => `${names} enabled.`, disabled: (names) => `${names} disabled.`, some: (number) => plural(number, "connection"),
  disableTitle: (number) => `Disable ${plural(number, "connection")}?`, disableText: "People lose their tools at the next call. Setup, accounts and access stay, and you can enable them again at any time.",
  notAll: (failed, message) => `${plural(failed, "connection")} stayed as ${failed === 1 ? "it was" : "they were"}: ${message}`,
  menu: (name) => `Actions for ${name}`, test: "Test now", seeTools: "See tools", settings: "Settings", testing: (name) => `Testing ${name}…`,
  testGood: (name, tools) => `${name} answers: ${plural(tools, "tool")}.`, testBad: (name, message) => `${name}: ${message}`,
  shown: (first, last, all) => `${first}–${last} of ${all}`, previous: "Previous page", next: "Next page", pages: "Pages", loadingRest: (number) => `${number} loaded, more are coming…`,
  matches: (number) => plural(number, "connection"), changed: (name) => `Somebody else changed ${name} meanwhile. Its row shows what is so now; try again if you still want to.`,
};
