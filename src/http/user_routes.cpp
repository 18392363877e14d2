#include "http/user_routes.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "http/audit_row.h"
#include "http/paging.h"
#include "http/revision.h"
#include "http/token_body.h"
#include "http/user_body.h"
#include "store/access_lists.h"
#include "store/accounts.h"
#include "store/browser_sessions.h"
#include "store/users.h"

namespace patchbay::http {

namespace {

Role role_field(Fields& fields, Role otherwise) {
  const auto word = fields.find_choice("role", {"member", "auditor", "admin"});
  return word ? *parse_role(*word) : otherwise;
}

// Who steals an API token must not be able to make an admin from it.
void may_give(const Caller& caller, Role role) {
  if (role == Role::admin)
    require_person_at_hand(caller);
  else
    require_confirmed(caller);
}

std::vector<TeamId> team_ids(Database& db, const std::vector<std::string>& names) {
  std::vector<TeamId> ids;
  for (const auto& name : names) ids.push_back(store::require_team(db, name).id);
  return ids;
}

std::vector<std::string> names_of(const std::vector<Team>& teams) {
  std::vector<std::string> names;
  for (const Team& team : teams) names.push_back(team.name);
  return names;
}

// A person and their teams, as the trail compares them. An account that is not there has no role either.
struct Standing {
  User user;
  std::vector<std::string> teams;
  bool is_there = false;

