#include "mcp/upstream.h"

#include "base/json_text.h"
#include "base/text.h"
#include "support/catch.h"
#include "support/fake_transport.h"
#include "support/loop_thread.h"

using namespace patchbay;
using namespace patchbay::mcp;
using namespace std::chrono_literals;
using test::FakeTransport;

namespace {

std::int64_t id_in(const std::string& text) {
  return own_id(find_member(text, "id").value_or("")).value_or(0);
}

// An upstream over a fake transport, made, used and dropped on the loop.
struct Fixture {
  LoopThread on;
  std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>();
  std::shared_ptr<Upstream> upstream;

  Fixture() : Fixture(UpstreamSettings{"Notion", 512, {}, 20}) {}
  explicit Fixture(const UpstreamSettings& settings) {
    transport->handler = [](const FakeTransport::Outgoing& message, Until) -> Task<Answer> {
      co_return FakeTransport::result(cat(R"({"echo":)", message.id, "}"));
    };
    run([&](Loop& loop) -> Task<void> {
      upstream = std::make_shared<Upstream>(loop, transport, settings);
      co_return;
    });
  }
  ~Fixture() {
    run([&](Loop&) -> Task<void> {
      upstream.reset();
      co_return;
    });
  }
  template <class Body>
  void run(Body body) {
    on.loop.run_on(body(on.loop));
  }
};

std::string id_of_failure(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.id();
  }
}

// The id of the Error that a task ends with; "" where it ends well.
template <class T>
Task<std::string> outcome(Task<T> task) {
  std::exception_ptr failure;
  try {
    co_await task;
  } catch (const Error&) {
    failure = std::current_exception();
  }
  co_return failure ? id_of_failure(failure) : "";
}

}  // namespace

