#include "http/live_event.h"

#include "http/server_events.h"
#include "support/builders.h"
#include "support/catch.h"

using namespace patchbay;
using http::EventRing;
using http::LiveEvent;
using Kind = LiveEvent::Kind;

namespace {

LiveEvent event_of(Kind kind, std::string data = "{}") {
  LiveEvent event;
  event.kind = kind;
  event.data = std::move(data);
  return event;
}

Caller caller_of(Scope scopes, const std::string& name = {}) {
  Caller caller;
  caller.proof = Caller::Proof::session;
  caller.scopes = scopes;
  if (name.empty()) return caller;
  auto person = std::make_shared<Person>();
  person->id = UserId("id of " + name);
  person->name = caller.name = name;
  caller.person = person;
  return caller;
}
Caller member(const std::string& name) {
  return caller_of(scopes_of(Role::member), name);
}

std::shared_ptr<const gateway::ServedServer> served(const std::string& slug, std::vector<std::string> people,
                                                    std::vector<std::string> deny = {}) {
  auto made = std::make_shared<gateway::ServedServer>();
  made->server = a_server(slug);
  made->server.access = {false, std::move(people), {}};
  made->server.deny = std::move(deny);
  return made;
}

http::LiveFilter filter_of(const std::string& query) {
  HttpRequest request;
  request.query = query;
  const Caller nobody;
  return http::LiveFilter::read({request, nobody, {}});
}

LiveEvent call_of(const std::string& owner, const std::string& server, const std::string& tool) {
  LiveEvent event = event_of(Kind::audit, "row");
  event.action = "tool.call";
  event.is_refused = true;
  event.owner = "id of " + owner;
  event.server = server;
  event.tool = tool;
  return event;
}

}  // namespace

TEST_CASE("the ring gives what came after a number, in order", "[http]") {
  EventRing ring("start");
  CHECK(ring.next(0) == nullptr);
  CHECK(ring.reaches(0));
  CHECK_FALSE(ring.reaches(1));
  for (const char* data : {"a", "b", "c"}) ring.add(event_of(Kind::tools, data));
  CHECK(ring.last() == 3);
  REQUIRE(ring.next(0) != nullptr);
  CHECK(ring.next(0)->data == "a");
  CHECK(ring.next(0)->number == 1);
  CHECK(ring.next(2)->data == "c");
  CHECK(ring.next(3) == nullptr);
}

