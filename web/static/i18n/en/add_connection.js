// @ts-check
// The words of the add dialog. Those of hard states stand as docs/ui.md gives them.
import { plural } from "../../app/format.js";

export const words = {
  title: "Add a connection", bar: "Search, or paste an MCP server's address", clear: "Start over",
  presets: "Well-known services", noPreset: (text) => `No preset is called “${text}”. Paste the address of its MCP server instead.`, added: "Added", open: (name) => `${name} is here already; open it`,
  auths: { none: "No sign-in", apiKey: "API key", headers: "Headers", oauth: "OAuth", oauthApp: "OAuth app" },
  checking: (host) => `Checking ${host}…`, cannotLook: "The address is checked when you add it; the test after saving gives the result.",
  transports: { http: "Streamable HTTP", sse: "HTTP + SSE (old)" }, signsIn: { none: "No sign-in", key: "API key", oauth: "OAuth, automatic", oauth_app: "OAuth, needs an app", null: "Sign-in unknown" },
  tools: (number) => plural(number, "tool"), toolsLater: "tools after sign-in", at: (host) => `at ${host}`, ready: "Ready to add", needsKey: "Needs a key", needsApp: "Needs an app", isAdded: "Added already",
  openIt: "Open it", twice: (slug) => `“${slug}” has this address already. You can add it once more under another name, for example with another account.`,
  tried: "What was tried", step: { configure: "Settings", address: "Address", connect: "Connect", negotiate: "Negotiate", sign_in: "Sign-in", list: "List tools" },
  again: "Check again", tryMcp: (url) => `Try ${url}`, network: "Network settings", byHand: "Fill in by hand",
  problems: {
    upstream_timeout: (host) => [`${host} did not answer in time.`, "Check the address, or try again."],
  },
  secretTitle: "That looks like a secret.", secret: "Put it under API key, not in the name.", secretInBar: "Paste the address here; the key has a field of its own below it.", secretInUrl: "Take the name and password out of the address; sign-in has fields of its own.",
  moveKey: "Move it to API key", command: "That is a command, not an address.", commandText: "Patchbay speaks to servers over HTTP. Start it with an HTTP transport and paste that address.",
  scheme: "The address must start with https:// or http://.", broken: "That is no address and no config entry that we can read.", brokenText: "Paste the server's address, like https://mcp.example.com/mcp.",
  name: "Name", slug: "Slug", slugHint: "Part of every tool's name; it never changes.",
  signIn: "How does it sign in?", account: "Whose account?", each: "Each person connects their own", eachHint: "Everybody acts as themselves, with their own rights.", one: "One shared account", oneHint: "Everybody acts as the same account, set up here once.",
  who: "Who can use it?", whos: { me: "Only me for now", chosen: "People and teams", everyone: "Everyone" }, picker: "People and teams", nobodyHint: "Only admins can see this until somebody is chosen.",
  key: "API key", keyHint: "Kept encrypted; it is never shown again.", keyHeader: "Sent in the header", keyHeaderHint: "Empty: as “Authorization: Bearer …”.",
  headersHint: "Sent with every request. Values are kept encrypted and never shown again.", memberHeadersHint: "Names of headers. Each person gives the values under Your connections.",
  headerName: "Name", headerValue: "Value", addHeader: "Add a header", removeHeader: "Remove this header", nth: (what, at) => (at ? `${what} ${at + 1}` : what),
  returnAddress: "Return address", returnHint: "Register an app at the service with this address, then paste its ID.", clientId: "Client ID", clientSecret: "Client secret", clientSecretHint: "Leave it empty for an app without one.",
  scopes: "Scopes", scopesHint: "Empty: what the service asks for.", oauthHint: "Patchbay registers itself at the service. Nothing to copy.",
  needsApp1: (name) => `${name} does not let apps register themselves.`, needsApp2: (url) => `An admin must create an app there with redirect address ${url} and paste its ID here.`,
  advanced: "Advanced", description: "Description", descriptionHint: "People see it when they choose; agents find its tools by it.", transport: "Transport", timeout: "Time limit for a call", seconds: "in seconds", timeoutHint: "Empty: 60 seconds.",
  availability: "For people who may use it", availabilities: { forceOn: "Always on", defaultOn: "On, can be turned off", defaultOff: "Off until turned on" },
  pin: "Hold changed tools for review", pinHint: "A tool whose description changes waits until an admin has read it.", identity: "Tell it who asks", identityHint: "Each request carries the person's name and id as headers.",
  allow: "Only these tools", deny: "Never these tools", toolsHint: "Names as the server gives them, with commas or one a line.", caFile: "CA file", caHint: "Path on Patchbay's machine of a certificate authority to trust for this server.",
  cancel: "Cancel", actions: { add: "Add", test: "Add and test", signIn: "Add and sign in" }, working: { add: "Adding…", test: "Testing…", signIn: "Adding…" },
  rules: {
    secretInName: "That looks like a secret. Put it under API key, not in the name.", nameMissing: "Give it a name that people know.", slugRule: "1 to 64 letters, digits, “_” or “-”.", slugTaken: (slug) => `There is a connection “${slug}” already.`,
    keyRejected: "The service rejected this key. Paste another.", keyMissing: "Paste the key that the service gave you.", headerMissing: "Give at least one header.", clientMissing: "Paste the ID of the app at the service.", nobodyChosen: "Choose somebody, or “Only me for now”.", timeoutRule: "1 to 600 seconds.",
  },
  done: (name, who, tools) => `${name} added ${who}.${tools === null ? "" : ` ${plural(tools, "tool")}.`}`,
  forWhom: { me: "for you", everyone: "for everyone", chosen: (names, others) => `for ${names}${others ? ` and ${plural(others, "other")}` : ""}` },
  eachGives: "Each person connects under Your connections.", testTools: "Test tools", undo: "Undo", undone: (name) => `${name} removed again.`,
  savedTitle: (name) => `${name} is saved, but it does not work yet.`, rejected: "The service rejected the saved key.", testAgain: "Save and test again", keep: "Keep it like this", takeBack: "Remove it",
};
