#include "domain/access.h"

#include "domain/profile.h"
#include "domain/rollout.h"
#include "domain/selection.h"
#include "support/catch.h"

using namespace patchbay;

namespace {

Caller with_scopes(Scope scopes) {
  Caller caller;
  caller.scopes = scopes;
  return caller;
}

Caller the_operator() {
  Caller caller;
  caller.proof = Caller::Proof::local_operator;
  return caller;
}

Server open_server() {
  Server server;
  server.slug = "notion";
  server.enabled = true;
  return server;
}

const Caller full = with_scopes(Scope::mcp_read | Scope::mcp_write);

}  // namespace

TEST_CASE("a token sees with the read scope and calls with the write scope only", "[domain]") {
  const Server server = open_server();
  CHECK(decide(with_scopes(Scope::none), server, "t", Use::see).reason == "no_read_scope");
  CHECK(decide(with_scopes(Scope::admin | Scope::catalog_read), server, "t", Use::see).reason ==
        "no_read_scope");
  CHECK(decide(with_scopes(Scope::mcp_read), server, "t", Use::call).reason == "no_write_scope");
  CHECK(decide(with_scopes(Scope::mcp_read), server, "t", Use::see).allowed);
  CHECK(decide(with_scopes(Scope::mcp_write), server, "t", Use::call).allowed);
  CHECK(decide(full, server, "t", Use::call).reason == "everyone");
}

TEST_CASE("a disabled server is refused to all, the operator included", "[domain]") {
  Server server = open_server();
  server.enabled = false;
  CHECK(decide(full, server, "", Use::see).reason == "disabled");
  CHECK(decide(the_operator(), server, "t", Use::call).reason == "disabled");
}

TEST_CASE("R66: a grant to a person or to a team of theirs counts, in any case of letters", "[domain]") {
  Server server = open_server();
  server.access = {false, {"Ann@Example.org"}, {"Ops"}};
  const auto as = [](Person person) {
    Caller caller = full;
    caller.person = std::make_shared<const Person>(std::move(person));
    return caller;
  };
  CHECK(decide(as({{}, "ann@example.org", {}, Role::member, false, {}}), server, "t", Use::call).reason ==
        "person");
  CHECK(decide(as({{}, "bob", {}, Role::member, false, {"data", "ops"}}), server, "t", Use::see).reason ==
        "team");
  const Decision other = decide(as({{}, "bob", {}, Role::admin, false, {"data"}}), server, "t", Use::see);
  CHECK_FALSE(other.allowed);
  CHECK(other.reason == "no_grant");
  Server nobody = server;
  nobody.access = {false, {}, {}};
  CHECK_FALSE(
      decide(as({{}, "ann@example.org", {}, Role::admin, false, {"ops"}}), nobody, "t", Use::see).allowed);
}

TEST_CASE("every rule that decides has words for people", "[domain]") {
  for (const char* reason : {"everyone",       "person",         "team",
                             "operator",       "scope",          "no_grant",
                             "disabled",       "tool_denied",    "tool_not_allowed",
                             "no_read_scope",  "no_write_scope", "own",
                             "not_own",        "dark",           "rollout_off",
                             "not_in_pilot",   "not_selected",   "default_off",
                             "not_in_profile", "not_for_app",    "tool_off"})
    CHECK(explain(reason) != explain("something else"));
}

TEST_CASE("a server that is not for everyone is refused to a token that stands for nobody", "[domain]") {
  Server server = open_server();
  server.access = {false, {"ann"}, {"ops"}};
  const Decision decision = decide(full, server, "t", Use::call);
  CHECK_FALSE(decision.allowed);
  CHECK(decision.reason == "no_grant");
  CHECK(decide(the_operator(), server, "t", Use::call).allowed);
}

TEST_CASE("R83: a denied tool is out of reach for listing and calling, also where it is allowed by name",
          "[domain]") {
  Server server = open_server();
  server.allow = {"read", "write"};
  server.deny = {"write"};
  for (const Use use : {Use::see, Use::call}) {
    CHECK(decide(full, server, "read", use).allowed);
    CHECK(decide(full, server, "write", use).reason == "tool_denied");
    CHECK(decide(full, server, "other", use).reason == "tool_not_allowed");
    CHECK(decide(the_operator(), server, "write", use).reason == "tool_denied");
    CHECK(decide(full, server, "Read", use).reason == "tool_not_allowed");
  }
  CHECK(decide(full, server, "", Use::see).allowed);
}

namespace {

Caller as_person(const char* name, Role role = Role::member, std::vector<std::string> teams = {}) {
  Person person;
  person.id = UserId(name);
  person.name = name;
  person.role = role;
  person.teams = std::move(teams);
  Caller caller = full;
  caller.person = std::make_shared<const Person>(std::move(person));
  return caller;
}

std::string_view reason(const Caller& caller, const Server& server, std::string_view tool = "t") {
  const auto call = decide(caller, server, tool, Use::call);
  CHECK(call.reason == decide(caller, server, tool, Use::see).reason);
  return call.reason;
}

}  // namespace

