// @ts-check
// The words of Your connections' dialogs and of connectors of one's own.
import { plural } from "../../app/format.js";

export const words = {
  valuesTitle: (name) => `Your own key for ${name}`, valuesLead: "Only your own calls carry it, and nobody is shown it again.", valueMissing: "Give a value.", valueSet: "Set; type to replace it",
  testTitle: (name) => `Test ${name}`, testLead: "Connects, negotiates and lists the tools. Nothing is called.", testAgain: "Test again", testing: "Testing…",
  testGood: (tools) => `It works: ${plural(tools, "tool")}.`, testBad: "It does not work.", stepOk: "done", stepFailed: "failed",
  steps: { configure: "Settings", connect: "Connect", negotiate: "Agree on the protocol", list: "List the tools" },
  reasons: {
    everyone: "It is granted to everyone here.", person: "It is granted to you by name.", team: "It is granted to a team that you belong to.", own: "It is a connector of your own. Nobody else sees it.",
    operator: "You own the data directory of this Patchbay.",
  },
  reasonElse: "An admin gave you access.", name: "Short name", availability: "Switched on", account: "Account",
  availabilities: { forceOn: "Always, for everyone who has it", defaultOn: "Until you switch it off", defaultOff: "Only when you switch it on" },
  accounts: (one) => one.account === "oauth" ? (one.connect_url || one.own ? "Your own, by signing in" : "One that everybody shares") : one.account === "values" ? "A key of your own" : "None, or one that everybody shares",
  newTitle: "Add your own connector", newLead: "A server that only you use. Nobody else here sees it, not even its name.", editLead: "Only you use this connector.",
  trust: "Add only servers that you trust.", trustText: "What a server says goes into your AI app, and what you ask it may reach whoever runs it.",
  title: "Name", slug: "Short name", slugHint: "Part of each tool's name, so it never changes.", url: "Address", urlHint: "Most servers end in /mcp.", urlMissing: "Paste the address of the server.",
  titleMissing: "Give it a name.", secretInName: "That looks like a secret. Put it under API key, not in the name.", secretInUrl: "That looks like a secret. Put it under API key, not in the address.",
  how: "How does it know you?", hows: [
    { value: "oauth", label: "I sign in", hint: "A window of the service opens (OAuth). The usual way." }, { value: "apiKey", label: "API key", hint: "Sent as a bearer token with each request." },
    { value: "headers", label: "Headers", hint: "Names and values of your own." }, { value: "none", label: "It does not", hint: "Open to whoever knows the address." }],
  apiKey: "API key", apiKeyMissing: "Paste the key.", headers: "Headers", headerName: (number) => `Name ${number}`, headerValue: (number) => `Value ${number}`, addHeader: "Add a header", removeHeader: (number) => `Remove header ${number}`,
  headersSet: (names) => `Set: ${names}`, replaceHeaders: "Replace all", keepHeaders: "Keep the old ones", headersMissing: "Give each header a name and a value.",
  advanced: "Advanced", clientId: "Client ID", clientIdHint: "Only where the service does not let apps register themselves.", clientSecret: "Client secret", scopes: "Scopes", scopesHint: "With blanks between them. Empty: what the service asks for.",
  apiKeyHeader: "Header of the key", apiKeyHeaderHint: "Empty: Authorization, as a bearer token.", transport: "Transport", transports: [{ value: "http", label: "Streamable HTTP" }, { value: "sse", label: "SSE (older servers)" }],
  enabled: "Switched on", enabledHint: "Your apps see its tools.", add: "Add", addAndSignIn: "Add and sign in", saveAndSignIn: "Save and sign in", save: "Save changes", added: (name) => `${name} is added.`, saved: (name) => `${name} is saved.`,
  seeTools: "See tools", undo: "Undo", test: "Test", remove: "Remove", removeTitle: (name) => `Remove ${name}?`, removeText: "Its tools are gone from your apps, and its sign-in and keys are deleted.", removed: (name) => `${name} is removed.`,
  danger: "Remove this connector", conflictTitle: "This connector was changed elsewhere.", conflict: "What is there now is shown when you reload; your text here is then gone.", reload: "Show what is there now",
  lastTested: "Last looked at", signInNow: "Sign in", disconnect: "Disconnect my account", back: "Your connections",
  forgetTitle: (name) => `Forget your key for ${name}?`,
};
