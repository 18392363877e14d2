#include "http/token_body.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "base/url.h"

namespace patchbay::http {
namespace {

constexpr std::int64_t longest_life_days = 36'500;

Json time_or_null(const std::optional<Instant>& at) {
  return at ? Json(to_rfc3339(*at)) : Json();
}

std::string_view state_of(const Token& token, Instant now) {
  if (token.revoked_at) return "revoked";
  return token.expires_at && *token.expires_at <= now ? "expired" : "live";
}

// As the configured public URL is written, so that both can be compared.
std::string audience_of(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  if (text.empty()) return text;
  const Url url = parse_url(text);
  return url.path_and_query == "/" ? url.origin() : url.text();
}

}  // namespace

store::TokenWish read_token_wish(const Json& body, Instant now) {
  Fields fields(body);
  store::TokenWish wish;
  wish.name = fields.text("name");
  std::string words;
  for (const auto& scope : fields.texts("scopes", 8, 32)) words += cat(words.empty() ? "" : " ", scope);
  const auto scopes = parse_scopes(words);
  if (!scopes)
    throw Error::invalid(
        "token_scope",
        "A token's scopes are some of mcp:read, mcp:write, catalog:read and admin, each in quotes.");
  wish.scopes = *scopes;
  wish.audience = audience_of(fields.find_text("audience", 500).value_or(""));
  if (const auto days = fields.find_integer("expires_in_days", 1, longest_life_days))
    wish.expires_at = now + std::chrono::hours(24 * *days);
  if (auto given = fields.find_text("token", 256)) wish.given = Secret(std::move(*given));  // made elsewhere
  fields.refuse_others();
  return wish;
}

Changes token_changes(const store::TokenWish& wish) {
  Changes changes;
  changes.add("name", {}, wish.name);
  changes.add("scopes", {}, to_text(wish.scopes));
  changes.add("audience", {}, wish.audience);
  changes.add("expires_at", {}, wish.expires_at);
  return changes;
}

Json token_json(const Token& token, Instant now) {
  return {{"id", token.id.text()},
          {"name", token.name},
          {"scopes", to_text(token.scopes)},
          {"audience", token.audience.empty() ? Json() : Json(token.audience)},
          {"user", token.user ? Json(token.user->text()) : Json()},
          {"state", state_of(token, now)},
          {"created_at", to_rfc3339(token.created_at)},
          {"expires_at", time_or_null(token.expires_at)},
          {"revoked_at", time_or_null(token.revoked_at)},
          {"last_used_at", time_or_null(token.last_used_at)},
          {"last_client", token.last_client.empty() ? Json() : Json(token.last_client)}};
}

HttpReply tokens_reply(Page& page, std::vector<Token> tokens, Instant now) {
  page.cut(tokens, [](const Token& token) { return token.id.text(); });
  Json list = Json::array();
  for (const Token& token : tokens) list.push_back(token_json(token, now));
  return page.reply("tokens", std::move(list));
}

HttpReply new_token_reply(const store::NewToken& made, Instant now) {
  Json answer = token_json(made.token, now);
  answer["token"] = made.secret.reveal();  // the one time that it is shown
  HttpReply reply = HttpReply::json(201, dump(answer));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

}  // namespace patchbay::http