TEST_CASE("a connector of one person is there for them alone, not even for an admin", "[domain]") {
  Server own = open_server();
  own.owner = UserId("ann");
  CHECK(reason(as_person("ann"), own) == "own");
  CHECK(reason(as_person("bob", Role::admin), own) == "not_own");
  CHECK(reason(full, own) == "not_own");
  CHECK(reason(the_operator(), own) == "not_own");
}

TEST_CASE("the roll-out shuts out whom grants would let in, step by step", "[domain]") {
  Server server = open_server();
  const Caller ann = as_person("ann");
  const Caller ops = as_person("bob", Role::member, {"ops"});
  const Caller admin = as_person("eve", Role::admin);
  const auto at = [&](RolloutState state) { server.rollout = {state, {"ANN"}, {"ops"}}; };
  at(RolloutState::on);
  CHECK(reason(as_person("carl"), server) == "everyone");
  at(RolloutState::pilot);
  CHECK(reason(ann, server) == "everyone");
  CHECK(reason(ops, server) == "everyone");
  CHECK(reason(admin, server) == "everyone");
  CHECK(reason(as_person("carl"), server) == "not_in_pilot");
  CHECK(reason(full, server) == "not_in_pilot");
  at(RolloutState::off);
  CHECK(reason(ann, server) == "rollout_off");
  CHECK(reason(admin, server) == "everyone");
  at(RolloutState::dark);
  for (const Caller& caller : {ann, ops, admin, the_operator()}) CHECK(reason(caller, server) == "dark");
}

TEST_CASE("the roll-out of the appliance counts for every server, and grants nothing", "[domain]") {
  const Server server = open_server();
  Caller ann = as_person("ann");
  ann.rollout = std::make_shared<const Rollout>(Rollout{RolloutState::off, {}, {}});
  CHECK(reason(ann, server) == "rollout_off");
  Caller admin = as_person("eve", Role::admin);
  admin.rollout = ann.rollout;
  Server nobody = server;
  nobody.access = {false, {}, {}};
  CHECK(reason(admin, server) == "everyone");
  CHECK(reason(admin, nobody) == "no_grant");
}

TEST_CASE("a selection narrows, and what is forced on stays", "[domain]") {
  Server server = open_server();
  server.id = ServerId("s1");
  Caller ann = as_person("ann");
  CHECK(reason(ann, server) == "everyone");
  server.availability = Availability::default_off;
  CHECK(reason(ann, server) == "default_off");
  CHECK(reason(full, server) == "everyone");
  ann.selection = std::make_shared<const Selection>(Selection{{"s1"}});
  CHECK(reason(ann, server) == "everyone");
  ann.selection = std::make_shared<const Selection>();
  CHECK(reason(ann, server) == "not_selected");
  server.availability = Availability::default_on;
  CHECK(reason(ann, server) == "not_selected");
  ann.names_server = true;
  CHECK(reason(ann, server) == "everyone");
  ann.names_server = false;
  server.availability = Availability::force_on;
  CHECK(reason(ann, server) == "everyone");
  server.access = {false, {}, {}};
  CHECK(reason(ann, server) == "no_grant");
}

TEST_CASE("of two selections the session's counts, not the person's", "[domain]") {
  Server server = open_server();
  server.id = ServerId("s1");
  Person person;
  person.name = "ann";
  person.selection = std::make_shared<const Selection>();
  Caller ann = full;
  ann.person = std::make_shared<const Person>(std::move(person));
  CHECK(reason(ann, server) == "not_selected");
  ann.selection = std::make_shared<const Selection>(Selection{{"s1"}});
  CHECK(reason(ann, server) == "everyone");
}

TEST_CASE("a profile holds servers and tools, and grants none", "[domain]") {
  Server server = open_server();
  server.id = ServerId("s1");
  Profile profile;
  profile.servers["s1"] = {"read"};
  Caller ann = as_person("ann");
  ann.profile = std::make_shared<const Profile>(profile);
  CHECK(reason(ann, server, "read") == "everyone");
  CHECK(reason(ann, server, "write") == "not_in_profile");
  CHECK(reason(ann, server, "") == "everyone");
  Server other = open_server();
  other.id = ServerId("s2");
  CHECK(reason(ann, other, "") == "not_in_profile");
  server.access = {false, {}, {}};
  CHECK(reason(ann, server, "read") == "no_grant");
  profile.access = {false, {"bob"}, {}};
  CHECK_FALSE(decide(ann, profile).allowed);
  CHECK(decide(as_person("bob"), profile).allowed);
}

TEST_CASE("a tool that is off is not there, and one that asks is, with a question", "[domain]") {
  Server server = open_server();
  server.policies.named = {{"delete", ToolPolicy::off}, {"send", ToolPolicy::ask}};
  CHECK(reason(full, server, "delete") == "tool_off");
  CHECK(decide(full, server, "send", Use::call).asks);
  CHECK(decide(full, server, "send", Use::call).allowed);
  CHECK_FALSE(decide(full, server, "read", Use::call).asks);
  server.policies.otherwise = ToolPolicy::off;
  CHECK(reason(full, server, "read") == "tool_off");
  CHECK(decide(full, server, "send", Use::call).asks);
  server.deny = {"send"};
  CHECK(reason(full, server, "send") == "tool_denied");
}
