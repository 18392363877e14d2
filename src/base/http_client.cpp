#include "base/http_client.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>

#include "base/http_answer_scan.h"
#include "base/http_dialer.h"
#include "base/http_pool.h"
#include "base/http_request.h"
#include "base/text.h"

namespace patchbay {

namespace http = boost::beast::http;
using boost::beast::error_code;
using Text = boost::beast::string_view;

namespace {

Error too_slow(const std::string& host) {
  return Error::timeout("upstream_timeout", cat("The server at ", host, " did not answer in time."));
}

Error unreachable(const std::string& host, std::string detail) {
  return Error::upstream("upstream_unreachable", cat("The server at ", host, " cannot be reached."),
                         std::move(detail));
}

// The connection was closed where an answer was due.
Error lost() {
  return Error::upstream("connection_lost", "The connection was closed before it answered.");
}

// What the layers below throw, in the words of the caller's world.
[[noreturn]] void rethrow_for(const std::string& host, const Error& error) {
  if (error.kind() == Error::Kind::timeout) throw too_slow(host);
  if (error.id() == "connect_failed") throw unreachable(host, error.detail());
  if (error.id() == "connection_lost") throw unreachable(host, error.message());
  throw error;
}

// Beast's parser, with what it accepts narrowed down. Headers go into one string.
class ResponseParser final : public http::basic_parser<false> {
 public:
  struct Slot {
    std::uint32_t at;
    std::uint32_t name;
    std::uint32_t value;
  };
  ResponseParser() {
    body_limit(boost::none);
    header_limit(1 << 20);  // the real limit was kept before the parser sees a byte
  }

  std::string_view name(const Slot& slot) const { return std::string_view(text_).substr(slot.at, slot.name); }
  std::string_view value(const Slot& slot) const {
    return std::string_view(text_).substr(slot.at + slot.name, slot.value);
  }
  std::optional<std::string_view> header(std::string_view wanted) const {
    for (const Slot& slot : slots)
      if (name(slot) == wanted) return value(slot);
    return std::nullopt;
  }
  std::ptrdiff_t count(std::string_view wanted) const {
    return std::count_if(slots.begin(), slots.end(), [&](const Slot& slot) { return name(slot) == wanted; });
  }

  int status = 0;
  int version = 0;
  std::vector<Slot> slots;
  std::string_view piece;  // of the body, as the last put() found it

 private:
  void on_request_impl(http::verb, Text, Text, int, error_code&) override {}
  void on_response_impl(int code, Text, int its_version, error_code&) override {
    status = code;
    version = its_version;
    slots.reserve(16);
    text_.reserve(512);
  }
  void on_field_impl(http::field, Text name, Text value, error_code&) override {
    if (is_header_done()) return;  // trailers say nothing that we use
    slots.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
    for (const char c : name) text_ += ascii_lower(c);
    text_.append(value.data(), value.size());
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(Text body, error_code&) override {
    piece = {body.data(), body.size()};
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, error_code&) override {
    piece = {body.data(), body.size()};
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  std::string text_;
};

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Framing that could be read in two ways is refused (RFC 9112 §6), and so is a body in any coding.
void check_framing(const ResponseParser& parser, const std::string& host) {
  const auto length = parser.header("content-length");
  const auto coding = parser.header("transfer-encoding");
  if (parser.status < 100 || parser.status == 101) throw broken_answer(host, "an unexpected status");
  if (length && (coding || parser.count("content-length") > 1 || !is_digits(*length)))
    throw broken_answer(host, "contradicting lengths");
  if (coding && (parser.count("transfer-encoding") > 1 || !equal_ignoring_case(*coding, "chunked") ||
                 parser.version != 11))
    throw broken_answer(host, "an unknown transfer encoding");
  if (const auto encoded = parser.header("content-encoding");
      encoded && !equal_ignoring_case(*encoded, "identity"))
    throw broken_answer(host, "an encoded body, though none was asked for");
}

// Reads over interim answers to the head of the real one. Throws connection_lost where the connection ends
// instead.
Task<void> read_head(HttpConnection& connection, std::optional<ResponseParser>& parser,
                     const HttpLimits& limits, const std::string& host, bool skips_body, const Until& until) {
  for (int interim = 0; interim <= limits.interim_answers; ++interim) {
    HeadScan scan;
    std::size_t length = 0;
    std::optional<Until> head_until;  // a server may think for long, but not write its head for long
    const Until* patience = &until;
    while ((length = scan.scan(connection.unread(), limits, host)) == 0) {
      if (!head_until && !connection.unread().empty()) {
        head_until = until.sooner(Deadline::in(limits.head_time));
        patience = &*head_until;
      }
      const bool has_more = co_await connection.fill(limits.head_bytes + 1, *patience);
      if (!has_more) throw lost();
    }
    parser.emplace();
    parser->skip(skips_body);
    error_code code;
    const auto used = parser->put(boost::asio::buffer(connection.unread().data(), length), code);
    if (code || used != length) throw broken_answer(host, code.message());
    connection.begin += used;
    check_framing(*parser, host);
    if (parser->status >= 200) co_return;
  }
  throw broken_answer(host, "too many interim answers");
}

// RFC 9110 §9.3.6.
Task<void> open_tunnel(HttpConnection& proxy, std::string target, const HttpLimits& limits, Until until) {
  const auto ask = cat("CONNECT ", target, " HTTP/1.1\r\nHost: ", target, "\r\n\r\n");
  co_await proxy.stream.write(ask, {}, until);
  std::optional<ResponseParser> parser;
  co_await read_head(proxy, parser, limits, "the egress proxy", true, until);
  if (parser->status / 100 != 2 || !proxy.unread().empty())
    throw Error::upstream("connect_failed", "The egress proxy refused.", cat("it answered ", parser->status));
}

}  // namespace

struct HttpClient::Parts : std::enable_shared_from_this<Parts> {
  Parts(Loop& loop, Resolver& resolver, Settings its_settings)
      : settings(std::move(its_settings)),
        pool(loop, settings.idle_connections, settings.idle_time),
        dialer(loop, resolver, settings, open_tunnel) {}

