#include "base/stream.h"

#include "support/catch.h"
#include "support/loop_thread.h"

using namespace patchbay;
using namespace std::chrono_literals;

namespace {

// An echo server on a free loopback port; each connection ends with its peer.
struct Echo {
  explicit Echo(Loop& its_loop)
      : loop(its_loop), acceptor(Acceptor::tcp(its_loop, *parse_address("127.0.0.1"), 0, 16)) {
    acceptor->start([this](Stream stream) { loop.spawn("echo", serve(std::move(stream))); });
  }
  static Task<void> serve(Stream stream) {
    char bytes[4096];
    while (const auto got = co_await stream.read_some(bytes, sizeof bytes, Until::in(10s)))
      co_await stream.write({bytes, got}, "", Until::in(10s));
  }
  Loop& loop;
  std::unique_ptr<Acceptor> acceptor;
};

Task<std::string> read_exactly(Stream& stream, std::size_t size) {
  std::string all;
  char bytes[65536];
  while (all.size() < size) {
    const auto got = co_await stream.read_some(bytes, sizeof bytes, Until::in(10s));
    if (got == 0) break;
    all.append(bytes, got);
  }
  co_return all;
}

// Runs `test` with an echo server; the acceptor lives and dies on the loop's thread.
template <class Test>
void with_echo(Test test) {
  LoopThread on;
  std::unique_ptr<Echo> echo;
  on.loop.run_on([](Loop& loop, std::unique_ptr<Echo>& made) -> Task<void> {
    made = std::make_unique<Echo>(loop);
    co_return;
  }(on.loop, echo));
  on.loop.run_on(test(on.loop, echo->acceptor->port()));
  on.loop.run_on([](std::unique_ptr<Echo>& gone) -> Task<void> {
    gone.reset();
    co_return;
  }(echo));
}

std::vector<Address> here() {
  return std::vector<Address>(1, *parse_address("127.0.0.1"));
}

}  // namespace

TEST_CASE("a stream carries bytes both ways, more than a socket buffer at once", "[base]") {
  with_echo([](Loop& loop, std::uint16_t port) -> Task<void> {
    auto stream = co_await Stream::connect(loop, here(), port, Until::in(5s));
    CHECK(stream.peer() == "127.0.0.1");
    const std::string first(300'000, 'a');
    const std::string second(900'000, 'b');
    loop.spawn("write", [](Stream& it, const std::string& a, const std::string& b) -> Task<void> {
      co_await it.write(a, b, Until::in(10s));
    }(stream, first, second));
    const std::string back = co_await read_exactly(stream, first.size() + second.size());
    CHECK(back == first + second);
    CHECK(stream.is_idle_and_open());
  });
}

TEST_CASE("a read ends at its deadline and the stream can be read again", "[base]") {
  with_echo([](Loop& loop, std::uint16_t port) -> Task<void> {
    auto stream = co_await Stream::connect(loop, here(), port, Until::in(5s));
    char byte = 0;
    std::string id;
    try {
      co_await stream.read_some(&byte, 1, Until::in(5ms));
    } catch (const Error& error) {
      id = error.id();
    }
    CHECK(id == "timeout");
    co_await stream.write("x", "", Until::in(5s));
    const auto back = co_await read_exactly(stream, 1);
    CHECK(back == "x");
  });
}

TEST_CASE("a cancelled read ends at once", "[base]") {
  with_echo([](Loop& loop, std::uint16_t port) -> Task<void> {
    auto stream = co_await Stream::connect(loop, here(), port, Until::in(5s));
    CancelSource source;
    loop.spawn("cancel", [](Loop& on, CancelSource it) -> Task<void> {
      co_await on.sleep(2ms);
      it.cancel();
    }(loop, source));
    char byte = 0;
    bool cancelled = false;
    const Until until{Deadline::in(10s), source.token()};
    try {
      co_await stream.read_some(&byte, 1, until);
    } catch (const Error& error) {
      cancelled = error.kind() == Error::Kind::cancelled;
    }
    CHECK(cancelled);
  });
}

TEST_CASE("a port in use is refused with a sentence that names it", "[base]") {
  LoopThread on;
  on.loop.run_on([](Loop& loop) -> Task<void> {
    const auto first = Acceptor::tcp(loop, *parse_address("127.0.0.1"), 0, 16);
    CHECK_THROWS_MATCHES(Acceptor::tcp(loop, *parse_address("127.0.0.1"), first->port(), 16), Error,
                         HasId("listen"));
    co_return;
  }(on.loop));
}

TEST_CASE("nobody listening is a connection that cannot be made", "[base]") {
  LoopThread on;
  std::uint16_t port = 0;
  on.loop.run_on([](Loop& loop, std::uint16_t& free_port) -> Task<void> {
    free_port = Acceptor::tcp(loop, *parse_address("127.0.0.1"), 0, 1)->port();
    co_return;
  }(on.loop, port));
  const auto dial = [](Loop& loop, std::uint16_t to) -> Task<bool> {
    auto stream = co_await Stream::connect(loop, here(), to, Until::in(5s));
    co_return stream.is_open();
  };
  CHECK_THROWS_MATCHES(on.loop.run_on(dial(on.loop, port)), Error, HasId("connect_failed"));
}
