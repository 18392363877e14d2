// @ts-check
// The words of the profile.
export const words = {
  title: "Profile", lead: "What others see of you, and how these pages look to you.",
  you: "You", name: "Name", nameHint: "You sign in with it. Only an admin can change it.", shown: "Shown as", shownHint: "Your name as people write it. Empty: the name that you sign in with.", save: "Save", saved: "Saved.", role: "Role", roles: { member: "Member", auditor: "Auditor", admin: "Admin" },
  teams: "Teams", noTeams: "none", since: "Here since",
  password: "Password", old: "Password now", next: "New password", nextHint: "12 characters at least. A few words make a good one.", again: "New password once more", change: "Change the password", changed: "The password is changed. Your other browsers are signed out.",
  effect: "Your other browsers are signed out; this one, your tokens and your apps stay.", tooShort: "12 characters at least.", differs: "The two are not the same.", wrong: "That is not your password.",
  look: "This browser", lookLead: "These choices are kept in this browser only.", theme: "Theme", themes: { system: "System", light: "Light", dark: "Dark" }, zone: "Time zone", browserZone: (zone) => `As the browser says (${zone})`,
  dates: "Dates", language: "Language", languageText: "English. There is no other yet.", keys: "Single-key shortcuts", keysHint: "“/” searches, “n” makes new, “g” and a letter goes somewhere, “?” lists them all. Esc and the arrow keys always work.", example: "Now it is",
};
