// @ts-check
// The words of a connection's settings.
import { plural } from "../../app/format.js";

export const words = {
  sections: { details: "Details", authentication: "Authentication", behaviour: "Behaviour", rollout: "Roll-out", danger: "Danger zone" },
  save: "Save", discard: "Discard", unsaved: (number) => `${plural(number, "unsaved change")}.`, saved: "Saved.", none: "None", readOnly: "Read-only",
  fields: {
    title: "Name", description: "Description", icon: "Icon", slug: "Slug", url: "Address", transport: "Transport", auth: "Sign-in", credential_mode: "Whose account?", api_key: "API key", api_key_header: "Header of the key",
    headers: "Headers", member_headers: "Headers each person gives", identity_headers: "Tell it who is asking", "oauth.client_id": "Client ID", "oauth.client_secret": "Client secret", "oauth.token_endpoint_auth_method": "How the client proves itself",
    "oauth.authorization_endpoint": "Authorization address", "oauth.token_endpoint": "Token address", "oauth.scopes": "Scopes", "oauth.send_resource": "Send the resource with requests", "oauth.allowed_origins": "Other hosts that may take part",
    availability: "At the start", timeout_seconds: "Longest wait in seconds", pin_tools: "Hold tools whose definition changes", allow: "Allow only these tools", deny: "Never these tools", ca_file: "CA file", certificate_sha256: "Pinned certificate (SHA-256)", rollout: "Roll-out", enabled: "Enabled", access: "Access", tool_policy: "Tool policy",
  },
  hints: {
    slug: "Part of every tool's name, so it never changes.", icon: "An https address or a path of this appliance. It is not fetched from elsewhere by browsers.", url: "Where the MCP server is. Most end in /mcp.",
    api_key: "It is only ever written: nobody can read it here again.", api_key_header: "Empty: Authorization, as a bearer. It goes with the key, so enter both to change it.", headers: "Values are only ever written. Replacing them means entering all of them again.",
    member_headers: "One name a line. Each person enters their own values at Your connections.", identity_headers: "Sends each person's name and id along. Only for servers that you trust with it.",
    "oauth.client_id": "Only where the sign-in service does not let Patchbay register itself.", "oauth.client_secret": "It is only ever written.", "oauth.authorization_endpoint": "Only where it is not found out by itself.", "oauth.scopes": "One a line. Empty: what the server asks for.", "oauth.send_resource": "RFC 8707. Some services refuse requests that carry it.", "oauth.allowed_origins": "One a line. For services whose sign-in addresses are on other hosts.",
    timeout_seconds: "1 to 600.", pin_tools: "A tool that says something else than when it was accepted is held until an admin reviews it.", allow: "One name a line. Empty: all.", deny: "One name a line. Comes first.", ca_file: "A path on the appliance's machine.", certificate_sha256: "64 lower-case hex digits.",
  },
  transports: [{ value: "http", label: "Streamable HTTP" }, { value: "sse", label: "HTTP with SSE (old)" }],
  auths: [{ value: "none", label: "None" }, { value: "apiKey", label: "API key" }, { value: "headers", label: "Headers" }, { value: "oauth", label: "OAuth" }],
  modes: [{ value: "perMember", label: "Each person's own", hint: "Everyone connects their own account and acts as themselves." }, { value: "shared", label: "One shared account", hint: "An admin connects it once; everyone uses it." }],
  methods: [{ value: "none", label: "Not at all (public client)" }, { value: "client_secret_basic", label: "Secret in the header (basic)" }, { value: "client_secret_post", label: "Secret in the body (post)" }],
  availabilities: [{ value: "forceOn", label: "Always on", hint: "Nobody can switch it off for themselves." }, { value: "defaultOn", label: "On", hint: "People may switch it off for themselves." }, { value: "defaultOff", label: "Off", hint: "People switch it on when they need it." }],
  rollouts: [{ value: "on", label: "On", hint: "Whoever has access uses it." }, { value: "pilot", label: "Pilot", hint: "Only the people and teams below, and admins." }, { value: "off", label: "Off", hint: "Only admins, to make it ready." }, { value: "dark", label: "Dark", hint: "Nobody, from the next call on." }],
  pilot: "In the pilot", pilotHint: "They need access, too.",
  replaceHeaders: "Replace all headers", keepHeaders: "Keep the old ones", addHeader: "Add a header", headerName: "Name", headerValue: "Value", removeHeader: (name) => `Remove the header ${name || "without a name"}`, headersSet: (names) => `Set: ${names}`,
  oauthMore: "What is not found out by itself", issuer: "Signed in with", callback: "Redirect address to register", redirect: "Register this address at the service.",
  elsewhere: "This leads elsewhere, so keys and sign-ins are not taken along.", elsewhereMore: "When you save, everyone is signed out, and shared keys and headers are forgotten unless you enter them again here.",
  pasteGuard: "That looks like a secret. Put it under API key, not in the name.", badNumber: "Enter a whole number from 1 to 600.", twice: "Each header once, please.", nameMissing: "A header needs a name.",
  summaries: { shared: "one shared account", perMember: "each person's own", keySet: "key set", pinned: "changed tools are held", pilot: (number) => plural(number, "name") },
  conflict: {
    title: (name, ago) => `${name} changed this connection ${ago}`, somebody: "Somebody", text: "Nothing you entered is lost. Look at what changed, choose where you both changed the same, then save.", onlyTheirs: "They changed other fields than you did. Both are kept.",
    was: "It was", theirs: "Theirs", yours: "Yours", use: (field) => `Which ${field}?`, mine: "Keep mine", take: "Take theirs", kept: "taken over", secret: "a new secret", save: "Save with this", goOn: "Go on editing", nothing: "empty", nowhere: "What was changed is not shown here: access, the tool policy, or a secret.", gone: "It was removed meanwhile. What you entered is still on this page, to be copied.",
  },
  danger: {
    disable: "Disable", enable: "Enable", disableText: "Nobody can use it until it is enabled again. Setup, access and accounts stay.", enableText: "It is disabled: nobody can use it.", disconnect: "Disconnect everyone", disconnectText: "Everyone is signed out. Setup and access stay; people reconnect when they need it.",
    remove: "Delete", removeText: "The connection, its access list and all its sign-ins are deleted. The audit log stays.", removeTitle: (name) => `Delete ${name}?`, removeSure: (number) => `${plural(number, "person loses", "people lose")} it and their sign-ins are deleted. The audit log stays.`, removeNone: "Nobody has connected an account. The audit log stays.", removed: (name) => `${name} is deleted.`, catalog: "It is removed in the catalog file.",
  },
};
