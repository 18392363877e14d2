#include "http/error_table.h"

#include "base/text.h"
#include "http/error_table_parts.h"

namespace patchbay::http {

namespace {

constexpr ErrorText request_errors[] = {
    {"not_found", 404, "There is nothing at this address, or nothing that you may see.",
     "Check the path and the name in it."},
    {"method_not_allowed", 405, "The address takes other methods; the header Allow names them.",
     "Use one of them."},
    {"no_token", 401, "The request proves nobody, or its token is not known, expired or revoked.",
     "Send Authorization: Bearer with a live token, or sign in."},
    {"unauthenticated", 401, "The MCP endpoint does not know the token.",
     "Send Authorization: Bearer with a live token."},
    {"other_audience", 401, "The token has scopes for MCP alone.",
     "Use a token with catalog:read or admin for the API."},
    {"missing_scope", 403, "The token or role lacks the scope that the route needs.",
     "Ask an admin for a token or a role that has it."},
    {"insufficient_scope", 403, "The token lacks every scope of the MCP endpoint.",
     "Use a token with mcp:read or mcp:write."},
    {"csrf", 403, "A browser's change came without our origin or the session's CSRF token.",
     "Reload the page and try again."},
    {"foreign_origin", 403, "A web page of another site called.",
     "Allow the origin in the configuration, or call without a browser."},
    {"no_person", 403, "The route is about the caller's own things, and this token stands for no person.",
     "Ask with a personal token or a session."},
    {"bad_path", 400, "A part of the path is not valid text.",
     "Percent-encode UTF-8 without control characters."},
    {"bad_parameter", 400, "A query parameter is not what the route takes.",
     "Correct it as the message says."},
    {"repeated_parameter", 400, "A query parameter is there twice.", "Give it once."},
    {"bad_time", 400, "A time is neither RFC 3339 nor an age.",
     "Write 2026-01-02T03:04:05Z, or 15m, 24h, 7d."},
    {"bad_cursor", 400, "The cursor is not one that this list gave.", "Begin without a cursor."},
    {"bad_revision", 400, "If-Match is no revision of ours, or differs from the body's revision.",
     "Send the ETag of the last answer, or one of the two alone."},
    {"precondition_failed", 412,
     "If-Match names another revision than the one that is there: somebody else changed it.",
     "Load it again and repeat the change."},
    {"stale_revision", 409, "The body's revision is not the one that is there: somebody else changed it.",
     "Load it again and repeat the change."},
    {"not_json", 400, "The body is not declared as JSON.", "Send Content-Type: application/json."},
    {"no_body", 400, "The route needs a JSON body.", "Send one; {} where nothing is to be said."},
    {"bad_field", 400, "A field of the body is missing or of the wrong kind.",
     "Correct the field that the message names."},
    {"unknown_field", 400, "The body has a field that the route does not know.", "Leave it out."},
    {"json_syntax", 400, "The body is not strict JSON in UTF-8.",
     "Correct it at the byte that the message names."},
    {"json_depth", 400, "The JSON is nested too deeply.", "Nest it less."},
    {"json_duplicate_key", 400, "A JSON object has a key twice.", "Give each key once."},
    {"json_too_many_keys", 400, "A JSON object has too many keys.", "Send fewer."},
    {"json_too_large", 400, "The JSON text is too large.", "Send less."},
    {"json_type", 400, "A JSON value is of another type than expected.", "Send text there."},
    {"export_too_large", 400, "The audit trail is too long for one answer.",
     "Ask for parts with after and limit, or use the command line."},
    {"verify_busy", 429, "Somebody is having the whole audit trail verified at this moment.",
     "Try again after Retry-After."},
    {"bad_session", 400, "The session given for tools or a selection is not one that can be.",
     "Correct it as the message says."},
    {"not_recorded", 503, "The call could not be recorded, so its result is withheld.",
     "Try again; the log says more."},
    {"too_many_streams", 429, "Too many event streams are open, of one caller or of all.",
     "Close some; try again after Retry-After."},
    {"internal", 500, "Something went wrong that is not yours to correct.", "Try again; the log says more."},
    {"server_busy", 503, "Too many requests wait.", "Try again after Retry-After."},
    {"too_many_connections", 503, "Too many connections are open.", "Try again after Retry-After."},
    {"timeout", 504, "It took too long.", "Try again."},
    {"cancelled", 503, "The request was cancelled.", "Send it again where that was not meant."},
    {"bad_request", 400, "The request is not proper HTTP.", "Correct the client."},
    {"bad_request_line", 400, "The first line is not proper HTTP/1.1.", "Correct the client."},
    {"bad_line_end", 400, "A line of the head does not end in CR LF.", "Correct the client."},
    {"bad_target", 400, "The address in the request line is not valid.", "Correct the client."},
    {"bad_header", 400, "A header's name or value is not valid, or is set by Patchbay itself.",
     "Correct or leave out the header."},
    {"repeated_header", 400, "A header that may come once came twice.", "Send it once."},
    {"bad_host", 400, "The Host header is no host name.", "Correct the client."},
    {"no_host", 400, "The Host header is missing.", "Send it."},
    {"unknown_host", 421, "The Host header names a host that is not this appliance.",
     "Use the public URL, or add the name to the configuration."},
    {"ambiguous_length", 400, "The request has two lengths.", "Send Content-Length or chunks."},
    {"bad_content_length", 400, "Content-Length is no plain number.", "Correct the client."},
    {"unexpected_body", 400, "The method takes no body.", "Leave it out."},
    {"bad_chunk", 400, "A chunk of the body is not valid.", "Correct the client."},
    {"bad_trailer", 400, "A trailer is not valid.", "Correct the client."},
    {"target_too_long", 414, "The address is too long.", "Shorten it."},
    {"head_too_large", 431, "The headers are too large.", "Send fewer or shorter ones."},
    {"too_many_headers", 431, "There are too many header lines.", "Send fewer."},
    {"trailers_too_large", 431, "The trailers are too large.", "Leave them out."},
    {"body_too_large", 413, "The body is larger than the limit.", "Send less."},
    {"content_encoding", 415, "The body is compressed.", "Send it as it is."},
    {"multipart", 415, "Multipart bodies are not taken.", "Send JSON."},
    {"expectation", 417, "The Expect header asks for something unknown.", "Leave it out."},
    {"transfer_encoding", 501, "The body has a transfer coding other than chunked.",
     "Send Content-Length or chunks."},
    {"unknown_method", 501, "The method is not known.", "Use one that the route takes."},
    {"http_version", 505, "The version of HTTP is not spoken here.", "Use HTTP/1.1."},
    {"unsupported_media_type", 415, "The MCP endpoint takes JSON only.",
     "Send Content-Type: application/json."},
    {"not_acceptable", 406, "The client accepts neither JSON nor event streams.",
     "Accept application/json and text/event-stream."},
    {"unsupported_protocol_version", 400,
     "The header MCP-Protocol-Version names a revision that is not spoken here.",
     "Negotiate one with initialize."},
    {"unknown_session", 404, "The MCP session has ended.", "Begin again with initialize."}};

constexpr ErrorText people_errors[] = {
    {"sign_in_failed", 401, "Name and password do not belong together, or the account is disabled.",
     "Try again, or ask an admin for a new link."},
    {"sign_in_later", 429, "There were too many wrong passwords.", "Wait a quarter of an hour."},
    {"sign_in_busy", 429, "Too many people sign in at once.", "Try again after Retry-After."},
    {"wrong_password", 403, "The password that was to confirm the session is wrong.", "Type it again."},
    {"not_confirmed", 403, "The route needs the session's password once more.",
     "POST /v1/session/confirm, then repeat the request."},
    {"password", 400, "A password breaks the rules.", "Choose one as the message says."},
    {"no_session", 400, "There is no such session, or the request does not come from one.",
     "List them with GET /v1/me/sessions; revoke tokens instead."},
    {"no_invite", 404, "The link was used already or is too old.", "Ask an admin for another."},
    {"no_user", 404, "There is no such user.", "GET /v1/users lists them."},
    {"no_team", 404, "There is no such team.", "GET /v1/teams lists them."},
    {"user_name", 400, "The name is not valid for a user.",
     "Use an e-mail address or a word, at most 80 characters."},
    {"user_title", 400, "The title is not valid for a user.", "Use at most 120 characters on one line."},
    {"user_role", 400, "A service account is always a member.", "Give its tokens the scopes they need."},
    {"user_name_taken", 409, "A user has this name already.", "Choose another name."},
    {"team_name", 400, "The name is not valid for a team.",
     "Use at most 24 lower-case letters, digits, - and _."},
    {"team_title", 400, "The title is not valid for a team.", "Use at most 120 characters on one line."},
    {"team_name_taken", 409, "A team has this name already.", "Choose another name."},
    {"own_role", 403, "Nobody changes or ends their own role and access.", "Ask another admin."},
    {"last_admin", 409, "Nobody would be left who may administer.", "Make another person an admin first."},
    {"service_account", 400, "A service account has no password and no invitation.", "Make a token for it."},
    {"disabled_user", 400, "The person is disabled.", "Enable them first."},
    {"personal_token", 403, "People make their own tokens.", "Make a service account for a machine."},
    {"token_makes_token", 403, "An API token makes no other tokens.",
     "Sign in for that, or use: patchbay token create."},
    {"token_name", 400, "The token's name is not valid.", "Use 1 to 100 bytes of plain text."},
    {"token_scope", 400, "The scopes are not known, or more than the owner may have.",
     "Ask for some of mcp:read, mcp:write, catalog:read, admin:read, admin that the owner has."},
    {"token_expiry", 400, "The token would have expired already.", "Choose a time to come."},
    {"token_form", 400, "A token made elsewhere has the wrong form.",
     "Use pbk_ and 43 characters of base64url."},
    {"token_name_taken", 409, "A live token has this name already.", "Revoke it, or choose another name."}};

}  // namespace

std::span<const ErrorGroup> error_groups() {
  static const ErrorGroup groups[] = {
      {"Requests", request_errors},
      {"People, sessions and tokens", people_errors},
      {"Servers and the catalog", server_errors()},
      {"Signing in to servers", oauth_errors()},
      {"Applications that sign in here", app_errors()},
      {"Searches and calls", call_errors()},
      {"The appliance's machine and its command line", machine_errors()},
  };
  return groups;
}

std::string errors_markdown() {
  std::string text =
      "# Errors\n\nA refusal of the API is `{\"error\": id, \"message\": sentence}`; one of a tool call has "
      "the same object as its text. The ids below never change their meaning; `GET /v1/errors` serves this "
      "table. Do not edit it here: `./dev docs` writes it from `src/http/error_table*.cpp`.\n";
  for (const ErrorGroup& group : error_groups()) {
    text +=
        cat("\n## ", group.title, "\n\n| id | status | it means | what to do |\n| --- | --- | --- | --- |\n");
    for (const ErrorText& error : group.errors)
      text += cat("| `", error.id, "` | ", error.status == 0 ? std::string() : cat(error.status), " | ",
                  error.means, " | ", error.remedy, " |\n");
  }
  return text;
}

}  // namespace patchbay::http
