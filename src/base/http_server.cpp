#include "base/http_server.h"

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/http_reply.h"
#include "base/log.h"
#include "base/text.h"

namespace patchbay {

namespace {

// One request in, one reply out, all of it in memory. The functions without `override` belong to later
// versions.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string text) : in_(std::move(text)) {}
  bool is_readable() const override { return read_ < in_.size(); }
  bool is_writable() const override { return true; }
  bool wait_readable() const { return true; }
  bool wait_writable() const { return true; }
  time_t duration() const { return 0; }
  ssize_t read(char* into, std::size_t size) override {
    const auto count = in_.copy(into, size, read_);
    read_ += count;
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* from, std::size_t size) override {
    written.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override { nowhere(ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { nowhere(ip, port); }
  socket_t socket() const override { return INVALID_SOCKET; }

  std::string written;

 private:
  static void nowhere(std::string& ip, int& port) {
    ip.clear();
    port = 0;
  }
  std::string in_;
  std::size_t read_ = 0;
};

// The head of the request as the library shall read it. It percent-decodes header values (CVE-2026-45372), so
// "%" is written as "%25". Left out is what would make it compress or cut replies. The body stays with us:
// our handler is called before the library would read it.
std::string serialize(const HttpRequest& request) {
  std::string out = cat(request.method, " ", request.path, request.query.empty() ? "" : "?", request.query,
                        " HTTP/1.1\r\n");
  for (const Header& header : request.headers) {
    if (header.name == "accept-encoding" || header.name == "range" || header.name == "expect") continue;
    out += header.name;
    out += ": ";
    for (const char c : header.value) {
      if (c == '%')
        out += "%25";
      else
        out += c;
    }
    out += "\r\n";
  }
  out += "connection: close\r\n\r\n";
  return out;
}

// What the library wrote, read back:  "HTTP/1.1 " 3DIGIT [ SP reason ] CR LF *( name ": " value CR LF ) CR LF
// body
std::optional<HttpReply> parse_reply(std::string_view text) {
  constexpr std::string_view version = "HTTP/1.1 ";
  const auto head_end = text.find("\r\n\r\n");
  if (head_end == std::string_view::npos || !text.starts_with(version)) return std::nullopt;
  std::string_view head = text.substr(version.size(), head_end + 2 - version.size());
  const auto status = parse_number<int>(head.substr(0, 3));
  if (!status || *status < 100) return std::nullopt;
  HttpReply reply{*status, {}, std::string(text.substr(head_end + 4))};
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 2);
    if (equal_ignoring_case(name, "content-length") && parse_number<std::size_t>(value) != reply.body.size())
      return std::nullopt;
    const bool is_framing = equal_ignoring_case(name, "content-length") ||
                            equal_ignoring_case(name, "connection") ||
                            equal_ignoring_case(name, "keep-alive");
    if (!is_framing) reply.headers.push_back({std::string(name), std::string(value)});
  }
  return reply;
}

// One of these per worker, so that it knows which request the library is busy with.
class Guarded final : public httplib::Server {
 public:
  explicit Guarded(const ControlPlane::Handler& handler) : handler_(handler) {
    set_pre_routing_handler([this](const httplib::Request& read, httplib::Response& response) {
      dispatch(read, response);
      return HandlerResponse::Handled;
    });
    // Without it the library puts the words of the exception into a header (CVE-2026-28434).
    set_exception_handler([](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
      write(internal_error_reply(), response);
    });
  }

  HttpReply answer(HttpRequest request) {
    // A HEAD is answered like its GET; the front leaves the body out and keeps its length.
    HttpRequest as_read{request.method == "HEAD" ? "GET" : request.method,
                        request.path,
                        request.query,
                        request.headers,
                        {},
                        {},
                        false};
    MemoryStream stream(serialize(as_read));
    current_ = &request;
    was_called_ = false;
    process(*this, stream);
    current_ = nullptr;
    auto reply = parse_reply(stream.written);
    if (reply && was_called_) return std::move(*reply);
    log::error("http.library_refused", {{"path", request.path}, {"status", reply ? reply->status : 0}});
    if (reply && reply->status >= 400 && reply->status < 500)
      return error_reply(reply->status, "bad_request",
                         "The request cannot be handled. Check its address and headers.");
    return internal_error_reply();
  }

