// @ts-check
// What a client is told, as text: files, commands, deep links. Pure. `ask` is { url, name, os: "mac" | "windows" | "linux",
// scope: "user" | "project", token: "" or the token, place: "file" | "env" }. No deep link ever holds a token.
/** @typedef {import("./clients.js").Client} Client */
/** @typedef {{url: string, name: string, os: string, scope?: string, token?: string, place?: string}} Ask */

export const variable = "PATCHBAY_TOKEN";
const bridgePackage = "mcp-remote@0.15.1"; // pinned: it changes often

/** A program that speaks to us for a client that cannot: it signs in by the browser, or sends the token. */
function bridgeOf(/** @type {Ask} */ { url, os, token }) {
  const args = ["-y", bridgePackage, url, "--transport", "http-only", ...(url.startsWith("http:") ? ["--allow-http"] : [])];
  if (token) args.push("--header", "Authorization:${PATCHBAY_AUTH}");
  const run = os === "windows" ? { command: "cmd", args: ["/c", "npx", ...args] } : { command: "npx", args };
  return token ? { ...run, env: { PATCHBAY_AUTH: `Bearer ${token}` } } : run;
}

/** The value of the Authorization header as the file says it; "" where it is not for the file. */
function bearerIn(/** @type {Client} */ client, /** @type {Ask} */ ask) {
  if (client.token === "ask") return `Bearer {{${variable}}}`;
  if (client.token === "input") return ask.token ? "Bearer ${input:patchbay-token}" : "";
  if (!ask.token || client.token === "env") return "";
  return `Bearer ${ask.place === "env" && client.env ? client.env(variable) : ask.token}`;
}

/** The entry of a client without its name's key. */
export function entryOf(/** @type {Client} */ client, /** @type {Ask} */ ask) {
  if (!client.url || (client.bridge && !ask.token)) return bridgeOf(ask);
  const bearer = bearerIn(client, ask);
  const { type, transport, ...rest } = client.fixed ?? {};
  /** @type {Record<string, any>} */
  const entry = { ...(client.named && { [client.named]: ask.name }), ...(type && { type }), ...(transport && { transport }), [client.url]: ask.url, ...rest };
  if (client.token === "env" && ask.token) entry.bearer_token_env_var = variable;
  if (bearer || ask.token) Object.assign(entry, client.fixedToken);
  if (!bearer) return entry;
  const [outer, inner] = (client.headers ?? "headers").split(".");
  entry[outer] = inner ? { [inner]: { Authorization: bearer } } : { Authorization: bearer };
  return entry;
}

/** The whole of a file that has nothing else in it. */
export function fileOf(/** @type {Client} */ client, /** @type {Ask} */ ask) {
  const entry = entryOf(client, ask);
  const root = /** @type {string} */ (client.root);
  const asks = client.token === "input" && ask.token && {
    inputs: [{ type: "promptString", id: "patchbay-token", description: "Patchbay token", password: true }],
  };
  const whole = { ...asks, [root]: client.list ? [entry] : { [ask.name]: entry } };
  return { json: jsonText, jsonc: jsonText, toml: tomlText, yaml: yamlText }[client.format ?? "json"](whole);
}

const jsonText = (/** @type {any} */ value) => `${JSON.stringify(value, null, 2)}\n`;

// JSON's strings are TOML's and YAML's, but for DEL and what some readers take for the end of a line.
const quoted = (/** @type {string} */ text) => JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
const tomlKey = (/** @type {string} */ key) => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key));
const tomlValue = (/** @type {any} */ value) => (Array.isArray(value) ? `[${value.map(tomlValue).join(", ")}]` : typeof value === "string" ? quoted(value) : String(value));

/** Tables of plain values: what the clients' files have. */
export function tomlText(/** @type {Record<string, any>} */ value, path = "") {
  const isTable = (/** @type {any} */ one) => typeof one === "object" && !Array.isArray(one);
  const plain = Object.entries(value).filter(([, one]) => !isTable(one));
  const tables = Object.entries(value).filter(([, one]) => isTable(one));
  let text = path && plain.length ? `[${path}]\n` : "";
  for (const [key, one] of plain) text += `${tomlKey(key)} = ${tomlValue(one)}\n`;
  for (const [key, one] of tables) text += `${text ? "\n" : ""}${tomlText(one, path ? `${path}.${tomlKey(key)}` : tomlKey(key))}`;
  return text;
}

