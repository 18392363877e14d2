// What servers and their sign-in services say of themselves, and the ways from a URL to an authorization
// server.

#include <atomic>
#include <chrono>
#include <future>

#include "http/oauth_client_topics.h"
#include "support/catch.h"
#include "support/oauth_fixture.h"

using namespace patchbay;
using namespace std::chrono_literals;
using nlohmann::json;
using test::Provider;
using test::SeenRequest;

namespace {

constexpr const char* resource_path = "/.well-known/oauth-protected-resource/mcp";
constexpr const char* server_path = "/.well-known/oauth-authorization-server";

// A member-owned account at "notion", whose provider says something else than it should.
struct Lying : OAuthFixture {
  Lying() { add_server("notion", as1); }
  // Why the sign-in is refused; nobody but the two documents' places was asked for anything.
  std::string refusal() {
    const auto reason = start_refused(ann, "notion");
    for (const char* path : {"/register", "/token", "/authorize"}) CHECK(as1.count(path) == 0);
    check_no_secret_is_out();
    return reason;
  }
  void metadata(const std::string& key, json value) {
    as1.change([&](auto& all) { all.metadata[key] = std::move(value); });
  }
  void resource(const std::string& key, json value) {
    as1.change([&](auto& all) { all.resource[key] = std::move(value); });
  }
  void answer_document(const char* path, Provider::Answer how) {
    as1.answer(cat("GET ", path), std::move(how));
  }
};

void metadata_issuer_mismatch() {
  Lying it;
  it.metadata("issuer", it.as2.origin());
  CHECK(it.refusal() == "oauth_issuer_mismatch");
  CHECK(it.as2.requests() == 0);
}

void metadata_issuer_slash() {
  Lying it;
  it.resource("authorization_servers", {it.as1.url("/t1")});
  it.answer_document("/.well-known/oauth-authorization-server/t1",
                     [&](Provider::Peer& peer, const SeenRequest&) {
                       peer.reply_json(json({{"issuer", it.as1.url("/t1/")},
                                             {"authorization_endpoint", it.as1.url("/authorize")},
                                             {"token_endpoint", it.as1.url("/token")},
                                             {"code_challenge_methods_supported", {"S256"}}})
                                           .dump());
                     });
  CHECK(it.refusal() == "oauth_issuer_mismatch");
}

void prm_resource_mismatch() {
  for (const bool is_other_host : {true, false}) {
    Lying it;
    it.resource("resource", is_other_host ? it.as2.url("/mcp") : it.as1.url("/other"));
    CHECK(it.refusal() == "oauth_resource_mismatch");
  }
}

void prm_resource_prefix() {
  for (const char* path : {"/mcp-evil", "/mc", "/mcp/below"}) {
    Lying it;
    it.resource("resource", it.as1.url(path));
    CHECK(it.refusal() == "oauth_resource_mismatch");
  }
}

void token_endpoint_other_origin() {
  Lying it;
  it.metadata("token_endpoint", it.as2.url("/token"));
  CHECK(it.refusal() == "oauth_foreign_endpoint");
  CHECK(it.as2.requests() == 0);
  // The admin knows that origin.
  OAuthFixture other;
  other.add_server("notion", other.as1, {{"oauth", {{"allowed_origins", {other.as2.origin()}}}}});
  other.as1.change([&](auto& documents) { documents.metadata["token_endpoint"] = other.as2.url("/token"); });
  CHECK(other.start(other.ann, "notion").contains("authorize_url"));
}

void no_pkce_advertised() {
  Lying it;
  it.as1.change([](auto& documents) { documents.metadata.erase("code_challenge_methods_supported"); });
  CHECK(it.refusal() == "oauth_pkce_unsupported");
}

void pkce_plain_only() {
  Lying it;
  it.metadata("code_challenge_methods_supported", {"plain"});
  CHECK(it.refusal() == "oauth_pkce_unsupported");
}

// What would reach a link, a window or a terminal's opener is refused before any answer holds it.
void refused_endpoint(const std::string& address) {
  Lying it;
  const std::string text = address.starts_with("/") ? it.as1.url(address) : address;
  it.metadata("authorization_endpoint", text);
  CAPTURE(text);
  CHECK(it.refusal() == "oauth_bad_endpoint");
  const auto page = it.visit(it.ann, "GET", "/connect/notion");
  const auto at = page.body.find("name=\"csrf\" value=\"") + 19;
  const auto csrf = page.body.substr(at, page.body.find('"', at) - at);
  const auto problem = it.submit(it.ann, "/connect/notion", cat("csrf=", csrf));
  CHECK(problem.status == 502);
  for (const auto& header : problem.headers) CHECK_FALSE(equal_ignoring_case(header.name, "location"));
  CHECK(problem.body.find(text) == std::string::npos);
  CHECK(problem.body.find("javascript:") == std::string::npos);
}

void authorize_javascript() {
  refused_endpoint("javascript:alert(document.cookie)");
  refused_endpoint("data:text/html,x");
}

void authorize_shell() {
  refused_endpoint("/$(calc)`id`|&cmd");
  refused_endpoint("/a;b'c");
}

// Public mode: a server with https, whose sign-in service then needs https too, on this machine as well.
void authorize_http() {
  refused_endpoint("http://as.example/authorize");
  const test::Certificate certificate;
  OAuthFixture it(&certificate);
  it.add_server("notion", it.as1, {{"ca_file", certificate.file().string()}});
  CHECK(it.start(it.ann, "notion").contains("authorize_url"));
  OAuthFixture other(&certificate);
  other.add_server("notion", other.as1, {{"ca_file", certificate.file().string()}});
  other.as1.change([&](auto& documents) {
    documents.metadata["authorization_endpoint"] = cat("http", other.as1.url("/authorize").substr(5));
  });
  CHECK(other.start_refused(other.ann, "notion") == "oauth_bad_endpoint");
}

void authorize_has_query() {
  Lying it;
  it.metadata("authorization_endpoint", it.as1.url("/a?tenant=1#frag"));
  CHECK(it.refusal() == "oauth_bad_endpoint");
  it.metadata("authorization_endpoint", it.as1.url("/a?tenant=1"));
  const std::string url = it.start(it.ann, "notion").at("authorize_url");
  CHECK(url.starts_with(it.as1.url("/a?tenant=1&")));
  const auto query = oauth::FormFields::parse(url.substr(url.find('?') + 1));
  CHECK_FALSE(query.repeated().has_value());
  CHECK(query.text("tenant") == "1");
  CHECK(query.text("response_type") == "code");
}

void authorize_param_inject() {
  for (const char* query :
       {"?state=x&redirect_uri=https://evil.example", "?%73tate=x", "?Client_ID=x", "?resource[]=x"})
    refused_endpoint(cat("/a", query));
}

void resource_metadata_foreign() {
  Lying it;
  it.as1.challenge_with(cat("Bearer resource_metadata=\"", it.as2.url(resource_path), "\""));
  CHECK(it.refusal() == "oauth_foreign_endpoint");
  CHECK(it.as2.requests() == 0);
}

void www_auth_header_bomb() {
  std::string many = "Bearer a0=\"0\"";
  for (int i = 1; i < 500; ++i) many += cat(", a", i, "=\"", i, "\"");
  for (const auto& header :
       {cat("Bearer realm=\"", std::string(64 * 1024, 'a'), "\""), many,
        std::string("Bearer realm=\"unbalanced, scope=\"x"), cat("Bearer ", std::string(7000, '"'))}) {
    Lying it;
    it.as1.challenge_with(header);
    const auto begun = std::chrono::steady_clock::now();
    CAPTURE(header.substr(0, 40));
    CHECK_FALSE(it.refusal().empty());
    CHECK(std::chrono::steady_clock::now() - begun < 2s);
  }
}

// Sends as much as is taken of a document that is too large by far.
void metadata_huge() {
  std::atomic<std::size_t> sent = 0;
  Lying it;
  it.answer_document(server_path, [&sent](Provider::Peer& peer, const SeenRequest&) {
    constexpr std::size_t whole = 50u << 20;
    peer.send(cat("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"));
    const std::string piece(64 << 10, ' ');
    while (sent < whole && peer.chunk(piece)) sent += piece.size();
  });
  it.refusal();
  CHECK(sent < (10u << 20));  // what the network had buffered when we hung up
  // One byte beyond the limit is too much, and the limit itself is not.
  for (const std::size_t size : {oauth::longest_metadata, oauth::longest_metadata + 1}) {
    Lying other;
    other.answer_document(server_path, [&](Provider::Peer& peer, const SeenRequest&) {
      json document;
      other.as1.change([&](auto& documents) { document = documents.metadata; });
      std::string text = document.dump();
      text.resize(size, ' ');
      peer.reply_json(text);
    });
    const auto answer = other.start(other.ann, "notion", size > oauth::longest_metadata ? 502 : 200);
    CHECK(answer.contains("authorize_url") == (size <= oauth::longest_metadata));
  }
}

// The deadline is of the whole document and not of its pieces. Ten seconds of the network's time are a fifth
// of one here.
void metadata_never_ends() {
  CHECK(oauth::ClientLimits().leg_time == 10s);
  std::promise<void> gone;
  auto is_gone = gone.get_future();
  OAuthFixture it;
  it.add_server("notion", it.as1);
  it.as1.answer(cat("GET ", server_path), [&](Provider::Peer& peer, const SeenRequest&) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n");
    while (peer.send("{") && is_gone.wait_for(20ms) == std::future_status::timeout) {
    }
  });
  it.keeper.client.set_limits({200ms});
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(it.start_refused(it.ann, "notion").empty());
  CHECK(std::chrono::steady_clock::now() - begun < 5s);
  gone.set_value();
  it.check_no_secret_is_out();
}

