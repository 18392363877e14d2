#include "http/live_routes.h"

#include <atomic>
#include <future>

#include "base/guarded.h"
#include "store/users.h"
#include "support/catch.h"
#include "support/control_fixture.h"
#include "support/loop_thread.h"

using namespace patchbay;
using namespace std::chrono_literals;
using Kind = http::LiveEvent::Kind;

namespace {

// A client that keeps what it is sent; held, it reads nothing.
class FakeExchange final : public Exchange {
 public:
  FakeExchange(Loop& loop, HttpRequest request) : go_on_(loop), request_(std::move(request)) {}
  const HttpRequest& request() const override { return request_; }
  HttpRequest& request() override { return request_; }
  Task<void> reply(HttpReply) override { co_return; }
  Task<void> start_events(std::vector<Header>) override { co_return; }
  Task<bool> send(std::string_view events) override {
    const Until forever;
    while (held_) co_await go_on_.wait(forever);
    sent_.with([&](std::string& all) { all += events; });
    co_return !gone_.is_cancelled();
  }
  void watch_for_close() override {}
  bool has_answered() const override { return true; }
  CancelToken gone() override { return gone_.token(); }

  std::string sent() const {
    return sent_.with([](const std::string& all) { return all; });
  }
  void hold(bool held) {
    held_ = held;
    go_on_.wake_all();
  }
  void leave() { gone_.cancel(); }

 private:
  Signal go_on_;
  HttpRequest request_;
  Guarded<std::string> sent_;
  CancelSource gone_;
  bool held_ = false;
};

// One stream under way: ends with the test.
class Listening {
 public:
  Listening(LoopThread& on, http::LiveRoutes& routes, HttpRequest request)
      : on_(on), exchange_(on.loop, std::move(request)) {
    auto done = std::make_shared<std::promise<std::string>>();
    ended_ = done->get_future();
    on.loop.post([this, done, &routes] { on_.loop.spawn("test", run(routes, done)); });
  }
  ~Listening() {
    on_loop([this] {
      exchange_.hold(false);
      exchange_.leave();
    });
    if (ended_.valid()) ended_.wait();
  }
  // The id of what it ended with; empty where it just ended.
  std::string end() { return ended_.get(); }
  std::string sent() const { return exchange_.sent(); }
  void wait_for(const std::string& text) {
    const auto deadline = Deadline::in(10s);
    while (sent().find(text) == std::string::npos) {
      if (deadline.has_passed()) throw std::runtime_error("not sent: " + text + " but " + sent());
      std::this_thread::yield();
    }
  }
  void hold(bool held) {
    on_loop([this, held] { exchange_.hold(held); });
  }

 private:
  template <class Function>
  void on_loop(Function function) {
    std::promise<void> done;
    on_.loop.post([&] {
      function();
      done.set_value();
    });
    done.get_future().get();
  }
  Task<void> run(http::LiveRoutes& routes, std::shared_ptr<std::promise<std::string>> done) {
    std::string id;
    try {
      co_await routes.serve(exchange_);
    } catch (const Error& error) {
      id = error.id();
    }
    done->set_value(id);
  }
  LoopThread& on_;
  FakeExchange exchange_;
  std::future<std::string> ended_;
};

http::LiveSettings quick() {
  http::LiveSettings settings;
  settings.look_every = 5ms;
  settings.streams_per_caller = 2;
  settings.streams = 3;
  return settings;
}

struct Fixture : ControlFixture {
  explicit Fixture(http::LiveSettings limits = quick())
      : live(
            on.loop, *store, identity, [](const Caller&, const std::string&) { return nullptr; }, limits) {}
  // What follows the trail ends with its last listener, a moment later.
  ~Fixture() { on.loop.run_on(drain()); }

  LoopThread on;
  http::LiveRoutes live;

  HttpRequest request(const std::string& query = {}, const std::string& token = {}) {
    auto made = request_for("GET", "/v1/events" + query);
    made.headers.push_back({"authorization", "Bearer " + (token.empty() ? admin : token)});
    return made;
  }
  void publish(std::string data, Kind kind = Kind::catalog) {
    on.loop.post([this, data = std::move(data), kind] {
      http::LiveEvent event;
      event.kind = kind;
      event.data = event.farewell = data;
      live.publish(event);
    });
  }
  // A call; where the actor is a person, a search of theirs, which they may see whatever is granted.
  void record(const std::string& tool, const std::string& actor = "operator") {
    store.transact([&](Database& db) {
      Event event = a_call(tool);
      event.actor = actor;
      if (actor != "operator") event.action = "tool.search";
      if (actor != "operator") event.server.clear();
      store::append_event(db, store->vault().audit_chain_key(), event);
    });
  }
  Task<bool> drain() { co_return co_await on.loop.drain(Deadline::in(10s), 1); }
  // The cookie of somebody who has just signed in.
  HttpRequest signed_in(const std::string& name, Role role, UserId& id) {
    const auto value = store.transact([&](Database& db) {
      User user;
      user.id = id = UserId::create(store.clock().now());
      user.name = name;
      user.role = role;
      user.created_at = user.updated_at = store.clock().now();
      store::add_user(db, user);
      return store::start_session(db, user.id, "192.0.2.7", "browser", store.clock().now()).value;
    });
    bearer.reload();
    auto made = request_for("GET", "/v1/events");
    made.headers.push_back({"cookie", "pb=" + std::string(value.reveal())});
    return made;
  }
};

// The id that stands before the last event of this type.
std::string id_before(const std::string& sent, const std::string& type) {
  const auto at = sent.rfind("event: " + type + "\nid: ");
  const auto from = at + type.size() + 12;
  return at == std::string::npos ? std::string() : sent.substr(from, sent.find('\n', from) - from);
}

}  // namespace

