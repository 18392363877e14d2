#include "gateway/server_probe.h"

#include "base/encoding.h"
#include "base/text.h"

namespace patchbay::gateway {

namespace {

constexpr std::size_t longest_message = 1000;
constexpr std::size_t shortest_secret = 6;

void replace_all(std::string& text, std::string_view what) {
  if (what.size() < shortest_secret) return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), "[secret]");
}

// A server may repeat what it was sent: our own words about it must not.
std::string without_secrets(std::string text, const ServedServer& served) {
  for (const auto& header : served.headers) {
    const std::string_view value = header.value.reveal();
    replace_all(text, value);
    if (const auto space = value.find(' '); space != std::string_view::npos)
      replace_all(text, value.substr(space + 1));
  }
  return clean_text(text, longest_message, false);
}

// Whether the way to the server failed, rather than the conversation with it.
bool is_about_the_way(std::string_view id) {
  if (id == "upstream_unreachable") return true;
  return !id.starts_with("upstream_") && id != "connection_lost" && id != "cancelled";
}

std::int64_t since(Deadline::Time began) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began)
      .count();
}

class Tracer {
 public:
  Tracer(ServerProbe& probe, const ServedServer& served) : probe_(probe), served_(served) {}
  void begin() { began_ = std::chrono::steady_clock::now(); }
  void done(std::string_view step, std::string detail) {
    probe_.steps.push_back({step, true, std::move(detail), since(began_)});
  }
  void failed(std::string_view step, const Error& error) {
    probe_.error = error.id();
    probe_.message = without_secrets(error.message(), served_);
    probe_.steps.push_back({step, false, probe_.message, since(began_)});
  }

 private:
  ServerProbe& probe_;
  const ServedServer& served_;
  Deadline::Time began_{};
};

Task<void> look(Loop& loop, Connection& connection, const std::shared_ptr<const ServedServer>& served,
                ServerProbe& probe, Until until) {
  Tracer tracer(probe, *served);
  tracer.begin();
  if (!served->problem.empty()) {
    tracer.failed("configure", Error::upstream(served->problem_id, served->problem));
    co_return;
  }
  tracer.done("configure", "");
  std::optional<Error> failure;
  try {
    co_await connection.open(until);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    const bool is_way = is_about_the_way(failure->id());
    if (!is_way) tracer.done("connect", "");
    tracer.failed(is_way ? "connect" : "negotiate", *failure);
    co_return;
  }
  probe.said = connection.description();
  tracer.done("connect", "");
  tracer.done("negotiate", cat(clean_text(probe.said.name, 80, false), ", protocol ", probe.said.version));
  tracer.begin();
  try {
    auto list = co_await connection.list_tools(until);
    probe.prepared = co_await loop.on_worker(
        [&]() -> std::shared_ptr<const PreparedServer> { return prepare_server(served, probe.said, list); });
    tracer.done("list", cat(list.tools.size(), list.tools.size() == 1 ? " tool" : " tools"));
  } catch (const Error& error) {
    tracer.failed("list", error);
  }
}

}  // namespace

Task<ServerProbe> probe_server(Loop& loop, HttpClient& client, const Clock& clock,
                               std::shared_ptr<const ServedServer> served, Until until) {
  auto connection = std::make_shared<Connection>(loop, client, clock, served, ConnectionSettings{});
  ServerProbe probe;
  co_await look(loop, *connection, served, probe, until);
  // Whoever has given up waits for no farewell either.
  Until goodbye = Until::by(Deadline::in(std::chrono::seconds(5)), until.cancel);
  try {
    co_await connection->close(goodbye);
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::cancelled) throw;
  }
  co_return probe;
}

}  // namespace patchbay::gateway
