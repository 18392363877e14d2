#include "gateway/address_probe.h"

#include <algorithm>
#include <atomic>
#include <future>

#include "support/catch.h"
#include "support/manual_clock.h"
#include "support/upstream_session.h"

using namespace test;
using gateway::AddressProbes;

namespace {

// Looks at a server of our own, which hangs when asked for its tools and when a session of it ends.
struct Looks {
  Looks() {
    web.on_loop([this] {
      oauth = std::make_unique<oauth::Client>(web.loop(), *web.client, clock);
      probes =
          std::make_unique<AddressProbes>(web.loop(), *web.client, *oauth, clock, "https://gate.example");
    });
  }
  ~Looks() {
    web.on_loop([this] { probes->cancel_all(); });
    for (auto& one : answers) one.wait();
    web.on_loop([this] {
      probes.reset();
      oauth.reset();
    });
  }

  // How a look ended: "ok", or the id of what was wrong with the address or thrown.
  Task<std::string> look(std::string asker) {
    std::string id;
    try {
      Url url = parse_url(server.url());
      auto found = co_await probes->probe(std::move(asker), std::move(url), UrlSource::admin);
      id = found.error.empty() ? "ok" : found.error;
    } catch (const Error& error) {
      id = error.id();
    }
    co_return id;
  }
  void begin(const std::string& asker) {
    answers.push_back(std::async(std::launch::async, [this, asker] { return web.run(look(asker)); }));
  }
  bool ends(std::size_t index) { return answers.at(index).wait_for(3s) == std::future_status::ready; }
  void wait_for_lists(int count) {
    const auto limit = Deadline::in(10s);
    while (lists < count && !limit.has_passed()) std::this_thread::yield();
    REQUIRE(lists == count);
  }

  std::atomic<int> lists = 0;
  FakeServer server{server_with([this](Peer& peer, const SeenRequest& request) {
    if (member(request.body, "method") == R"("tools/list")") ++lists;
    peer.wait_until_gone();
  })};
  ManualClock clock;
  Web web;
  std::unique_ptr<oauth::Client> oauth;
  std::unique_ptr<AddressProbes> probes;
  std::vector<std::future<std::string>> answers;
};

}  // namespace

TEST_CASE("a superseded look ends at once, whatever its server does with the farewell", "[gateway]") {
  Looks looks;
  looks.begin("ann");
  looks.wait_for_lists(1);
  looks.begin("ann");
  looks.wait_for_lists(2);
  REQUIRE(looks.ends(0));
  CHECK(looks.answers[0].get() == "superseded");
  looks.answers.erase(looks.answers.begin());
}

TEST_CASE("looks count until they have ended, those of one person as well", "[gateway]") {
  Looks looks;
  // In one turn of the loop none of them can end.
  std::vector<std::string> refused;
  looks.web.on_loop([&] {
    const auto start = [&](const std::string& asker) {
      looks.web.loop().spawn("look",
                             [](Looks& all, std::string who, std::vector<std::string>& ids) -> Task<void> {
                               std::string id = co_await all.look(std::move(who));
                               ids.push_back(std::move(id));
                             }(looks, asker, refused));
    };
    for (const char* asker : {"ann", "ann", "ann", "ann", "bob"}) start(asker);
  });
  looks.wait_for_lists(1);
  looks.web.on_loop([&] { looks.probes->cancel_all(); });
  CHECK(looks.web.run(looks.web.loop().drain(Deadline::in(5s), 1)));
  CHECK(std::ranges::count(refused, "test_busy") == 2);
  CHECK(std::ranges::count(refused, "superseded") == 3);
}
