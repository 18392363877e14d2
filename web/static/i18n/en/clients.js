// @ts-check
// What is said of each client of app/clients.js: what to do once it knows Patchbay, and what is known to go wrong.
// `where` is where a snippet or the fields go when there is no file for them, `instead` what to take where it cannot reach us.

/** @type {Record<string, {after: (name: string) => string, troubles?: string[], where?: string, instead?: {client: string, text: string}}>} */
export const clientWords = {
  "claude-code": {
    after: (name) => `Claude Code opens your browser to sign in. Later, type /mcp in it, choose ${name} and then Authenticate. A session that is open already does not notice: begin a new one.`,
    troubles: [
      "If your organization has a managed-mcp.json, it wins and “claude mcp add” is refused. Ask your admin.",
      "“Needs authentication” although you signed in: run “claude mcp logout” and “claude mcp login” with the name, then begin a new session.",
      "An entry without \"type\": \"http\" is taken for a program and skipped.",
      "In a project's .mcp.json, each person is asked once whether the server may be used.",
    ],
  },
  cursor: {
    after: (name) => `Cursor asks whether to install ${name}, then opens your browser to sign in. In Cursor Settings under MCP its dot turns green.`,
    troubles: [
      "No browser opens: switch the server off and on in Cursor Settings under MCP, then press Needs login.",
      "A project's .cursor/mcp.json wins over your own file where both have the name.",
      "Many tools at once make Cursor slow and its model unsure. The search endpoint shows it two.",
    ],
  },
  vscode: {
    after: (name) => `VS Code asks whether you trust ${name}, then opens your browser to sign in. The tools are in the chat's Agent mode, under the tools button.`,
    troubles: [
      "The key is \"servers\". A snippet with \"mcpServers\" from elsewhere loads as nothing, without a word.",
      "A request takes 128 tools at most. Untick some in the tools list, or use the search endpoint.",
      "Tools look old: run “MCP: Reset Cached Tools” from the command palette.",
      "The sign-in returns by vscode.dev on some machines, which company networks may block.",
    ],
  },
  "claude-desktop": {
    after: () => "Quit Claude Desktop fully, also from the menu bar or the tray, and open it again: it reads the file only at its start. The bridge then opens your browser to sign in.",
    troubles: [
      "The file holds programs only, so a small bridge (mcp-remote) carries the calls. It needs Node.js on the machine.",
      "A connector that is added in its settings is called by Anthropic's servers, so it works only where Patchbay is on the internet.",
      "Claude asks to sign in again and again: remove the connector or entry, quit, and add it once more.",
      "The log is in ~/Library/Logs/Claude (macOS) or %APPDATA%\\Claude\\logs (Windows).",
    ],
  },
  claude: {
    where: "Settings, Connectors, Add custom connector", instead: { client: "claude-desktop", text: "Use the desktop bridge instead." },
    after: () => "Press Connect beside the new connector and sign in. On Team and Enterprise plans an owner adds it for all first.",
    troubles: ["The connection is made by Anthropic's servers, so Patchbay must be on the internet with https."],
  },
  chatgpt: {
    where: "Settings, Apps & Connectors, Advanced, Developer mode; then Create", instead: { client: "codex", text: "Codex, also in ChatGPT's desktop app, runs on your machine and can." },
    after: () => "Choose OAuth as the authentication, and sign in when ChatGPT asks you to. In a chat, the app is under the plus sign.",
    troubles: ["The connection is made by OpenAI's servers, so Patchbay must be on the internet with https.", "Developer mode is there on paid plans only, and an owner of a workspace may have switched it off."],
  },
  codex: {
    after: (name) => `The command opens your browser to sign in. After a change to the file, run “codex mcp login ${name}”, and restart Codex. The editor extension and the desktop app read the same file.`,
    troubles: [
      "A project's .codex/config.toml counts only where you trust the project; else it is passed over silently.",
      "Desktop apps and editors may not see your shell's variables. Put PATCHBAY_TOKEN into ~/.codex/.env for them.",
      "A token itself in the file is refused; it has to be the name of a variable.",
    ],
  },
  "gemini-cli": {
    after: (name) => `In Gemini CLI, type /mcp auth ${name} to sign in, or /mcp reload after a change.`,
    troubles: ["The key is \"httpUrl\". With \"url\" an older way of speaking is tried, which Patchbay does not have.", "Names with _ confuse its rules for tools. Use - instead.", "Accounts without a plan are served by Antigravity now."],
  },
  antigravity: {
    after: () => "Restart Antigravity, or press refresh in its list of MCP servers. The bridge then opens your browser to sign in.",
    troubles: [
      "Its own sign-in forgot the token in early versions, so a small bridge (mcp-remote) does it. The bridge needs Node.js.",
      "The key is \"serverUrl\". With another one the calls fail silently.",
      "Variables are not filled in: a token stands in the file as it is.",
    ],
  },
  "copilot-cli": { after: () => "Begin a new session. Type /mcp to see whether it is there and to sign in.", troubles: ["An entry without \"tools\" offers none."] },
  devin: {
    after: () => "Press the refresh button in the list of MCP servers; your browser opens to sign in.",
    troubles: ["The old Cascade agent reads ~/.codeium/windsurf/mcp_config.json. If that file is there, put the entry into it as well.", "Your team may allow only some servers.", "It takes about 100 tools in all."],
  },
  zed: { after: () => "Zed notices the change by itself and opens your browser to sign in.", troubles: ["The file may hold comments and much else. Add the entry to its \"context_servers\" and leave the rest.", "Variables are not filled in: a token stands in the file as it is."] },
  junie: { after: () => "In Junie, type /mcp, choose the server and then Authorize.", troubles: ["The entry has no \"type\"."] },
  "jetbrains-ai": {
    where: "Settings, Tools, AI Assistant, Model Context Protocol (MCP), Add, As JSON",
    after: () => "Press Apply. The bridge then opens your browser to sign in.",
    troubles: ["AI Assistant does not sign in to MCP servers by itself yet, so a small bridge (mcp-remote) does it. It needs Node.js.", "It can also take over what Claude Desktop has: Import from Claude."],
  },
  "copilot-ide": { where: "Copilot Chat, Agent mode, tools button, Edit in mcp.json", after: () => "Save the file. Your browser opens to sign in.", troubles: ["The key is \"servers\", as in VS Code."] },
  goose: { after: () => "It counts from the next session on; your browser opens to sign in.", troubles: ["The key is \"uri\", and the time limit is in seconds."] },
  cline: {
    after: () => "Cline notices the change by itself. Press Authenticate beside the server.",
    troubles: ["An entry without \"type\": \"streamableHttp\" is spoken to in an older way, which Patchbay does not have.", "In Cursor and other editors the folder of VS Code in the path is that editor's.", "Leave \"autoApprove\" empty, so that you are asked."],
  },
  opencode: { after: (name) => `Restart opencode, then run “opencode mcp auth ${name}” to sign in.`, troubles: ["The list of tools has to be there within five seconds. Patchbay answers it from memory.", "With a token in the headers, \"oauth\": false keeps it from asking to sign in."] },
  lmstudio: { after: () => "Edit the file in LM Studio (Program, Install, Edit mcp.json): it then loads it at once and opens your browser to sign in.", troubles: ["Small models lose their way among many tools. The search endpoint shows them two."] },
  kiro: { after: () => "Kiro notices the change by itself and opens your browser to sign in.", troubles: ["Without \"oauthScopes\" it asks for more than Patchbay gives, and is refused.", "Amazon Q's old files are ~/.aws/amazonq/mcp.json and .amazonq/mcp.json."] },
  warp: { after: () => "Warp notices the change by itself and opens your browser to sign in. What is in a project's file has to be approved once.", troubles: ["Agents that run in Warp's cloud do not read files of your machine.", "It may have found Patchbay already in the files of Claude Code or Codex."] },
  raycast: { where: "the command Install MCP Server", after: () => "Mention the server with @ in Raycast AI; your browser opens to sign in.", troubles: ["Older versions only start programs: the button adds the bridge mcp-remote, which needs Node.js."] },
  librechat: {
    after: () => "Restart LibreChat. Each person then gives a token of their own in the chat's MCP settings.",
    troubles: ["The file is the server's, so its admin edits it once for all.", "Tokens are asked of each person; none stands in the file."],
  },
  "open-webui": {
    where: "Admin Settings, Integrations, the plus sign; Type: MCP (Streamable HTTP)",
    after: () => "Choose OAuth 2.1 as Auth so that each person signs in as themselves, or Bearer with a token for all.",
    troubles: ["With Type OpenAPI the page breaks. It has to be MCP (Streamable HTTP), from version 0.6.31 on.", "Without WEBUI_SECRET_KEY all sign-ins are lost at a restart.", "Tools that need a sign-in cannot be switched on by default for a model."],
  },
  n8n: { where: "an MCP Client Tool node; Server Transport: HTTP Streamable", after: () => "Choose MCP OAuth2 as Authentication to sign in, or Bearer Auth with a token.", troubles: ["A workflow that runs on its own should have the token of a service account, not yours."] },
  continue: {
    after: () => "Continue notices the change by itself. The tools are there in Agent mode only.",
    troubles: ["Continue is no longer developed.", "Its sign-in returns to an address that a careful server refuses, so it needs a token."],
  },
  "claude-desktop-3p": {
    after: () => "Claude Desktop reads it at its start. Each person then signs in with their browser.",
    troubles: ["The file under Linux has to be root's and writable by nobody else.", "What the organization manages wins over the files of a person."],
  },
  other: { where: "where it adds an MCP server", after: () => "Choose Streamable HTTP, and OAuth where it asks. An app that knows neither wants a token in the header Authorization.", troubles: ["Patchbay speaks Streamable HTTP. The older HTTP+SSE is not there."] },
  "other-stdio": { where: "where it adds an MCP server as a command", after: () => "Restart the app. The bridge then opens your browser to sign in.", troubles: ["The bridge (mcp-remote) needs Node.js on the machine."] },
};
