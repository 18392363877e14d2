#include "cli/appliance.h"

#include "base/json.h"
#include "base/stream.h"
#include "base/text.h"
#include "cli/app.h"

namespace patchbay::cli {

namespace {

constexpr std::chrono::seconds request_time{60};

Task<bool> answers(Loop& loop, std::filesystem::path socket) {
  try {
    auto stream = co_await Stream::connect_unix(loop, std::move(socket), Until::in(std::chrono::seconds(2)));
    co_return stream.is_open();
  } catch (const Error&) {
    co_return false;
  }
}

Task<HttpReply> send(HttpClient& client, OutgoingRequest request) {
  const auto until = Until::in(request_time);
  auto response = co_await client.send(std::move(request), until);
  HttpReply reply;
  reply.status = response.status();
  reply.body = co_await response.read_all(until);
  co_return reply;
}

// The Error that an answer {"error", "message"} stands for.
Error error_of(const HttpReply& reply) {
  const Json body = Json::parse(reply.body, nullptr, false);
  const auto text = [&](const char* key) {
    return body.is_object() && body.contains(key) && body[key].is_string() ? body[key].get<std::string>()
                                                                           : std::string();
  };
  const auto id = text("error");
  const auto message = text("message");
  return Error(Error::Kind::invalid, id.empty() ? "refused" : id,
               message.empty() ? cat("The appliance answered with status ", reply.status, ".") : message);
}

}  // namespace

LoopThread::LoopThread(const Config& config) : loop_(1), resolver_(loop_) {
  HttpClient::Settings settings;
  settings.egress = std::make_shared<EgressPolicy>(config.egress);
  settings.proxy = config.proxy;
  client_ = std::make_unique<HttpClient>(loop_, resolver_, std::move(settings));
  thread_ = std::thread([this] { loop_.run(); });
}

LoopThread::~LoopThread() {
  loop_.run_on([](LoopThread& self) -> Task<void> {
    co_await self.loop_.drain(Deadline::in(std::chrono::seconds(5)), 1);
    self.client_.reset();
  }(*this));
  loop_.stop();
  thread_.join();
}

std::filesystem::path control_socket(const Config& config) {
  return config.data / "control.sock";
}

Appliance::Appliance(const Config& config) : config_(config) {
  const auto socket = control_socket(config);
  if (std::filesystem::exists(socket)) {
    loop_ = std::make_unique<LoopThread>(config);
    running_ = loop_->loop().run_on(answers(loop_->loop(), socket));
  }
  if (running_) return;
  loop_.reset();
  app_ = std::make_unique<App>(config);
  app_->start_offline();
}

Appliance::~Appliance() = default;

std::string Appliance::request_text(std::string_view method, const std::string& path, const Json& body) {
  HttpReply reply;
  const std::string text = body.is_null() ? std::string() : dump(body);
  if (running_) {
    OutgoingRequest request;
    request.method = method;
    request.url = parse_url(cat("http://localhost", path));
    request.unix_socket = control_socket(config_);
    if (!text.empty()) request.headers.push_back({"Content-Type", "application/json"});
    request.body = text;
    request.limits.first_byte_time = request_time;
    request.limits.body_bytes = 256 * 1024 * 1024;
    reply = loop_->loop().run_on(send(loop_->client(), std::move(request)));
  } else {
    HttpRequest request;
    request.method = method;
    request.path = path.substr(0, path.find('?'));
    if (const auto query = path.find('?'); query != std::string::npos) request.query = path.substr(query + 1);
    request.body = text;
    request.is_local = true;
    if (!text.empty()) request.headers.push_back({"content-type", "application/json"});
    reply = app_->handle(request);
  }
  if (reply.status >= 400) throw error_of(reply);
  return reply.body;
}

Json Appliance::request_all(const std::string& path, const char* things) {
  Json all = Json::array();
  std::string cursor;
  for (;;) {
    Json page = request("GET", cat(path, "?limit=1000", cursor));
    for (auto& one : page.at(things)) all.push_back(std::move(one));
    const auto next = page.find("next_cursor");
    if (next == page.end() || !next->is_string()) {
      page.erase("next_cursor");
      page[things] = std::move(all);
      return page;
    }
    cursor = cat("&cursor=", next->get<std::string>());
  }
}

Json Appliance::request(std::string_view method, const std::string& path, const Json& body) {
  const auto text = request_text(method, path, body);
  return text.empty() ? Json() : parse_json(text);
}

}  // namespace patchbay::cli