  static Standing of(Database& db, const UserId& id) {
    Standing standing;
    standing.user = store::require_user(db, id.text());
    standing.teams = names_of(store::list_teams_of(db, id));
    standing.is_there = true;
    return standing;
  }
};

Changes changes_of(const Standing& before, const Standing& after) {
  const auto word = [](const Standing& one, std::string_view text) {
    return one.is_there ? ChangeValue(text) : ChangeValue();
  };
  Changes changes;
  changes.add("title", before.user.title, after.user.title);
  changes.add("role", word(before, to_text(before.user.role)), word(after, to_text(after.user.role)));
  changes.add("disabled", before.user.disabled_at.has_value(), after.user.disabled_at.has_value());
  changes.add("teams", before.teams, after.teams);
  return changes;
}

}  // namespace

void UserRoutes::add_to(Routes& routes) {
  const auto to = [this](HttpReply (UserRoutes::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/v1/users", Scope::admin_read, to(&UserRoutes::list));
  routes.add("POST", "/v1/users", Scope::admin, to(&UserRoutes::add));
  routes.add("GET", "/v1/users/{user}", Scope::admin_read, to(&UserRoutes::show));
  routes.add("PATCH", "/v1/users/{user}", Scope::admin, to(&UserRoutes::change));
  routes.add("DELETE", "/v1/users/{user}", Scope::admin, to(&UserRoutes::remove));
  routes.add("POST", "/v1/users/{user}/invite", Scope::admin, to(&UserRoutes::invite));
  routes.add("GET", "/v1/users/{user}/tokens", Scope::admin_read, to(&UserRoutes::list_tokens));
  routes.add("POST", "/v1/users/{user}/tokens", Scope::admin, to(&UserRoutes::create_token));
  routes.add("DELETE", "/v1/users/{user}/sessions", Scope::admin, to(&UserRoutes::end_sessions));
  routes.add("POST", "/v1/setup", Scope::admin, to(&UserRoutes::setup));
}

Event UserRoutes::row(const Request& request, std::string_view action, const std::string& whom,
                      const Changes& changes) const {
  Event event = change_row(request, action, clock_.now(), changes);
  event.tool = whom;
  return event;
}

// The value is in the fragment, which no browser sends and no proxy logs.
std::string UserRoutes::link_of(const Secret& invite) const {
  return cat(public_url_, "/welcome#", invite.reveal());
}

HttpReply UserRoutes::list(const Request& request) {
  Page page(request);
  store::UserPage wanted;
  wanted.after = page.after();
  wanted.text = request.query("q").value_or("");
  wanted.limit = page.rows();
  Json users = Json::array();
  store_.read([&](Database& db) {
    auto found = store::list_users(db, wanted);
    page.cut(found, [](const User& user) { return user.name; });
    for (const User& user : found) users.push_back(user_json(user, store::list_teams_of(db, user.id)));
  });
  return page.reply("users", std::move(users));
}

HttpReply UserRoutes::add(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const auto now = clock_.now();
  User user;
  user.id = UserId::create(now);
  user.name = fields.text("name", 200);
  user.title = fields.find_text("title", 200).value_or("");
  user.role = role_field(fields, Role::member);
  user.is_service = fields.find_choice("kind", {"person", "service"}).value_or("person") == "service";
  const auto teams = fields.find_texts("teams", 100, 200).value_or(std::vector<std::string>());
  fields.refuse_others();
  if (user.role != Role::member) may_give(request.caller, user.role);
  user.created_at = user.updated_at = now;
  Secret invite;
  const Json json = store_.transact([&](Database& db) {
    store::add_user(db, user);
    store::put_teams_of(db, user.id, team_ids(db, teams));
    if (!user.is_service) invite = sign_in_.invite(db, user.id);
    record(store_, db, row(request, "user.create", user.name, changes_of({}, Standing::of(db, user.id))));
    return user_json(store::require_user(db, user.id.text()), store::list_teams_of(db, user.id));
  });
  bearer_.reload();
  hooks_.own_changed(user.id);
  Json answer = json;
  if (!invite.empty()) answer["invite_link"] = link_of(invite);
  return entity_reply(request, 201, answer);
}

HttpReply UserRoutes::show(const Request& request) {
  const Json json = store_.read([&](Database& db) {
    const User user = store::require_user(db, request.part("user"));
    return user_json(user, store::list_teams_of(db, user.id));
  });
  return entity_reply(request, 200, json);
}

HttpReply UserRoutes::change(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const auto title = fields.find_text("title", 200);
  const bool has_role = fields.has("role");
  const Role role = role_field(fields, Role::member);
  const auto disabled = fields.find_truth("disabled");
  const auto teams = fields.find_texts("teams", 100, 200);
  const auto revision = fields.find_integer("revision", 1, INT64_MAX);
  fields.refuse_others();
  const Json json = store_.transact([&](Database& db) {
    User user = store::require_user(db, request.part("user"));
    const bool is_self = request.caller.person && request.caller.person->id == user.id;
    // Nobody gives a role to themselves, and nobody locks themselves out by a slip.
    if (is_self && ((has_role && role != user.role) || disabled.value_or(false)))
      throw Error::forbidden("own_role", "Your own role and access are another admin's to change.");
    if (has_role && role != user.role) may_give(request.caller, role);
    const auto before = Standing::of(db, user.id);
    check_revision(request, revision, user.revision);
    if (title) user.title = *title;
    if (has_role) user.role = role;
    if (disabled)
      user.disabled_at = *disabled ? std::optional(user.disabled_at.value_or(clock_.now())) : std::nullopt;
    store::update_user(db, user, clock_.now());
    if (teams) store::put_teams_of(db, user.id, team_ids(db, *teams));
    if (disabled.value_or(false)) store::end_sessions(db, user.id);
    const auto changes = changes_of(before, Standing::of(db, user.id));
    record(store_, db, row(request, "user.change", user.name, changes));
    return user_json(store::require_user(db, user.id.text()), store::list_teams_of(db, user.id));
  });
  bearer_.reload();
  hooks_.access_changed();
  return entity_reply(request, 200, json);
}

HttpReply UserRoutes::remove(const Request& request) {
  UserId gone;
  gateway::SignIns::Revocations revocations;
  const bool lost_grants = store_.transact([&](Database& db) {
    const User user = store::require_user(db, request.part("user"));
    gone = user.id;
    if (request.caller.person && request.caller.person->id == user.id)
      throw Error::forbidden("own_role", "Your own account is another admin's to remove.");
    check_revision(request, std::nullopt, user.revision);
    const auto changes = changes_of(Standing::of(db, user.id), {});
    revocations =
        gateway::SignIns::plan_revocations(db, store_.vault(), store::list_accounts_of(db, user.id));
    store::remove_user(db, user.id);
    record(store_, db, row(request, "user.remove", user.name, changes));
    return record_lost_grants(store_, db, request,
                              store::drop_person_from_access(db, user.name, clock_.now()), clock_.now());
  });
  bearer_.reload();
  if (lost_grants) hooks_.servers_changed();
  hooks_.person_out(gone);
  hooks_.own_changed(gone);
  hooks_.revoke_soon(std::move(revocations));
  return {204, {}, {}};
}

// For a person who has no password yet, or forgot it. Their sessions last until the link is used.
HttpReply UserRoutes::invite(const Request& request) {
  require_person_at_hand(request.caller);
  const Secret invite = store_.transact([&](Database& db) {
    const User user = store::require_user(db, request.part("user"));
    if (user.is_service)
      throw Error::invalid("service_account", "A service account has tokens and no password.");
    if (user.disabled_at)
      throw Error::invalid("disabled_user", "This person is disabled. Enable them first.");
    record(store_, db, row(request, "user.invite", user.name));
    return sign_in_.invite(db, user.id);
  });
  HttpReply reply = HttpReply::json(201, dump({{"invite_link", link_of(invite)}}));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

HttpReply UserRoutes::list_tokens(const Request& request) {
  bearer_.flush_uses();
  Page page(request);
  auto tokens = store_.read([&](Database& db) {
    const User user = store::require_user(db, request.part("user"));
    return store::list_tokens_of(db, user.id, {page.after(), page.rows()});
  });
  return tokens_reply(page, std::move(tokens), clock_.now());
}

// A person's tokens are their own to make: an admin who could would be able to act as them.
HttpReply UserRoutes::create_token(const Request& request) {
  refuse_tokens(request.caller);
  require_confirmed(request.caller);
  const auto now = clock_.now();
  auto wish = read_token_wish(request.json(), now);
  const auto made = store_.transact([&](Database& db) {
    const User user = store::require_user(db, request.part("user"));
    if (!user.is_service)
      throw Error::forbidden("personal_token",
                             "People make their own tokens. Make a service account for a machine.");
    if (!has(scopes_of(user.role), wish.scopes))
      throw Error::invalid("token_scope",
                           "A service account's token has some of mcp:read, mcp:write, catalog:read.");
    wish.user = user.id;
    auto token = store::create_token(db, wish, now);
    record(store_, db,
           row(request, "token.create", cat(user.name, ": ", token.token.name), token_changes(wish)));
    return token;
  });
  bearer_.reload();
  return new_token_reply(made, now);
}

HttpReply UserRoutes::end_sessions(const Request& request) {
  store_.transact([&](Database& db) {
    const User user = store::require_user(db, request.part("user"));
    store::end_sessions(db, user.id);
    record(store_, db, row(request, "session.end_all", user.name));
  });
  return {204, {}, {}};
}

// The link for the first admin, or for one who is locked out together with all others.
HttpReply UserRoutes::setup(const Request& request) {
  require_person_at_hand(request.caller);
  const Secret invite = store_.transact([&](Database& db) {
    record(store_, db, row(request, "setup.link", ""));
    return sign_in_.invite(db, std::nullopt);
  });
  HttpReply reply = HttpReply::json(201, dump({{"setup_link", link_of(invite)}}));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

std::optional<std::string> UserRoutes::first_admin_link() {
  return store_.transact([&](Database& db) -> std::optional<std::string> {
    if (store::has_admin_with_password(db)) return std::nullopt;
    Event event;
    event.at = clock_.now();
    event.actor = event.actor_name = "serve";
    event.action = "setup.link";
    event.outcome = "ok";
    event.remote = "local";
    record(store_, db, event);
    return link_of(sign_in_.invite(db, std::nullopt));
  });
}

}  // namespace patchbay::http
