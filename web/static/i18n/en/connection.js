// @ts-check
// The words of the connection screens for admins (pages/connection.js).
import { count, list, plural } from "../../app/format.js";

const people = (number) => plural(number, "person", "people");
const tools = (number) => plural(number, "tool");

export const words = {
  connections: "Connections", tabs: { overview: "Overview", tools: "Tools", access: "Access", accounts: "Accounts", activity: "Activity", settings: "Settings" },
  tabsOf: (name) => `About ${name}`, reload: "Reload the page", missingPart: "This part of the page could not be loaded. Patchbay may have been updated meanwhile.",
  gone: (slug) => `There is no connection "${slug}"`, goneHint: "It may have been removed, or the address is mistyped.", toList: "All connections",
  fromCatalog: "Catalog file", catalogHint: "The catalog file defines this connection.", eachPerson: "Each person's account",
  catalog: "The catalog file defines this connection, so it is changed there and is read-only here. Which tools may be used and how far it is rolled out are still yours to decide.",
  catalogAccess: "The catalog file says who may use this connection. Change its entry there.",
  save: "Save", stale: "Somebody changed this connection meanwhile. What they changed is shown now; look at it and try again.",

  overview: {
    status: "Status", facts: "About it", since: "since", testNow: "Test now", test: "Test", tested: "Last looked at", never: "not yet",
    testHint: "Connects, negotiates and lists the tools. Nothing is called.", testing: "Testing…", testGood: (name) => `${name} answers.`,
    trace: "Steps of the test", stepNames: { configure: "Settings and secrets", connect: "Connect", negotiate: "Negotiate the protocol", list: "List the tools" },
    notReached: "Not reached", quick: "< 1 ms", lastError: "Last error", enabled: "Enabled", disabledText: "Nobody can use it while it is disabled. Setup, access and accounts stay.",
    turnedOn: (name) => `${name} is enabled.`, turnedOff: (name) => `${name} is disabled.`,
    address: "Address", transport: "Transport", transports: { http: "Streamable HTTP", sse: "HTTP with SSE (old)" }, auth: "Sign-in", account: "Account", access: "Access", tools: "Tools",
    origin: "Comes from", origins: { admin: "An admin", catalog: "The catalog file", preset: "A preset", member: "A member" }, revision: "Revision", changed: "Changed", added: "Added", by: "by",
    rollout: "Roll-out",
    accounts: { shared: "One shared account", perMember: "Each person's own", none: "None needed" },
    auths: { none: "None", apiKey: "API key", headers: "Headers", oauth: "OAuth" },
    rollouts: { on: "On for everybody with access", pilot: "Pilot", off: "Off: only admins", dark: "Dark: nobody" },
    everyone: "Everyone", nobody: "Only admins can see this", someAccess: (persons, teams) => list([teams && plural(teams, "team"), persons && people(persons)].filter(Boolean)),
    toolsSummary: (on, all) => (on === all ? tools(all) : `${count(on)} of ${tools(all)} on`), noTools: "Not listed yet", staleTools: "as of the last good answer",
    rolledOut: { pilot: "It is rolled out to a pilot: only the people and teams chosen there, and admins, can use it.", off: "It is not rolled out: only admins can use it.", dark: "It is switched dark: nobody sees it." },
    changeRollout: "Change the roll-out", held: (number) => (number === 1 ? "1 tool is held" : `${number} tools are held`), heldHint: "Their definitions changed after they were accepted.", review: "Review",
  },

  problem: {
    down: (name, seconds) => `${name} did not answer for ${seconds} s.`, downMore: "We retry by ourselves.",
    unreachable: (name) => `${name} cannot be reached.`, notMcp: "That address does not answer as an MCP server.", html: "That address answers with a web page, not an MCP server.", htmlMore: "Most servers end in /mcp.", changeAddress: "Change the address",
    rejected: "The service rejected the saved key.", replaceKey: "Replace key", needsSignIn: (name) => `${name} needs a sign-in.`, needsSignInMore: "The shared account is not signed in, so nobody can use it.", connect: "Connect", reconnect: "Reconnect",
    private: (host) => `${host} is a private address.`, privateMore: "Patchbay blocks those unless an admin allows them in Settings > Network.", network: "Open Settings > Network",
    tls: (host) => `The certificate of ${host} is not trusted here.`, tlsMore: "Give the CA's file in its settings; do not turn checks off.", giveCa: "Open its settings",
    issuer: (name) => `The sign-in server for ${name} changed.`, issuerMore: "We stopped, because this can be an attack. If your vendor announced it, sign everyone out here and connect again.", review: "Review and accept",
    secret: "A secret that it needs is not there.", generic: (name) => `${name} does not work at the moment.`, toSettings: "Open its settings",
  },

  tools: {
    search: "Search tools", list: "Tools", policy: "Policy", policyOf: (name) => `Policy of ${name}`,
    policies: { allow: "Allow", ask: "Ask", off: "Off" }, policyHints: { allow: "May be called", ask: "Its person is asked before each call", off: "Nobody can call it" },
    reads: "Reads only", heldPill: "Held", flagged: "Check its text", flags: { instructs: "Its text tells the agent how to behave beyond the tool.", names_secrets: "Its text names places in which secrets lie." },
    filters: { policy: "Policy", kind: "Kind", state: "State" }, kinds: [{ value: "reads", label: "Reads only" }, { value: "writes", label: "May change things" }],
    states: [{ value: "held", label: "Held" }, { value: "flagged", label: "Check its text" }],
    shown: (found, all) => (found === all ? tools(all) : `${count(found)} of ${tools(all)}`), setAll: (number) => `Set ${number === 1 ? "this one" : `these ${count(number)}`}:`, setAllLabel: "Policy for all tools shown",
    presets: "Presets", readOnly: "Read-only tools", readOnlyHint: "Allow what says that it only reads; all else is off, new tools too", everything: "Everything", everythingHint: "Allow every tool, new ones too",
    readOnlyTitle: "Allow only tools that read?", readOnlyText: (reads, rest) => `${tools(reads)} of this connection say that they only read. ${rest === 0 ? "None is" : `The other ${count(rest)} ${rest === 1 ? "is" : "are"}`} turned off, and so is every tool that is added later.`,
    everythingTitle: "Allow every tool?", everythingText: (all) => `All ${tools(all)} are allowed without asking, and so is every tool that is added later.`, apply: "Apply",
    changed: (number, word) => `${number === 1 ? "1 tool is" : `${count(number)} tools are`} now: ${word}.`, undo: "Undo", undone: "As it was.",
    rule: "New tools", ruleHint: "What holds for tools that are added later", ruleChanged: (word) => `A policy names 500 exceptions at most, so "${word}" is now the rule, for new tools too.`,
    tooMany: "A policy names 500 exceptions at most, and this would need more. Choose fewer tools, or change the rule for new tools.",
    refresh: "Refresh", refreshed: "The list is as before.", refreshHint: "Ask the server for its tools now",
    diff: ({ added, changed, removed }) => [added && `${added} added`, changed && `${changed} changed`, removed && `${removed} removed`].filter(Boolean).join(", "),
    diffAdded: "Added", diffChanged: "Changed", diffRemoved: "Removed", changedDescription: "description", changedDefinition: "definition", dismiss: "Dismiss",
    heldNow: (number) => `${number === 1 ? "1 tool is" : `${number} tools are`} held until an admin reviews ${number === 1 ? "it" : "them"}.`, seeHeld: "Show what is held",
    heldText: "This tool's description changed.", heldMore: "It is held until an admin reviews it.", accept: "Accept the change", accepted: (name) => `${name} may be used again.`,
    before: "Before", after: "Now", noBefore: "The text that was accepted is not kept, only its fingerprint. Read the new one as if the tool were new.", sameText: "The description is as before; the tool's inputs changed.",
    raced: "The tool has changed again since this list was read. Refresh, then look at it once more.",
    description: "Description", noDescription: "It says nothing about itself.", capability: "Name for agents", digest: "Fingerprint", accepted_digest: "Accepted fingerprint", run: "Run", runHint: "Open it on the page Tools",
    notListed: "Nobody has got a list from the server yet.", notListedPersonal: "Each person sees the tools of their own account. What is remembered is shown here.", notListedMore: "What is remembered from before is shown.", none: "No tools yet", noneHint: "The list appears once the server has answered.", nonePersonal: "The tools appear in each person's list once they have connected.",
    noMatch: "No tool matches.", clear: "Clear filters", denied: "On the deny list", notAllowed: "Not on the allow list", lists: "Allow and deny lists in Settings come first: what they leave out is off, whatever is chosen here.",
  },

  access: {
    title: "Who can use it", label: "People and teams", hint: "Type a name; arrow keys and Enter choose.", nobody: "Only admins can see this.", everyone: (number, isNew) => `Everyone: ${people(number)} ${isNew ? "get" : "have"} access.`,
    count: (number, isNew) => `${people(number)} ${isNew ? (number === 1 ? "gets" : "get") : number === 1 ? "has" : "have"} access.`,
    preview: "What changes", noChange: "Nothing changes yet.", gains: (number) => `${people(number)} gain${number === 1 ? "s" : ""} access`, loses: (number) => `${people(number)} lose${number === 1 ? "s" : ""} access`, planTools: (number, all) => `${tools(number)} of ${count(all)}`,
    noTools: "No tools are listed yet, so the plan counts people only.", disabledNote: "The connection is disabled, so nobody can use it until it is enabled.", more: "and more",
    discard: "Discard", confirmTitle: "Change who can use it?", summary: (added, removed) => { const text = [added && `adds ${added}`, removed && `removes ${removed}`].filter(Boolean).join(", "); return text && `${text[0].toUpperCase()}${text.slice(1)}.`; },
    loseNames: (names) => `${list(names)} ${names.length === 1 ? "loses" : "lose"} access at the next call. Their sign-ins are kept, unused; sign them out under Accounts.`, gainNames: (names) => `${list(names)} ${names.length === 1 ? "gets" : "get"} access.`, onlyList: "The list changes, but nobody gains or loses access by it.",
    saved: "Access is changed.", why: "Why can they, or not?", whyHint: "Choose a person, and a tool if it is about one.", person: "Person", tool: "Tool", allTools: "The connection as a whole",
    see: "Find it", call: "Call it", yes: "Yes", no: "No", explained: (name, what) => `${name} and ${what}`, people: "Who has access now", reason: "By", noPeople: "Nobody has access yet.", explain: (name) => `Why? ${name}`, whyShort: "Why?",
    by: { everyone: "Everyone", person: "By name", team: "Team" },
  },

  accounts: {
    shared: "Shared account", own: "People's accounts", person: "Person", state: "State", gave: "Gave values", expires: "Token until", refreshed: "Last refreshed", scope: "Rights", what: "What", actions: "Actions",
    connected: "Signed in", ended: "Sign-in ended", renewed: "renewed by itself", noExpiry: "no end", values: (names) => list(names), keySet: "A key is set. Everyone uses it.", headersSet: (names) => `Set: ${list(names)}. Everyone uses them.`, keyMissing: "No key is set.", replaceKey: "Replace key",
    none: "This connection needs no account.", noneHint: "Everyone who has access uses it as it is.", empty: "Nobody has connected yet", emptyHint: "People connect at Your connections, where this one says Connect.",
    issuerIs: "Signed in with", connect: "Connect", reconnect: "Reconnect", signedOut: "The shared account is not signed in, so nobody can use it.",
    disconnect: "Disconnect", disconnectShared: (name) => `Sign the shared account out of ${name}?`, disconnectSharedText: "Nobody can use it until an admin connects it again. Setup and access stay.", disconnectOwn: (name) => `Sign yourself out of ${name}?`, disconnectOwnText: "Your sign-in is forgotten. Setup and access stay; connect again when you need it.",
    disconnected: "Signed out.", you: "you",
    coverage: (have, all) => `${count(have)} of ${people(all)} with access ${have === 1 ? "has" : "have"} connected.`, onlyThemselves: "People sign themselves out at Your connections.",
    everyone: "Disconnect everyone", everyoneTitle: (name) => `Sign everyone out of ${name}?`, everyoneText: "Setup and access stay; people reconnect when they need it.", everyoneKeys: "The shared key and headers are forgotten, too: enter them again under Settings.", everyoneDone: "Everyone is signed out.", everyoneAction: "Sign everyone out",
    reasons: { ended: "The service no longer accepts it", refused: "The server no longer accepts it", client_gone: "The service no longer knows Patchbay as its app", expired: "Expired", interrupted: "A renewal was interrupted", signing_in: "A new sign-in has begun" },
  },

  activity: {
    caption: "Calls and changes", when: "When", who: "Who", action: "What", tool: "Tool", outcome: "Outcome", took: "Took", client: "Client", all: "Open in Activity", range: "Range", ranges: [{ value: "15m", label: "15 minutes" }, { value: "1h", label: "1 hour" }, { value: "24h", label: "24 hours" }, { value: "7d", label: "7 days" }, { value: "all", label: "All of it" }],
    actions: { "tool.call": "Call", "server.change": "Change", "server.create": "Added", "server.test": "Test", "tool.accept": "Accepted a tool", "tool.changed": "A tool changed", "server.disconnect": "Signed everyone out", "account.connect": "Signed in", "account.connect_start": "Began to sign in", "account.disconnect": "Signed out" },
    outcomes: [{ value: "ok", label: "OK" }, { value: "error", label: "Error" }, { value: "failed", label: "Failed" }, { value: "refused", label: "Refused" }, { value: "held", label: "Held" }], kinds: [{ value: "tool.call", label: "Calls" }, { value: "server.change", label: "Changes" }],
    empty: "No calls match.", clear: "Clear filters", last: (label) => `Range: last ${label}.`, ever: "Range: all of it.", reason: "Reason", bytes: "Sent and received", from: "From", sequence: "Row", changes: "Changes", was: "Before", is: "After", field: "Field", nothing: "–",
  },
};
