#include "http/session_routes.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "http/audit_row.h"
#include "http/paging.h"
#include "http/token_body.h"
#include "http/user_body.h"
#include "store/settings.h"
#include "store/tokens.h"
#include "store/users.h"

namespace patchbay::http {

namespace {

constexpr std::size_t longest_password = 1024;  // of the field; the rule for passwords is stricter

Secret secret_field(Fields& fields, std::string_view name) {
  return Secret(fields.text(name, longest_password));
}

Json session_json(const store::BrowserSession& session, const SessionId& current) {
  return {{"id", session.id.text()},
          {"current", session.id == current},
          {"created_at", to_rfc3339(session.created_at)},
          {"last_seen_at", to_rfc3339(session.last_seen_at)},
          {"expires_at", to_rfc3339(session.expires_at)},
          {"remote", session.remote},
          {"client", session.client}};
}

void never_store(HttpReply& reply) {
  reply.headers.push_back({"Cache-Control", "no-store"});
}

}  // namespace

void SessionRoutes::add_to(Routes& routes) {
  const auto to = [this](HttpReply (SessionRoutes::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("POST", "/v1/session", Needs::nothing(), to(&SessionRoutes::sign_in));
  routes.add("GET", "/v1/session", Scope::self, to(&SessionRoutes::show));
  routes.add("DELETE", "/v1/session", Scope::self, to(&SessionRoutes::sign_out));
  routes.add("POST", "/v1/session/confirm", Scope::self, to(&SessionRoutes::confirm));
  routes.add("POST", "/v1/welcome/look", Needs::nothing(), to(&SessionRoutes::look_at_invite));
  routes.add("POST", "/v1/welcome", Needs::nothing(), to(&SessionRoutes::accept));
  routes.add("GET", "/v1/me", Scope::self, to(&SessionRoutes::show));
  routes.add("PATCH", "/v1/me", Scope::self, to(&SessionRoutes::change));
  routes.add("POST", "/v1/me/password", Scope::self, to(&SessionRoutes::change_password));
  routes.add("GET", "/v1/me/sessions", Scope::self, to(&SessionRoutes::list_sessions));
  routes.add("DELETE", "/v1/me/sessions/{session}", Scope::self, to(&SessionRoutes::end_session));
  routes.add("GET", "/v1/me/tokens", Scope::self, to(&SessionRoutes::list_tokens));
  routes.add("POST", "/v1/me/tokens", Scope::self, to(&SessionRoutes::create_token));
  routes.add("DELETE", "/v1/me/tokens/{token}", Scope::self, to(&SessionRoutes::revoke_token));
}

HttpReply SessionRoutes::signed_in(const Request& request, const oauth::SignIn::SignedIn& who) {
  const auto teams = store_.read([&](Database& db) { return store::list_teams_of(db, who.user.id); });
  Json answer = {{"user", user_json(who.user, teams)},
                 {"csrf", identity_.csrf_token(who.session.session.id)},
                 {"expires_at", to_rfc3339(who.session.session.expires_at)}};
  HttpReply reply = HttpReply::json(200, dump(answer));
  reply.headers.push_back({"Set-Cookie", Identity::cookie(request.http, who.session.value)});
  never_store(reply);
  return reply;
}

HttpReply SessionRoutes::sign_in(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const auto name = fields.text("name", 200);
  const Secret password = secret_field(fields, "password");
  fields.refuse_others();
  return signed_in(request, signing_in_.with_password(request, name, password));
}

HttpReply SessionRoutes::sign_out(const Request& request) {
  if (request.caller.proof != Caller::Proof::session)
    throw Error::invalid("no_session", "This is no browser session; revoke the token instead.");
  store_.transact([&](Database& db) {
    store::end_session(db, require_person(request.caller).id, request.caller.session);
    record(store_, db, audit_row(request, "session.end", clock_.now()));
  });
  HttpReply reply{204, {}, {}};
  reply.headers.push_back({"Set-Cookie", Identity::cookie(request.http, Secret())});
  return reply;
}

// A wrong password of whoever has a session is what an admin looks for, too.
void SessionRoutes::recording_refusal(const Request& request, std::string_view action,
                                      const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::forbidden || error.kind() == Error::Kind::limited)
      refusals_.record(request, audit_row(request, action, clock_.now()), error.id());
    throw;
  }
}

HttpReply SessionRoutes::confirm(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const Secret password = secret_field(fields, "password");
  fields.refuse_others();
  if (request.caller.proof != Caller::Proof::session)
    throw Error::invalid("no_session", "Only a browser session can be confirmed.");
  Secret value;
  recording_refusal(request, "session.confirm", [&] { value = sign_in_.confirm(request.caller, password); });
  HttpReply reply{204, {}, {}};
  reply.headers.push_back({"Set-Cookie", Identity::cookie(request.http, value)});
  never_store(reply);
  return reply;
}

// Whom a link is for, so that the page can greet them. The link's value is in the body: it must not be in a
// log of URLs.
HttpReply SessionRoutes::look_at_invite(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const Secret value = secret_field(fields, "invite");
  fields.refuse_others();
  const auto invite = sign_in_.look_at(value);
  if (!invite)
    throw Error::not_found("no_invite",
                           "This link was used already or is too old. Ask an admin for another.");
  Json answer = {{"first_admin", !invite->user.has_value()}, {"name", nullptr}, {"title", nullptr}};
  if (invite->user) {
    const auto user =
        store_.read([&](Database& db) { return store::require_user(db, invite->user->text()); });
    answer["name"] = user.name;
    answer["title"] = user.title;
  }
  HttpReply reply = HttpReply::json(200, dump(answer));
  never_store(reply);
  return reply;
}

HttpReply SessionRoutes::accept(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const Secret invite = secret_field(fields, "invite");
  const Secret password = secret_field(fields, "password");
  User first_admin;
  first_admin.name = fields.find_text("name", 200).value_or("");
  first_admin.title = fields.find_text("title", 200).value_or("");
  fields.refuse_others();
  oauth::Passwords::check(password);
  const auto who = sign_in_.accept(invite, first_admin, password, request.http.peer, browser_of(request));
  signing_in_.record_begin(request, who, "invite.accept");
  return signed_in(request, who);
}

// What every page needs to know of the appliance.
Json SessionRoutes::appliance_json() const {
  const auto name =
      store_.read([](Database& db) { return store::find_setting(db, store::setting::organisation); });
  return {{"organisation", name && !name->value.empty() ? Json(name->value) : Json()},
          {"public_url", public_url_},
          {"version", PATCHBAY_VERSION}};
}

HttpReply SessionRoutes::show(const Request& request) {
  const Person& person = require_person(request.caller);
  Json answer;
  store_.read([&](Database& db) {
    answer["user"] =
        user_json(store::require_user(db, person.id.text()), store::list_teams_of(db, person.id));
  });
  answer["scopes"] = to_text(request.caller.scopes);
  answer["appliance"] = appliance_json();
  if (request.caller.proof == Caller::Proof::session) {
    answer["csrf"] = identity_.csrf_token(request.caller.session);
    answer["confirmed"] = request.caller.is_confirmed;
  }
  HttpReply reply = HttpReply::json(200, dump(answer));
  never_store(reply);
  return reply;
}

// The title is all that people may change of themselves here.
HttpReply SessionRoutes::change(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const auto title = fields.text("title", 200);
  fields.refuse_others();
  const auto id = require_person(request.caller).id;
  store_.transact([&](Database& db) {
    User user = store::require_user(db, id.text());
    Changes changes;
    changes.add("title", user.title, title);
    user.title = title;
    store::update_user(db, user, clock_.now());
    Event row = change_row(request, "user.change", clock_.now(), changes);
    row.tool = user.name;
    record(store_, db, row);
  });
  bearer_.reload();
  return show(request);
}

HttpReply SessionRoutes::change_password(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const Secret old_password = secret_field(fields, "old_password");
  const Secret new_password = secret_field(fields, "new_password");
  fields.refuse_others();
  require_person(request.caller);
  recording_refusal(request, "user.password", [&] {
    sign_in_.change_password(request.caller, old_password, new_password, [&](Database& db) {
      record(store_, db, audit_row(request, "user.password", clock_.now()));
    });
  });
  return {204, {}, {}};
}

HttpReply SessionRoutes::list_sessions(const Request& request) {
  const auto id = require_person(request.caller).id;
  Page page(request);
  auto found =
      store_.read([&](Database& db) { return store::list_sessions(db, id, clock_.now(), page.after()); });
  page.cut(found, [](const store::BrowserSession& one) { return one.id.text(); });
  Json sessions = Json::array();
  for (const auto& one : found) sessions.push_back(session_json(one, request.caller.session));
  return page.reply("sessions", std::move(sessions));
}

HttpReply SessionRoutes::end_session(const Request& request) {
  const auto id = require_person(request.caller).id;
  store_.transact([&](Database& db) {
    if (!store::end_session(db, id, SessionId(request.part("session"))))
      throw Error::not_found("no_session", "You have no such session.");
    record(store_, db, audit_row(request, "session.end", clock_.now()));
  });
  return {204, {}, {}};
}

HttpReply SessionRoutes::list_tokens(const Request& request) {
  bearer_.flush_uses();
  const auto id = require_person(request.caller).id;
  Page page(request);
  return tokens_reply(page, store_.read([&](Database& db) {
    return store::list_tokens_of(db, id, {page.after(), page.rows()});
  }),
                      clock_.now());
}

HttpReply SessionRoutes::create_token(const Request& request) {
  refuse_tokens(request.caller);
  const auto now = clock_.now();
  const Person& person = require_person(request.caller);
  auto wish = read_token_wish(request.json(), now);
  if (!has(scopes_of(person.role), wish.scopes))
    throw Error::forbidden("token_scope", "Your token cannot do more than you may yourself.");
  if ((wish.scopes & Scope::admin) != Scope::none) require_confirmed(request.caller);
  wish.user = person.id;
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

HttpReply SessionRoutes::revoke_token(const Request& request) {
  const auto id = require_person(request.caller).id;
  const auto token_id = store_.transact([&](Database& db) {
    const auto token = store::find_token(db, TokenId(request.part("token")));
    if (!token || token->user != id) throw Error::not_found("no_token", "You have no such token.");
    const auto now = clock_.now();
    store::revoke_token(db, token->id, now);
    Changes changes;
    changes.add("revoked_at", token->revoked_at, token->revoked_at.value_or(now));
    Event row = change_row(request, "token.revoke", now, changes);
    row.tool = token->name;
    record(store_, db, row);
    return token->id;
  });
  bearer_.reload();
  hooks_.token_revoked(token_id);
  return {204, {}, {}};
}

}  // namespace patchbay::http