TEST_CASE("a stream says hello and then what happens, rows of the trail as the API shows them", "[http]") {
  Fixture fixture;
  fixture.record("before");
  Listening stream(fixture.on, fixture.live, fixture.request());
  stream.wait_for("event: hello\n");
  fixture.record("search");
  stream.wait_for("\"tool\":\"search\"");
  fixture.publish("{\"n\":1}");
  stream.wait_for("event: catalog\nid: ");
  CHECK(stream.sent().find("\"before\"") == std::string::npos);
  CHECK_THAT(stream.sent(), ContainsSubstring("event: audit\nid: "));
  CHECK_THAT(stream.sent(), ContainsSubstring("\"sequence\":2"));
}

TEST_CASE("who comes back with an id is given what was missed, of the trail too", "[http]") {
  Fixture fixture;
  std::string id;
  {
    Listening first(fixture.on, fixture.live, fixture.request());
    first.wait_for("event: hello\n");
    fixture.publish("{\"n\":1}");
    first.wait_for("{\"n\":1}");
    id = id_before(first.sent(), "catalog");
  }
  REQUIRE_FALSE(id.empty());
  fixture.publish("{\"n\":2}");
  fixture.record("missed");
  auto request = fixture.request();
  request.headers.push_back({"last-event-id", id});
  Listening again(fixture.on, fixture.live, request);
  again.wait_for("\"tool\":\"missed\"");
  again.wait_for("{\"n\":2}");
  CHECK(again.sent().find("{\"n\":1}") == std::string::npos);
  CHECK(again.sent().find("event: reset") == std::string::npos);
  Listening by_query(fixture.on, fixture.live, fixture.request("?last_event_id=" + id));
  by_query.wait_for("{\"n\":2}");
}

