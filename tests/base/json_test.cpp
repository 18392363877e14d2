#include "base/json.h"

#include "base/error.h"
#include "support/catch.h"

using namespace patchbay;

namespace {
const HasId bad_field("bad_field");
}

TEST_CASE("JSON is checked before it becomes a tree", "[base]") {
  CHECK(parse_json(R"({"a":[1,"b"]})") == Json{{"a", {1, "b"}}});
  CHECK_THROWS_MATCHES(parse_json(R"({"a":1,"a":2})"), Error, HasId("json_duplicate_key"));
  CHECK_THROWS_MATCHES(parse_json("[[]]", {.max_bytes = 100, .max_depth = 1}), Error, HasId("json_depth"));
}

TEST_CASE("a tree with broken UTF-8 can be written", "[base]") {
  CHECK(dump(Json{{"a", "x\xFFy"}}) == "{\"a\":\"x\uFFFDy\"}");
}

TEST_CASE("fields are read by type", "[base]") {
  const Json json =
      parse_json(R"({"name":"notion","port":80,"on":true,"tags":["a","b"],"auth":{"kind":"none"},
                                   "servers":[{"slug":"x"},{"slug":"y"}],"schema":{"type":"object"}})");
  Fields fields(json);
  CHECK(fields.text("name") == "notion");
  CHECK(fields.integer("port", 1, 65535) == 80);
  CHECK(fields.truth("on"));
  CHECK(fields.texts("tags", 2) == std::vector<std::string>{"a", "b"});
  CHECK(fields.object("auth").choice("kind", {"none", "oauth"}) == "none");
  CHECK(fields.objects("servers", 10).at(1).text("slug") == "y");
  CHECK(fields.value("schema") == Json{{"type", "object"}});
  CHECK_NOTHROW(fields.refuse_others());
}

TEST_CASE("a field of the wrong kind is named, its value is not", "[base]") {
  const Json json =
      parse_json(R"({"name":7,"port":"hunter2","big":18446744073709551615,"half":1.5,"on":1,"tags":["a",1],
                                   "auth":{"kind":"oauht"},"none":null})");
  Fields fields(json);
  CHECK_THROWS_WITH(fields.text("name"), "\"name\" must be text.");
  CHECK_THROWS_WITH(fields.text("absent"), "\"absent\" is missing.");
  CHECK_THROWS_WITH(fields.text("none"), "\"none\" is missing.");
  CHECK_THROWS_WITH(fields.integer("port", 1, 9), "\"port\" must be a whole number.");
  CHECK_THROWS_WITH(fields.integer("half", 1, 9), "\"half\" must be a whole number.");
  CHECK_THROWS_WITH(fields.integer("big", -5, 9), "\"big\" must lie between -5 and 9.");
  CHECK_THROWS_WITH(fields.truth("on"), "\"on\" must be true or false.");
  CHECK_THROWS_WITH(fields.texts("tags", 5), "\"tags[1]\" must be text.");
  CHECK_THROWS_WITH(fields.texts("name", 5), "\"name\" must be a list.");
  CHECK_THROWS_WITH(fields.object("auth").choice("kind", {"none", "oauth"}),
                    "\"auth.kind\" must be one of \"none\", \"oauth\". Did you mean \"oauth\"?");
  CHECK_THROWS_WITH(fields.object("name"), "\"name\" must be an object.");
  CHECK_THROWS_WITH(fields.objects("tags", 5), "\"tags[0]\" must be an object.");
  CHECK_THROWS_MATCHES(fields.text("name"), Error, bad_field);

  const Json list = Json::array();
  CHECK_THROWS_WITH(Fields(list), "A JSON object is expected.");
}

TEST_CASE("limits hold at their edge", "[base]") {
  const Json json = parse_json(R"({"name":"abc","port":5,"tags":["abc","b"],"list":[{},{}]})");
  Fields fields(json);
  CHECK(fields.text("name", 3) == "abc");
  CHECK_THROWS_MATCHES(fields.text("name", 2), Error, bad_field);
  CHECK(fields.integer("port", 5, 5) == 5);
  CHECK_THROWS_MATCHES(fields.integer("port", 6, 9), Error, bad_field);
  CHECK_THROWS_MATCHES(fields.integer("port", 1, 4), Error, bad_field);
  CHECK(fields.texts("tags", 2, 3).size() == 2);
  CHECK_THROWS_MATCHES(fields.texts("tags", 1, 3), Error, bad_field);
  CHECK_THROWS_MATCHES(fields.texts("tags", 2, 2), Error, bad_field);
  CHECK(fields.objects("list", 2).size() == 2);
  CHECK_THROWS_MATCHES(fields.objects("list", 1), Error, bad_field);
}

TEST_CASE("an optional field is empty where absent or null, and wrong where wrong", "[base]") {
  const Json json =
      parse_json(R"({"null":null,"name":"x","port":1,"on":false,"kind":"a","tags":[],"auth":{}})");
  Fields fields(json);
  for (const char* key : {"null", "absent"}) {
    CHECK_FALSE(fields.find_text(key));
    CHECK_FALSE(fields.find_integer(key, 0, 9));
    CHECK_FALSE(fields.find_truth(key));
    CHECK_FALSE(fields.find_choice(key, {"a"}));
    CHECK_FALSE(fields.find_texts(key, 9));
    CHECK_FALSE(fields.find_object(key));
  }
  CHECK(fields.find_text("name") == "x");
  CHECK(fields.find_integer("port", 0, 9) == 1);
  CHECK(fields.find_truth("on") == false);
  CHECK(fields.find_choice("kind", {"a"}) == "a");
  CHECK(fields.find_texts("tags", 9)->empty());
  CHECK(fields.find_object("auth"));
  CHECK_THROWS_MATCHES(fields.find_text("port"), Error, bad_field);

  CHECK(fields.has("null"));
  CHECK(fields.is_null("null"));
  CHECK_FALSE(fields.has("absent"));
  CHECK_FALSE(fields.is_null("absent"));
  CHECK_FALSE(fields.is_null("name"));
}

TEST_CASE("a key nobody asked for is refused, with the one that was meant", "[base]") {
  const Json json = parse_json(R"({"auth":{"nmae":"x"},"b\u001bc":1})");
  Fields fields(json);
  Fields auth = fields.object("auth");
  auth.find_text("name");
  CHECK_THROWS_WITH(auth.refuse_others(), "\"auth.nmae\" is not known here. Did you mean \"name\"?");
  CHECK_THROWS_MATCHES(auth.refuse_others(), Error, HasId("unknown_field"));
  CHECK_THROWS_WITH(fields.refuse_others(), "\"bc\" is not known here.");
}
