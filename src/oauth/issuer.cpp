#include "oauth/issuer.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "oauth/pkce.h"
#include "store/apps.h"
#include "store/browser_sessions.h"
#include "store/derivations.h"
#include "store/users.h"

namespace patchbay::oauth {

namespace {

using store::AppSecret;

Issuer::Answer bad_grant(std::string_view reason) {
  return Issuer::Answer::refused("invalid_grant", reason, "This is not good, or no longer. Sign in again.");
}

// The resource that a token request narrows its grant to; all of the grant where it names none.
std::optional<std::string> narrowed(std::string_view public_url, const FormFields& form,
                                    const std::string& granted) {
  const auto asked = form.all("resource");
  if (asked.empty()) return granted;
  const auto resource = read_resource(public_url, asked.front());
  if (asked.size() > 1 || !resource || !covers(granted, *resource)) return std::nullopt;
  return resource;
}

// A page about one server or profile adds to what was let in before; one about everything replaces it.
std::shared_ptr<const Selection> limit_after(const std::shared_ptr<const Selection>& before, bool is_known,
                                             const Issuer::Approval& approval) {
  if (!approval.all) return std::make_shared<const Selection>(approval.servers);
  if (!is_known || !approval.is_partial || !before) return nullptr;
  Selection both = *before;
  auto& ids = both.servers;
  ids.insert(ids.end(), approval.servers.servers.begin(), approval.servers.servers.end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return std::make_shared<const Selection>(std::move(both));
}

Issuer::Answer bad_target() {
  return Issuer::Answer::refused("invalid_target", "invalid_target",
                                 "The resource is not one that this grant is for.");
}

}  // namespace

Issuer::Answer Issuer::Answer::refused(std::string error, std::string_view reason, std::string message) {
  Answer answer;
  answer.error = std::move(error);
  answer.reason = reason;
  answer.message = std::move(message);
  return answer;
}

Issuer::Issuer(const Store& store, const Clock& clock, std::string public_url)
    : clock_(clock),
      public_url_(std::move(public_url)),
      successor_key_(store.vault().derive(derivations::app_refresh)) {}

bool Issuer::is_remembered(const AppGrant& grant, const AuthorizationRequest& request) {
  return request.redirect.kind == RedirectUri::Kind::web && !request.asks_anew &&
         has(grant.scopes, request.scopes) && covers(grant.resource, request.resource);
}

AppGrant Issuer::approve(Database& db, const App& app, const Approval& approval) const {
  const auto now = clock_.now();
  auto known = store::find_app_grant(db, approval.user, app.id, approval.redirect_host);
  AppGrant grant = known.value_or(AppGrant());
  if (!known) {
    grant.id = AppGrantId::create(now);
    grant.app = app.id;
    grant.user = approval.user;
    grant.redirect_host = approval.redirect_host;
    grant.created_at = now;
  }
  grant.servers = limit_after(grant.servers, known.has_value(), approval);
  // What was not asked about this time stays as it was.
  if (!has(approval.asked, Scope::mcp_write))
    grant.scopes = approval.given | (grant.scopes & Scope::mcp_write);
  else
    grant.scopes = approval.given;
  if (grant.resource.empty() || !covers(grant.resource, approval.resource))
    grant.resource = approval.resource;
  grant.updated_at = now;
  store::put_app_grant(db, grant);
  store::note_app_approved(db, app.id, now);
  return grant;
}

Secret Issuer::issue_code(Database& db, const AppGrant& grant, const AuthorizationRequest& request,
                          const SessionId& session) const {
  Secret code = store::new_app_secret(AppSecret::code);
  store::AppCode row;
  row.hash = store::hash_app_secret(AppSecret::code, code.reveal());
  row.grant = grant.id;
  row.redirect_uri = request.redirect_uri;
  row.challenge = request.challenge;
  row.resource = request.resource;
  row.scopes = request.scopes & grant.scopes;
  row.session = session;
  row.expires_at = clock_.now() + code_life;
  store::add_app_code(db, row);
  return code;
}

bool Issuer::is_live_person(Database& db, const UserId& user) const {
  const auto found = store::find_user(db, user);
  return found && !found->disabled_at;
}

void Issuer::add_access(Database& db, const store::AppSignIn& sign_in, Scope scopes,
                        std::string_view resource, Answer& answer) const {
  const auto now = clock_.now();
  const auto life = std::chrono::minutes(store::read_app_settings(db).access_minutes);
  answer.access = store::new_app_secret(AppSecret::access);
  answer.hash = store::hash_app_secret(AppSecret::access, answer.access.reveal());
  answer.scopes = scopes;
  answer.expires_in = std::chrono::seconds(life).count();
  answer.sign_in = sign_in.id;
  store::AppToken token;
  token.hash = answer.hash;
  token.sign_in = sign_in.id;
  token.scopes = scopes;
  token.resource = resource;
  token.created_at = now;
  token.expires_at = now + life;
  store::add_app_token(db, token);
}

Issuer::Answer Issuer::issue(Database& db, const App& app, const store::AppSignIn& sign_in, Scope scopes,
                             std::string_view resource) const {
  Answer answer;
  add_access(db, sign_in, scopes, resource, answer);
  if (!app.may(grant_type::refresh)) return answer;
  const auto now = clock_.now();
  answer.refresh = store::new_app_secret(AppSecret::refresh);
  store::AppToken token;
  token.hash = store::hash_app_secret(AppSecret::refresh, answer.refresh.reveal());
  token.kind = AppSecret::refresh;
  token.sign_in = sign_in.id;
  token.scopes = sign_in.scopes;
  token.resource = sign_in.resource;
  token.created_at = now;
  token.expires_at = now + std::chrono::hours(24 * store::read_app_settings(db).refresh_days);
  store::add_app_token(db, token);
  return answer;
}

// A code is used up by the first who offers it, whoever that is. Offered again, it ends what came of it
// (RFC 6749 §4.1.2).
Issuer::Answer Issuer::redeem_code(Database& db, const App& app, const FormFields& form) const {
  const Secret* presented = form.find("code");
  if (presented == nullptr || presented->empty())
    return Issuer::Answer::refused("invalid_request", "no_code", "A code is needed.");
  if (!store::is_app_secret(AppSecret::code, presented->reveal())) return bad_grant("unknown_code");
  const auto now = clock_.now();
  const auto hash = store::hash_app_secret(AppSecret::code, presented->reveal());
  const auto code = store::find_app_code(db, hash);
  if (!code) return bad_grant("unknown_code");
  if (code->used_at) {
    Answer answer = bad_grant("code_replay");
    if (code->sign_in && store::remove_app_sign_in(db, *code->sign_in))
      answer.ended.push_back(*code->sign_in);
    return answer;
  }
  const Secret* verifier = form.find("code_verifier");
  if (verifier != nullptr && !verifier->empty() && !is_verifier(verifier->reveal()))
    return Issuer::Answer::refused("invalid_request", "bad_verifier",
                                   "The code_verifier must be 43 to 128 letters, digits and - . _ ~");
  store::use_app_code(db, hash, now);
  if (code->expires_at <= now) return bad_grant("expired_code");
  return continue_code(db, app, *code, form);
}

Issuer::Answer Issuer::continue_code(Database& db, const App& app, const store::AppCode& code,
                                     const FormFields& form) const {
  const auto grant = store::find_app_grant(db, code.grant);
  if (!grant || grant->app != app.id) return bad_grant("code_of_another_app");
  const auto redirect = form.text("redirect_uri");
  if (!redirect.empty() && redirect != code.redirect_uri) return bad_grant("other_redirect_uri");
  const Secret* verifier = form.find("code_verifier");
  if (verifier == nullptr || verifier->empty() || !crypto::equal(challenge_of(*verifier), code.challenge))
    return bad_grant("wrong_verifier");
  const auto resource = narrowed(public_url_, form, code.resource);
  if (!resource) return bad_target();
  if (!is_live_person(db, grant->user)) return bad_grant("disabled_user");
  if (!store::has_session(db, code.session)) return bad_grant("session_ended");
  store::AppSignIn sign_in{TokenId::create(clock_.now()), grant->id, code.scopes & grant->scopes,
                           code.resource, clock_.now()};
  store::add_app_sign_in(db, sign_in);
  store::note_code_sign_in(db, code.hash, sign_in.id);
  Answer answer = issue(db, app, sign_in, sign_in.scopes, *resource);
  answer.user = grant->user;
  return answer;
}

// The successor is made from the token itself, so that two who use one token at the same time (a client's two
// processes, or one whose answer was lost) get the same one, and nothing needs to be kept in the clear.
Issuer::Answer Issuer::rotate(Database& db, const store::AppToken& token, const Secret& presented,
                              const store::AppSignIn& sign_in, Answer answer) const {
  const auto now = clock_.now();
  answer.refresh = store::app_secret_of(AppSecret::refresh,
                                        crypto::hmac_sha256(successor_key_.reveal(), presented.reveal()));
  const auto hash = store::hash_app_secret(AppSecret::refresh, answer.refresh.reveal());
  if (token.rotated_at) {
    // After a change of the vault's key within the grace it is another one, which nobody knows.
    if (!crypto::equal(token.successor, hash)) return bad_grant("refresh_reuse");
    return answer;
  }
  store::rotate_app_token(db, token.hash, hash, now);
  store::AppToken next = token;
  next.hash = hash;
  next.created_at = now;
  next.expires_at = now + std::chrono::hours(24 * store::read_app_settings(db).refresh_days);
  next.sign_in = sign_in.id;
  store::add_app_token(db, next);
  return answer;
}

Issuer::Answer Issuer::refresh(Database& db, const App& app, const FormFields& form) const {
  const Secret* presented = form.find("refresh_token");
  if (presented == nullptr || presented->empty())
    return Issuer::Answer::refused("invalid_request", "no_refresh_token", "A refresh_token is needed.");
  if (!store::is_app_secret(AppSecret::refresh, presented->reveal()))
    return bad_grant("unknown_refresh_token");
  const auto now = clock_.now();
  const auto hash = store::hash_app_secret(AppSecret::refresh, presented->reveal());
  const auto token = store::find_app_token(db, AppSecret::refresh, hash);
  const auto sign_in = token ? store::find_app_sign_in(db, token->sign_in) : std::nullopt;
  const auto grant = sign_in ? store::find_app_grant(db, sign_in->grant) : std::nullopt;
  if (!grant) return bad_grant("unknown_refresh_token");
  if (grant->app != app.id) return bad_grant("refresh_of_another_app");
  if (token->expires_at <= now) return bad_grant("expired_refresh_token");
  if (!is_live_person(db, grant->user)) return bad_grant("disabled_user");
  if (token->rotated_at) {
    const auto next = store::find_app_token(db, AppSecret::refresh, token->successor);
    if (!next || next->rotated_at || now > *token->rotated_at + refresh_grace) {
      Answer answer = bad_grant("refresh_reuse");
      if (store::remove_app_sign_in(db, sign_in->id)) answer.ended.push_back(sign_in->id);
      answer.user = grant->user;
      return answer;
    }
  }
  Scope scopes = token->scopes & grant->scopes;
  if (const auto asked = form.text("scope"); !asked.empty()) {
    const auto wanted = read_app_scopes(asked);
    if (!wanted || !has(scopes, *wanted))
      return Issuer::Answer::refused("invalid_scope", "scope_up",
                                     "A refresh cannot bring more than was approved. Sign in again.");
    scopes = *wanted;
  }
  const auto resource = narrowed(public_url_, form, token->resource);
  if (!resource) return bad_target();
  Answer answer = rotate(db, *token, *presented, *sign_in, {});
  if (!answer.error.empty()) return answer;
  add_access(db, *sign_in, scopes, *resource, answer);
  answer.user = grant->user;
  return answer;
}

}  // namespace patchbay::oauth