TEST_CASE("a session begins with the first call, once for all who wait", "[mcp]") {
  Fixture test;
  test.transport->initialize = [&](const auto&, Until until) -> Task<Answer> {
    co_await test.on.loop.sleep(20ms, until.cancel);
    co_return FakeTransport::result(FakeTransport::described);
  };
  int done = 0;
  test.run([&](Loop& loop) -> Task<void> {
    for (int i = 0; i < 10; ++i)
      loop.spawn("call", [](Upstream& upstream, int& count) -> Task<void> {
        const auto answer = co_await upstream.call(method::tools_call, "{}", {}, Until::in(5s));
        CHECK_FALSE(answer.is_error);
        ++count;
      }(*test.upstream, done));
    co_await loop.sleep(200ms);
  });
  CHECK(done == 10);
  CHECK(test.transport->connects == 1);
  CHECK(test.transport->listens == 1);
  CHECK(test.transport->version == "2025-11-25");
  REQUIRE(test.transport->sent.size() == 12);
  CHECK(find_member(*find_member(test.transport->sent[0], "params"), "protocolVersion") == R"("2025-11-25")");
  CHECK(test.transport->sent[1] == R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
}

TEST_CASE("those who wait for a handshake that fails fail with it", "[mcp]") {
  Fixture test;
  int tries = 0;
  test.transport->initialize = [&](const auto&, Until until) -> Task<Answer> {
    ++tries;
    co_await test.on.loop.sleep(20ms, until.cancel);
    throw Error::upstream("upstream_unreachable", "no");
  };
  std::vector<std::string> outcomes;
  test.run([&](Loop& loop) -> Task<void> {
    for (int i = 0; i < 5; ++i)
      loop.spawn("open", [](Upstream& upstream, std::vector<std::string>& all) -> Task<void> {
        all.push_back(co_await outcome(upstream.open(Until::in(5s))));
      }(*test.upstream, outcomes));
    co_await loop.sleep(200ms);
  });
  CHECK(outcomes == std::vector<std::string>(5, "upstream_unreachable"));
  CHECK(tries == 1);
}

TEST_CASE("one caller's lost patience does not fail the others' handshake", "[mcp]") {
  Fixture test;
  int tries = 0;
  test.transport->initialize = [&](const auto&, Until until) -> Task<Answer> {
    ++tries;
    Signal never(test.on.loop);
    const Until limited = until.sooner(Deadline::in(100ms));
    if (tries == 1) require_ready(co_await never.wait(limited));
    co_return FakeTransport::result(FakeTransport::described);
  };
  std::vector<std::string> outcomes;
  test.run([&](Loop& loop) -> Task<void> {
    const auto open = [](Upstream& upstream, std::chrono::milliseconds time,
                         std::vector<std::string>& all) -> Task<void> {
      all.push_back(co_await outcome(upstream.open(Until::in(time))));
    };
    loop.spawn("open", open(*test.upstream, 20ms, outcomes));
    loop.spawn("open", open(*test.upstream, 5s, outcomes));
    co_await loop.sleep(200ms);
  });
  CHECK(outcomes == std::vector<std::string>{"timeout", ""});
  CHECK(tries == 2);
}

TEST_CASE("a server that refuses our newest version is asked for older ones", "[mcp]") {
  Fixture test;
  test.transport->initialize = [&](const auto& message, Until) -> Task<Answer> {
    if (message.text.find("2025-03-26") == std::string::npos)
      co_return FakeTransport::error(R"({"code":-32602,"message":"Unsupported protocol version"})");
    co_return FakeTransport::result(
        R"({"protocolVersion":"2025-03-26","capabilities":{},"serverInfo":{"name":"old"}})");
  };
  test.run([&](Loop&) -> Task<void> { co_await test.upstream->open(Until::in(5s)); });
  CHECK(test.upstream->server().version == "2025-03-26");
  CHECK(test.transport->version == "2025-03-26");
  CHECK(test.transport->listens == 0);
}

TEST_CASE("ids are minted here, one for each request", "[mcp]") {
  Fixture test;
  test.run([&](Loop&) -> Task<void> {
    for (int i = 0; i < 3; ++i) co_await test.upstream->call(method::tools_call, "{}", {}, Until::in(5s));
  });
  CHECK(id_in(test.transport->sent[0]) == 1);
  for (std::size_t i = 2; i < 5; ++i) CHECK(id_in(test.transport->sent[i]) == static_cast<std::int64_t>(i));
}

TEST_CASE("an error of the server's is an answer", "[mcp]") {
  Fixture test;
  test.transport->handler = [](const auto&, Until) -> Task<Answer> {
    co_return FakeTransport::error(R"({"code":-32602,"message":"Unknown tool"})");
  };
  test.run([&](Loop&) -> Task<void> {
    const auto answer = co_await test.upstream->call(method::tools_call, "{}", {}, Until::in(5s));
    CHECK(answer.is_error);
    CHECK(answer.part() == R"({"code":-32602,"message":"Unknown tool"})");
  });
}

TEST_CASE("a session that the server forgot is opened anew once, however many calls meet it", "[mcp]") {
  Fixture test;
  int calls = 0;
  test.transport->handler = [&](const auto& message, Until until) -> Task<Answer> {
    ++calls;
    if (test.transport->connects == 1) {
      co_await test.on.loop.sleep(message.id % 2 ? 5ms : 20ms, until.cancel);
      throw Error::upstream(std::string(session_lost), "gone");
    }
    co_return FakeTransport::result("{}");
  };
  std::vector<std::string> outcomes;
  test.run([&](Loop& loop) -> Task<void> {
    for (int i = 0; i < 6; ++i)
      loop.spawn("call", [](Upstream& upstream, std::vector<std::string>& all) -> Task<void> {
        all.push_back(co_await outcome(upstream.call(method::tools_call, "{}", {}, Until::in(5s))));
      }(*test.upstream, outcomes));
    co_await loop.sleep(200ms);
  });
  CHECK(outcomes == std::vector<std::string>(6, ""));
  CHECK(test.transport->connects == 2);
  CHECK(calls == 12);
}

TEST_CASE("a session that is lost again at once is not tried for ever", "[mcp]") {
  Fixture test;
  int calls = 0;
  test.transport->handler = [&](const auto&, Until) -> Task<Answer> {
    ++calls;
    throw Error::upstream(std::string(session_lost), "gone");
    co_return Answer{};
  };
  test.run([&](Loop&) -> Task<void> {
    const auto ended = co_await outcome(test.upstream->call(method::tools_call, "{}", {}, Until::in(5s)));
    CHECK(ended == session_lost);
  });
  CHECK(calls == 2);
}

TEST_CASE("a call that runs out of time or is cancelled is told to the server under its id", "[mcp]") {
  Fixture test;
  test.transport->handler = [&](const auto&, Until until) -> Task<Answer> {
    Signal never(test.on.loop);
    require_ready(co_await never.wait(until));
    co_return Answer{};
  };
  const bool by_caller = GENERATE(true, false);
  CancelSource source;
  test.run([&](Loop& loop) -> Task<void> {
    loop.spawn("cancel", [](Loop& its_loop, CancelSource& stop) -> Task<void> {
      co_await its_loop.sleep(30ms);
      stop.cancel();
    }(loop, source));
    const Until until = by_caller ? Until{Deadline::in(5s), source.token()} : Until::in(30ms);
    const auto ended = co_await outcome(test.upstream->call(method::tools_call, "{}", {}, until));
    CHECK(ended == (by_caller ? "cancelled" : "upstream_timeout"));
    co_await loop.sleep(20ms);
  });
  REQUIRE(test.transport->sent.size() == 4);
  const auto& told = test.transport->sent[3];
  CHECK(find_member(told, "method") == R"("notifications/cancelled")");
  CHECK(find_member(*find_member(told, "params"), "requestId") == "2");
  CHECK(id_in(test.transport->sent[2]) == 2);
}

TEST_CASE("progress reaches the call it belongs to, and only while it runs", "[mcp]") {
  UpstreamSettings settings{"Notion", 512, {}, 3};
  Fixture test(settings);
  std::vector<std::string> seen;
  test.transport->handler = [&](const auto& message, Until) -> Task<Answer> {
    const auto meta = find_member(*find_member(message.text, "params"), "_meta");
    CHECK(meta.has_value() == (message.id == 2));
    auto* listener = test.transport->listener;
    listener->on_notification(method::progress, R"({"progressToken":999,"progress":1})");
    listener->on_notification(method::progress, R"({"progressToken":"2","progress":1})");
    listener->on_notification(method::progress, R"({"progressToken":1,"progress":1})");
    listener->on_notification(method::progress, "");
    for (int i = 0; i < 10; ++i)
      listener->on_notification(method::progress,
                                cat(R"({"progressToken":)", message.id, R"(,"progress":)", i, "}"));
    co_return FakeTransport::result("{}");
  };
  test.run([&](Loop&) -> Task<void> {
    const auto hook = [&](std::string_view params) { seen.emplace_back(params); };
    co_await test.upstream->call(method::tools_call, R"({"name":"a"})", hook, Until::in(5s));
    co_await test.upstream->call(method::tools_call, R"({"name":"a"})", {}, Until::in(5s));
    test.transport->listener->on_notification(method::progress, R"({"progressToken":2,"progress":9})");
  });
  CHECK(seen.size() == 3);  // as many as settings allow in a second
  CHECK(seen[0] == R"({"progressToken":2,"progress":0})");
}

TEST_CASE("http-141 server_request_sampling: a server's requests are refused, its pings answered", "[mcp]") {
  Fixture test;
  test.run([&](Loop& loop) -> Task<void> {
    co_await test.upstream->open(Until::in(5s));
    auto* listener = test.transport->listener;
    listener->on_request(R"("s1")", "ping", "");
    for (const auto* method : {"sampling/createMessage", "roots/list", "elicitation/create"})
      listener->on_request("7", method, "{}");
    co_await loop.sleep(10ms);
  });
  REQUIRE(test.transport->sent.size() == 6);
  CHECK(test.transport->sent[2] == R"({"jsonrpc":"2.0","id":"s1","result":{}})");
  for (std::size_t i = 3; i < 6; ++i) {
    CHECK(find_member(test.transport->sent[i], "id") == "7");
    CHECK(find_member(*find_member(test.transport->sent[i], "error"), "code") == "-32601");
  }
}

TEST_CASE("list changes are told, other notifications ignored", "[mcp]") {
  Fixture test;
  std::vector<std::string> changed;
  test.run([&](Loop&) -> Task<void> {
    test.upstream->on_list_changed([&](std::string_view method) { changed.emplace_back(method); });
    co_await test.upstream->open(Until::in(5s));
    for (const auto method : {method::tools_list_changed, std::string_view("notifications/message"),
                              method::resources_list_changed})
      test.transport->listener->on_notification(method, "");
  });
  CHECK(changed == std::vector<std::string>{std::string(method::tools_list_changed),
                                            std::string(method::resources_list_changed)});
}

TEST_CASE("all pages of a list are fetched", "[mcp]") {
  Fixture test;
  test.transport->handler = [](const auto& message, Until) -> Task<Answer> {
    const auto cursor = find_member(*find_member(message.text, "params"), "cursor");
    if (!cursor) co_return FakeTransport::result(R"({"tools":[{"name":"a"}],"nextCursor":""})");
    if (cursor == "\"\"") co_return FakeTransport::result(R"({"tools":[{"name":"b"}],"nextCursor":"2\"x"})");
    co_return FakeTransport::result(R"({"tools":[{"name":"c"}]})");
  };
  test.run([&](Loop&) -> Task<void> {
    const auto list = co_await test.upstream->list_tools(Until::in(5s));
    CHECK(list.tools.size() == 3);
    CHECK(list.warnings.empty());
  });
}