TEST_CASE("an id of another start, of the future or too old begins anew", "[http]") {
  Fixture fixture;
  Listening first(fixture.on, fixture.live, fixture.request());
  first.wait_for("event: hello\n");
  const auto id = id_before(first.sent(), "hello");
  for (const std::string& old : {std::string("0000-1"), std::string("nonsense"), id + "99"}) {
    Listening again(fixture.on, fixture.live, fixture.request("?last_event_id=" + old));
    again.wait_for("event: reset\n");
  }
  for (int i = 0; i < 2'001; ++i) fixture.publish("{}");
  Listening late(fixture.on, fixture.live, fixture.request("?last_event_id=" + id));
  late.wait_for("event: reset\n");
}

TEST_CASE("a slow reader is cut off once the ring has passed it by, and others are not held up", "[http]") {
  Fixture fixture;
  Listening slow(fixture.on, fixture.live, fixture.request());
  Listening other(fixture.on, fixture.live, fixture.request());
  slow.wait_for("event: hello\n");
  other.wait_for("event: hello\n");
  slow.hold(true);
  for (int i = 0; i < 2'300; ++i) {
    fixture.publish("{\"i\":" + std::to_string(i) + "}");
    if (i % 100 == 99) other.wait_for("{\"i\":" + std::to_string(i) + "}");
  }
  slow.hold(false);
  CHECK(slow.end().empty());
  CHECK(slow.sent().find("{\"i\":2299}") == std::string::npos);
  fixture.publish("{\"last\":true}");
  other.wait_for("{\"last\":true}");
}

TEST_CASE("a listener gets what it asked for only", "[http]") {
  Fixture fixture;
  Listening stream(fixture.on, fixture.live, fixture.request("?types=audit&server=notion"));
  stream.wait_for("event: hello\n");
  fixture.publish("{}");
  fixture.record("wanted");
  stream.wait_for("\"tool\":\"wanted\"");
  CHECK(stream.sent().find("event: catalog") == std::string::npos);
  Listening bad(fixture.on, fixture.live, fixture.request("?types=everything"));
  CHECK(bad.end() == "bad_parameter");
}

TEST_CASE("only those who may listen get a stream, in the words of the API", "[http]") {
  Fixture fixture;
  const auto refusal = [&](HttpRequest request) {
    return Listening(fixture.on, fixture.live, std::move(request)).end();
  };
  CHECK(refusal(fixture.request_for("GET", "/v1/events")) == "no_token");
  CHECK(refusal(fixture.request("", "pbk_nothing")) == "no_token");
  CHECK(refusal(fixture.request("", fixture.make_token("mcp", Scope::mcp_read))) == "other_audience");
  CHECK(refusal(fixture.request("", fixture.reader)) == "missing_scope");
  Listening half(fixture.on, fixture.live,
                 fixture.request("", fixture.make_token("half", Scope::admin_read)));
  half.wait_for("event: hello\n");
}

TEST_CASE("streams are limited for a caller and in all", "[http]") {
  Fixture fixture;
  auto first = std::make_unique<Listening>(fixture.on, fixture.live, fixture.request());
  Listening second(fixture.on, fixture.live, fixture.request());
  first->wait_for("event: hello\n");
  second.wait_for("event: hello\n");
  CHECK(Listening(fixture.on, fixture.live, fixture.request()).end() == "too_many_streams");
  const auto other = fixture.make_token("other", Scope::admin);
  Listening third(fixture.on, fixture.live, fixture.request("", other));
  third.wait_for("event: hello\n");
  CHECK(Listening(fixture.on, fixture.live, fixture.request("", other)).end() == "too_many_streams");
  first.reset();
  Listening again(fixture.on, fixture.live, fixture.request("", other));
  again.wait_for("event: hello\n");
}

TEST_CASE("the end of a token ends its streams at once", "[http]") {
  Fixture fixture;
  fixture.bearer.on_reload([&] { fixture.on.loop.post([&] { fixture.live.callers_changed(); }); });
  const auto token = fixture.make_token("short", Scope::admin);
  Listening mine(fixture.on, fixture.live, fixture.request("", token));
  Listening other(fixture.on, fixture.live, fixture.request());
  mine.wait_for("event: hello\n");
  other.wait_for("event: hello\n");
  fixture.call("DELETE", "/v1/tokens/short", fixture.admin);
  CHECK(mine.end().empty());
  fixture.publish("{\"n\":1}");
  other.wait_for("{\"n\":1}");
  CHECK(mine.sent().find("{\"n\":1}") == std::string::npos);
}

TEST_CASE("the end of a session ends its streams, and a new role begins them anew", "[http]") {
  Fixture fixture;
  fixture.bearer.on_reload([&] { fixture.on.loop.post([&] { fixture.live.callers_changed(); }); });
  UserId ann;
  UserId bob;
  Listening stream(fixture.on, fixture.live, fixture.signed_in("ann", Role::member, ann));
  Listening leaving(fixture.on, fixture.live, fixture.signed_in("bob", Role::member, bob));
  stream.wait_for("event: hello\n");
  leaving.wait_for("event: hello\n");
  fixture.record("foreign");
  fixture.record("own", ann.text());
  stream.wait_for("\"own\"");
  CHECK(fixture.call("PATCH", "/v1/users/ann", fixture.admin, R"({"role":"auditor","revision":1})").status ==
        200);
  stream.wait_for("event: reset\n");
  CHECK(stream.sent().find("\"foreign\"") == std::string::npos);
  fixture.record("visible");
  stream.wait_for("\"visible\"");
  // Nothing but the row in the trail tells of this.
  CHECK(fixture.call("DELETE", "/v1/users/bob/sessions", fixture.admin).status == 204);
  CHECK(leaving.end().empty());
}

TEST_CASE("a quiet stream shows signs of life and does not keep its session alive", "[http]") {
  auto settings = quick();
  settings.keepalive = 20ms;
  Fixture fixture(settings);
  UserId id;
  Listening stream(fixture.on, fixture.live, fixture.signed_in("ann", Role::member, id));
  stream.wait_for(":\n\nid: ");
  fixture.store.clock().advance(31min);
  CHECK(stream.end().empty());
}

TEST_CASE("a trail that went on by more than a look holds is a break, not a flood", "[http]") {
  TestStore store;
  http::AuditTail tail(*store, 5);
  const auto add = [&](int count) {
    store.transact([&](Database& db) {
      for (int i = 0; i < count; ++i)
        store::append_event(db, store->vault().audit_chain_key(), a_call("t" + std::to_string(i)));
    });
  };
  add(3);
  CHECK(tail.look().events.empty());
  add(5);
  auto look = tail.look();
  CHECK(look.events.size() == 5);
  CHECK_FALSE(look.missed);
  CHECK(tail.look().events.empty());
  add(6);
  look = tail.look();
  CHECK(look.missed);
  CHECK(look.events.size() == 5);
  CHECK(look.events.back().tool == "t5");
}
