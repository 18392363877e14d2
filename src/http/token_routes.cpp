#include "http/token_routes.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "base/url.h"
#include "http/audit_row.h"
#include "store/tokens.h"

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

Json to_json(const Token& token, Instant now) {
  return {{"id", token.id.text()},
          {"name", token.name},
          {"scopes", to_text(token.scopes)},
          {"audience", token.audience.empty() ? Json() : Json(token.audience)},
          {"state", state_of(token, now)},
          {"created_at", to_rfc3339(token.created_at)},
          {"expires_at", time_or_null(token.expires_at)},
          {"revoked_at", time_or_null(token.revoked_at)},
          {"last_used_at", time_or_null(token.last_used_at)},
          {"last_client", token.last_client.empty() ? Json() : Json(token.last_client)}};
}

// As the configured public URL is written, so that both can be compared.
std::string audience_of(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  if (text.empty()) return text;
  const Url url = parse_url(text);
  return url.path_and_query == "/" ? url.origin() : url.text();
}

store::TokenWish read_wish(const Json& body, Instant now) {
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

std::vector<std::string_view> fields_of(const store::TokenWish& wish) {
  std::vector<std::string_view> fields{"name", "scopes"};
  if (!wish.audience.empty()) fields.emplace_back("audience");
  if (wish.expires_at) fields.emplace_back("expires_at");
  return fields;
}

}  // namespace

void TokenRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/tokens", Scope::admin, [this](const Request& request) { return list(request); });
  routes.add("POST", "/v1/tokens", Scope::admin, [this](const Request& request) { return create(request); });
  routes.add("DELETE", "/v1/tokens/{token}", Scope::admin,
             [this](const Request& request) { return revoke(request); });
}

HttpReply TokenRoutes::list(const Request&) {
  bearer_.flush_uses();
  Json tokens = Json::array();
  for (const Token& token : store_.read([](Database& db) { return store::list_tokens(db); }))
    tokens.push_back(to_json(token, clock_.now()));
  return HttpReply::json(200, dump({{"tokens", std::move(tokens)}}));
}

HttpReply TokenRoutes::create(const Request& request) {
  const auto now = clock_.now();
  const auto wish = read_wish(request.json(), now);
  const auto made = store_.transact([&](Database& db) {
    auto token = store::create_token(db, wish, now);
    Event row = change_row(request, "token.create", now, fields_of(wish));
    row.tool = token.token.name;
    record(store_, db, row);
    return token;
  });
  bearer_.reload();
  Json answer = to_json(made.token, now);
  answer["token"] = made.secret.reveal();  // the one time that it is shown
  HttpReply reply = HttpReply::json(201, dump(answer));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

HttpReply TokenRoutes::revoke(const Request& request) {
  const auto id = store_.transact([&](Database& db) {
    const Token token = store::require_token(db, request.part("token"));
    store::revoke_token(db, token.id, clock_.now());
    Event row = change_row(request, "token.revoke", clock_.now(), {"revoked_at"});
    row.tool = token.name;
    record(store_, db, row);
    return token.id;
  });
  bearer_.reload();
  hooks_.token_revoked(id);
  return {204, {}, {}};
}

}  // namespace patchbay::http
