import { count, plural } from "../../app/format.js";

export const words = {
  title: "Overview", range: "Time range", ranges: { "1h": "1 h", "24h": "24 h", "7d": "7 days", "30d": "30 days" }, inLast: { "1h": "in the last hour", "24h": "in the last 24 hours", "7d": "in the last 7 days", "30d": "in the last 30 days" },
  refresh: "Refresh", counting: "Older calls are still being counted; the figures grow.",
  calls: "Calls", errors: "Went wrong", p95: "95 % answered within", people: "Active people", none: "–",
  errorsHint: (failed) => `${plural(failed, "call")}, denied ones aside`, p95Hint: (half) => `half within ${half}`, peopleHint: (range) => `called a tool ${range}`, callsHint: (denied) => (denied ? `${count(denied)} of them denied` : "none of them denied"),
  callsChart: "Calls", latencyChart: "Time to answer", p50: "Half (p50)", p95Line: "95 % (p95)", call: { one: "call", many: "calls" },
  outcomes: { ok: "OK", tool_error: "tool error", refused: "denied", failed: "upstream error", timeout: "timeout", cancelled: "cancelled" },
  attention: "Needs attention", allGood: "Nothing waits for you.", since: "since",
  act: { sign_in_ended: "Reconnect", sign_in_missing: "Sign in", secret_missing: "Give the key", failing: "Test now", tools_held: "See the change" }, open: "Open",
  topServers: "Top connections", topTools: "Top tools", connection: "Connection", tool: "Tool", failed: "Went wrong", within: "p95", noCalls: "No calls in this time.",
  changes: "Recent admin changes", allChanges: "All changes", noChanges: "No changes yet.",
  missing: "This version of the server does not give an overview yet. Activity has every call.", toActivity: "Open activity",
  checklist: {
    title: "Get started", lead: "Four steps until the first call. Figures and charts stand here after it.", done: "Done", todo: "To do",
    steps: [
      { key: "connection", title: "Add a connection", text: "A service that your people's AI apps shall reach.", action: "Add a connection", to: "/connections" },
      { key: "people", title: "Invite people", text: "Or go on alone: you can use everything yourself.", action: "People & teams", to: "/people" },
      { key: "client", title: "Connect a client", text: "Claude, Cursor, VS Code or another app that speaks MCP.", action: "Connect a client", to: "/connect" },
      { key: "call", title: "Make the first call", text: "Ask the app: “List my Patchbay tools.”", action: "Watch it live", to: "/activity/live" },
    ],
  },
};
