// @ts-check
// The words of People & teams.
import { count, list, plural } from "../../app/format.js";

export const words = {
  title: "People & teams", lead: "Who may sign in, as what, and in which teams. Connections are granted to people and teams.",
  tabs: { people: "People", services: "Service accounts", teams: "Teams" }, tabsLabel: "People, service accounts and teams",
  search: { people: "Search people", services: "Search service accounts", teams: "Search teams" }, noMatch: "Nobody matches.", noMatchTeams: "No team matches.", more: (number) => `Show ${count(number)} more`,
  invite: "Invite a person", addService: "Add a service account", addTeam: "Add a team",
  person: "Person", service: "Service account", name: "Sign-in name", fullName: "Name", role: "Role", teams: "Teams", lastSeen: "Last seen", state: "State", actions: "Actions", created: "Added", never: "never", you: "you", noTeams: "none",
  roles: { member: "Member", auditor: "Auditor", admin: "Admin" },
  roleHints: { member: "Uses what they are granted.", auditor: "Also sees everything that admins see, without changing it.", admin: "Manages connections, people and settings." },
  states: { active: "Active", invited: "Invited", disabled: "Disabled" },
  serviceEmpty: "No service accounts.", serviceEmptyText: "For machines: a service account has tokens and no password, and is granted connections like a person.", teamsEmpty: "No teams.", teamsEmptyText: "Grant a connection to a team once, and whoever joins has it.",
  moreFor: (name) => `More for ${name}`, open: "Open", newInvite: "New invitation link", newPassword: "Link for a new password", disable: "Disable", enable: "Enable", remove: "Remove",
  enabled: (name) => `${name} is enabled again.`, disabled: (name) => `${name} is disabled.`, removed: (name) => `${name} is removed.`, added: (name) => `${name} is added.`, saved: "Saved.",
  cannotEnable: (name) => `${name} could not be enabled.`,
  form: {
    inviteTitle: "Invite a person", serviceTitle: "Add a service account", teamTitle: "Add a team", nameHint: "An e-mail address or a word. They sign in with it; it never changes.", serviceHint: "What it is for, in a word: backup-bot. It never changes.", namePlaceholder: "li@example.com", servicePlaceholder: "backup-bot",
    teamName: "Short name", teamNameHint: "Lower-case letters, digits, - and _. It never changes.", teamTitleLabel: "Name", teamPlaceholder: "Data platform", nameMissing: "Enter a name.", badName: "Letters, digits and . _ - + @ only, and 80 at most.", badTeam: "At most 24 lower-case letters, digits, - and _.", looksSecret: "That looks like a secret. Give it a name that may be seen.",
    create: "Make the invitation", add: "Add", cancel: "Cancel", findTeam: "Find teams", teamsHint: "They get what their teams are granted.",
  },
  once: { inviteTitle: (name) => `${name} is invited`, passwordTitle: (name) => `A link for ${name}`, title: "Copy this link now.", text: "It is not stored and cannot be shown again. Send it to the person over a channel that you trust: who opens it first sets the password.", good: "It works once.", label: "Invitation link", done: "I have copied it" },
  linkAsk: { inviteTitle: (name) => `A new link for ${name}?`, invite: "The link before it stops working.", passwordTitle: (name) => `Let ${name} set a new password?`, password: "Their password and sessions stay as they are until the link is used. Then the old password stops working.", action: "Make the link" },
  lose: {
    disableTitle: (name) => `Disable ${name}?`, removeTitle: (name) => `Remove ${name}?`, disable: "From the next call on they are refused. When they are enabled again, everything below works as before; only browsers have to sign in anew.", remove: "This cannot be taken back. The audit log keeps their name.",
    heading: { disable: (name) => `What ${name} cannot use meanwhile`, remove: (name) => `What ${name} loses` }, sessions: "Every browser that is signed in", tokens: (number, names) => `${plural(number, "token")}: ${list(names)}`, apps: (number, names) => `${plural(number, "connected app")}: ${list(names)}`,
    teams: (names) => `Membership in ${list(names)}`, grants: (names) => `${plural(names.length, "connection")} granted to them by name: ${list(names)}`, accounts: "Accounts at services that they connected, and connectors of their own", others: (number) => plural(number, "other"), reading: "Looking up what they have…",
  },
  one: {
    details: "Details", serviceLead: "A service account: it has tokens and no password.", lead: (state) => ({ active: "", invited: "Has not used the invitation yet.", disabled: "Is refused everywhere until enabled again." })[state], ownRole: "Your own role is another admin's to change.", serviceRole: "A service account is a member. Its tokens say what it may do.",
    save: "Save", discard: "Discard", stale: "Somebody changed this meanwhile. What you entered is kept; look at it once more, then save.", lastSeen: "Last seen", created: "Added", changed: "Changed",
    access: "Effective access", accessLead: "What holds for each connection at this moment, and the rule that decides.", connection: "Connection", may: "May use it", by: "Granted by", reason: "Reason", yes: "Yes", no: "No", everyone: "everyone", direct: "by name", team: "team", nobody: "not granted", noConnections: "There are no connections yet.", asking: "Asking…", shownOf: (shown, all) => `${count(shown)} of ${count(all)} connections`,
    tokens: "Tokens", tokensLead: "People make their own tokens; you can revoke them.", serviceTokens: "Whatever uses such a token acts as this service account.", noTokens: "No tokens.", newToken: "New token", revoke: "Revoke", revokeTitle: (name) => `Revoke ${name}?`, revokeText: (person) => `Whatever uses it is refused from its next call on. ${person} can make another one.`, revoked: (name) => `${name} is revoked.`,
    apps: "Connected apps", appsLead: "Apps that this person let in with their browser.", noApps: "No app is connected.", disconnect: "Disconnect", disconnectTitle: (name) => `Disconnect ${name}?`, disconnectText: (person) => `It is signed out of ${person}'s account from its next call on. They can let it in again.`, disconnected: (name) => `${name} is disconnected.`, unnamed: "An app without a name",
    sessions: "Browsers", sessionsLead: "How many are signed in is the person's own to see; you can sign them all out.", endSessions: "Sign out everywhere", endTitle: (name) => `Sign ${name} out everywhere?`, endText: "Every browser asks for the password again. Tokens and apps keep working.", ended: (name) => `${name} is signed out everywhere.`,
    gone: "There is nobody of this name.", goneText: "They may have been removed.", activity: "Their activity",
  },
  team: {
    members: (number) => (number === 1 ? "1 person" : `${count(number)} people`), membersTitle: "Members", name: "Team", shortName: "Short name", size: "Members", addMember: "Add a person", find: "Find people and service accounts", take: (name) => `Take out ${name}`, out: "Take out", isNew: "new", isOff: "disabled", none: "Nobody is in this team.", noneText: "Whom you add has everything that is granted to it.",
    save: "Save", discard: "Discard", saveTitle: "Save the members?", adds: (names) => `Joins: ${list(names)}. They get what the team is granted.`, takes: (names) => `Leaves: ${list(names)}. They lose what only this team gave them.`, gives: "What this team gives", givesLead: "Connections and profiles that are granted to it.", givesNone: "Nothing is granted to this team yet.", connection: "Connection", profile: "Profile",
    rename: "Name of the team", removeTitle: (name) => `Remove the team ${name}?`, removeText: (members, servers) => `${members === 1 ? "1 person is" : `${count(members)} people are`} no longer in it${servers.length ? `, and lose ${list(servers)} unless they are granted otherwise` : ""}. The people stay.`, remove: "Remove the team", gone: "There is no team of this name.", goneText: "It may have been removed.", summary: (added, removed) => [added && `adds ${added}`, removed && `takes out ${removed}`].filter(Boolean).join(", "),
  },
};
