#include "base/http_front.h"

#include <map>

#include "base/http_connection.h"
#include "base/http_reply.h"
#include "base/log.h"

namespace patchbay {

using namespace std::chrono_literals;

namespace {

constexpr int backlog = 1024;
constexpr auto last_words = 500ms;  // for handlers to end their streams after they were told to stop
constexpr auto most_patience = 5s;  // for handlers that do not notice

const std::string& busy_answer() {
  static const std::string answer = [] {
    const HttpReply reply =
        error_reply(Error::busy("too_many_connections", "Too many connections are open. Try again."));
    std::string out;
    append_head(out, reply.status, reply.headers, BodyForm::counted, reply.body.size(), false);
    return out + reply.body;
  }();
  return answer;
}

// Beyond the limit nothing is read and nothing is waited for.
Task<void> turn_away(Stream stream, bool is_tls) {
  try {
    if (!is_tls) co_await stream.write(busy_answer(), "", Until::in(0ms));
  } catch (const Error&) {
  }
  stream.close();
}

Task<void> serve_connection(std::shared_ptr<FrontShare> share, Stream stream, bool is_local,
                            std::shared_ptr<TlsServer> tls) {
  HttpConnection connection(std::move(share), std::move(stream), is_local);
  co_await connection.serve(std::move(tls));
}

}  // namespace

struct HttpFront::Parts {
  std::shared_ptr<FrontShare> share;
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  std::shared_ptr<std::map<std::string, std::size_t>> peers =
      std::make_shared<std::map<std::string, std::size_t>>();

  void admit(Stream stream, bool is_local, const std::shared_ptr<TlsServer>& tls) {
    const FrontLimits& limits = share->config.limits;
    if (!is_local && share->counts.connections >= limits.connections)
      return refuse(std::move(stream), tls != nullptr);
    if (is_local || limits.connections_per_peer == 0)
      return share->loop.spawn("http.connection", serve_connection(share, std::move(stream), is_local, tls));
    const std::string peer = stream.peer();
    if ((*peers)[peer] >= limits.connections_per_peer) return refuse(std::move(stream), tls != nullptr);
    share->loop.spawn("http.connection", serve_counted(share, peers, std::move(stream), tls));
  }

  void refuse(Stream stream, bool is_tls) {
    ++share->counts.refused;
    share->loop.spawn("http.turn_away", turn_away(std::move(stream), is_tls));
  }

  static Task<void> serve_counted(std::shared_ptr<FrontShare> share,
                                  std::shared_ptr<std::map<std::string, std::size_t>> peers, Stream stream,
                                  std::shared_ptr<TlsServer> tls) {
    const std::string peer = stream.peer();
    ++(*peers)[peer];
    co_await serve_connection(std::move(share), std::move(stream), false, std::move(tls));
    if (--(*peers)[peer] == 0) peers->erase(peer);
  }

  void stop_listening() {
    for (const auto& acceptor : acceptors) acceptor->close();
    acceptors.clear();
    share->stopping = true;
    share->stop_waiting.cancel();
  }

  void cancel_exchanges(bool listening_only) {
    for (HttpConnection* one = share->first; one; one = one->next)
      if (!listening_only || one->is_listening()) one->cancel_gone();
  }

  Task<bool> all_ended(Deadline deadline) {
    Until until = Until::by(deadline, CancelToken());
    while (share->first)
      if (co_await share->ended.wait(until) != Wake::ready) co_return false;
    co_return true;
  }
};

HttpFront::HttpFront(Loop& loop, FrontConfig config, Route route, DataHandler data, ControlHandler control)
    : parts_(std::make_unique<Parts>()) {
  auto& share = parts_->share = std::make_shared<FrontShare>(loop);
  share->config = std::move(config);
  share->route = std::move(route);
  share->data = std::move(data);
  share->control = std::move(control);
}

HttpFront::~HttpFront() {
  parts_->stop_listening();
  parts_->cancel_exchanges(false);
  parts_->share->stop_all.cancel();
}

std::uint16_t HttpFront::listen_tcp(const Address& address, std::uint16_t port,
                                    std::shared_ptr<TlsServer> tls) {
  auto acceptor = Acceptor::tcp(parts_->share->loop, address, port, backlog);
  const auto real_port = acceptor->port();
  acceptor->start(
      [this, tls = std::move(tls)](Stream stream) { parts_->admit(std::move(stream), false, tls); });
  parts_->acceptors.push_back(std::move(acceptor));
  return real_port;
}

void HttpFront::listen_unix(const std::string& path) {
  auto acceptor = Acceptor::unix_socket(parts_->share->loop, path);
  acceptor->start([this](Stream stream) { parts_->admit(std::move(stream), true, nullptr); });
  parts_->acceptors.push_back(std::move(acceptor));
}

Task<void> HttpFront::shut_down(Deadline deadline) {
  parts_->stop_listening();
  parts_->cancel_exchanges(true);
  bool ended = co_await parts_->all_ended(deadline);
  if (!ended) {
    parts_->cancel_exchanges(false);
    ended = co_await parts_->all_ended(Deadline::in(last_words));
  }
  if (!ended) {
    parts_->share->stop_all.cancel();
    ended = co_await parts_->all_ended(Deadline::in(most_patience));
  }
  if (!ended) log::error("http.requests_left", {{"count", parts_->share->counts.connections}});
}

HttpFront::Counts HttpFront::counts() const {
  return parts_->share->counts;
}

}  // namespace patchbay
