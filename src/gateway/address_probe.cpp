#include "gateway/address_probe.h"

#include <algorithm>

#include "base/text.h"
#include "domain/suspicion.h"
#include "gateway/server_probe.h"

namespace patchbay::gateway {

namespace {

using Auth = AddressProbe::Auth;

// A server that nobody has, for the length of one look.
std::shared_ptr<const ServedServer> served_at(const Url& url, UrlSource source, TransportKind transport,
                                              Instant now) {
  auto served = std::make_shared<ServedServer>();
  Server& server = served->server;
  server.id = ServerId::create(now);
  if (source == UrlSource::member) server.owner = UserId::create(now);
  server.slug = "probe";
  server.title = url.host;
  server.url = url.text();
  server.transport = transport;
  server.enabled = true;
  server.timeout = AddressProbes::longest;
  return served;
}

bool is_private(std::string_view id) {
  return id == "private" || id == "loopback" || id == "cgnat" || id == "private_from_public";
}

// What people are told where the general sentence is about servers that are there already.
std::string plainly(std::string_view id, const std::string& message, const Url& url) {
  if (is_private(id))
    return cat(url.host,
               " is a private address. Patchbay blocks those unless an admin allows them in Settings > "
               "Network.");
  if (id == "tls_untrusted")
    return cat("The certificate of ", url.host,
               " is not trusted here (self-signed). Give the CA's file with the connection; do not turn "
               "checks off.");
  if (id == "web_page")
    return "That address answers with a web page, not an MCP server. Most servers end in /mcp.";
  if (id == "not_mcp")
    return cat("What answers at ", url.host, " does not speak MCP. Most servers end in /mcp.");
  if (id == "upstream_timeout")
    return cat(url.host, " did not answer in time. Check the address, or try again.");
  return message;
}

void refuse(AddressProbe& result, std::string_view id, const std::string& message, const Url& url) {
  result.error = id;
  result.message = plainly(id, message, url);
}

// Whether the conversation failed in a way that another kind of server explains.
bool may_be_no_mcp(const ServerProbe& opened) {
  if (opened.steps.empty() || opened.steps.back().name == "connect") return false;
  return opened.error != "upstream_timeout" && opened.error != "upstream_busy" && opened.error != "cancelled";
}

void take_steps(AddressProbe& result, const ServerProbe& opened) {
  for (const auto& step : opened.steps)
    if (step.name != "configure") result.steps.push_back(step);
}

void take_open(AddressProbe& result, ServerProbe& opened) {
  take_steps(result, opened);
  result.auth = Auth::none;
  result.said = std::move(opened.said);
  result.prepared = std::move(opened.prepared);
  const auto is_suspicious = [](const PreparedTool& tool) {
    return !suspicions(cat(tool.title, "\n", tool.description)).empty();
  };
  if (result.prepared && std::ranges::any_of(result.prepared->tools, is_suspicious))
    result.warnings.push_back({"suspicious_tools",
                               "Some of its tools carry text that looks like instructions to an agent. Read "
                               "them before anybody uses them."});
}

}  // namespace

std::string_view to_text(Auth auth) {
  switch (auth) {
    case Auth::none:
      return "none";
    case Auth::key:
      return "key";
    case Auth::oauth:
      return "oauth";
    case Auth::oauth_app:
      return "oauth_app";
    case Auth::unknown:
      break;
  }
  return {};
}

namespace {

// A look's place among those under way.
class Turn {
 public:
  Turn(std::map<std::string, CancelSource>& turns, std::size_t& looking, std::string asker)
      : turns_(turns), looking_(looking), asker_(std::move(asker)) {
    const auto older = turns_.find(asker_);
    const std::size_t ending = older == turns_.end() ? 0 : 1;
    if (looking_ >= AddressProbes::most_at_once + ending)
      throw Error::limited("test_busy", "Others are looking at addresses right now. Try again in a moment.",
                           5);
    if (older != turns_.end()) {
      auto source = older->second;
      turns_.erase(older);
      source.cancel();
    }
    ++looking_;
    turns_.insert_or_assign(asker_, mine_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    --looking_;
    if (!mine_.is_cancelled()) turns_.erase(asker_);
  }
  CancelToken token() const { return mine_.token(); }

 private:
  std::map<std::string, CancelSource>& turns_;
  std::size_t& looking_;
  const std::string asker_;
  CancelSource mine_;
};

}  // namespace

Task<AddressProbe> AddressProbes::probe(std::string asker, Url url, UrlSource source) {
  Turn turn(under_way_, looking_, std::move(asker));
  Until until = Until::by(Deadline::in(longest), turn.token());
  AddressProbe result;
  try {
    result = co_await look(url, source, until);
  } catch (const Error&) {
    if (!turn.token().is_cancelled()) throw;
  }
  if (turn.token().is_cancelled())
    throw Error::conflict("superseded", "A newer look of yours took the place of this one.");
  if (!url.is_https() && result.error.empty())
    result.warnings.push_back({"plain_http",
                               "The connection is not encrypted: whoever is on the way reads "
                               "along."});
  co_return result;
}

void AddressProbes::cancel_all() {
  auto all = std::exchange(under_way_, {});
  for (auto& [asker, source] : all) source.cancel();
}

// People type a host and mean its MCP server, which mostly lies at /mcp.
Task<AddressProbe> AddressProbes::look(Url url, UrlSource source, Until until) {
  AddressProbe result;
  result.url = url.text();
  co_await look_at(result, url, source, until);
  const bool wants_path =
      url.path_and_query == "/" && (result.error == "web_page" || result.error == "not_mcp");
  if (!wants_path) co_return result;
  Url below = url;
  below.path_and_query = "/mcp";
  AddressProbe second;
  second.url = below.text();
  co_await look_at(second, below, source, until);
  if (!second.error.empty()) co_return result;
  second.warnings.push_back({"path_added", cat("The MCP server lies at ", second.url, ".")});
  co_return second;
}

Task<void> AddressProbes::look_at(AddressProbe& result, Url url, UrlSource source, Until until) {
  auto served = served_at(url, source, TransportKind::streamable_http, clock_.now());
  ServerProbe opened = co_await probe_server(loop_, client_, clock_, served, until);
  if (opened.error.empty()) {
    take_open(result, opened);
    co_return;
  }
  if (opened.error == "upstream_unauthorized") {
    co_await find_sign_in(result, url, source, until);
    co_return;
  }
  std::string type;
  if (may_be_no_mcp(opened)) type = co_await type_of_page(url, source, until);
  if (type == "text/event-stream") {
    served = served_at(url, source, TransportKind::sse, clock_.now());
    ServerProbe legacy = co_await probe_server(loop_, client_, clock_, served, until);
    if (legacy.error.empty()) {
      result.transport = TransportKind::sse;
      result.warnings.push_back({"legacy_transport", "It speaks the old HTTP+SSE transport of 2024-11-05."});
      take_open(result, legacy);
      co_return;
    }
  }
  take_steps(result, opened);
  const bool is_other = !type.empty();
  std::string_view id = opened.error;
  if (is_other) id = "not_mcp";
  if (type == "text/html") id = "web_page";
  refuse(result, id, opened.message, url);
  if (!result.steps.empty()) result.steps.back().detail = result.message;
}

// The media type of what a browser would be shown there; "-" where it has none, empty where nothing answers.
Task<std::string> AddressProbes::type_of_page(Url url, UrlSource source, Until until) {
  OutgoingRequest request;
  request.url = url;
  request.giver = source;
  request.pool_key = "probe";
  request.headers.push_back({"Accept", "text/event-stream, text/html;q=0.5, */*;q=0.1"});
  std::string type;
  try {
    auto response = co_await client_.send(std::move(request), until);
    const std::string_view header = response.header("content-type").value_or("-");
    type = lower(trim(header.substr(0, header.find(';'))));
    response.close();
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::cancelled) throw;
  }
  co_return type;
}

Task<void> AddressProbes::find_sign_in(AddressProbe& result, Url url, UrlSource source, Until until) {
  const auto began = std::chrono::steady_clock::now();
  oauth::SignInTarget target;
  target.label = url.host;
  target.url = url;
  target.source = source;
  oauth::Trace trace;
  std::optional<oauth::Discovery> found;
  std::optional<Error> failure;
  try {
    auto challenge = co_await oauth_.ask(target, trace, until);
    found = co_await oauth_.discover(target, std::move(challenge), trace, until);
  } catch (const Error& error) {
    failure = error;
  }
  result.steps.push_back({"connect", true, {}, 0});
  ProbeStep step{"sign_in", true, {}, 0};
  step.duration_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
  if (failure) {
    refuse(result, failure->id(), failure->message(), url);
  } else if (found->server.is_guess) {
    const bool asks = !trace.empty() && trace.front().status == 401;
    if (asks) result.auth = Auth::key;
    if (!asks) refuse(result, "upstream_unauthorized", cat(url.host, " refuses everybody who asks."), url);
    step.detail = "It wants a key.";
  } else {
    const oauth::ServerMetadata& server = found->server;
    const auto& quirks = oauth::quirks_of(target, server);
    result.sign_in_host = parse_url(server.issuer).host;
    result.auth = Auth::oauth;
    if (server.takes_client_documents && oauth::can_use_client_document(public_url_))
      result.registration = "document";
    else if (server.registration_endpoint && quirks.register_by_hand.empty())
      result.registration = "dynamic";
    else
      result.auth = Auth::oauth_app;
    step.detail = cat("OAuth at ", result.sign_in_host, ".");
    if (result.auth == Auth::oauth_app)
      result.warnings.push_back(
          {"oauth_app",
           cat(quirks.name.empty() ? url.host : quirks.name,
               " does not let apps register themselves. An admin must create an app there with redirect "
               "address ",
               public_url_, "/oauth/callback and paste its ID here.")});
  }
  if (!result.error.empty()) {
    step.ok = false;
    step.detail = result.message;
  }
  result.steps.push_back(std::move(step));
}

}  // namespace patchbay::gateway
