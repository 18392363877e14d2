#include "cli/tool_call.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <thread>

#include "base/json.h"
#include "base/text.h"
#include "base/url.h"
#include "cli/appliance.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "mcp/http_transport.h"
#include "mcp/upstream.h"

namespace patchbay::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto open_time = 15s;
constexpr auto call_time = 15min;  // a server's own timeout is shorter

// Ctrl-C as a signal to be waited for. Made before any other thread, so that all of them leave it alone.
class Interrupts {
 public:
  Interrupts() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  ~Interrupts() {
    watcher_ = {};
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  void watch(std::function<void()> first) {
    watcher_ = std::jthread([this, first = std::move(first)](const std::stop_token& stop) {
      const timespec moment{0, 100'000'000};
      bool asked = false;
      while (!stop.stop_requested()) {
        if (sigtimedwait(&signals_, nullptr, &moment) != SIGINT) continue;
        if (asked) ::_exit(130);
        asked = true;
        first();
      }
    });
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
  std::jthread watcher_;
};

mcp::ServerAddress address_of(const Config& config, const ToolCall& call) {
  mcp::ServerAddress address;
  address.label = "Patchbay";
  address.pool_key = "cli";
  if (call.url.empty()) {
    address.url = parse_url("http://localhost/mcp");
    address.unix_socket = control_socket(config);
    return address;
  }
  address.url = parse_url(endpoint_url(call.url));
  address.headers.push_back({"Authorization", Secret(cat("Bearer ", call.token))});
  return address;
}

Task<mcp::Answer> ask(LoopThread& thread, mcp::ServerAddress address, const ToolCall& call,
                      CancelToken cancel) {
  Loop& loop = thread.loop();
  mcp::UpstreamSettings settings;
  settings.label = "Patchbay";
  auto session = std::make_shared<mcp::Upstream>(
      loop, mcp::make_http_transport(loop, thread.client(), std::move(address)), settings);
  std::optional<mcp::Answer> answer;
  std::optional<Error> failure;
  try {
    co_await session->open({Deadline::in(open_time), cancel});
    auto params = cat("{\"name\":", quote_string(call.tool), ",\"arguments\":", call.arguments, "}");
    answer = co_await session->call(mcp::method::tools_call, std::move(params), call.progress,
                                    {Deadline::in(call_time), cancel});
  } catch (const Error& error) {
    failure = error;  // the session is ended in any case
  }
  co_await session->close(Until::in(2s));
  if (failure) throw Error(*failure);
  co_return std::move(*answer);
}

std::string percent_of(const Json& progress) {
  const auto done = progress.find("progress");
  const auto total = progress.find("total");
  if (done == progress.end() || !done->is_number()) return "";
  if (total == progress.end() || !total->is_number() || total->get<double>() <= 0)
    return cat(static_cast<std::int64_t>(std::clamp(done->get<double>(), 0.0, 1e15)), " done");
  return cat(
      static_cast<std::int64_t>(std::clamp(100 * done->get<double>() / total->get<double>(), 0.0, 100.0)),
      "%");
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

ToolAnswer call_tool(const Config& config, ToolCall call) {
  if (call.url.empty() && !std::filesystem::exists(control_socket(config)))
    throw Error::invalid(
        "not_running",
        cat("No Patchbay runs on ", config.data.string(),
            ". Start it with patchbay serve, or name another one with --url and PATCHBAY_TOKEN."));
  Interrupts interrupts;
  LoopThread thread(config);
  CancelSource source;
  interrupts.watch(
      [&thread, source]() mutable { thread.loop().post([source]() mutable { source.cancel(); }); });
  auto answer = thread.loop().run_on(ask(thread, address_of(config, call), call, source.token()));
  return {std::string(answer.part()), answer.is_error};
}

std::string endpoint_url(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  if (!url.ends_with("/mcp")) return parse_url(cat(url, "/mcp")).text();
  return parse_url(url).text();
}

std::string progress_line(std::string_view params) {
  const Json progress = Json::parse(params, nullptr, false);
  if (!progress.is_object()) return "";
  const auto share = percent_of(progress);
  const auto message = one_line(text_at(progress, "message"), 100);
  return cat(share, share.empty() || message.empty() ? "" : " ", message);
}

std::string result_text(std::string_view result) {
  const Json json = Json::parse(result, nullptr, false);
  std::string out;
  const auto add = [&out](std::string text) {
    if (text.empty()) return;
    out += text;
    if (!out.ends_with('\n')) out += '\n';
  };
  if (!json.is_object()) return "";
  if (json.contains("content") && json["content"].is_array())
    for (const auto& part : json["content"]) {
      if (!part.is_object()) continue;
      const auto type = text_at(part, "type");
      if (type == "text")
        add(printable(text_at(part, "text")));
      else
        add(cat("[", one_line(type, 40), " ",
                one_line(text_at(part, type == "resource_link" ? "uri" : "mimeType"), 200), "]"));
    }
  if (out.empty() && json.contains("structuredContent")) add(printable(dump(json["structuredContent"])));
  return out;
}

}  // namespace patchbay::cli
