// @ts-check
// The words of Tools, of a tool's page and of what it answers.
import { count, duration, plural } from "../../app/format.js";

export const words = {
  title: "Tools", lead: "What your apps can use on your behalf. Open one to try it here.", search: "Search tools", list: "Tools", refresh: "Refresh",
  filters: { server: "Connection", does: "Does", policy: "Before each call" }, reads: "Only reads", changes: "May change things", deletes: "May destroy things", asks: "Asks you first", runs: "Runs at once",
  shown: (some, all) => (some === all ? plural(all, "tool") : `${count(some)} of ${plural(all, "tool")}`),
  none: "No tools yet", noneText: "Tools appear here as soon as a connection of yours is ready.", toConnections: "Go to Your connections",
  noMatch: "No tool matches", noMatchText: "Try fewer words, or look in all connections.", clear: "Clear the search",

  run: {
    crumb: "Tools", notFoundTitle: "You do not have this tool", notFound: "It may be turned off, held for review, or its connection is not ready. What you have is in the list.", toList: "See your tools",
    arguments: "Arguments", form: "Form", json: "JSON", jsonLabel: "Arguments as JSON", asForm: "Fill in as", noArguments: "This tool takes no arguments.", wholeJson: (reason) => `${reason} Write its arguments as JSON.`,
    connection: "Connection", account: "Account", accounts: { none: "No account; the service needs none", shared: "The shared account that an admin connected", yours: "Your own account" },
    accountNamed: (name) => `Your own account, ${name}`, copyName: "Copy the name",
    run: "Run", cancel: "Cancel", runAgain: "Replay", keys: "Ctrl+Enter", running: "Running", elapsed: (ms) => duration(ms), progress: (done, total) => (total ? `${count(done)} of ${count(total)}` : count(done)),
    fix: (number) => `${plural(number, "field")} ${number === 1 ? "needs" : "need"} another look.`, unchecked: "This tool has rules that are not checked here; the service checks them.",
    jsonWrong: (line, column) => `Line ${line}, column ${column}:`, goThere: "Go there", notAnObject: "The arguments are an object: { … }.",
    confirmTitle: "Run for real?", confirmChanges: (tool, connection) => `${tool} may change things in ${connection}.`, confirmDeletes: (tool, connection) => `${tool} may destroy things in ${connection}.`,
    confirmAsk: "Your admin wants your word for each call of this tool. Running it here gives it for this one.", tool: "Tool", confirmArguments: "With", confirmRun: "Run it",
    result: "Result", noResult: "What the tool answers appears here.", done: (ms) => `Done in ${duration(ms)}`, failed: (ms) => `The tool reports an error, after ${duration(ms)}`, cancelled: "Cancelled. The service was told to stop.",
    refused: "The call was not made", cut: "The connection ended before the answer was complete. Whether the tool has run is not known.", empty: "The tool answered with nothing.",
    text: "Text", structured: "Structured result", fits: "Fits what the tool promises", unfit: (text) => `Does not fit what the tool promises: ${text}`, atRoot: "the whole",
    image: (number) => `Image ${number} of the result`, noImage: (type) => `An image of the kind ${type}, which is not shown here`, audio: (type, size) => `Sound, ${type}, ${size}`, resource: "Resource", resourceLink: "Link to a resource",
    unknown: (type) => `A part of the kind “${type}”`, save: "Save", saveResult: "Save the result", copyText: "Copy the text", more: (size) => `Show ${size} more`, partly: (some, all) => `${some} of ${all}`,
    sent: "What was sent", sentAt: (clock) => `Sent at ${clock}`, copyCurl: "Copy as curl", copyCommand: "Copy as patchbay call", elsewhere: "Run it elsewhere",
    needsToken: "The token comes from the variable PATCHBAY_TOKEN.", giveWord: "Allow once and run", needsApproval: "This call waits for your word.", connect: "Connect your account",
  },

  field: {
    optional: "optional", notSent: "not sent", choose: "Choose…", useDefault: (value) => `Use ${value}`, useDefaultLabel: (name, value) => `Use the default for ${name}: ${value}`, remove: (name) => `Do not send ${name}`,
    more: (name) => `More for ${name}`, emptyText: "Send an empty text", isEmpty: "an empty text is sent", nothing: "Send null", isNull: "null is sent", asJson: "Write as JSON", asForm: "Back to the form", otherValue: "Fill in instead",
    add: (name) => `Add ${name}`, addField: "Add a field", addButton: "Add", addItem: "Add item", item: (number) => `Item ${number}`, removeItem: (number) => `Remove item ${number}`, up: (number) => `Move item ${number} up`, down: (number) => `Move item ${number} down`,
    emptyList: "An empty list is sent.", shape: "Shape", shapeOf: (name) => `Shape of ${name}`, addEntry: "Add an entry", entryName: "Name",
    deep: "It is nested deeply.", json: (reason) => `${reason} Write it as JSON.`, true: "true", false: "false", default: (value) => `Default: ${value}`, kinds: { string: "text", number: "number", integer: "whole number", boolean: "true or false", array: "list", object: "fields" },
    least: (value) => `at least ${value}`, most: (value) => `at most ${value}`,
  },
};
