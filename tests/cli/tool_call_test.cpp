#include "cli/tool_call.h"

#include "support/catch.h"

using namespace patchbay::cli;

TEST_CASE("an appliance's URL leads to its MCP endpoint, base path and all", "[cli]") {
  CHECK(endpoint_url("https://gate.example") == "https://gate.example/mcp");
  CHECK(endpoint_url("https://gate.example/base/") == "https://gate.example/base/mcp");
  CHECK(endpoint_url("http://127.0.0.1:8800/mcp") == "http://127.0.0.1:8800/mcp");
  CHECK_THROWS_AS(endpoint_url("gate.example"), patchbay::Error);
}

TEST_CASE("progress is one line with a share where the total is known", "[cli]") {
  CHECK(progress_line(R"({"progressToken":1,"progress":2,"total":5,"message":"Reading"})") == "40% Reading");
  CHECK(progress_line(R"({"progress":7})") == "7 done");
  CHECK(progress_line(R"({"progress":7,"total":0})") == "7 done");
  CHECK(progress_line(R"({"progress":9,"total":3})") == "100%");
  CHECK(progress_line(R"({"progress":1e300})") == "1000000000000000 done");
  CHECK(progress_line("[]").empty());
  CHECK(progress_line(R"({"progress":1,"total":2,"message":"a\nb\u001b[2J"})").find('\n') ==
        std::string::npos);
  CHECK(progress_line(R"({"progress":1,"total":2,"message":"a\nb\u001b[2J"})").find('\x1b') ==
        std::string::npos);
}

TEST_CASE("a result is its texts, and a word for each part that is none", "[cli]") {
  CHECK(
      result_text(
          R"({"content":[{"type":"text","text":"a\nb"},{"type":"image","mimeType":"image/png","data":"AA=="}]})") ==
      "a\nb\n[image image/png]\n");
  CHECK(result_text(R"({"content":[],"structuredContent":{"n":1}})") == "{\"n\":1}\n");
  CHECK(result_text(R"({"content":[{"type":"text","text":"\u001b]0;x\u0007ok"}]})").find('\x1b') ==
        std::string::npos);
  CHECK(result_text("nonsense").empty());
}
