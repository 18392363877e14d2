#include "mcp/upstream.h"

#include <set>

#include "base/json_text.h"
#include "base/log.h"
#include "base/text.h"
#include "mcp/jsonrpc.h"

namespace patchbay::mcp {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds unasked_time{2'000};
constexpr std::size_t most_unasked = 64;
constexpr std::size_t longest_cursor = 8 * 1024;

std::string cancelled_params(std::int64_t id, bool timed_out) {
  return cat(R"({"requestId":)", id, R"(,"reason":")", timed_out ? "timeout" : "cancelled by the client",
             R"("})");
}

}  // namespace

// A call under way, known by its id while the server may say something about it.
struct Upstream::Call {
  Call(Upstream& its_upstream, std::int64_t its_id, const ProgressHook& hook)
      : upstream(its_upstream), id(its_id), progress(hook) {
    upstream.calls_.emplace(id, this);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() { upstream.calls_.erase(id); }

  Upstream& upstream;
  std::int64_t id;
  const ProgressHook& progress;
  Deadline second = Deadline::in(milliseconds(0));  // end of the second in which notes are counted
  std::size_t notes = 0;
};

Upstream::Upstream(Loop& loop, std::shared_ptr<Transport> transport, UpstreamSettings settings)
    : loop_(loop),
      transport_(std::move(transport)),
      settings_(std::move(settings)),
      permits_(loop, settings_.in_flight),
      opened_(loop) {
  transport_->set_listener(this);
}

Upstream::~Upstream() {
  transport_->abandon();
}

Task<void> Upstream::open(Until until) {
  const auto self = shared_from_this();
  while (!open_) {
    if (closed_)
      throw Error::upstream("upstream_closed",
                            cat("The connection to \"", settings_.label, "\" is being closed. Try again."));
    if (!opening_) {
      co_await handshake(until);
      co_return;
    }
    require_ready(co_await opened_.wait(until));
    if (!open_ && !opening_ && failure_) std::rethrow_exception(failure_);
  }
}

// Those who wait share its failure, unless it failed for want of this caller's patience: then the next one
// tries.
Task<void> Upstream::handshake(Until until) {
  struct Opening {
    Upstream& upstream;
    explicit Opening(Upstream& its_upstream) : upstream(its_upstream) { upstream.opening_ = true; }
    ~Opening() {
      upstream.opening_ = false;
      upstream.opened_.wake_all();
    }
  } const opening(*this);
  failure_ = nullptr;
  try {
    co_await transport_->connect(until);
    const Answer answer = co_await initialize(until);
    if (answer.is_error)
      throw Error::upstream("upstream_error", cat("\"", settings_.label, "\" refused to begin a session."));
    server_ = read_initialize_result(answer.part());
    transport_->agree(server_.version);
    Outgoing begun{notification_text(method::initialized, {}), 0, method::initialized};
    co_await transport_->notify(std::move(begun), until);
  } catch (const Error& error) {
    const bool own = error.kind() == Error::Kind::cancelled || until.deadline.has_passed();
    if (!own) failure_ = std::current_exception();
    throw;
  }
  if (server_.tells_list_changes) transport_->listen();
  open_ = !closed_;
  ++epoch_;
}

// Servers that do not know our newest revision should name their own; some answer with an error instead, and
// are asked again for the next older one.
Task<Answer> Upstream::initialize(Until until) {
  Answer answer;
  for (const std::string_view version : legacy_versions) {
    const auto id = ++last_id_;
    Outgoing message{request_text(id, method::initialize, initialize_params(version)), id,
                     method::initialize};
    answer = co_await transport_->request(std::move(message), until);
    if (!answer.is_error) break;
  }
  co_return answer;
}

Task<Answer> Upstream::call(std::string_view method, std::string params, ProgressHook progress, Until until) {
  const auto self = shared_from_this();
  try {
    const auto permit = co_await permits_.acquire(until);
    for (bool again = false;; again = true) {
      if (!open_) co_await open(until);
      const auto epoch = epoch_;
      try {
        co_return co_await attempt(method, params, progress, until);
      } catch (const Error& error) {
        if (again || error.id() != session_lost) throw;
      }
      // Of all the calls that meet a lost session, the first one opens it anew.
      if (epoch_ == epoch) open_ = false;
    }
  } catch (const Error& error) {
    if (error.id() != "timeout") throw;
    throw Error::timeout("upstream_timeout", cat("\"", settings_.label, "\" did not answer in time."));
  }
}

Task<Answer> Upstream::attempt(std::string_view method, const std::string& params,
                               const ProgressHook& progress, const Until& until) {
  const auto id = ++last_id_;
  const Call call(*this, id, progress);
  auto text =
      progress ? request_text(id, method, with_progress_token(params, id)) : request_text(id, method, params);
  // Named, because GCC 12 destroys an aggregate twice that is made inside a co_await.
  Outgoing message{std::move(text), id, method};
  try {
    co_return co_await transport_->request(std::move(message), until);
  } catch (const Error& error) {
    const bool timed_out = error.kind() == Error::Kind::timeout;
    if (timed_out || error.kind() == Error::Kind::cancelled) tell_cancelled(id, timed_out);
    throw;
  }
}

void Upstream::tell_cancelled(std::int64_t id, bool timed_out) {
  send_soon({notification_text(method::cancelled, cancelled_params(id, timed_out)), 0, method::cancelled});
}

// Best effort: nobody waits, and where the server does not take them, no more are sent.
void Upstream::send_soon(Outgoing message) {
  const auto self = weak_from_this().lock();
  if (!self || unasked_ >= most_unasked) return;
  ++unasked_;
  loop_.spawn("upstream.tell", [](std::shared_ptr<Upstream> upstream, Outgoing outgoing) -> Task<void> {
    try {
      co_await upstream->transport_->notify(std::move(outgoing), Until::in(unasked_time));
    } catch (const Error& error) {
      log::debug("upstream.not_told", {{"server", upstream->settings_.label}, {"reason", error.id()}});
    }
    --upstream->unasked_;
  }(self, std::move(message)));
}

Task<ToolList> Upstream::list_tools(Until until) {
  const auto self = shared_from_this();
  ToolList list;
  if (!open_) co_await open(until);
  if (!server_.has_tools) co_return list;
  std::set<std::string> cursors;
  std::string params = "{}";
  for (std::size_t page = 1;; ++page) {
    const Answer answer = co_await call(method::tools_list, params, {}, until);
    if (answer.is_error)
      throw Error::upstream("upstream_error", cat("\"", settings_.label, "\" could not list its tools."));
    const auto cursor = add_page(list, answer.part(), settings_.tools);
    if (!cursor) break;
    const bool too_many = page >= settings_.tools.pages;
    if (too_many || cursor->size() > longest_cursor || !cursors.insert(*cursor).second) {
      list.warnings.push_back({{}, too_many ? "too_many_pages" : "repeated_cursor"});
      break;
    }
    params = cat(R"({"cursor":)", *cursor, "}");
  }
  for (const ToolWarning& warning : list.warnings)
    log::warn("upstream.tool_list",
              {{"server", settings_.label}, {"tool", warning.tool}, {"reason", warning.reason}});
  co_return list;
}

void Upstream::on_notification(std::string_view method, std::string_view params) {
  if (method == method::progress) return on_progress(params);
  for (const auto known :
       {method::tools_list_changed, method::prompts_list_changed, method::resources_list_changed})
    if (method == known && list_changed_) list_changed_(known);
}

void Upstream::on_progress(std::string_view params) {
  const auto token = find_member(params, "progressToken");
  const auto id = token ? own_id(*token) : std::nullopt;
  const auto found = id ? calls_.find(*id) : calls_.end();
  if (found == calls_.end() || !found->second->progress) return;
  Call& call = *found->second;
  if (call.second.has_passed()) {
    call.second = Deadline::in(milliseconds(1'000));
    call.notes = 0;
  }
  if (call.notes++ < settings_.progress_per_second) call.progress(params);
}

// We offer nothing to servers: no roots, no sampling, no elicitation.
void Upstream::on_request(std::string_view raw_id, std::string_view method, std::string_view) {
  if (method == method::ping)
    send_soon({result_text(raw_id, "{}"), 0, {}});
  else
    send_soon({error_text(raw_id, rpc::method_not_found, "Patchbay offers no such method."), 0, {}});
}

Task<void> Upstream::close(Until until) {
  const auto self = shared_from_this();
  closed_ = true;
  open_ = false;
  co_await transport_->close(std::move(until));
}

}  // namespace patchbay::mcp