const yamlWord = /^[A-Za-z][A-Za-z0-9_-]*$/;
const yamlTaken = /^(true|false|null|yes|no|on|off|y|n)$/i;
const yamlKey = (/** @type {string} */ key) => (yamlWord.test(key) && !yamlTaken.test(key) ? key : quoted(key));
const yamlPlain = (/** @type {any} */ value) => (typeof value === "string" ? (yamlWord.test(value) && !yamlTaken.test(value) ? value : quoted(value)) : JSON.stringify(value));

/** Maps and lists in block style. */
export function yamlText(/** @type {any} */ value, indent = "") {
  const below = (/** @type {any} */ one) => typeof one === "object" && Object.keys(one).length > 0;
  if (Array.isArray(value)) return value.map((one) => (below(one) ? `${indent}- ${yamlText(one, `${indent}  `).trimStart()}` : `${indent}- ${yamlPlain(one)}\n`)).join("");
  return Object.entries(value).map(([key, one]) => (below(one) ? `${indent}${yamlKey(key)}:\n${yamlText(one, `${indent}  `)}` : `${indent}${yamlKey(key)}: ${yamlPlain(one)}\n`)).join("");
}

/** Where the file is, as people of that system write it; null where the client has none there. */
export function pathOfFile(/** @type {Client} */ client, os = "linux", scope = "user") {
  const given = client.files?.[/** @type {"user" | "project"} */ (scope)];
  const path = typeof given === "string" ? given : given?.[os];
  if (!path) return null;
  if (os !== "windows") return path;
  return path.startsWith("~/") ? `%USERPROFILE%\\${path.slice(2).replaceAll("/", "\\")}` : path.replaceAll("/", "\\");
}

