#include "mcp/jsonrpc.h"

#include "base/text.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::mcp;

namespace {

int refusal_of(const std::string& text) {
  return read_message(text).refused;
}

std::string with_id(const std::string& id) {
  return cat(R"({"jsonrpc":"2.0","id":)", id, R"(,"method":"tools/list"})");
}

}  // namespace

TEST_CASE("a message is told apart by its members, and its parts are views of the text", "[mcp]") {
  const std::string text = R"({"jsonrpc":"2.0", "id": "a\"b", "method":"tools\/call","params":{"name":"x"}})";
  const auto request = read_message(text);
  REQUIRE(request.refused == 0);
  CHECK(request.message.kind == Message::Kind::request);
  CHECK(request.message.id == R"("a\"b")");
  CHECK(request.message.method == "tools/call");
  CHECK(request.message.params == R"({"name":"x"})");
  CHECK(request.message.params.data() > text.data());
  CHECK(request.message.params.data() < text.data() + text.size());

  const auto notification = read_message(R"({"jsonrpc":"2.0","method":"notifications/x"})");
  CHECK(notification.message.kind == Message::Kind::notification);
  CHECK(notification.message.params.empty());

  const auto result = read_message(R"({"result":null,"id":7,"jsonrpc":"2.0"})");
  CHECK(result.message.kind == Message::Kind::response);
  CHECK(result.message.result == "null");
  CHECK(own_id(result.message.id) == 7);

  const auto error = read_message(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}})");
  CHECK(error.message.kind == Message::Kind::response);
  CHECK(error.message.id.empty());
  CHECK(error.message.error == R"({"code":-32700,"message":"?"})");
}

TEST_CASE("what is no JSON is a parse error", "[mcp]") {
  const std::string text = GENERATE("hello", "", R"({"jsonrpc":"2.0","id":1,"method":"tools/li)",
                                    R"({"jsonrpc":"2.0","id":1,"method":"tools/list"}x)",
                                    R"({"jsonrpc":"2.0","id":1,"method":"ping","params":NaN})",
                                    R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1e400}})",
                                    R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"name":"\ud800"}})",
                                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}");
  CAPTURE(text);
  CHECK(refusal_of(text) == rpc::parse_error);
}

TEST_CASE("what is JSON but no message is an invalid request", "[mcp]") {
  const std::string text =
      GENERATE(R"({"jsonrpc":"1.0","id":1,"method":"ping"})", R"({"id":1,"method":"ping"})",
               R"({"jsonrpc":2.0,"id":1,"method":"ping"})", R"({"jsonrpc":"2.0","id":1,"method":7})",
               R"({"jsonrpc":"2.0","id":1,"method":"ping","params":"x"})",
               R"({"jsonrpc":"2.0","id":1,"method":"ping","params":null})", R"({"jsonrpc":"2.0","id":1})",
               R"({"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"})",
               R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}})",
               R"({"jsonrpc":"2.0","id":1,"method":"ping","result":{}})",
               R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})",
               R"({"jsonrpc":"2.0","id":1,"error":"text"})", R"({"jsonrpc":"2.0","id":null,"result":{}})",
               R"({"jsonrpc":"2.0","result":{}})", "[]", "[1]", "7", "null");
  CAPTURE(text);
  CHECK(refusal_of(text) == rpc::invalid_request);
}

TEST_CASE("an id is a string or an integer of 64 bits", "[mcp]") {
  for (const auto* id :
       {"null", "1.5", "true", R"({"a":1})", "[1]", "18446744073709551616", "9223372036854775808", "1e3"}) {
    CAPTURE(id);
    CHECK(refusal_of(with_id(id)) == rpc::invalid_request);
  }
  for (const auto* id :
       {"0", "-1", "9007199254740993", "9223372036854775807", R"("")", R"("<script>alert(1)</script>")"}) {
    CAPTURE(id);
    CHECK(read_message(with_id(id)).message.id == id);
  }
  const auto text_id = [](std::size_t length) { return "\"" + std::string(length, 'i') + "\""; };
  CHECK(refusal_of(with_id(text_id(256))) == 0);
  CHECK(refusal_of(with_id(text_id(257))) == rpc::invalid_request);
}

TEST_CASE("a message may be nested 64 levels deep", "[mcp]") {
  const auto nested = [](std::size_t levels) {
    return cat(R"({"jsonrpc":"2.0","method":"x","params":)", std::string(levels - 1, '['),
               std::string(levels - 1, ']'), "}");
  };
  CHECK(refusal_of(nested(64)) == 0);
  CHECK(refusal_of(nested(65)) == rpc::parse_error);
  CHECK(read_message(nested(65)).is_too_deep);
  CHECK(refusal_of(nested(100'000)) == rpc::parse_error);
}

TEST_CASE("what is too deep can be cut out, and the rest stays as it was", "[mcp]") {
  CHECK(cut_below(R"({"a":[1,{"b":[2]}],"c":"}[\"{"})", 2) == R"({"a":[1,null],"c":"}[\"{"})");
  CHECK(cut_below(R"({"a":[1,{"b":"]\\"},3]})", 1) == R"({"a":null})");
  CHECK(cut_below("[[[]],[]]", 3) == "[[[]],[]]");
}

TEST_CASE("messages are built from raw parts", "[mcp]") {
  CHECK(request_text(7, "ping", "") == R"({"jsonrpc":"2.0","id":7,"method":"ping"})");
  CHECK(request_text(-1, "a/b", R"({"x":1})") ==
        R"({"jsonrpc":"2.0","id":-1,"method":"a/b","params":{"x":1}})");
  CHECK(notification_text("n", "") == R"({"jsonrpc":"2.0","method":"n"})");
  CHECK(notification_text("n", "{}") == R"({"jsonrpc":"2.0","method":"n","params":{}})");
  CHECK(result_text(R"("x")", "{}") == R"({"jsonrpc":"2.0","id":"x","result":{}})");
  CHECK(error_text("1", -32601, "say \"no\"") ==
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"say \"no\""}})");
  CHECK(error_text("", -32700, "?", "[1]") ==
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?","data":[1]}})");
}

TEST_CASE("a progress token of ours takes the place of any other", "[mcp]") {
  CHECK(with_progress_token("{}", 5) == R"({"_meta":{"progressToken":5}})");
  CHECK(with_progress_token(R"( {"name":"x"})", 5) == R"({"_meta":{"progressToken":5},"name":"x"})");
  CHECK(with_progress_token(R"({"_meta":{},"a":1})", 5) == R"({"_meta":{"progressToken":5},"a":1})");
  CHECK(with_progress_token(R"({"_meta":{"k":1}})", 5) == R"({"_meta":{"progressToken":5,"k":1}})");
  CHECK(with_progress_token(R"({"_meta":{"progressToken":"mine","k":1}})", 5) ==
        R"({"_meta":{"progressToken":5,"k":1}})");
  CHECK(with_progress_token(R"({"_meta":null})", 5) == R"({"_meta":{"progressToken":5}})");
}
