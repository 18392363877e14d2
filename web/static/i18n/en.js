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
    otherPerson: "You will sign in as somebody else, so this page will be loaded anew.", wait: (seconds) => `Too many tries. Try again in ${seconds} s.`,
    missingPart: "This part of the page could not be loaded. Patchbay may have been updated meanwhile.",
  },
  keys: { title: "Keyboard shortcuts", search: "Search on this page", new: "New", list: "This list", close: "Close the top layer",
    go: (name) => `Go to ${name}`, off: "Single keys are switched off in your profile.", then: "then" },
};
export { plural };
