#include "http/route.h"

#include "base/json.h"

#include "support/catch.h"

using namespace patchbay;
using http::Needs;
using http::Request;
using http::Routes;

namespace {

HttpReply say(std::string text) {
  return HttpReply::text(200, std::move(text));
}

// "Bearer catalog" proves a caller with catalog:read, "Bearer admin" one with admin.
std::optional<Caller> authenticate(const HttpRequest& request, std::vector<Header>& owed) {
  const auto token = request.header("authorization");
  if (!token) return std::nullopt;
  if (*token != "Bearer catalog" && *token != "Bearer admin")
    throw Error::unauthenticated("bad_token", "This token is not valid.");
  Caller caller;
  caller.name = token->substr(7);
  owed.push_back({"X-Owed", caller.name});
  caller.scopes = *token == "Bearer admin" ? Scope::admin : Scope::catalog_read;
  return caller;
}

Routes some_routes() {
  Routes routes(authenticate);
  routes.add("GET", "/assets/{file*}", Needs::nothing(),
             [](const Request& r) { return say("file " + r.part("file")); });
  routes.add("GET", "/v1/servers/{id}", Scope::catalog_read,
             [](const Request& r) { return say("one " + r.part("id")); });
  routes.add("GET", "/v1/servers/all", Scope::catalog_read, [](const Request&) { return say("all"); });
  routes.add("PATCH", "/v1/servers/{id}", Scope::admin, [](const Request& r) { return say(r.caller.name); });
  routes.add("POST", "/v1/servers/{id}/tools/{tool}", Scope::admin,
             [](const Request& r) { return say(r.part("tool")); });
  routes.add("GET", "/v1/find", Needs::nothing(),
             [](const Request& r) { return say(r.query("q").value_or("absent")); });
  routes.add("GET", "/v1/page", Needs::nothing(),
             [](const Request& r) { return say(std::to_string(r.number("limit", 7, 100))); });
  routes.add("POST", "/v1/json", Needs::nothing(), [](const Request& r) { return say(dump(r.json())); });
  routes.add("GET", "/v1/broken", Needs::nothing(),
             [](const Request&) -> HttpReply { throw std::runtime_error("secret words"); });
  return routes;
}

HttpReply ask(std::string method, std::string path, std::string token = {}, std::string query = {}) {
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.query = std::move(query);
  if (!token.empty()) request.headers.push_back({"authorization", "Bearer " + token});
  return some_routes().handle(request);
}

}  // namespace

TEST_CASE("a caller who may not is refused before the handler runs", "[http]") {
  const HttpReply nobody = ask("PATCH", "/v1/servers/a");
  CHECK(nobody.status == 401);
  CHECK(find_header(nobody.headers, "WWW-Authenticate") == "Bearer");
  CHECK(ask("PATCH", "/v1/servers/a", "wrong").status == 401);
  CHECK(ask("PATCH", "/v1/servers/a", "catalog").status == 403);
  CHECK(ask("GET", "/v1/servers/a", "admin").status == 403);
  CHECK(ask("PATCH", "/v1/servers/a", "admin").body == "admin");
}

TEST_CASE("R100: a known caller who may not is told of before the answer, by the route and not by its ids",
          "[http]") {
  Routes routes = some_routes();
  std::vector<std::string> told;
  routes.on_refused([&](const HttpRequest&, const Caller& caller, std::string_view what, const Error& why) {
    told.push_back(caller.name + " " + std::string(what) + " " + why.id());
  });
  const auto status = [&](std::string method, std::string path, const std::string& token) {
    HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    if (!token.empty()) request.headers.push_back({"authorization", "Bearer " + token});
    return routes.handle(request).status;
  };
  CHECK(status("PATCH", "/v1/servers/secret-name", "catalog") == 403);
  CHECK(status("GET", "/v1/nothing/secret-name", "catalog") == 403);
  CHECK(told ==
        std::vector<std::string>{"catalog PATCH /v1/servers/{id} missing_scope", "catalog  missing_scope"});
  CHECK(status("PATCH", "/v1/servers/a", "") == 401);
  CHECK(status("PATCH", "/v1/servers/a", "admin") == 200);
  CHECK(told.size() == 2);
}

TEST_CASE("a route without an answer to who may call it cannot be made", "[http]") {
  Routes routes(authenticate);
  CHECK_THROWS_AS(routes.add("GET", "/v1/x", Scope::none, {}), std::logic_error);
  CHECK_THROWS_AS(routes.add("GET", "v1/x", Scope::admin, {}), std::logic_error);
  CHECK_THROWS_AS(routes.add("GET", "/v1/{rest*}/x", Scope::admin, {}), std::logic_error);
  routes.add("GET", "/v1/x", Scope::admin, {});
  CHECK_THROWS_AS(routes.add("GET", "/v1/x", Scope::admin, {}), std::logic_error);
}

