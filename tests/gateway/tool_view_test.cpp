#include "gateway/tool_view.h"

#include <nlohmann/json.hpp>

#include "domain/selection.h"
#include "support/builders.h"
#include "support/catch.h"

using namespace patchbay;
using gateway::build_tool_set;
using gateway::prepare_server;
using gateway::ServedServer;
using gateway::SynonymGroups;
using gateway::ToolSet;
using gateway::ToolView;
using nlohmann::json;

namespace {

// A row of a set: a server with tools of these names, each described by its name.
ToolSet::Row a_row(Server server, const std::vector<std::string>& tools, const std::string& description,
                   const std::optional<UserId>& member = std::nullopt) {
  auto served = std::make_shared<ServedServer>();
  served->server = std::move(server);
  served->member = member;
  mcp::ToolList list;
  for (const auto& name : tools) {
    mcp::ToolDefinition tool;
    tool.name = name;
    tool.description = description;
    tool.input_schema = R"({"type":"object"})";
    list.tools.push_back(std::move(tool));
  }
  ToolSet::Row row;
  row.served = served;
  if (!tools.empty()) row.prepared = prepare_server(served, {}, list);
  return row;
}

std::shared_ptr<const ToolSet> a_set(std::vector<ToolSet::Row> rows,
                                     const gateway::RankingIndex* background = nullptr) {
  static const auto synonyms = SynonymGroups::built_in();
  return build_tool_set(std::move(rows), 1, synonyms, background);
}

Caller a_person(const char* id) {
  Person person;
  person.id = UserId(id);
  person.name = id;
  Caller caller;
  caller.scopes = Scope::mcp_read | Scope::mcp_write;
  caller.person = std::make_shared<const Person>(std::move(person));
  return caller;
}

Server server_of(const char* slug, const char* id) {
  Server server = a_server(slug);
  server.id = ServerId(id);
  return server;
}

Server own_of(const char* slug, const char* id, const char* owner) {
  Server server = server_of(slug, id);
  server.owner = UserId(owner);
  server.access = {false, {}, {}};
  return server;
}

Server each_of(const char* slug, const char* id) {
  Server server = server_of(slug, id);
  server.credential_mode = CredentialMode::per_member;
  return server;
}

std::vector<std::string> names(const ToolView& view) {
  std::vector<std::string> names;
  const json page = json::parse(view.list_flat(std::nullopt));
  for (const auto& tool : page.at("tools")) names.push_back(tool.at("name"));
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a person meets the organisation's tools and their own in one list, sorted", "[gateway]") {
  const auto shared = a_set({a_row(server_of("notion", "s1"), {"read", "write"}, "Pages.")});
  const auto own = a_set({a_row(own_of("mine", "s2", "ann"), {"list"}, "Mine."),
                          a_row(own_of("zebra", "s3", "ann"), {"ride"}, "Mine.")});
  const Caller ann = a_person("ann");
  const ToolView view(ann, shared, own);
  CHECK(names(view) ==
        Names{"mcp__mine__list", "mcp__notion__read", "mcp__notion__write", "mcp__zebra__ride"});
  CHECK(view.find_flat("mcp__mine__list").has_value());
  CHECK(view.find_server("mine").has_value());
  const Caller bob = a_person("bob");
  CHECK(names(ToolView(bob, shared, nullptr)) == Names{"mcp__notion__read", "mcp__notion__write"});
  // Even with the wrong set in hand the policy refuses.
  CHECK(names(ToolView(bob, shared, own)) == Names{"mcp__notion__read", "mcp__notion__write"});
  CHECK_FALSE(ToolView(bob, shared, own).find_server("mine"));
}

TEST_CASE("a server reached with one's own account takes the place of the one that wants a connection",
          "[gateway]") {
  const auto shared = a_set({a_row(each_of("crm", "s1"), {}, "")});
  const auto own = a_set({a_row(each_of("crm", "s1"), {"contacts"}, "Customers.", UserId("ann"))});
  const Caller ann = a_person("ann");
  const ToolView view(ann, shared, own);
  REQUIRE(view.find_server("crm"));
  CHECK(view.find_server("crm")->set == own);
  const auto found = view.search("customers contacts", 5);
  REQUIRE(found.size() == 1);
  CHECK(found.front().set == own.get());
  CHECK(view.unlisted() == 0);

  const Caller bob = a_person("bob");
  const ToolView other(bob, shared, nullptr);
  CHECK(other.find_server("crm")->set == shared);
  CHECK(other.unlisted() == 1);
  CHECK(other.search("crm", 5).front().place.tool == ToolSet::whole_server);
}

TEST_CASE("a server that is told who asks is never reached as nobody by a person", "[gateway]") {
  Server told = server_of("told", "s1");
  told.identity_headers = true;
  const auto shared = a_set({a_row(told, {"read", "all"}, "Told.")});
  const auto own = a_set({a_row(told, {"read"}, "Told.", UserId("ann"))});
  const Caller ann = a_person("ann");
  const ToolView view(ann, shared, own);
  CHECK(view.find_flat("mcp__told__read")->set == own);
  CHECK_FALSE(view.find_flat("mcp__told__all"));  // what the server does not show to her
  CHECK_FALSE(ToolView(ann, shared, nullptr).find_flat("mcp__told__read"));
  CHECK_FALSE(ToolView(ann, shared, nullptr).find_server("told"));
  Caller machine;
  machine.scopes = Scope::mcp_read | Scope::mcp_write;
  CHECK(ToolView(machine, shared, nullptr).find_flat("mcp__told__all")->set == shared);
}

TEST_CASE("the organisation's newest rules hold for a server reached with one's own account", "[gateway]") {
  const Server before = each_of("crm", "s1");
  Server after = before;
  after.access = {false, {}, {}};
  const auto own = a_set({a_row(before, {"contacts"}, "Customers.", UserId("ann"))});
  const Caller ann = a_person("ann");
  CHECK(ToolView(ann, a_set({a_row(before, {}, "")}), own).find_server("crm"));
  const ToolView revoked(ann, a_set({a_row(after, {}, "")}), own);
  CHECK_FALSE(revoked.find_server("crm"));
  CHECK(revoked.search("customers contacts", 5).empty());
  CHECK(names(revoked).empty());
  const ToolView gone(ann, a_set({}), own);
  CHECK_FALSE(gone.find_server("crm"));
  CHECK_FALSE(gone.find_flat("mcp__crm__contacts"));
}

TEST_CASE("of two servers of one name the organisation's is meant, where the person may see it",
          "[gateway]") {
  Server hidden = server_of("notes", "s1");
  const auto own = a_set({a_row(own_of("notes", "s2", "ann"), {"read"}, "My notes.")});
  const Caller ann = a_person("ann");
  const auto seen = a_set({a_row(hidden, {"read"}, "The organisation's.")});
  CHECK(ToolView(ann, seen, own).find_server("notes")->set == seen);
  CHECK(ToolView(ann, seen, own).find_flat("mcp__notes__read")->set == seen);
  CHECK(names(ToolView(ann, seen, own)) == Names{"mcp__notes__read"});
  hidden.access = {false, {"bob"}, {}};
  const auto unseen = a_set({a_row(hidden, {"read"}, "The organisation's.")});
  CHECK(ToolView(ann, unseen, own).find_server("notes")->set == own);
  CHECK(ToolView(ann, unseen, own).find_flat("mcp__notes__read")->set == own);
  CHECK(names(ToolView(ann, unseen, own)) == Names{"mcp__notes__read"});
}

TEST_CASE("matches of both sets are weighed alike: the better one comes first", "[gateway]") {
  std::vector<ToolSet::Row> rows;
  for (int i = 0; i < 40; ++i)
    rows.push_back(a_row(server_of(("s" + std::to_string(i)).c_str(), ("id" + std::to_string(i)).c_str()),
                         {"tool" + std::to_string(i)}, "Reads a calendar entry of the team."));
  rows.push_back(
      a_row(server_of("weather", "w"), {"forecast"}, "The weather forecast of tomorrow for a city."));
  const auto shared = a_set(std::move(rows));
  const auto own = a_set({a_row(own_of("mine", "m", "ann"), {"note"}, "Reads a private note."),
                          a_row(own_of("sky", "k", "ann"), {"astronomy"}, "Phases of the moon for a city.")},
                         shared->ranking.get());
  const Caller ann = a_person("ann");
  const ToolView view(ann, shared, own);
  const auto weather = view.search("weather forecast for a city", 3);
  REQUIRE(weather.size() >= 2);
  CHECK(weather.at(0).set == shared.get());
  CHECK(weather.at(0).set->tool(weather.at(0).place).name == "forecast");
  CHECK(weather.at(0).score == 1.0F);
  CHECK(weather.at(1).score < 1.0F);
  const auto moon = view.search("phases of the moon", 3);
  REQUIRE_FALSE(moon.empty());
  CHECK(moon.at(0).set == own.get());
}

TEST_CASE("pages go on where they stopped across both sets", "[gateway]") {
  std::vector<std::string> many;
  for (int i = 0; i < 1200; ++i) many.push_back("t" + std::to_string(10'000 + i));
  const auto shared = a_set({a_row(server_of("b", "s1"), many, "Many.")});
  const auto own = a_set(
      {a_row(own_of("a", "s2", "ann"), {"first"}, "x"), a_row(own_of("c", "s3", "ann"), {"last"}, "x")});
  const Caller ann = a_person("ann");
  const ToolView view(ann, shared, own);
  const json first = json::parse(view.list_flat(std::nullopt));
  const json second = json::parse(view.list_flat(first.at("nextCursor").get<std::string>()));
  CHECK(first.at("tools").size() == 1000);
  CHECK(first.at("tools").at(0).at("name") == "mcp__a__first");
  CHECK(second.at("tools").size() == 202);
  CHECK(second.at("tools").back().at("name") == "mcp__c__last");
  CHECK_FALSE(second.contains("nextCursor"));
}

TEST_CASE("people's pages are told whose a tool is and what holds for it; one tool comes with its own schema",
          "[gateway]") {
  Server shared = server_of("notes", "s1");
  shared.auth = AuthType::api_key;
  shared.policies.named["read"] = ToolPolicy::ask;
  Server hidden = server_of("secret", "s3");
  hidden.access = {false, {}, {}};
  const auto ours = a_set({a_row(shared, {"list", "read"}, "Reads."), a_row(hidden, {"read"}, "x")});
  const auto own = a_set({a_row(own_of("mine", "s2", "ann"), {"read"}, "My own.")});
  const Caller ann = a_person("ann");
  const ToolView view(ann, ours, own);
  const json rows = json::parse(view.list_for_people(std::nullopt)).at("tools");
  REQUIRE(rows.size() == 3);
  CHECK(rows.at(0).at("capability") == "mcp:mine:read");
  CHECK(rows.at(0).at("account") == "none");
  CHECK(rows.at(1).at("policy") == "allow");
  CHECK(rows.at(2).at("policy") == "ask");
  CHECK(rows.at(2).at("account") == "shared");
  CHECK(rows.at(2).at("description") == "Reads.");
  CHECK_FALSE(rows.at(2).contains("input_schema"));
  for (const char* name : {"mcp__notes__read", "mcp:notes:read"})
    CHECK(json::parse(view.describe(name).value()).at("input_schema").at("type") == "object");
  for (const char* name : {"mcp__secret__read", "mcp:secret:read", "mcp:notes:none", "mcp:none:read", ""})
    CHECK_FALSE(view.describe(name));
}