// What a shell or a batch file would take for its own is written as JSON writes it. (VS Code's `code` is a batch file there.)
const tameJson = (/** @type {string} */ json) => json.replace(/\\"/g, "\\u0022").replace(/[&|<>^%'!`$\u2018-\u201f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

function argument(/** @type {string} */ text, /** @type {string} */ os) {
  if (/^[A-Za-z0-9_.:/@=-]+$/.test(text) && !(os === "windows" && text.startsWith("@"))) return text;
  if (os !== "windows") return `'${text.replaceAll("'", "'\\''")}'`;
  const isJson = /^[{[]/.test(text);
  return `'${(isJson ? tameJson(text) : text).replace(/(\\*)"/g, '$1$1\\"').replace(/['\u2018-\u201b]/g, "$&$&")}'`;
}

/** The client's own command, a line each: for PowerShell on Windows, for any other shell elsewhere; "" where it has none. */
export function commandOf(/** @type {Client} */ client, /** @type {Ask} */ ask) {
  const bearer = ask.token ? bearerIn(client, ask) || `Bearer ${ask.token}` : "";
  const lines = client.command?.({ name: ask.name, url: ask.url, scope: ask.scope ?? "user", header: bearer && `Authorization: ${bearer}` }) ?? [];
  return lines.map((line) => line.map((one) => argument(one, ask.os)).join(" ")).join("\n");
}

/** How the variable is set. Tokens have letters, digits and _ only. */
export const variableLine = (/** @type {Ask} */ { os, token }) => (os === "windows" ? `setx ${variable} ${argument(token ?? "", os)}` : `export ${variable}=${argument(token ?? "", os)}`);

const part = encodeURIComponent;
function base64(/** @type {any} */ value) {
  let text = "";
  for (const byte of new TextEncoder().encode(JSON.stringify(value))) text += String.fromCharCode(byte);
  return btoa(text);
}
const idOf = (/** @type {string} */ name) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "") || "patchbay";
const inVsCode = (/** @type {Ask} */ { name, url }) => part(JSON.stringify({ name, type: "http", url }));

/** Each makes an address that opens the client with all that it needs. @type {Record<string, (client: Client, ask: Ask) => string>} */
const linkMakers = {
  cursor: (client, ask) => `cursor://anysphere.cursor-deeplink/mcp/install?name=${part(ask.name)}&config=${part(base64(entryOf(client, ask)))}`,
  cursorWeb: (client, ask) => `https://cursor.com/en/install-mcp?name=${part(ask.name)}&config=${part(base64(entryOf(client, ask)))}`,
  vscode: (_, ask) => `vscode:mcp/install?${inVsCode(ask)}`,
  vscodeInsiders: (_, ask) => `vscode-insiders:mcp/install?${inVsCode(ask)}`,
  lmstudio: (client, ask) => `lmstudio://add_mcp?name=${part(ask.name)}&config=${part(base64(entryOf(client, ask)))}`,
  lmstudioWeb: (client, ask) => `https://lmstudio.ai/install-mcp?name=${part(ask.name)}&config=${part(base64(entryOf(client, ask)))}`,
  kiro: (client, ask) => `https://kiro.dev/launch/mcp/add?name=${part(ask.name)}&config=${part(JSON.stringify(entryOf(client, ask)))}`,
  goose: (_, ask) => `goose://extension?url=${part(ask.url)}&type=streamable_http&id=${part(idOf(ask.name))}&name=${part(ask.name)}&description=${part("Patchbay")}&timeout=300`,
  claude: (_, ask) => `https://claude.ai/customize/connectors?modal=add-custom-connector&connectorName=${part(ask.name)}&connectorUrl=${part(ask.url)}`,
  raycast: (_, ask) => `raycast://mcp/install?${part(JSON.stringify({ name: ask.name, type: "stdio", ...bridgeOf(ask) }))}`,
};

/** The deep links of a client, the one to press first: [{ id, href }]. Those that open a page on the internet's side are left out of private places. */
export function linksOf(/** @type {Client} */ client, /** @type {Ask} */ ask) {
  const bare = { ...ask, token: "" };
  const may = (client.links ?? []).filter((id) => id !== "claude" || !isPrivate(ask.url));
  return may.map((id) => ({ id, href: linkMakers[id](client, bare) }));
}

const privateNames = /(^|\.)(localhost|local|lan|home|internal|intranet|corp|private|test|example|invalid|localdomain|home\.arpa)$/;

/** Whether an address can only be reached from here: no https, or a host that the internet does not know. */
export function isPrivate(/** @type {string} */ address) {
  const url = new URL(address);
  const host = url.hostname.toLowerCase();
  if (url.protocol !== "https:" || privateNames.test(host)) return true;
  if (host.startsWith("[")) return /^\[(::|::1|f[cd][0-9a-f]*:.*|fe[89ab][0-9a-f]:.*|::ffff:.*)\]$/.test(host);
  const numbers = host.match(/^(\d+)\.(\d+)\.\d+\.\d+$/)?.slice(1).map(Number);
  if (!numbers) return !host.includes(".");
  const [a, b] = numbers;
  return a === 0 || a === 10 || a === 127 || (a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254) || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
}

/** Names that every client takes: some cut others, some refuse them. */
export const isSafeName = (/** @type {string} */ name) => /^[a-z][a-z0-9-]{0,31}$/.test(name);

/** For whom a way can set a client up: oneself everywhere, or a project. */
export function scopesOf(/** @type {Client} */ client, way = "file") {
  if (!client.files?.project || (way === "command" && !client.commandScopes)) return ["user"];
  return ["user", "project"];
}

/** What there is to show of a client: its ways, the first of which is the one to begin with. */
export function waysOf(/** @type {Client} */ client) {
  const ways = [];
  if (client.command) ways.push("command");
  if (client.format && !client.tokenOnly) ways.push("file");
  if (client.form) ways.push("form");
  if (client.token !== "none") ways.push("token");
  return ways;
}

/** The systems on which what is told differs. */
export function systemsOf(/** @type {Client} */ client) {
  if (!client.format && !client.command) return [];
  return client.systems ?? ["mac", "windows", "linux"];
}

/** @param {{userAgentData?: {platform?: string}, platform?: string, userAgent?: string}} browser */
export function systemOf(browser) {
  const said = `${browser.userAgentData?.platform ?? ""} ${browser.platform ?? ""} ${browser.userAgent ?? ""}`;
  return /win/i.test(said) && !/darwin/i.test(said) ? "windows" : /mac|iphone|ipad/i.test(said) ? "mac" : "linux";
}
