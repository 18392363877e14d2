#include "base/http_server.h"

#include <atomic>

#include "base/error.h"
#include "support/catch.h"
#include "support/loop_thread.h"

using namespace patchbay;

namespace {

HttpRequest a_get(std::string path) {
  HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers.push_back({"host", "localhost"});
  return request;
}

HttpReply ask(ControlPlane& plane, HttpRequest request) {
  LoopThread on;
  return on.loop.run_on(plane.handle(on.loop, std::move(request)));
}

HttpReply ask_on(LoopThread& on, ControlPlane& plane) {
  return on.loop.run_on(plane.handle(on.loop, a_get("/")));
}

}  // namespace

TEST_CASE("a request reaches the handler as it was and the reply comes back as it was", "[base]") {
  HttpRequest seen;
  ControlPlane plane([&](const HttpRequest& request) {
    seen = request;
    HttpReply reply = HttpReply::json(201, std::string("{\"a\":\0}", 7));
    reply.headers.push_back({"Set-Cookie", "a=1"});
    reply.headers.push_back({"Set-Cookie", "b=2"});
    return reply;
  });
  HttpRequest request = a_get("/v1/things/a%2Fb%ff");
  request.method = "PATCH";
  request.query = "q=%25&x=+";
  request.body = std::string("a\0b", 3);
  request.peer = "10.0.0.1";
  request.headers.push_back({"x-note", "a%0d%0aEvil: 1 100% %41"});
  request.headers.push_back({"accept-encoding", "gzip, br"});
  request.headers.push_back({"expect", "100-continue"});
  const HttpReply reply = ask(plane, request);
  CHECK(seen.method == "PATCH");
  CHECK(seen.path == "/v1/things/a%2Fb%ff");
  CHECK(seen.query == "q=%25&x=+");
  CHECK(seen.body == request.body);
  CHECK(seen.peer == "10.0.0.1");
  CHECK(seen.header("x-note") == "a%0d%0aEvil: 1 100% %41");
  CHECK(seen.header("accept-encoding") == "gzip, br");
  CHECK(reply.status == 201);
  CHECK(reply.body == std::string("{\"a\":\0}", 7));
  int cookies = 0;
  for (const Header& header : reply.headers) {
    cookies += header.name == "Set-Cookie" ? 1 : 0;
    CHECK(header.name != "Content-Length");
    CHECK(header.name != "Content-Encoding");
    CHECK(header.name != "EXCEPTION_WHAT");
  }
  CHECK(cookies == 2);
}

TEST_CASE("large replies, empty replies and those without a type come through", "[base]") {
  ControlPlane plane([](const HttpRequest& request) -> HttpReply {
    if (request.path == "/large") return HttpReply::text(200, std::string(1'000'000, 'x'));
    if (request.path == "/none") return {204, {}, {}};
    return {304, {{"ETag", "\"1\""}}, {}};
  });
  CHECK(ask(plane, a_get("/large")).body.size() == 1'000'000);
  CHECK(ask(plane, a_get("/none")).status == 204);
  CHECK(ask(plane, a_get("/same")).status == 304);
  HttpRequest head = a_get("/large");
  head.method = "HEAD";
  CHECK(ask(plane, head).body.size() == 1'000'000);  // the front writes its length only
}

TEST_CASE("errors and exceptions of a handler become replies", "[base]") {
  ControlPlane plane([](const HttpRequest& request) -> HttpReply {
    if (request.path == "/known") throw Error::not_found("no_server", "There is no such server.");
    throw std::runtime_error("secret words");
  });
  const HttpReply known = ask(plane, a_get("/known"));
  CHECK(known.status == 404);
  CHECK(known.body == R"({"error":"no_server","message":"There is no such server."})");
  const HttpReply unknown = ask(plane, a_get("/unknown"));
  CHECK(unknown.status == 500);
  CHECK(unknown.body == R"({"error":"internal","message":"Something went wrong. The log says more."})");
}

TEST_CASE("a reply header with a line break does not split the reply", "[base]") {
  ControlPlane plane([](const HttpRequest&) {
    return HttpReply{200, {{"X-A", "a\r\nSet-Cookie: x=1"}, {"X B", "1"}, {"X-C", "2"}}, "body"};
  });
  const HttpReply reply = ask(plane, a_get("/"));
  CHECK(reply.body == "body");
  for (const Header& header : reply.headers) CHECK(header.name != "Set-Cookie");
  CHECK(find_header(reply.headers, "X-C") == "2");
}

TEST_CASE("a full queue answers busy at once and loses nobody", "[base]") {
  std::promise<void> let_go;
  auto gate = let_go.get_future().share();
  std::atomic<int> entered = 0;
  ControlPlane plane(
      [&](const HttpRequest&) {
        ++entered;
        gate.wait();
        return HttpReply::text(200, "done");
      },
      {1, 1});
  LoopThread on;
  const auto ask_later = [&] {
    return std::async(std::launch::async, [&] { return on.loop.run_on(plane.handle(on.loop, a_get("/"))); });
  };
  auto working = ask_later();
  while (entered == 0) std::this_thread::yield();
  // Of the next two one waits in the queue and the other, whichever comes second, is refused.
  auto one = ask_later();
  auto other = ask_later();
  while (one.wait_for(std::chrono::seconds(0)) != std::future_status::ready &&
         other.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    std::this_thread::yield();
  let_go.set_value();
  CHECK(working.get().status == 200);
  const int first = one.get().status;
  const int second = other.get().status;
  CHECK(first + second == 200 + 503);
}

TEST_CASE("a control plane that ends lets its handlers finish with the loop and refuses the next", "[base]") {
  LoopThread on;
  std::promise<void> let_go;
  auto gate = let_go.get_future().share();
  std::atomic<int> entered = 0;
  ControlPlane plane([&](const HttpRequest&) {
    ++entered;
    gate.wait();
    on.loop.run_on(on.loop.sleep(std::chrono::milliseconds(1)));
    return HttpReply::text(200, "done");
  });
  auto working = std::async(std::launch::async, [&] { return ask_on(on, plane); });
  while (entered == 0) std::this_thread::yield();
  auto ending = std::async(std::launch::async, [&] { plane.end(); });
  CHECK(working.wait_for(std::chrono::seconds(0)) != std::future_status::ready);
  let_go.set_value();
  CHECK(working.get().status == 200);
  ending.get();
  CHECK(ask_on(on, plane).status == 503);
}
