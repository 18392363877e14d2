// @ts-check
// The words of Profiles.
import { count, list, plural } from "../../app/format.js";

export const words = {
  title: "Profiles", lead: "A profile is a set of connections and tools with an address of its own, for an app or a team that needs just these.", search: "Search profiles", add: "Add a profile",
  empty: "No profiles yet.", emptyText: "Everybody can use the one address with all that they are granted. A profile narrows that for one purpose.", noMatch: "No profile matches.",
  name: "Name", slug: "Short name", slugHint: "Part of the address, so it never changes.", description: "Description", descriptionHint: "What it is for; people see it.", contents: "Contents", who: "Who may use it", endpoint: "Address", shape: "How tools are offered", copyEndpoint: "Copy address", changed: "Changed",
  shapes: { flat: "Listed", search: "Searched" }, shapeHints: { flat: "Each tool is in the client's list. Good for a few dozen tools.", search: "The client finds and runs tools with a search tool, so many tools cost little context." },
  connections: (number) => plural(number, "connection"), some: (number) => `${plural(number, "tool")} chosen`, all: "all tools",
  whoIs: (access) => (access.everyone ? "Everyone" : list([...access.teams.map((one) => `team ${one}`), ...access.people]) || "Nobody but admins"), whoMany: (number) => `${number} people and teams`,
  form: { title: "Add a profile", cancel: "Cancel", add: "Add", nameMissing: "Enter a name.", badSlug: "At most 24 lower-case letters, digits, - and _.", placeholder: "Support desk" },
  one: {
    endpoint: "Address of this profile", endpointHint: "Enter it in a client in place of the common one. What people may use through it is what they are granted, and no more than is listed here.", clients: "Connect a client", details: "Details", access: "Who may use it", accessLabel: "People and teams", accessHint: "They also need access to its connections.", nobody: "Only admins can use it.", contents: "Connections and tools",
    contentsLead: "What is not granted to a person stays out of reach for them, here too.", addServer: "Add a connection", find: "Find connections", none: "Nothing is in this profile yet.", noneText: "Add a connection, then choose all of its tools or some.", take: (name) => `Take out ${name}`, takeOut: "Take out", allTools: "All tools", someTools: "Only some", which: (name) => `Which tools of ${name}`, filter: (name) => `Filter the tools of ${name}`, chosen: (some, all) => `${count(some)} of ${count(all)} chosen`, noTools: "No tools are known of this connection yet.", unknown: "not offered now", moreTools: (number) => `${plural(number, "tool")} more; narrow them down by the filter.`, gone: "This connection does not exist any more.", chooseOne: (name) => `Choose at least one tool of ${name}, or all.`,
    save: "Save", discard: "Discard", saved: "Saved.", unsaved: "There are changes that are not saved.", stale: "Somebody changed this profile meanwhile. What you entered is kept; look at it once more, then save.", remove: "Remove the profile", removeTitle: (name) => `Remove ${name}?`, removeText: "Its address stops working: every client that uses it is refused from its next call on. The connections stay.", removed: (name) => `${name} is removed.`, notThere: "There is no profile of this name.", notThereText: "It may have been removed.",
  },
};
