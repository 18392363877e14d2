// The client that @modelcontextprotocol/conformance drives (protocol.md 5.4): our upstream session and our
// OAuth legs, the tokens in memory, and in place of the browser a request that does not follow its answer.
// Called with the URL of the suite's server as the last argument; MCP_CONFORMANCE_SCENARIO names the
// scenario.
#include <cstdlib>
#include <iostream>
#include <thread>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "mcp/http_transport.h"
#include "mcp/upstream.h"
#include "oauth/client.h"
#include "oauth/form.h"
#include "oauth/pkce.h"
#include "oauth/scope_text.h"

namespace patchbay {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view redirect_uri = "http://localhost:3000/callback";
// The identifier that the suite's authorization server knows; nobody fetches it.
constexpr std::string_view client_document = "https://conformance-test.local/client-metadata.json";
constexpr int most_sign_ins = 3;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

// A person who agrees to everything.
class Tokens final : public mcp::TokenSource {
 public:
  Tokens(HttpClient& http, oauth::Client& client, Url url) : http_(http), client_(client) {
    target_.label = "suite";
    target_.url = std::move(url);
  }

  Token ready() override { return token_; }
  Task<Token> token(Until) override { co_return token_; }

  void accepted(const Token&) override {}

  Task<bool> refused(Token, Refusal refusal, Until until) override {
    std::vector<std::string_view> lines(refusal.www_authenticate.begin(), refusal.www_authenticate.end());
    auto challenge = oauth::find_bearer(lines);
    if (refusal.status == 403 && (!challenge || challenge->error != "insufficient_scope")) co_return false;
    if (++sign_ins_ > most_sign_ins)
      throw Error::upstream("too_many_sign_ins", "The server is never satisfied with the scope it asks for.");
    if (refusal.status == 403) wanted_ = challenge->scope;
    oauth::Trace trace;
    try {
      co_await sign_in(std::move(challenge), trace, until);
    } catch (const Error& error) {
      std::cerr << error.id() << ": " << error.message() << " " << error.detail() << "\n"
                << oauth::to_json_text(trace) << "\n";
      throw;
    }
    co_return true;
  }

 private:
  Task<void> sign_in(std::optional<oauth::BearerChallenge> challenge, oauth::Trace& trace, Until until) {
    auto found = co_await client_.discover(target_, challenge, trace, until);
    if (!client_identity_ || issuer_ != found.server.issuer) co_await introduce(found.server, trace, until);
    issuer_ = found.server.issuer;
    const auto& quirks = oauth::quirks_of(target_, found.server);
    auto scope = oauth::scope_to_ask(target_, found, challenge, granted_, wanted_);
    Secret state = oauth::make_verifier();
    Secret verifier = oauth::make_verifier();
    oauth::AuthorizationWish wish{client_identity_->id, std::string(redirect_uri), scope, found.resource};
    auto url = oauth::authorization_url(found.server, quirks, wish, state, verifier);
    Secret code = co_await agree(url, state, found.server, until);
    oauth::TokenRequest request{found.server.token_endpoint, *client_identity_, found.resource};
    auto answer =
        co_await client_.exchange(target_, request, code, verifier, std::string(redirect_uri), trace, until);
    granted_ = answer.has_scope ? answer.scope : scope;
    token_ = std::make_shared<const Secret>(std::move(answer.access));
  }

  Task<void> introduce(const oauth::ServerMetadata& server, oauth::Trace& trace, Until until) {
    oauth::ClientIdentity identity;
    const std::string context = variable("MCP_CONFORMANCE_CONTEXT");
    Json given = context.empty() ? Json::object() : parse_json(context);
    if (given.contains("client_id")) {
      identity.id = given.value("client_id", "");
      if (given.contains("client_secret")) identity.secret = Secret(given.value("client_secret", ""));
      identity.auth = oauth::choose_for_client(server.token_auth_methods, identity.secret.has_value());
    } else if (server.takes_client_documents) {
      identity.id = client_document;
    } else {
      oauth::ClientWish wish{std::string(redirect_uri), "http://localhost:3000", {}};
      auto made = co_await client_.register_at(target_, server, wish, trace, until);
      identity = std::move(made.identity);
    }
    client_identity_ = std::move(identity);
  }

  Task<Secret> agree(std::string url, const Secret& state, const oauth::ServerMetadata& server, Until until) {
    OutgoingRequest request;
    request.url = parse_url(url);
    request.giver = UrlSource::admin;
    auto response = co_await http_.send(std::move(request), until);
    const std::string_view location = response.header("location").value_or("");
    const auto fields =
        oauth::FormFields::parse(location.substr(std::min(location.find('?') + 1, location.size())));
    if (!location.starts_with(redirect_uri) || fields.text("state") != state.reveal())
      throw Error::upstream("bad_answer", "The browser was sent elsewhere, or with another state.");
    if (fields.has("iss") ? fields.text("iss") != server.issuer : server.promises_iss)
      throw Error::upstream("oauth_issuer_mismatch", "The answer is not the asked server's.");
    co_return Secret(fields.text("code"));
  }

  HttpClient& http_;
  oauth::Client& client_;
  oauth::SignInTarget target_;
  Token token_;
  std::optional<oauth::ClientIdentity> client_identity_;
  std::string issuer_, granted_, wanted_;
  int sign_ins_ = 0;
};

std::string call_params(const std::string& tool, const std::string& scenario) {
  const std::string_view arguments = scenario == "tools_call" ? R"({"a":2,"b":3})" : "{}";
  return cat(R"({"name":")", tool, R"(","arguments":)", arguments, "}");
}

Task<void> run(Loop& loop, HttpClient& http, oauth::Client& client, std::string url, std::string scenario) {
  mcp::ServerAddress address;
  address.label = "suite";
  address.url = parse_url(url);
  address.tokens = std::make_shared<Tokens>(http, client, address.url);
  auto transport = mcp::make_http_transport(loop, http, std::move(address));
  mcp::UpstreamSettings settings;
  settings.label = "suite";
  auto session = std::make_shared<mcp::Upstream>(loop, std::move(transport), std::move(settings));
  Until until = Until::in(20s);
  auto list = co_await session->list_tools(until);
  for (const auto& tool : list.tools) {
    auto answer =
        co_await session->call(mcp::method::tools_call, call_params(tool.name, scenario), {}, until);
    if (answer.is_error) throw Error::upstream("call_failed", std::string(answer.part()));
  }
  co_await session->close(until);
}

int run_client(const std::string& url) {
  Loop loop{1};
  SystemResolver resolver(loop);
  SystemClock clock;
  HttpClient http(loop, resolver, {});
  oauth::Client client(loop, http, clock);
  std::thread thread([&loop] { loop.run(); });
  int code = 0;
  try {
    loop.run_on(run(loop, http, client, url, variable("MCP_CONFORMANCE_SCENARIO")));
  } catch (const Error& error) {
    std::cerr << error.id() << ": " << error.message() << "\n";
    code = 1;
  }
  loop.run_on([](Loop& ending) -> Task<bool> {
    co_return co_await ending.drain(Deadline::in(std::chrono::seconds(2)), 1);
  }(loop));
  loop.stop();
  thread.join();
  return code;
}

}  // namespace
}  // namespace patchbay

int main(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: conformance_client URL\n";
    return 2;
  }
  return patchbay::run_client(arguments[count - 1]);
}
