// @ts-check
// What each MCP client wants to be told, and where it keeps it: one entry per client, read by app/snippets.js. The
// sentences about them are in i18n/en/clients.js.

/**
 * @typedef {object} Client
 * @property {string} id
 * @property {string} name
 * @property {RegExp} [seen]  how it names itself at the server
 * @property {("mac" | "windows" | "linux")[]} [systems]  where there is it; everywhere without
 * @property {Partial<Record<"user" | "project", string | Record<string, string>>>} [files]  "~" is the home folder; one path, or one per system
 * @property {"json" | "jsonc" | "toml" | "yaml"} [format]
 * @property {string} [root]  the key that the entries are below
 * @property {boolean} [list]  the entries are a list and carry their name
 * @property {string} [url]  the key of the address; without it the client only starts programs
 * @property {Record<string, any>} [fixed]  what else an entry needs
 * @property {Record<string, any>} [fixedToken]  what else it needs where a token is sent
 * @property {string} [named]  the key of a name inside the entry
 * @property {string} [headers]  the key of the headers; "headers" without
 * @property {(name: string) => string} [env]  how it refers to an environment variable, where it can
 * @property {"header" | "env" | "input" | "ask" | "none"} [token]  how a token is given: in a header, by the name of a variable alone,
 *   asked for by the client, given by each of its users, not at all
 * @property {boolean} [bridge]  signs in through mcp-remote, since it cannot by itself
 * @property {boolean} [tokenOnly]  cannot sign in at all
 * @property {(how: {name: string, url: string, scope: string, header: string}) => string[][]} [command]  the lines of its own command
 * @property {boolean} [commandScopes]  the command can write a project's file, too
 * @property {string[]} [links]  deep links, by their names in app/snippets.js; the first is the one to press
 * @property {boolean} [form]  is told in its settings, field by field
 * @property {boolean} [paste]  takes a snippet in its settings and has no file
 * @property {boolean} [cloud]  connects from the internet
 * @property {boolean} [admin]  is set up by whoever runs it, for all
 */

const header = (/** @type {string} */ text) => (text ? ["--header", text] : []);

