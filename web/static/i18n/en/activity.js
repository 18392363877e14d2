import { count, plural } from "../../app/format.js";

/** What was done, before the name of the thing: "Changed connection" records. */
const actions = {
  "tool.call": "Called", "tool.search": "Searched tools", "tool.list": "Listed tools", "tool.accept": "Accepted changed tool", "tool.changed": "Tool changed by its server",
  "server.create": "Added connection", "server.change": "Changed connection", "server.remove": "Deleted connection", "server.test": "Tested connection", "server.probe": "Looked at an address",
  "server.retire": "Retired connection", "server.return": "Brought back connection", "server.disconnect": "Signed everyone out of",
  "user.create": "Added person", "user.change": "Changed person", "user.remove": "Removed person", "user.invite": "Invited", "user.password": "Changed the password of", "invite.accept": "Accepted invitation",
  "team.create": "Added team", "team.change": "Changed team", "team.remove": "Removed team",
  "token.create": "Made token", "token.revoke": "Revoked token", "session.start": "Signed in", "session.end": "Signed out", "session.end_all": "Ended all sessions",
  "auth.refused": "Was refused", "api.call": "Asked the API for", "app.register": "App registered itself", "app.allow": "Let in app", "app.revoke": "Took back app", "app.authorize": "App asked for access", "app.sign_in": "App signed in",
  "app.token": "App got a token", "app.device": "Device asked for access", "profile.create": "Added profile", "profile.change": "Changed profile", "profile.remove": "Removed profile",
  "credential.show": "Looked at values for", "credential.put": "Gave values for", "credential.remove": "Took back values for", "account.connect": "Connected account at", "account.connect_start": "Began to sign in at", "account.disconnect": "Disconnected account at",
  "account.lost": "Sign-in ended at", "account.refresh": "Renewed sign-in at", "approval.allow": "Allowed a call of", "approval.refuse": "Refused a call of", "selection.change": "Chose tools", "selection.reset": "Chose all tools again",
  "settings.apps": "Changed settings of apps", "settings.change": "Changed settings", "settings.network": "Changed network settings", "rollout.change": "Changed roll-out", "catalog.reload": "Read the catalog file anew",
  "audit.cut": "Found the end of this log cut short", "setup.link": "Made a setup link", "diagnostics.run": "Ran diagnostics",
};

export const words = {
  title: "Activity", lead: "Who used what, and who changed what. Arguments and results are never kept, only their sizes.",
  tabs: "Views of activity", log: "Log", live: "Live", changes: "Admin changes",
  actions, actionOf: (row) => actions[row.action] ?? row.action,
  outcomes: { ok: "OK", tool_error: "Tool error", refused: "Denied", failed: "Upstream error", timeout: "Timeout", cancelled: "Cancelled", needs_sign_in: "Needs sign-in" },
  failed: "Failed", // of what is no call
  time: "Time", who: "Who", client: "Client", connection: "Connection", tool: "Tool", what: "What", outcome: "Outcome", took: "Took", size: "Size", nobody: "Nobody known", atOnce: "< 0.1 ms", details: "Details",
  ranges: { "15m": "15 min", "1h": "1 h", "24h": "24 h", "7d": "7 days", "30d": "30 days", all: "All", custom: "Custom" }, range: "Time range", from: "From", to: "Until",
  person: "Person or token", personHint: "Name", apply: "Apply", action: "Action",
  emptyTitle: "No calls match.", empty: (range) => `Range: ${range}.`, lastRange: { "15m": "last 15 minutes", "1h": "last hour", "24h": "last 24 hours", "7d": "last 7 days", "30d": "last 30 days", all: "everything that is kept", custom: "the times you gave" },
  clear: "Clear filters", widen: "Look at everything", more: "Show older", looked: (when) => `Nothing more down to ${when}.`, further: "Look further back", end: (n) => `${plural(n, "row")}. That is all.`,
  newer: (n, capped = false) => `Newer rows: ${count(n)}${capped ? "+" : ""}`,
  export: "Export", exportCsv: "Spreadsheet (CSV)", exportJsonl: "JSON lines", exportHint: "The rows of this filter, oldest first", exporting: (percent) => `Exporting… ${percent} %`, exported: (n) => `${plural(n, "row")} saved.`,
  rowGone: "This row is not there any more, or never was.",
  notThere: "This version of the server does not give your own activity yet. Ask an admin to update Patchbay.",
  detail: {
    chain: "Who asked", person: "Person", token: "Token", tokenOf: (name) => `Token “${name}”`, session: "Signed in at a browser", catalog: "The catalog file", operator: "Somebody at the server's console", client: "Client", from: "From", decision: "Decision", rule: "Rule",
    sizes: "Sizes", sent: "Sent", received: "Received", took: "Took", bodies: "Arguments and results are not kept.", at: "Time", number: "Row",
    today: "By today's rules", todayAllowed: "Would be allowed", todayDenied: "Would be denied", changes: "Changes", field: "Field", before: "Before", after: "After", nothing: "nothing", gone: "removed", hidden: "changed, not kept", named: "Name",
    only: { actor: "Only this person", server: "Only this connection", action: "Only this action", outcome: "Only this outcome" }, filter: "Filter",
  },
  stream: {
    paused: "Paused.", pause: "Pause", resume: "Resume", live: "Live", connecting: "Connecting…", waiting: "Waiting for the next call. Calls appear here as they happen.", waitingTitle: "Nothing has happened yet.",
    broken: (age) => `Live view paused ${age} ago; reconnecting…`, proxy: "Your proxy may be buffering; see", diagnostics: "Diagnostics", polling: "Meanwhile rows are fetched every 5 s.", now: "Try now", refused: "The live view was refused.",
    ring: (n) => `The newest ${count(n)} are kept here; the log has the rest.`,
  },
  changesEmpty: "No changes in this time.",
  mine: { title: "My activity", lead: "What you did here and what your clients did as you. Arguments and results are never kept, only their sizes.", empty: "Nothing yet in this time.", connect: "Connect a client" },
};