TEST_CASE("http-128 pagination_loop: a repeated cursor ends the list, and so does the hundredth page",
          "[mcp]") {
  Fixture test;
  const bool same = GENERATE(true, false);
  int pages = 0;
  test.transport->handler = [&](const auto&, Until) -> Task<Answer> {
    ++pages;
    co_return FakeTransport::result(
        cat(R"({"tools":[{"name":"t)", pages, R"("}],"nextCursor":"c)", same ? 0 : pages, R"("})"));
  };
  test.run([&](Loop&) -> Task<void> {
    const auto list = co_await test.upstream->list_tools(Until::in(5s));
    REQUIRE(list.warnings.size() == 1);
    CHECK(list.warnings[0].reason == (same ? "repeated_cursor" : "too_many_pages"));
  });
  CHECK(pages == (same ? 2 : 100));
}

TEST_CASE("a server without tools has an empty list and is not asked", "[mcp]") {
  Fixture test;
  test.transport->initialize = [](const auto&, Until) -> Task<Answer> {
    co_return FakeTransport::result(R"({"protocolVersion":"2025-11-25","capabilities":{"prompts":{}}})");
  };
  test.run([&](Loop&) -> Task<void> {
    const auto list = co_await test.upstream->list_tools(Until::in(5s));
    CHECK(list.tools.empty());
  });
  CHECK(test.transport->sent.size() == 2);
}

