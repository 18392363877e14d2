#include "http/server_events.h"

#include "base/json.h"
#include "support/builders.h"
#include "support/catch.h"

using namespace patchbay;
using Kind = http::LiveEvent::Kind;

namespace {

std::shared_ptr<gateway::ServedServer> served(const std::string& slug) {
  auto made = std::make_shared<gateway::ServedServer>();
  made->server = a_server(slug);
  return made;
}

std::shared_ptr<gateway::PreparedServer> list_of(const std::vector<std::string>& names,
                                                 const std::string& digest = "d") {
  auto made = std::make_shared<gateway::PreparedServer>();
  for (const auto& name : names) {
    gateway::PreparedTool tool;
    tool.name = name;
    tool.digest = digest;
    made->tools.push_back(std::move(tool));
  }
  return made;
}

gateway::ToolSet::Row row_of(std::shared_ptr<const gateway::ServedServer> server,
                             std::shared_ptr<const gateway::PreparedServer> prepared = nullptr,
                             gateway::Health health = {}) {
  gateway::ToolSet::Row row;
  row.served = std::move(server);
  row.prepared = std::move(prepared);
  row.health = std::move(health);
  return row;
}

struct Watched {
  http::ServerEvents events;
  // "server a ok 2; tools a 2"
  std::string with(std::vector<gateway::ToolSet::Row> rows) {
    gateway::ToolSet set;
    set.rows = std::move(rows);
    std::string said;
    for (const auto& event : events.changes(set)) {
      const Json data = parse_json(event.data);
      if (!said.empty()) said += "; ";
      said += std::string(to_text(event.kind)) + " " + event.server;
      if (event.kind == Kind::server) said += " " + data.at("state").get<std::string>();
      said += " " + dump(data.at("tools"));
    }
    return said;
  }
};

const gateway::Health good{gateway::Health::State::ok, {}, {}, {1}};
const gateway::Health broken{gateway::Health::State::error, "upstream_down", "It is down.", {2}};

}  // namespace

TEST_CASE("a server that comes, is listed, fails and goes is an event each time, and only then", "[http]") {
  Watched watched;
  const auto a = served("a");
  const auto list = list_of({"x", "y"});
  CHECK(watched.with({row_of(a)}) == "server a unknown 0");
  CHECK(watched.with({row_of(a)}).empty());
  CHECK(watched.with({row_of(a, list, good)}) == "server a ok 2; tools a 2");
  CHECK(watched.with({row_of(a, list, good)}).empty());
  CHECK(watched.with({row_of(a, list, broken)}) == "server a error 2");
  CHECK(watched.with({}) == "server a removed 0; tools a 0");
  CHECK(watched.with({}).empty());
}

TEST_CASE("other tools under the same number are an event, the same list again is none", "[http]") {
  Watched watched;
  const auto a = served("a");
  watched.with({row_of(a, list_of({"x"}), good)});
  CHECK(watched.with({row_of(a, list_of({"x"}), good)}).empty());
  CHECK(watched.with({row_of(a, list_of({"x"}, "e"), good)}) == "tools a 1");
  CHECK(watched.with({row_of(a, list_of({"y"}, "e"), good)}) == "tools a 1");
  auto held = list_of({"y"}, "e");
  held->tools[0].held = true;
  CHECK(watched.with({row_of(a, held, good)}) == "tools a 1");
}

TEST_CASE("a change of rules tells of the server as it was, too", "[http]") {
  Watched watched;
  const auto list = list_of({"x"});
  const auto first = served("a");
  watched.with({row_of(first, list, good)});
  CHECK(watched.with({row_of(std::make_shared<gateway::ServedServer>(*first), list, good)}).empty());
  auto other = std::make_shared<gateway::ServedServer>(*first);
  other->server.revision = 2;
  other->server.access = {false, {"bob"}, {}};
  gateway::ToolSet set;
  set.rows = {row_of(other, list, good)};
  const auto events = watched.events.changes(set);
  REQUIRE(events.size() == 2);
  CHECK(events[0].before->server.access.everyone);
  CHECK_FALSE(events[0].now->server.access.everyone);
  CHECK(parse_json(events[0].farewell)["state"] == "removed");
  CHECK(parse_json(events[1].farewell)["tools"] == 0);
}

TEST_CASE("what a catalog that was read anew holds is for admins, that it was for others", "[http]") {
  gateway::CatalogView view;
  view.state = gateway::CatalogState::good;
  auto catalog = std::make_shared<gateway::Catalog>();
  catalog->version = "v";
  catalog->dropped = 2;
  view.catalog = catalog;
  const auto event = http::catalog_event(view);
  CHECK(parse_json(event.data) == parse_json(R"({"state":"good","version":"v","entries":0,"dropped":2})"));
  CHECK(parse_json(event.farewell) == parse_json(R"({"state":"good"})"));
}
