// @ts-check
// The words of Roll-out.
import { plural } from "../../app/format.js";

export const words = {
  title: "Roll-out", lead: "How far Patchbay and each of its connections are given to people. What you change counts at the next call.",
  all: "All of Patchbay", allLead: "This comes first: nobody reaches a connection whose door is closed here.", pilot: "In the pilot", pilotHint: "Access is granted apart from this; both are needed.", save: "Save", discard: "Discard", saved: "Saved.", cancel: "Cancel",
  states: { on: "On", pilot: "Pilot", off: "Off", dark: "Dark" },
  allHints: { on: "Whoever has access uses it.", pilot: "Only the people and teams below, and admins.", off: "Only admins, to make it ready.", dark: "Nobody, admins neither, from the next call on. These pages stay open." },
  hints: { on: "Whoever has access uses it.", pilot: "Only the people and teams below, and admins.", off: "Only admins, to make it ready.", dark: "Nobody, from the next call on." },
  nobodyInPilot: "Nobody but admins is in the pilot yet.", confirmTitle: { off: "Close Patchbay to everybody but admins?", dark: "Close Patchbay to everybody?", pilot: "Close Patchbay to everybody outside the pilot?" }, confirm: (number) => `${plural(number, "person or service account is", "people and service accounts are")} refused from their next call on. What they connected stays.`, confirmAction: "Close it",
  connections: "Each connection", connectionsLead: "A connection can be further back than Patchbay is, never ahead.", connection: "Connection", state: "Roll-out", who: "In the pilot", change: "Change", changeOf: (name) => `Change the roll-out of ${name}`, dialog: (name) => `Roll-out of ${name}`, none: "There are no connections yet.", addFirst: "Add a connection", search: "Search connections", noMatch: "No connection matches.", stale: "Somebody changed it meanwhile. Look at what is there now, then save again.", disabled: "Disabled", moreNames: (number) => `and ${number} more`,
  coverage: "Seen", coverageLead: (seen, all) => `${seen} of ${plural(all, "person has", "people have")} used Patchbay so far.`, allSeen: "Whoever was seen signed in or asked with an app.",
};
