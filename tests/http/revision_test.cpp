#include "http/revision.h"

#include "support/catch.h"
#include "support/control_fixture.h"

using namespace patchbay;
using nlohmann::json;

namespace {

struct Things : ControlFixture {
  Things() {
    store.add(a_server("notion"));
    REQUIRE(call("POST", "/v1/users", admin, R"({"name":"bob"})").status == 201);
    REQUIRE(call("POST", "/v1/teams", admin, R"({"name":"ops"})").status == 201);
  }
  HttpReply send(const std::string& method, const std::string& path, const std::string& header,
                 const std::string& value, const std::string& body = {}) {
    auto request = request_for(method, path, body);
    request.headers.push_back({"authorization", "Bearer " + admin});
    request.headers.push_back({header, value});
    return routes.handle(request);
  }
};

constexpr const char* paths[] = {"/v1/servers/notion", "/v1/users/bob", "/v1/teams/ops"};

}  // namespace

TEST_CASE("a thing's revision is its ETag, and who knows it gets no body", "[http]") {
  Things things;
  for (const std::string path : paths) {
    INFO(path);
    const auto shown = things.call("GET", path, things.admin);
    CHECK(find_header(shown.headers, "ETag") == "\"1\"");
    CHECK(find_header(shown.headers, "Cache-Control") == "no-store");
    for (const char* known : {"\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"}) {
      const auto same = things.send("GET", path, "if-none-match", known);
      CHECK(same.status == 304);
      CHECK(same.body.empty());
      CHECK(find_header(same.headers, "ETag") == "\"1\"");
    }
    for (const char* other : {"\"2\"", "1", ""})
      CHECK(things.send("GET", path, "if-none-match", other).status == 200);
  }
}

TEST_CASE("a change that names another revision in If-Match is refused with 412", "[http]") {
  Things things;
  for (const std::string path : paths) {
    INFO(path);
    const std::string body = R"({"title":"x"})";
    for (const char* stale : {"\"2\"", "W/\"1\"", "\"other\""}) {
      const auto refused = things.send("PATCH", path, "if-match", stale, body);
      CHECK(refused.status == 412);
      CHECK(things.error_of(refused) == "precondition_failed");
    }
    CHECK(things.send("PATCH", path, "if-match", "1", body).status == 400);
    const auto changed = things.send("PATCH", path, "if-match", "\"1\"", body);
    CHECK(changed.status == 200);
    CHECK(find_header(changed.headers, "ETag") == "\"2\"");
    CHECK(things.send("PATCH", path, "if-match", "*", body).status == 200);
    CHECK(things.send("DELETE", path, "if-match", "\"1\"").status == 412);
    CHECK(things.send("DELETE", path, "if-match", "\"3\"").status == 204);
  }
}

TEST_CASE("a stale revision in the body is a conflict, and both ways must agree", "[http]") {
  Things things;
  for (const std::string path : paths) {
    INFO(path);
    const auto stale = things.call("PATCH", path, things.admin, R"({"title":"x","revision":7})");
    CHECK(stale.status == 409);
    CHECK(things.error_of(stale) == "stale_revision");
    const auto torn = things.send("PATCH", path, "if-match", "\"1\"", R"({"title":"x","revision":2})");
    CHECK(torn.status == 400);
    CHECK(things.error_of(torn) == "bad_revision");
    CHECK(things.send("PATCH", path, "if-match", "\"1\"", R"({"title":"x","revision":1})").status == 200);
    CHECK(things.send("PATCH", path, "if-match", "\"1\"", R"({"title":"x","revision":1})").status == 412);
  }
}
