// @ts-check
// The words of My tokens & apps.
export const words = {
  title: "My tokens & apps", lead: "What can act as you, and where you are signed in. Whatever you do not know, take back: it counts from the next call on.",
  tokens: "Tokens", tokensLead: "For apps that cannot sign in, and for scripts.", newToken: "New token", noTokens: "No tokens.", noTokensHint: "Most apps need none: they sign in with your browser.", connect: "Connect a client",
  name: "Name", may: "May", created: "Created", lastUsed: "Last used", expires: "Expires", never: "never", unlimited: "when revoked", by: "by", actions: "Actions",
  states: { live: "Live", revoked: "Revoked", expired: "Expired" }, dead: (number) => `Revoked and expired (${number})`, only: "Only at",
  revoke: "Revoke", revokeToken: (name) => `Revoke ${name}?`, revokeText: "Whatever uses it is refused from its next call on. This cannot be taken back; the log keeps its name.", revoked: (name) => `${name} is revoked.`,
  scopes: { "mcp:read": "see tools", "mcp:write": "run tools", "catalog:read": "read the catalog", "admin:read": "see what admins see", admin: "administer" },
  cancel: "Cancel",
  make: {
    title: "New token", name: "Name", namePlaceholder: "backup script on nas", nameHint: "What will use it, so that you know it again.", secretName: "That looks like a secret. Give the token a name that may be seen.", may: "What it may do", until: "Good for", create: "Create token",
    scopes: { "mcp:read": ["See tools", "Search and list what you may use."], "mcp:write": ["Run tools", "As you, with your accounts."], "catalog:read": ["Read the catalog", "Which servers a managed client may set up by itself."],
      "admin:read": ["See what admins see", "People, servers, settings and the log, without changing them."], admin: ["Administer Patchbay", "All that you may as an admin. Your password is asked for once more."] },
    days: { 30: "30 days", 90: "90 days", 365: "1 year", 0: "Until revoked" }, noScope: "Choose at least one.",
    onceTitle: "Copy this token now.", once: "It is not stored and cannot be shown again.", itself: (name) => `Token ${name}`, saved: "I have saved it",
  },
  apps: "Connected apps", appsLead: "Apps that you let in with your browser.", noApps: "No app is connected.", noAppsHint: "Connect one, and it shows here.", unnamed: "An app without a name", app: "App", answersTo: "Answers go to", device: "a code at a device", reaches: "Reaches",
  everything: "what you may use", signIns: (number) => (number === 1 ? "signed in once" : `signed in ${number} times`), since: "Since", disconnect: "Disconnect", disconnectApp: (name) => `Disconnect ${name}?`, disconnectText: "It is signed out everywhere from its next call on. To use it again, sign in from the app.",
  disconnected: (name) => `${name} is disconnected.`,
  sessions: "Browser sessions", sessionsLead: "Where you are signed in to these pages.", browser: "Browser", here: "this browser", from: "Address", lastSeen: "Last seen", signOut: "Sign out", signOutOf: (name) => `Sign out ${name}`, signedOut: "That browser is signed out.",
  signOutOthers: "Sign out all others", signOutOthersTitle: "Sign out all other browsers?", signOutOthersText: "This one stays. What they had open asks for your password again.", othersOut: "All other browsers are signed out.", unknownBrowser: "A program", on: (browser, system) => `${browser} on ${system}`,
};
