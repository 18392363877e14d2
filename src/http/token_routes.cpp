#include "http/token_routes.h"

#include "base/error.h"
#include "base/json.h"
#include "http/audit_row.h"
#include "http/token_body.h"
#include "http/user_body.h"
#include "store/tokens.h"

namespace patchbay::http {

void TokenRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/tokens", Scope::admin_read,
             [this](const Request& request) { return list(request); });
  routes.add("POST", "/v1/tokens", Scope::admin, [this](const Request& request) { return create(request); });
  routes.add("DELETE", "/v1/tokens/{token}", Scope::admin,
             [this](const Request& request) { return revoke(request); });
}

HttpReply TokenRoutes::list(const Request& request) {
  bearer_.flush_uses();
  Page page(request);
  return tokens_reply(page, store_.read([&](Database& db) {
    return store::list_tokens(db, {page.after(), page.rows()});
  }),
                      clock_.now());
}

HttpReply TokenRoutes::create(const Request& request) {
  refuse_tokens(request.caller);
  require_confirmed(request.caller);
  const auto now = clock_.now();
  const auto wish = read_token_wish(request.json(), now);
  const auto made = store_.transact([&](Database& db) {
    auto token = store::create_token(db, wish, now);
    Event row = change_row(request, "token.create", now, token_changes(wish));
    row.tool = token.token.name;
    record(store_, db, row);
    return token;
  });
  bearer_.reload();
  return new_token_reply(made, now);
}

HttpReply TokenRoutes::revoke(const Request& request) {
  const auto id = store_.transact([&](Database& db) {
    const Token token = store::require_token(db, request.part("token"));
    const bool is_own = request.caller.person && token.user == request.caller.person->id;
    if (!is_own) require_confirmed(request.caller);
    const auto now = clock_.now();
    store::revoke_token(db, token.id, now);
    Changes changes;
    changes.add("revoked_at", token.revoked_at, token.revoked_at.value_or(now));
    Event row = change_row(request, "token.revoke", now, changes);
    row.tool = token.name;
    record(store_, db, row);
    return token.id;
  });
  bearer_.reload();
  hooks_.token_revoked(id);
  return {204, {}, {}};
}

}  // namespace patchbay::http
