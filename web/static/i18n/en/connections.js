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
  forgetTitle: (name) => `Forget your key for ${name}?`,
};
