#include "http/content_coding.h"

#include "support/catch.h"

using namespace patchbay;

namespace {

// What is sent to whoever says so: "br", "gzip", "plain".
std::string chosen(const std::vector<std::string>& accept_encoding,
                   const http::Coded& body = {"tag", "plain", "br", "gzip"}) {
  HttpRequest request;
  for (const std::string& line : accept_encoding) request.headers.push_back({"accept-encoding", line});
  const auto reply = http::coded_reply(request, body, "text/plain", {});
  const auto coding = find_header(reply.headers, "Content-Encoding").value_or("plain");
  CHECK(reply.body == coding);
  CHECK(find_header(reply.headers, "ETag") ==
        (coding == "plain" ? "\"tag\"" : "\"tag-" + std::string(coding) + "\""));
  return reply.body;
}

int status_for(const std::string& known, const std::string& accept_encoding = "br") {
  HttpRequest request;
  request.headers = {{"accept-encoding", accept_encoding}, {"if-none-match", known}};
  const auto reply =
      http::coded_reply(request, {"tag", "plain", "br", "gzip"}, "text/plain", {{"Vary", "x"}});
  CHECK(reply.body.empty() == (reply.status == 304));
  CHECK(find_header(reply.headers, "Vary") == "x");
  CHECK(find_header(reply.headers, "ETag").has_value());
  return reply.status;
}

}  // namespace

TEST_CASE("the coding sent is the one liked best, and the smallest of those liked equally", "[http]") {
  CHECK(chosen({}) == "plain");
  CHECK(chosen({""}) == "plain");
  CHECK(chosen({"gzip, deflate, br, zstd"}) == "br");
  CHECK(chosen({"gzip, deflate"}) == "gzip");
  CHECK(chosen({"X-GZIP"}) == "gzip");
  CHECK(chosen({"gzip", "BR"}) == "br");
  CHECK(chosen({"*"}) == "br");
  CHECK(chosen({"br;q=0.5, gzip"}) == "gzip");
  CHECK(chosen({"br;q=0.5, gzip ; q=0.500"}) == "br");
  CHECK(chosen({"gzip;q=0.001"}) == "gzip");
  CHECK(chosen({"identity, br;q=0.9"}) == "plain");
  CHECK(chosen({"identity;q=0.5, br;q=0.499, gzip;q=0.51"}) == "gzip");
}

TEST_CASE("a coding whose weight is zero, or no weight, is not sent", "[http]") {
  CHECK(chosen({"br;q=0, gzip"}) == "gzip");
  CHECK(chosen({"br;q=0.000, gzip;q=0.0"}) == "plain");
  CHECK(chosen({"*;q=0, gzip;q=0.2"}) == "gzip");
  CHECK(chosen({"identity;q=0"}) == "plain");
  CHECK(chosen({"identity;q=0, gzip;q=0.1"}) == "gzip");
  CHECK(chosen({"br;q=0, *"}) == "gzip");
  for (const char* none :
       {"br;q=1.001", "br;q=2", "br;q=-1", "br;q=", "br;q=0.1234", "br;q=.5", "br;level=1", "br;", "brotli"})
    CHECK(chosen({none}) == "plain");
  CHECK(chosen({"br;q=1.000"}) == "br");
}

TEST_CASE("only what is there is sent", "[http]") {
  CHECK(chosen({"br, gzip"}, {"tag", "plain", "", "gzip"}) == "gzip");
  CHECK(chosen({"br, gzip"}, {"tag", "plain", "", ""}) == "plain");
}

TEST_CASE("who has the very bytes that would be sent gets 304", "[http]") {
  CHECK(status_for("\"tag-br\"") == 304);
  CHECK(status_for("W/\"tag-br\"") == 304);
  CHECK(status_for("\"old\" , \"tag-br\"") == 304);
  CHECK(status_for("*") == 304);
  CHECK(status_for("\"tag\"") == 200);
  CHECK(status_for("\"tag\"", "identity") == 304);
  CHECK(status_for("tag-br") == 200);
  CHECK(status_for("\"tag-gzip\"") == 200);
}