TEST_CASE("the ring forgets the oldest beyond its number and its bytes, and says so", "[http]") {
  EventRing ring("start", 3);
  for (int i = 1; i <= 3; ++i) ring.add(event_of(Kind::tools));
  CHECK(ring.reaches(0));
  ring.add(event_of(Kind::tools));
  CHECK(ring.size() == 3);
  CHECK_FALSE(ring.reaches(0));
  CHECK(ring.next(0) == nullptr);
  CHECK(ring.reaches(1));
  CHECK(ring.next(1)->number == 2);

  EventRing heavy("start", 1000, 10'000);
  for (int i = 0; i < 5; ++i) heavy.add(event_of(Kind::tools, std::string(4'000, 'x')));
  CHECK(heavy.size() == 2);
  heavy.add(event_of(Kind::tools, std::string(50'000, 'x')));  // one alone is always kept
  CHECK(heavy.size() == 1);
  CHECK(heavy.reaches(heavy.last() - 1));
}

TEST_CASE("after a break nobody goes on from before it", "[http]") {
  EventRing ring("start");
  ring.add(event_of(Kind::tools));
  const auto before = ring.last();
  ring.break_off();
  CHECK_FALSE(ring.reaches(before));
  CHECK(ring.reaches(ring.last()));
  ring.add(event_of(Kind::tools, "new"));
  CHECK(ring.next(ring.last() - 1)->data == "new");
}

TEST_CASE("an id means something to the start that gave it only", "[http]") {
  EventRing ring("a1b2");
  ring.add(event_of(Kind::tools));
  CHECK(ring.id_of(1) == "a1b2-1");
  CHECK(ring.number_of("a1b2-1") == 1U);
  for (const char* text :
       {"", "1", "a1b2", "a1b2-", "a1b2-x", "a1b2--1", "a1b3-1", "a1b21", "a1b2-99999999999999999999"})
    CHECK_FALSE(ring.number_of(text));
  CHECK_FALSE(ring.reaches(*ring.number_of("a1b2-7")));  // of the future
}

TEST_CASE("filters choose by type, server and actor; what lacks the field does not match", "[http]") {
  LiveEvent row = event_of(Kind::audit);
  row.server = "notion";
  row.actor = "id";
  row.actor_name = "ci";
  LiveEvent state = event_of(Kind::server);
  state.server = "notion";
  const LiveEvent catalog = event_of(Kind::catalog);
  const auto matched = [&](const std::string& query) {
    const auto filter = filter_of(query);
    return std::string(filter.matches(row) ? "a" : "-") + (filter.matches(state) ? "s" : "-") +
           (filter.matches(catalog) ? "c" : "-");
  };
  CHECK(matched("") == "asc");
  CHECK(matched("types=audit") == "a--");
  CHECK(matched("types=server,%20catalog") == "-sc");
  CHECK(matched("types=tools") == "---");
  CHECK(matched("server=notion") == "as-");
  CHECK(matched("server=linear") == "---");
  CHECK(matched("actor=ci") == "a--");
  CHECK(matched("actor=id") == "a--");
  CHECK(matched("actor=other") == "---");
  for (const char* query : {"types=", "types=audit,", "types=all", "types=hello", "types=audit&types=server"})
    CHECK_THROWS_AS(filter_of(query), Error);
}

TEST_CASE("whoever may read what admins read, and people, may listen", "[http]") {
  CHECK(http::may_listen(caller_of(Scope::admin)));
  CHECK(http::may_listen(caller_of(Scope::admin_read)));
  CHECK(http::may_listen(member("ann")));
  CHECK_FALSE(http::may_listen(caller_of(Scope::mcp_read | Scope::mcp_write)));
  CHECK_FALSE(http::may_listen(caller_of(Scope::catalog_read)));
}

TEST_CASE("a member is shown their own calls of tools that they may use, and nothing of others", "[http]") {
  const auto notion = served("notion", {"ann"}, {"drop"});
  const auto hidden = served("hidden", {"bob"});
  const http::FindServer find = [&](const Caller&, const std::string& slug) {
    return slug == "notion" ? notion : slug == "hidden" ? hidden : nullptr;
  };
  const Caller ann = member("ann");
  const auto sees = [&](const LiveEvent& event) { return shown_to(ann, event, find).has_value(); };
  CHECK(sees(call_of("ann", "notion", "search")));
  CHECK_FALSE(sees(call_of("bob", "notion", "search")));
  // What was refused as if it were not there looks the same here, whether it is there or not.
  CHECK_FALSE(sees(call_of("ann", "hidden", "search")));
  CHECK_FALSE(sees(call_of("ann", "notion", "drop")));
  CHECK_FALSE(sees(call_of("ann", "nowhere", "search")));
  CHECK_FALSE(sees(call_of("ann", "", "")));
  CHECK_FALSE(sees(call_of("ann", "notion", "")));

  LiveEvent looked = call_of("ann", "hidden", "");
  looked.action = "connection.show";
  CHECK_FALSE(sees(looked));
  looked.server = "notion";
  CHECK(sees(looked));
  LiveEvent done = call_of("ann", "hidden", "search");  // when they could still use it
  done.is_refused = false;
  CHECK(sees(done));

  LiveEvent search = event_of(Kind::audit);
  search.action = "tool.search";
  search.owner = "id of ann";
  CHECK(sees(search));
  search.owner = "ann";  // a token of the appliance may be called like a person
  CHECK_FALSE(sees(search));

  const Caller auditor = caller_of(scopes_of(Role::auditor), "carl");
  CHECK(shown_to(auditor, call_of("bob", "hidden", "x"), find) == "row");
}

TEST_CASE("a member is shown the state of servers that they may use, and the end of those that they could",
          "[http]") {
  const http::FindServer find = [](const Caller&, const std::string&) { return nullptr; };
  LiveEvent event = event_of(Kind::server, "state");
  event.farewell = "removed";
  event.now = served("notion", {"ann"});
  CHECK(shown_to(member("ann"), event, find) == "state");
  CHECK_FALSE(shown_to(member("bob"), event, find));
  CHECK(shown_to(caller_of(Scope::admin_read), event, find) == "state");

  event.before = std::exchange(event.now, served("notion", {"bob"}));
  CHECK(shown_to(member("ann"), event, find) == "removed");
  CHECK(shown_to(member("bob"), event, find) == "state");
  event.now = nullptr;
  CHECK(shown_to(member("ann"), event, find) == "removed");
  CHECK_FALSE(shown_to(member("bob"), event, find));

  LiveEvent catalog = event_of(Kind::catalog, "all");
  catalog.farewell = "little";
  CHECK(shown_to(member("ann"), catalog, find) == "little");
  CHECK(shown_to(caller_of(Scope::admin), catalog, find) == "all");
}

TEST_CASE("what is one person's own concerns them alone, not even an admin", "[http]") {
  const http::FindServer find = [](const Caller&, const std::string&) { return nullptr; };
  const auto event = http::own_tools_event("id of ann");
  CHECK(shown_to(member("ann"), event, find));
  CHECK_FALSE(shown_to(member("bob"), event, find));
  CHECK_FALSE(shown_to(caller_of(Scope::admin), event, find));
}