  std::string_view key_of(const OutgoingRequest& request);
  Task<std::unique_ptr<HttpResponse::Parts>> exchange(std::unique_ptr<HttpConnection> connection,
                                                      const OutgoingRequest& request, bool reused,
                                                      const Until& until);

  Settings settings;
  HttpPool pool;
  HttpDialer dialer;
  std::string key;  // the last one made, for its memory
  unsigned generation = 0;
  bool closed = false;
};

struct HttpResponse::Parts {
  std::shared_ptr<HttpClient::Parts> client;
  std::unique_ptr<HttpConnection> connection;
  std::optional<ResponseParser> parser;
  HttpLimits limits;
  std::string host;
  bool given = true;      // the parser's piece has been handed out
  bool is_sound = false;  // the head was accepted

  ~Parts();
  void parse();
  Task<std::string_view> next_piece(const Until& until);
};

// A connection may serve again only where the answer was read to its very end and nothing came after it.
HttpResponse::Parts::~Parts() {
  if (!connection || !is_sound || !parser->is_done() || client->closed) return;
  if (parser->keep_alive() && connection->unread().empty()) client->pool.give(std::move(connection));
}

// Lets the parser go on over what has been read, until it finds a piece of the body, the end, or wants more.
void HttpResponse::Parts::parse() {
  parser->piece = {};
  while (!connection->unread().empty() && !parser->is_done() && parser->piece.empty()) {
    const auto bytes = connection->unread();
    error_code code;
    connection->begin += parser->put(boost::asio::buffer(bytes.data(), bytes.size()), code);
    if (code == http::error::need_more) return;
    if (code) throw broken_answer(host, code.message());
  }
}

Task<std::string_view> HttpResponse::Parts::next_piece(const Until& until) {
  for (;;) {
    if (std::exchange(given, true)) parse();
    if (!parser->piece.empty()) co_return parser->piece;
    if (parser->is_done()) co_return std::string_view();
    if (connection->unread().size() >= limits.head_bytes)
      throw broken_answer(host, "a chunk line that does not end");
    Until limited = until.sooner(Deadline::in(limits.idle_time));
    if (co_await connection->fill(limits.head_bytes, limited)) continue;
    error_code code;
    parser->put_eof(code);
    if (code) throw broken_answer(host, "the connection was closed before the answer was complete");
  }
}

HttpResponse::HttpResponse(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
HttpResponse::HttpResponse(HttpResponse&&) noexcept = default;
HttpResponse& HttpResponse::operator=(HttpResponse&&) noexcept = default;
HttpResponse::~HttpResponse() = default;

int HttpResponse::status() const {
  return parts_->parser->status;
}

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  return parts_->parser->header(name);
}

std::size_t HttpResponse::header_count() const {
  return parts_->parser->slots.size();
}

Header HttpResponse::header_at(std::size_t index) const {
  const auto& parser = *parts_->parser;
  const auto& slot = parser.slots.at(index);
  return {std::string(parser.name(slot)), std::string(parser.value(slot))};
}

// A piece that is found here stays found: next_piece() gives it out before it parses on.
bool HttpResponse::has_ended() {
  if (parts_->parser->piece.empty() || parts_->given) parts_->parse();
  parts_->given = parts_->parser->piece.empty();
  return parts_->parser->is_done() && parts_->given;
}

void HttpResponse::close() {
  parts_->connection = nullptr;
}

Task<std::string> HttpResponse::read_all(Until until) {
  const auto limit = parts_->limits.body_bytes;
  const auto refuse = [&] {
    throw Error::upstream("result_too_large", cat("The answer of the server at ", parts_->host,
                                                  " is larger than ", limit, " bytes. Ask for less of it."));
  };
  std::string body;
  try {
    if (const auto length = parts_->parser->content_length_remaining()) {
      if (*length > limit) refuse();
      body.reserve(static_cast<std::size_t>(*length));
    }
    for (;;) {
      const auto piece = co_await parts_->next_piece(until);
      if (piece.empty()) co_return body;
      if (body.size() + piece.size() > limit) refuse();
      body += piece;
    }
  } catch (const Error& error) {
    rethrow_for(parts_->host, error);
  }
}

Task<std::string_view> HttpResponse::read_some(Until until) {
  try {
    co_return co_await parts_->next_piece(until);
  } catch (const Error& error) {
    rethrow_for(parts_->host, error);
  }
}

// Names what connections have in common that may stand in for one another.
std::string_view HttpClient::Parts::key_of(const OutgoingRequest& request) {
  const auto number = [](auto value) { return static_cast<int>(value); };
  key.clear();
  key.append(request.url.scheme).append(" ").append(request.url.host);
  const auto add = [&](auto value) {
    key += ' ';
    text_detail::append(key, value);
  };
  add(request.url.port);
  add(number(request.giver.source));
  add(number(request.giver.connection));
  add(number(request.giver.connection_reach));
  add(generation);
  add(reinterpret_cast<std::uintptr_t>(dialer.trust_of(request).get()));
  key.append(" ").append(request.pool_key);
  if (!request.unix_socket.empty()) key.append(" ").append(request.unix_socket.native());
  return key;
}

HttpClient::HttpClient(Loop& loop, Resolver& resolver, Settings settings)
    : parts_(std::make_shared<Parts>(loop, resolver, std::move(settings))) {
  if (parts_->settings.proxy && parts_->settings.proxy->is_https())
    throw Error::invalid("proxy", "The egress proxy's URL must begin with http://.");
}

HttpClient::~HttpClient() {
  parts_->closed = true;
  parts_->pool.clear();
}

Task<HttpResponse> HttpClient::send(OutgoingRequest request, Until until) {
  const auto parts = parts_;
  try {
    bool may_reuse = true;
    for (;;) {
      const std::string_view key = parts->key_of(request);
      auto connection = may_reuse ? parts->pool.take(key) : nullptr;
      const bool reused = connection != nullptr;
      if (!connection) connection = co_await parts->dialer.dial(request, until);
      if (auto answer = co_await parts->exchange(std::move(connection), request, reused, until))
        co_return HttpResponse(std::move(answer));
      may_reuse = false;
    }
  } catch (const Error& error) {
    rethrow_for(request.url.host, error);
  }
}

// Sends the request and reads the head of its answer. Null where a kept connection turned out to be dead.
Task<std::unique_ptr<HttpResponse::Parts>> HttpClient::Parts::exchange(
    std::unique_ptr<HttpConnection> connection, const OutgoingRequest& request, bool reused,
    const Until& until) {
  auto answer = std::make_unique<HttpResponse::Parts>();
  answer->client = shared_from_this();
  answer->limits = request.limits;
  answer->host = request.url.host;
  if (connection->key.empty()) {
    connection->key = key_of(request);
    connection->pool_key = request.pool_key;
  }
  connection->answered = false;
  write_request_head(connection->head, request, connection->absolute);
  answer->connection = std::move(connection);
  try {
    co_await answer->connection->stream.write(answer->connection->head, request.body,
                                              until.sooner(Deadline::in(request.limits.idle_time)));
    co_await read_head(*answer->connection, answer->parser, request.limits, answer->host,
                       request.method == "HEAD", until.sooner(Deadline::in(request.limits.first_byte_time)));
    answer->is_sound = true;
  } catch (const Error& error) {
    if (error.id() != "connection_lost" || !reused || answer->connection->answered) throw;
    answer = nullptr;
  }
  co_return answer;
}

void HttpClient::set_egress(std::shared_ptr<const EgressPolicy> egress) {
  parts_->settings.egress = std::move(egress);
  ++parts_->generation;
  parts_->pool.clear();
}

void HttpClient::forget(std::string_view pool_key) {
  parts_->pool.forget(pool_key);
}

Task<std::vector<Address>> HttpClient::resolve(Url url, UrlGiver giver, Until until) {
  co_return co_await parts_->dialer.resolve(url, giver, until);
}

std::size_t HttpClient::idle_connections() const {
  return parts_->pool.size();
}

}  // namespace patchbay