 private:
  // 0.11 asks the stream for the addresses, 0.18 takes them as arguments.
  template <class Self>
  static void process(Self& self, httplib::Stream& stream) {
    bool closed = false;
    if constexpr (requires { self.process_request(stream, true, closed, nullptr); })
      self.process_request(stream, true, closed, nullptr);
    else
      self.process_request(stream, "", 0, "", 0, true, closed, nullptr);
  }

  // The handler is given the request as the front read it; the library must only have understood the same
  // one.
  void dispatch(const httplib::Request& read, httplib::Response& response) {
    was_called_ = true;
    const std::string target = cat(current_->path, current_->query.empty() ? "" : "?", current_->query);
    if (read.target != target || read.get_header_value_count("host") != 1)
      throw std::runtime_error("the library read another request than it was given");
    try {
      write(handler_(*current_), response);
    } catch (const Error& error) {
      if (error.kind() == Error::Kind::internal)
        log::error("http.failed",
                   {{"error", error.id()}, {"message", error.message()}, {"detail", error.detail()}});
      write(error_reply(error), response);
    } catch (const std::exception& error) {
      log::error("http.failed", {{"message", error.what()}});
      write(internal_error_reply(), response);
    }
  }

  static void write(HttpReply reply, httplib::Response& response) {
    response.status = reply.status;
    response.headers.clear();
    for (const Header& header : reply.headers)
      if (is_token(header.name) && is_header_value(header.value) &&
          !equal_ignoring_case(header.name, "content-length"))
        response.headers.emplace(header.name, header.value);
    response.body = std::move(reply.body);
  }

  const ControlPlane::Handler& handler_;
  const HttpRequest* current_ = nullptr;
  bool was_called_ = false;
};

}  // namespace

struct ControlPlane::Parts {
  struct Job {
    Loop& loop;
    HttpRequest request;
    HttpReply reply;
    std::coroutine_handle<> waiting;
  };

  Handler handler;
  ControlSettings settings;
  std::mutex mutex;
  std::condition_variable job_came;
  std::deque<Job*> jobs;  // they live in the coroutines that wait for them
  bool stopping = false;
  std::vector<std::jthread> workers;

  bool enqueue(Job& job) {
    {
      const std::scoped_lock lock(mutex);
      if (stopping || jobs.size() >= settings.queue) return false;
      jobs.push_back(&job);
    }
    job_came.notify_one();
    return true;
  }

  Job* next_job() {
    std::unique_lock lock(mutex);
    job_came.wait(lock, [&] { return stopping || !jobs.empty(); });
    if (jobs.empty()) return nullptr;
    Job* job = jobs.front();
    jobs.pop_front();
    return job;
  }

  void work() {
    Guarded server(handler);
    while (Job* job = next_job()) {
      try {
        job->reply = server.answer(std::move(job->request));
      } catch (const std::exception& error) {
        log::error("http.failed", {{"message", error.what()}});
        job->reply = internal_error_reply();
      }
      Loop& loop = job->loop;
      loop.post([waiting = job->waiting] { waiting.resume(); });
    }
  }
};

ControlPlane::ControlPlane(Handler handler, ControlSettings settings) : parts_(std::make_unique<Parts>()) {
  parts_->handler = std::move(handler);
  parts_->settings = settings;
  for (std::size_t i = 0; i < settings.workers; ++i)
    parts_->workers.emplace_back([parts = parts_.get()] { parts->work(); });
}

ControlPlane::~ControlPlane() {
  end();
}

void ControlPlane::end() {
  {
    const std::scoped_lock lock(parts_->mutex);
    parts_->stopping = true;
  }
  parts_->job_came.notify_all();
  parts_->workers.clear();
}

Task<HttpReply> ControlPlane::handle(Loop& loop, HttpRequest request) {
  struct Waiting {
    Parts& parts;
    Parts::Job job;
    bool await_ready() const { return false; }
    bool await_suspend(std::coroutine_handle<> waiting) {
      job.waiting = waiting;
      if (parts.enqueue(job)) return true;
      job.reply =
          error_reply(Error::busy("server_busy", "Too many requests are waiting. Try again in a moment."));
      return false;
    }
    void await_resume() const {}
  };
  Waiting waiting{*parts_, {loop, std::move(request), {}, {}}};
  co_await waiting;
  co_return std::move(waiting.job.reply);
}

}  // namespace patchbay
