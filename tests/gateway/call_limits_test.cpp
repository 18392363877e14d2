#include "gateway/call_limits.h"

#include "support/builders.h"
#include "support/catch.h"

using namespace patchbay;
using gateway::CallLimits;
using gateway::CallLimitSettings;
using namespace std::chrono_literals;

namespace {

Caller a_caller(const char* user, const char* token) {
  Caller caller;
  caller.token = TokenId(token);
  if (user != nullptr) {
    Person person;
    person.id = UserId(user);
    caller.person = std::make_shared<const Person>(std::move(person));
  }
  return caller;
}

const Deadline::Time start{1000h};

}  // namespace

TEST_CASE("without limits nothing is counted", "[gateway]") {
  CallLimits limits{{}};
  const auto server = a_server("notion");
  for (int i = 0; i < 1000; ++i) {
    CallLimits::Place place;
    CHECK(limits.enter(a_caller("ann", "t"), server, start, place).reason.empty());
  }
}

TEST_CASE("a minute's calls are refused from the one too many on, and say when to come again", "[gateway]") {
  CallLimitSettings settings;
  settings.person.per_minute = 6;
  CallLimits limits{settings};
  const auto server = a_server("notion");
  const auto call = [&](const char* user, const char* token, Deadline::Time now) {
    CallLimits::Place place;
    return limits.enter(a_caller(user, token), server, now, place);
  };
  for (int i = 0; i < 6; ++i) CHECK(call("ann", i % 2 == 0 ? "t1" : "t2", start).reason.empty());
  const auto refused = call("ann", "t1", start);
  CHECK(refused.reason == "person_rate");
  CHECK(refused.retry_after == 10s);
  CHECK(call("bob", "t3", start).reason.empty());
  CHECK(call(nullptr, "t4", start).reason.empty());
  CHECK(call("ann", "t1", start + 9s).reason == "person_rate");
  CHECK(call("ann", "t1", start + 10s).reason.empty());
  limits.tick(start + 10min);
  for (int i = 0; i < 6; ++i) CHECK(call("ann", "t1", start + 10min).reason.empty());
  CHECK(call("ann", "t1", start + 10min).reason == "person_rate");
}

TEST_CASE("calls at once are limited until one ends", "[gateway]") {
  CallLimitSettings settings;
  settings.server.at_once = 2;
  settings.token.at_once = 3;
  CallLimits limits{settings};
  const auto notion = a_server("notion");
  auto linear = a_server("linear");
  linear.id = ServerId("other");
  CallLimits::Place first;
  {
    CallLimits::Place second, third;
    CHECK(limits.enter(a_caller("ann", "t1"), notion, start, first).reason.empty());
    CHECK(limits.enter(a_caller("bob", "t2"), notion, start, second).reason.empty());
    CHECK(limits.enter(a_caller("ann", "t1"), notion, start, third).reason == "server_busy");
    CHECK(limits.enter(a_caller("ann", "t1"), linear, start, third).reason.empty());
  }
  CallLimits::Place third, fourth, fifth;
  CHECK(limits.enter(a_caller("ann", "t1"), notion, start, third).reason.empty());
  CHECK(limits.enter(a_caller("ann", "t1"), linear, start, fourth).reason.empty());
  CHECK(limits.enter(a_caller("ann", "t1"), linear, start, fifth).reason == "token_busy");
  limits.tick(start + 1h);
}