TEST_CASE("a path finds its route, plain words first", "[http]") {
  CHECK(ask("GET", "/v1/servers/all", "catalog").body == "all");
  CHECK(ask("GET", "/v1/servers/other", "catalog").body == "one other");
  CHECK(ask("HEAD", "/v1/servers/other", "catalog").body == "one other");
  CHECK(ask("POST", "/v1/servers/a/tools/b", "admin").body == "b");
  CHECK(ask("GET", "/assets/a/b.js").body == "file a/b.js");
}

TEST_CASE("what is not there is 404 and what is there otherwise 405, in JSON", "[http]") {
  for (const char* path : {"/", "/v1", "/v1/servers", "/v1/servers/", "/v1/servers/a/", "/v1/servers/a/tools",
                           "/assets", "/assets/"}) {
    INFO(path);
    CHECK(ask("GET", path, "admin").status == 404);
  }
  const HttpReply wrong = ask("DELETE", "/v1/servers/a", "catalog");
  CHECK(wrong.status == 405);
  CHECK(find_header(wrong.headers, "Allow") == "GET, HEAD, PATCH");
  CHECK_THAT(wrong.body, ContainsSubstring("{\"error\":\"method_not_allowed\""));
  CHECK(ask("PATCH", "/v1/servers/all", "catalog").status == 405);
  CHECK(ask("PUT", "/v1/find").status == 405);
}

TEST_CASE("what is not there in the API is refused like what is, to all but those who administer", "[http]") {
  for (const char* path : {"/v1/nowhere", "/v1/servers", "/v1/servers/a/nothing"}) {
    INFO(path);
    CHECK(ask("GET", path).status == 401);
    CHECK(ask("POST", path, "catalog").status == 403);
    CHECK(ask("DELETE", path, "admin").status == 404);
  }
  CHECK(ask("GET", "/v1/me/nothing").status == 401);
  CHECK(ask("GET", "/nowhere").status == 404);
}

TEST_CASE("which methods there are is said to those who may use one", "[http]") {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "PROPFIND"}) {
    INFO(method);
    CHECK(ask(method, "/v1/servers/a").status == 401);
    CHECK(ask(method, "/v1/servers/a", "wrong").status == 401);
    CHECK(ask(method, "/v1/servers/a/tools/b", "catalog").status == 403);
    CHECK(ask(method, "/v1/servers/a/tools/b", "admin").status == 405);
  }
}

TEST_CASE("what proving a caller owes the answer is in it, whatever it says", "[http]") {
  CHECK(find_header(ask("PATCH", "/v1/servers/a", "admin").headers, "X-Owed") == "admin");
  CHECK(find_header(ask("PATCH", "/v1/servers/a", "catalog").headers, "X-Owed") == "catalog");
  CHECK_FALSE(find_header(ask("PATCH", "/v1/servers/a").headers, "X-Owed"));
}

TEST_CASE("parts of a path are decoded and checked", "[http]") {
  CHECK(ask("GET", "/v1/servers/a%2Fb%20c", "catalog").body == "one a/b c");
  CHECK(ask("GET", "/v1/servers/%ff%fe", "catalog").status == 400);
  CHECK(ask("GET", "/v1/servers/a%0db", "catalog").status == 400);
  CHECK(ask("GET", "/v1/servers/a%00", "catalog").status == 400);
  CHECK(ask("GET", "/v1/servers/%ff%fe").status == 401);
}

TEST_CASE("values of the query are decoded, single and checked", "[http]") {
  CHECK(ask("GET", "/v1/find").body == "absent");
  CHECK(ask("GET", "/v1/find", "", "x=1&q=a%26b+c%2B&qq=2").body == "a&b c+");
  CHECK(ask("GET", "/v1/find", "", "q").body.empty());
  CHECK(ask("GET", "/v1/find", "", "q=1&q=2").status == 400);
  CHECK(ask("GET", "/v1/find", "", "q=%ff").status == 400);
  CHECK(ask("GET", "/v1/page").body == "7");
  CHECK(ask("GET", "/v1/page", "", "limit=99").body == "99");
  CHECK(ask("GET", "/v1/page", "", "limit=100").body == "100");
  CHECK(ask("GET", "/v1/page", "", "limit=101").status == 400);
  CHECK(ask("GET", "/v1/page", "", "limit=-1").status == 400);
}

TEST_CASE("a JSON body is asked for by name", "[http]") {
  HttpRequest request;
  request.method = "POST";
  request.path = "/v1/json";
  request.body = R"({"a" : 1})";
  CHECK(some_routes().handle(request).status == 400);
  request.headers.push_back({"content-type", "application/json; charset=utf-8"});
  CHECK(some_routes().handle(request).body == R"({"a":1})");
  request.body = R"({"a":1,"a":2})";
  CHECK(some_routes().handle(request).status == 400);
  request.body.clear();
  CHECK(some_routes().handle(request).status == 400);
}

TEST_CASE("an unknown exception is answered without its words", "[http]") {
  const HttpReply reply = ask("GET", "/v1/broken");
  CHECK(reply.status == 500);
  CHECK(reply.body == R"({"error":"internal","message":"Something went wrong. The log says more."})");
}