TEST_CASE("no more calls are under way than the settings allow", "[mcp]") {
  UpstreamSettings settings{"Notion", 2, {}, 20};
  Fixture test(settings);
  std::size_t now = 0;
  std::size_t most = 0;
  test.transport->handler = [&](const auto&, Until) -> Task<Answer> {
    most = std::max(most, ++now);
    co_await test.on.loop.sleep(10ms);
    --now;
    co_return FakeTransport::result("{}");
  };
  int done = 0;
  test.run([&](Loop& loop) -> Task<void> {
    for (int i = 0; i < 10; ++i)
      loop.spawn("call", [](Upstream& upstream, int& count) -> Task<void> {
        co_await upstream.call(method::tools_call, "{}", {}, Until::in(5s));
        ++count;
      }(*test.upstream, done));
    co_await loop.sleep(300ms);
  });
  CHECK(done == 10);
  CHECK(most == 2);
}

TEST_CASE("a closed upstream takes no more calls", "[mcp]") {
  Fixture test;
  test.run([&](Loop&) -> Task<void> {
    co_await test.upstream->open(Until::in(5s));
    co_await test.upstream->close(Until::in(5s));
    const auto ended = co_await outcome(test.upstream->call(method::tools_call, "{}", {}, Until::in(5s)));
    CHECK(ended == "upstream_closed");
  });
  CHECK(test.transport->closes == 1);
}