void refused_documents(const std::vector<std::pair<std::string, std::string>>& documents) {
  for (const char* path : {resource_path, server_path})
    for (const auto& [type, text] : documents) {
      Lying it;
      it.answer_document(path, [type = type, text = text](Provider::Peer& peer, const SeenRequest&) {
        peer.reply(200, type, text);
      });
      CAPTURE(path, type, text.substr(0, 60));
      CHECK(it.refusal() == "oauth_bad_metadata");
    }
}

void metadata_html() {
  refused_documents({{"text/html", "<html>Please sign in</html>"},
                     {"text/html", R"({"resource":"x"})"},
                     {"application/json", "<html></html>"},
                     {"", "{}"}});
}

void metadata_array() {
  refused_documents(
      {{"application/json", "[]"},
       {"application/json", R"({"issuer":["x"],"resource":["x"]})"},
       {"application/json", R"({"issuer":1,"resource":1,"token_endpoint":2})"},
       {"application/json", std::string(5000, '[')},
       {"application/json", cat(R"({"issuer":)", std::string(5000, '['), std::string(5000, ']'), "}")}});
  Lying it;
  it.metadata("token_endpoint", 7);
  CHECK(it.refusal() == "oauth_bad_metadata");
}

void metadata_redirect() {
  for (const char* path : {resource_path, server_path}) {
    Lying it;
    it.answer_document(path, [&](Provider::Peer& peer, const SeenRequest&) {
      peer.reply(302, "", "", "Location: http://169.254.169.254/latest\r\n");
    });
    CHECK(it.refusal() == "oauth_bad_metadata");
    Lying other;
    other.answer_document(path, [&](Provider::Peer& peer, const SeenRequest&) {
      peer.reply(307, "", "", cat("Location: ", other.as2.url("/x"), "\r\n"));
    });
    CHECK(other.refusal() == "oauth_bad_metadata");
    CHECK(other.as2.requests() == 0);
  }
}

}  // namespace

Topics metadata_topics() {
  return {{"metadata_issuer_mismatch", metadata_issuer_mismatch},
          {"metadata_issuer_slash", metadata_issuer_slash},
          {"prm_resource_mismatch", prm_resource_mismatch},
          {"prm_resource_prefix", prm_resource_prefix},
          {"token_endpoint_other_origin", token_endpoint_other_origin},
          {"no_pkce_advertised", no_pkce_advertised},
          {"pkce_plain_only", pkce_plain_only},
          {"authorize_javascript", authorize_javascript},
          {"authorize_shell", authorize_shell},
          {"authorize_http", authorize_http},
          {"authorize_has_query", authorize_has_query},
          {"authorize_param_inject", authorize_param_inject},
          {"resource_metadata_foreign", resource_metadata_foreign},
          {"www_auth_header_bomb", www_auth_header_bomb},
          {"metadata_huge", metadata_huge},
          {"metadata_never_ends", metadata_never_ends},
          {"metadata_html", metadata_html},
          {"metadata_array", metadata_array},
          {"metadata_redirect", metadata_redirect}};
}
