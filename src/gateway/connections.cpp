#include "gateway/connections.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace patchbay::gateway {

namespace {

// Whether an error says that the server cannot be reached or spoken with, rather than that one call went
// wrong.
bool counts_against(const Error& error) {
  return error.kind() != Error::Kind::cancelled && error.kind() != Error::Kind::busy &&
         error.id() != "result_too_large" && error.id() != "upstream_closed" &&
         error.id() != "needs_connection";
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool replace_words(std::string& text, std::string_view what, std::string_view with) {
  bool found = false;
  for (auto at = what.empty() ? std::string::npos : text.find(what); at != std::string::npos;) {
    const auto end = at + what.size();
    const bool is_whole = (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
    if (is_whole) text.replace(at, what.size(), with);
    found = found || is_whole;
    at = text.find(what, is_whole ? at + with.size() : end);
  }
  return found;
}

// Who may use a server of the organisation is not told where it is (R90); the log is.
Error without_place(const Error& error, const ServedServer& served) {
  if (served.server.owner) return error;
  std::string message = error.message();
  bool named = replace_words(message, served.server.ca_file, "of this server");
  named = replace_words(message, parse_url(served.server.url).host, served.title()) || named;
  if (!named) return error;
  std::string detail = cat(error.message(), error.detail().empty() ? "" : " ", error.detail());
  return {error.kind(), error.id(), message, std::move(detail)};
}

// Frees a probe whatever happens to it.
class Probe {
 public:
  explicit Probe(bool& flag) : flag_(flag) {}
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe() { flag_ = false; }

 private:
  bool& flag_;
};

}  // namespace

std::string_view to_text(Health::State state) {
  switch (state) {
    case Health::State::ok:
      return "ok";
    case Health::State::error:
      return "error";
    case Health::State::unknown:
      break;
  }
  return "unknown";
}

bool same_destination(const ServedServer& a, const ServedServer& b) {
  const Server& left = a.server;
  const Server& right = b.server;
  const auto same_header = [](const mcp::SecretHeader& one, const mcp::SecretHeader& other) {
    return one.name == other.name && one.value.reveal() == other.value.reveal();
  };
  return left.url == right.url && left.transport == right.transport && left.auth == right.auth &&
         left.ca_file == right.ca_file && left.pin_sha256 == right.pin_sha256 &&
         left.timeout == right.timeout && a.problem == b.problem && a.account == b.account &&
         std::ranges::equal(a.headers, b.headers, same_header);
}

Connection::Connection(Loop& loop, HttpClient& client, const Clock& clock,
                       std::shared_ptr<const ServedServer> served, ConnectionSettings settings)
    : loop_(loop), client_(client), clock_(clock), served_(std::move(served)), settings_(settings) {
  health_.since = clock_.now();
}

std::shared_ptr<mcp::Upstream> Connection::make_session() {
  const Server& server = served_->server;
  mcp::ServerAddress address;
  address.label = served_->title();
  address.url = parse_url(server.url);
  address.giver = server.owner ? UrlSource::member : UrlSource::admin;
  if (!server.ca_file.empty() || !server.pin_sha256.empty())
    address.tls = std::make_shared<TlsClient>(TlsTrust{server.ca_file, server.pin_sha256});
  address.pool_key = pool_key_ = cat(server.id.text(), ":", server.revision, ":",
                                     served_->member ? served_->member->text() : "", ":", served_->account);
  address.headers = served_->headers;
  address.tokens = served_->tokens;
  address.limits.first_byte_time = server.timeout;
  address.stream_silence = settings_.stream_silence;
  auto transport = server.transport == TransportKind::sse
                       ? mcp::make_sse_transport(loop_, client_, std::move(address))
                       : mcp::make_http_transport(loop_, client_, std::move(address));
  mcp::UpstreamSettings settings;
  settings.label = served_->title();
  settings.in_flight = settings_.in_flight;
  auto session = std::make_shared<mcp::Upstream>(loop_, std::move(transport), std::move(settings));
  session->on_list_changed([weak = weak_from_this()](std::string_view method) {
    const auto self = weak.lock();
    if (self && method == mcp::method::tools_list_changed && self->list_changed_) self->list_changed_();
  });
  return session;
}

void Connection::require_rested() {
  if (!served_->problem.empty()) throw Error::upstream(served_->problem_id, served_->problem);
  if (failures_ < settings_.failures_to_break) return;
  if (probing_ || std::chrono::steady_clock::now() < resting_until_)
    throw Error::upstream(
        "upstream_down",
        cat("\"", served_->title(), "\" is not answering. Patchbay tries it again in a few seconds."),
        health_.message);
}

Task<std::shared_ptr<mcp::Upstream>> Connection::session(Until until) {
  if (closed_)
    throw Error::upstream("upstream_closed",
                          cat("The connection to \"", served_->title(), "\" was closed. Try again."));
  last_used_ = std::chrono::steady_clock::now();
  if (!session_) session_ = make_session();
  auto session = session_;
  if (!session->is_open()) {
    co_await session->open(until.sooner(Deadline::in(settings_.open_time)));
    description_ = session->server();
  }
  co_return session;
}

Task<mcp::Answer> Connection::call(std::string_view method, std::string params,
                                   mcp::Upstream::ProgressHook progress, Until until) {
  const auto self = shared_from_this();
  require_rested();
  std::optional<Probe> probe;
  if (failures_ >= settings_.failures_to_break) {
    probing_ = true;
    probe.emplace(probing_);
  }
  try {
    auto session = co_await this->session(until);
    auto answer = co_await session->call(method, std::move(params), std::move(progress), until);
    succeeded();
    co_return answer;
  } catch (const Error& told) {
    const Error error = without_place(told, *served_);
    if (counts_against(error)) failed(error);
    throw error;
  }
}

Task<mcp::ToolList> Connection::list_tools(Until until) {
  const auto self = shared_from_this();
  if (!served_->problem.empty()) {
    set_health(Health::State::error, served_->problem_id, served_->problem);
    throw Error::upstream(served_->problem_id, served_->problem);
  }
  Until whole = until.sooner(Deadline::in(settings_.open_time));
  try {
    auto session = co_await this->session(whole);
    auto list = co_await session->list_tools(whole);
    succeeded();
    co_return list;
  } catch (const Error& told) {
    const Error error = without_place(told, *served_);
    if (counts_against(error) || error.id() == "result_too_large") failed(error);
    if (error.id() == "needs_connection") set_health(Health::State::error, error.id(), error.message());
    throw error;
  }
}

Task<void> Connection::open(Until until) {
  const auto self = shared_from_this();
  if (!served_->problem.empty()) throw Error::upstream(served_->problem_id, served_->problem);
  co_await session(until.sooner(Deadline::in(settings_.open_time)));
}

void Connection::succeeded() {
  failures_ = 0;
  pause_ = std::chrono::milliseconds(0);
  if (health_.state != Health::State::ok) set_health(Health::State::ok, "", "");
}

void Connection::failed(const Error& error) {
  ++failures_;
  if (failures_ >= settings_.failures_to_break) {
    pause_ = pause_.count() == 0 ? settings_.first_pause : std::min(pause_ * 2, settings_.longest_pause);
    resting_until_ = std::chrono::steady_clock::now() + pause_;
  }
  // A call that timed out says little about a server that answered others a moment ago.
  if (error.kind() == Error::Kind::timeout && health_.state == Health::State::ok &&
      failures_ < settings_.failures_to_break)
    return;
  set_health(Health::State::error, error.id(), error.message());
}

void Connection::set_health(Health::State state, std::string reason, std::string message) {
  if (health_.state == state && health_.reason == reason) return;
  if (state == Health::State::error)
    log::warn("server.failing", {{"server", served_->server.slug}, {"reason", reason}, {"message", message}});
  else
    log::info("server.working", {{"server", served_->server.slug}});
  health_ = {state, std::move(reason), std::move(message), clock_.now()};
  if (health_changed_) health_changed_();
}

void Connection::close_if_idle(Deadline::Time now) {
  if (!session_ || session_->in_flight() > 0 || now - last_used_ < settings_.idle_time) return;
  if (session_->server().tells_list_changes) return;  // its events keep our list fresh
  auto session = std::move(session_);
  session_ = nullptr;
  loop_.spawn("connection.close_idle", [](std::shared_ptr<mcp::Upstream> old) -> Task<void> {
    co_await old->close(Until::in(std::chrono::seconds(5)));
  }(std::move(session)));
}

Task<void> Connection::close(Until until) {
  const auto self = shared_from_this();
  closed_ = true;
  list_changed_ = nullptr;
  health_changed_ = nullptr;
  auto session = std::move(session_);
  session_ = nullptr;
  try {
    if (session) co_await session->close(until);
  } catch (const Error&) {
    client_.forget(pool_key_);
    throw;
  }
  client_.forget(pool_key_);
}

}  // namespace patchbay::gateway
