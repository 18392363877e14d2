// @ts-check
// Every sentence of the shell, the shared parts and Your connections. A screen that has many of its own keeps them in
// i18n/en/<screen>.js, which is loaded with it.
import { plural } from "../app/format.js";

export const words = {
  status: { connected: "Connected", needs_sign_in: "Needs sign-in", paused: "Paused", error: "Error", disabled: "Disabled", checking: "Checking" },
  api: {
    aborted: "The page was left.",
    offline: "Patchbay does not answer. Look at your network, then try again.",
    broken: "Something broke on our side. Try again; the log of the server says more.",
    refused: (status) => `The request was answered with ${status}. A proxy in between may be the reason.`,
  },
  parts: {
    tryAgain: "Try again", reference: "Reference", loading: "Loading", showAll: "Show all", hiddenCharacter: "A character that is invisible or turns text around",
    dismiss: "Dismiss", messages: "Messages", close: "Close", cancel: "Cancel", typeToConfirm: "To confirm, type", optional: "optional", save: "Save",
    copy: "Copy", copied: "Copied", pressToCopy: "Press Ctrl+C to copy. (Copying needs https.)", textToCopy: "Text to copy",
    show: "Show", hide: "Hide", keepOld: "Keep the old one", secretSet: "Set", replace: "Replace",
    more: "Show more", filters: "Filters", removeFilter: (name) => `Remove the filter ${name}`, clearFilters: "Clear filters",
    found: (number) => (number === 1 ? "1 choice" : `${number} choices`), everyone: "Everyone", team: "Team", findPeople: "Find people or teams", chosen: "Chosen",
    remove: (name) => `Remove ${name}`, unsavedTitle: "Leave without saving?", unsaved: "What you changed on this page is not saved.", leave: "Leave",
  },
  shell: {
    skip: "Skip to content", home: "Patchbay, to the start", crumbs: "Where this page is", navigation: "Main", menu: "Menu", you: "You", admin: "Administration",
    search: "Search", help: "Help", account: "Account", profile: "Profile", signOut: "Sign out", theme: "Theme", system: "System", light: "Light", dark: "Dark",
    shortcuts: "Keyboard shortcuts", signedInAs: (name) => `Signed in as ${name}`,
    nav: { connections: "Your connections", connect: "Connect a client", tools: "Tools", activity: "My activity", access: "My tokens & apps", profile: "Profile",
      overview: "Overview", servers: "Connections", people: "People & teams", profiles: "Profiles", log: "Activity", rollout: "Roll-out", settings: "Settings" },
    notFoundTitle: "There is no such page", notFound: "The address may be mistyped, or what it led to was removed.", toStart: "Go to Your connections",
    forbiddenTitle: "This page is for admins", forbidden: "You are signed in, but your role does not open this page. Ask an admin if you need it.",
    brokenTitle: "Something broke on our side", broken: "This page could not be shown.", reload: "Reload the page", copyDetails: "Copy details",
    offlineTitle: "Patchbay does not answer.", offline: "What you see may be old.",
    signedOutTitle: "You were signed out", signedOut: "Sign in again; your changes on this page are kept.", signIn: "Sign in", name: "Name", password: "Password", leave: "Leave this page",
    confirmTitle: "Your password once more", confirmText: (name) => `This can do much, so it is asked of you again: the password of ${name}. It then holds for a while.`, confirm: "Go on",
    otherPerson: "You will sign in as somebody else, so this page will be loaded anew.", wait: (seconds) => `Too many tries. Try again in ${seconds} s.`,
    missingPart: "This part of the page could not be loaded. Patchbay may have been updated meanwhile.",
  },
  connections: {
    title: "Your connections", search: "Search your connections", add: "Add your own",
    needsYou: "Needs you", ready: "Ready", unavailable: "Unavailable",
    emptyTitle: "Nothing connected yet.", empty: "What an admin shares with you appears here. You can also add a connector of your own.",
    emptyAdmin: "Add a service once and everyone you choose can use it.", addFirst: "Add a connection", noMatch: (text) => `Nothing here is called "${text}".`,
    approvals: (number) => (number === 1 ? "One call waits for your word." : `${number} calls wait for your word.`), look: "Look at them",
    apps: "Set up your AI app", moreApps: "More",
    waiting: (tools, name) => (tools ? `${plural(tools, "tool")} ${tools === 1 ? "is" : "are"} waiting. Connect your ${name} account to use them as yourself.` : `Connect your ${name} account to use its tools as yourself.`),
    values: (name) => `${name} asks for a key of your own.`, ended: (name) => `Your ${name} sign-in ended (the service no longer accepts it). Your other settings are kept.`,
    sharedEnded: (name) => `${name} is paused. The shared account needs a new sign-in by an admin.`, sharedEndedAdmin: "The shared account needs a sign-in. Everybody who may use this acts with it.",
    asYourself: "Connected with your own account", withValues: "Connected with your own key", shared: "Shared account", open: "No account needed", off: "Switched off by you", yours: "Yours",
    tools: (number) => plural(number, "tool"), noTools: "No tools yet", of: (name) => `of ${name}`,
    connect: "Connect", reconnect: "Reconnect", giveKey: "Give your key", use: (name) => `Use ${name}`, alwaysOn: "Always on", more: (name) => `More for ${name}`,
    test: "Test", seeTools: "See tools", disconnect: "Disconnect my account", replaceKey: "Replace my key", forgetKey: "Forget my key", why: "Why do I have this?", edit: "Edit", manage: "Manage this connection",
    disconnected: (name) => `Your ${name} account is disconnected.`, forgotten: (name) => `Your key for ${name} is forgotten.`, saved: (name) => `Your key for ${name} is saved.`,
    cannotSwitch: (name) => `${name} could not be switched.`, switchedOff: (name) => `${name} is off for your apps.`, switchedOn: (name) => `${name} is on for your apps.`,
    disconnectTitle: (name) => `Disconnect your ${name} account?`, disconnectText: "Your apps lose its tools until you connect again. Nobody else is affected, and the account itself stays.",
  },
  signIn: {
    opening: (name) => `Contacting ${name}…`, waitingTitle: (name) => `Finish signing in to ${name} in the other window.`, waiting: "We will notice by ourselves.",
    closed: "Window closed? You can reopen it; nothing was lost.", reopen: "Reopen", cancel: "Cancel", checking: (name) => `Checking your ${name} account…`,
    blockedTitle: "Your browser blocked the sign-in window.", blocked: "Use this link instead:", goOn: (name) => `Continue to ${name}`, copyLink: "Copy link",
    expiredTitle: "The sign-in took longer than 10 minutes, so it was cancelled.", deniedTitle: (name) => `${name} says you declined.`, denied: "Nothing was connected.",
    replaced: "Another sign-in was begun, so this one was ended.", failedTitle: (name) => `${name} could not be connected.`, tryAgain: "Try again",
    issuerTitle: (name) => `The sign-in server for ${name} is not the one we expected.`, issuer: "We stopped, because this can be an attack. Ask an admin to look at the connection.",
    needsAppTitle: (name) => `${name} does not let apps register themselves.`, needsApp: "An admin must create an app there and paste its ID into the connection's settings.",
    tokenTitle: (name) => `${name} did not complete the sign-in.`, details: "Details", reference: "Reference", leg: "Step", answer: "Answer", done: (name) => `${name} is connected.`, dismiss: "Dismiss", unreachable: "no answer",
  },
  keys: { title: "Keyboard shortcuts", search: "Search on this page", new: "New", list: "This list", close: "Close the top layer",
    go: (name) => `Go to ${name}`, off: "Single keys are switched off in your profile.", then: "then" },
};
export { plural };
