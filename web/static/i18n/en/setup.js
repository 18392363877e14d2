// @ts-check
// The words of the first run.
export const words = {
  title: "Set up Patchbay", step: (number) => `Step ${number} of 3`, done: "Done",
  noLinkTitle: "Open the setup link", noLink: "Patchbay prints a link when it starts without an admin. It ends in # and a long key; open it exactly as it stands there.",
  where: "Where to find it", whereText: "In the log of the server, on the line that begins \"Nobody can administer\". For a new one, run this on the server:", command: "patchbay admin reset",
  bad: "This setup link was used already, is too old, or is not whole.",
  account: "Your account", accountLead: "You will be the admin. You can invite others later.", name: "Name to sign in with", nameHint: "Letters, digits, \".\", \"_\", \"-\" or an e-mail address.", nameMissing: "Give a name.",
  fullName: "Full name", password: "Password", passwordHint: "12 characters or more. Four or five words are good.", passwordShort: "Use 12 characters or more.", create: "Create the account",
  created: (name) => `Signed in as ${name}.`, showPassword: "Show the password", hidePassword: "Hide the password",
  publicAddress: "The public address", publicLead: "Where people and their AI apps reach this Patchbay, and where sign-ins come back to.",
  youOpened: "You opened", itThinks: "Patchbay says it lives at", same: "They are the same.", sameText: "Sign-ins and links will work from here.",
  differ: "These differ.", differText: "Sign-ins will return to the second one. If it is wrong, start Patchbay with this line in its environment, then open the page again:",
  plain: "This address is plain http.", plainText: "Anybody on the way can read passwords and tokens. Put a TLS proxy in front before others use it.", unknown: "This Patchbay does not say what it takes for its address.",
  callback: "Return address", callbackHint: "Where a service asks for one when you register an app there, give this.", next: "That is right", later: "I will change it later", checkAgain: "Check again",
  first: "Your first connection", firstLead: "A service that your AI apps may use through Patchbay. You can leave this for later.", presets: "Well-known services", address: "Address of an MCP server", addressHint: "Most servers end in /mcp.",
  who: "Who can use it?", whos: [{ value: "me", label: "Only me for now" }, { value: "everyone", label: "Everyone" }], add: "Add", skip: "Skip", added: (name) => `${name} is added.`, addressMissing: "Paste an address, or choose a service.",
};