/** @type {Client[]} */
export const clients = [
  {
    id: "claude-code", name: "Claude Code", seen: /^claude[- ]code/i, files: { user: "~/.claude.json", project: ".mcp.json" }, format: "json", root: "mcpServers",
    url: "url", fixed: { type: "http" }, env: (name) => `\${${name}}`, commandScopes: true,
    command: (how) => [["claude", "mcp", "add", "--transport", "http", "--scope", how.scope, how.name, how.url, ...header(how.header)], ...(how.header ? [] : [["claude", "mcp", "login", how.name]])],
  },
  {
    id: "cursor", name: "Cursor", seen: /^cursor/i, files: { user: "~/.cursor/mcp.json", project: ".cursor/mcp.json" }, format: "json", root: "mcpServers",
    url: "url", env: (name) => `\${env:${name}}`, links: ["cursor", "cursorWeb"],
  },
  {
    id: "vscode", name: "VS Code", seen: /^(visual studio code|vs ?code)/i, format: "jsonc", root: "servers", url: "url", fixed: { type: "http" }, token: "input", links: ["vscode", "vscodeInsiders"],
    files: {
      user: { mac: "~/Library/Application Support/Code/User/mcp.json", windows: "%APPDATA%\\Code\\User\\mcp.json", linux: "~/.config/Code/User/mcp.json" },
      project: ".vscode/mcp.json",
    },
    command: (how) => [["code", "--add-mcp", JSON.stringify({ name: how.name, type: "http", url: how.url })]],
  },
  {
    id: "claude-desktop", name: "Claude Desktop", seen: /^claude[- ]?(ai|desktop)/i, format: "json", root: "mcpServers", bridge: true, links: ["claude"],
    files: {
      user: {
        mac: "~/Library/Application Support/Claude/claude_desktop_config.json", windows: "%APPDATA%\\Claude\\claude_desktop_config.json",
        linux: "~/.config/Claude/claude_desktop_config.json",
      },
    },
  },
  { id: "claude", name: "claude.ai", seen: /^(anthropic|claude\.ai)/i, form: true, token: "none", cloud: true, links: ["claude"] },
  { id: "chatgpt", name: "ChatGPT", seen: /^(chatgpt|openai-mcp)/i, form: true, token: "none", cloud: true },
  {
    id: "codex", name: "Codex", seen: /^codex/i, files: { user: "~/.codex/config.toml", project: ".codex/config.toml" }, format: "toml", root: "mcp_servers",
    url: "url", fixed: { tool_timeout_sec: 180 }, token: "env",
    command: (how) => [["codex", "mcp", "add", how.name, "--url", how.url, ...(how.header ? ["--bearer-token-env-var", "PATCHBAY_TOKEN"] : [])]],
  },
  {
    id: "gemini-cli", name: "Gemini CLI", seen: /^gemini/i, files: { user: "~/.gemini/settings.json", project: ".gemini/settings.json" }, format: "json", root: "mcpServers",
    url: "httpUrl", env: (name) => `$${name}`, commandScopes: true,
    command: (how) => [["gemini", "mcp", "add", "--transport", "http", "--scope", how.scope, how.name, how.url, ...header(how.header)]],
  },
  {
    id: "antigravity", name: "Antigravity", seen: /^(antigravity|agy)/i, files: { user: "~/.gemini/config/mcp_config.json", project: ".agents/mcp_config.json" }, format: "json",
    root: "mcpServers", url: "serverUrl", bridge: true,
  },
  {
    id: "copilot-cli", name: "GitHub Copilot CLI", seen: /^(github[- ])?copilot[- ](cli|developer)/i, files: { user: "~/.copilot/mcp-config.json" }, format: "json", root: "mcpServers",
    url: "url", fixed: { type: "http", tools: ["*"] },
  },
  {
    id: "devin", name: "Devin Desktop (Windsurf)", seen: /^(devin|windsurf|codeium)/i, format: "json", root: "mcpServers", url: "serverUrl", env: (name) => `\${env:${name}}`,
    files: { user: { mac: "~/.config/devin/mcp_config.json", windows: "%APPDATA%\\devin\\mcp_config.json", linux: "~/.config/devin/mcp_config.json" }, project: ".devin/mcp_config.json" },
    command: (how) => (how.header ? [] : [["devin", "mcp", "add", how.name, how.url], ["devin", "mcp", "login", how.name]]),
  },
  {
    id: "zed", name: "Zed", seen: /^zed/i, format: "jsonc", root: "context_servers", url: "url",
    files: { user: { mac: "~/.config/zed/settings.json", windows: "%APPDATA%\\Zed\\settings.json", linux: "~/.config/zed/settings.json" } },
  },
  { id: "junie", name: "JetBrains Junie", seen: /^junie/i, files: { user: "~/.junie/mcp/mcp.json", project: ".junie/mcp/mcp.json" }, format: "json", root: "mcpServers", url: "url" },
  { id: "jetbrains-ai", name: "JetBrains AI Assistant", seen: /^(jetbrains|intellij|ai assistant)/i, paste: true, format: "json", root: "mcpServers", url: "url", bridge: true },
  { id: "copilot-ide", name: "GitHub Copilot in JetBrains, Eclipse, Xcode", seen: /^github[- ]copilot[- ](for|in|jetbrains|eclipse|xcode|intellij)/i, paste: true, format: "jsonc", root: "servers", url: "url", fixed: { type: "http" } },
  {
    id: "goose", name: "Goose", seen: /^goose/i, format: "yaml", root: "extensions", url: "uri", named: "name", fixed: { type: "streamable_http", enabled: true, timeout: 300 }, links: ["goose"],
    files: { user: { mac: "~/.config/goose/config.yaml", windows: "%APPDATA%\\Block\\goose\\config\\config.yaml", linux: "~/.config/goose/config.yaml" } },
  },
  {
    id: "cline", name: "Cline", seen: /^cline/i, format: "json", root: "mcpServers", url: "url", fixed: { type: "streamableHttp", disabled: false, autoApprove: [] },
    files: {
      user: {
        mac: "~/Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        windows: "%APPDATA%\\Code\\User\\globalStorage\\saoudrizwan.claude-dev\\settings\\cline_mcp_settings.json",
        linux: "~/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
      },
    },
  },
  {
    id: "opencode", name: "opencode", seen: /^opencode/i, format: "jsonc", root: "mcp", url: "url", fixed: { type: "remote", enabled: true }, fixedToken: { oauth: false }, env: (name) => `{env:${name}}`,
    files: { user: { mac: "~/.config/opencode/opencode.json", windows: "%APPDATA%\\opencode\\opencode.json", linux: "~/.config/opencode/opencode.json" }, project: "opencode.json" },
  },
  { id: "lmstudio", name: "LM Studio", seen: /^lm ?-?studio/i, files: { user: "~/.lmstudio/mcp.json" }, format: "json", root: "mcpServers", url: "url", links: ["lmstudio", "lmstudioWeb"] },
  {
    id: "kiro", name: "Kiro", seen: /^(kiro|q-?dev-?cli|amazon ?q)/i, files: { user: "~/.kiro/settings/mcp.json", project: ".kiro/settings/mcp.json" }, format: "json", root: "mcpServers",
    url: "url", fixed: { oauthScopes: ["mcp:read", "mcp:write"] }, env: (name) => `\${${name}}`, links: ["kiro"],
  },
  { id: "warp", name: "Warp", seen: /^warp/i, files: { user: "~/.warp/.mcp.json", project: ".warp/.mcp.json" }, format: "json", root: "mcpServers", url: "url", env: (name) => `\${${name}}` },
  { id: "raycast", name: "Raycast", seen: /^raycast/i, systems: ["mac", "windows"], form: true, links: ["raycast"] },
  {
    id: "librechat", name: "LibreChat", seen: /librechat/i, admin: true, files: { user: "librechat.yaml" }, format: "yaml", root: "mcpServers", url: "url", fixed: { type: "streamable-http" },
    token: "ask", tokenOnly: true,
    fixedToken: { customUserVars: { PATCHBAY_TOKEN: { title: "Patchbay token", description: "From Patchbay, My tokens & apps" } } },
  },
  { id: "open-webui", name: "Open WebUI", seen: /^open[- ]?webui/i, admin: true, form: true },
  { id: "n8n", name: "n8n", seen: /n8n/i, admin: true, form: true },
  {
    id: "continue", name: "Continue", seen: /^continue/i, files: { user: "~/.continue/config.yaml" }, format: "yaml", root: "mcpServers", list: true, named: "name",
    url: "url", fixed: { type: "streamable-http" }, headers: "requestOptions.headers", tokenOnly: true,
  },
  {
    id: "claude-desktop-3p", name: "Claude Desktop, run by an organization", admin: true, format: "json", root: "managedMcpServers", list: true, named: "name", url: "url",
    fixed: { transport: "http", oauth: true, toolPolicy: { "*": "ask" } }, token: "none",
    files: {
      user: {
        mac: "~/Library/Application Support/Claude-3p/configLibrary/<id>.json", windows: "%LOCALAPPDATA%\\Claude-3p\\configLibrary\\<id>.json",
        linux: "/etc/claude-desktop/managed-settings.json",
      },
    },
  },
  { id: "other", name: "Another app", form: true },
  { id: "other-stdio", name: "An app that only starts programs", paste: true, format: "json", root: "mcpServers", bridge: true },
];

export const clientOf = (/** @type {string} */ id) => clients.find((one) => one.id === id);

/** Which entry a name is that a client gave of itself; bridges write their own behind it. */
export const clientSeenAs = (/** @type {string} */ name) => clients.find((one) => one.seen?.test(name.trim()));
