#include "http/live_routes.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/http_reply.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/text.h"
#include "http/media_type.h"
#include "http/route.h"
#include "mcp/sse.h"

namespace patchbay::http {

namespace {

constexpr std::size_t most_at_once = 64 * 1024;  // bytes of one write
constexpr std::chrono::milliseconds first_look_time{5'000};
constexpr std::chrono::milliseconds look_again_soon{10};
constexpr std::size_t many_rows = 500;  // of one look: then the next comes soon
constexpr int retry_after_seconds = 30;

// One for all that a person has open, whether by session or by token.
std::string seat_name(const Caller& caller) {
  return caller.person ? caller.person->id.text() : actor_of(caller);
}

bool same_rights(const Caller& a, const Caller& b) {
  if (a.scopes != b.scopes || static_cast<bool>(a.person) != static_cast<bool>(b.person)) return false;
  return !a.person || (a.person->role == b.person->role && a.person->teams == b.person->teams);
}

// The right to listen, in the words of http/route.
void require_listener(const std::optional<Caller>& caller) {
  if (!caller)
    throw Error::unauthenticated("no_token",
                                 "This needs a token. Send it in the Authorization header: Bearer pbk_...");
  if (may_listen(*caller)) return;
  if ((caller->scopes & Scope::catalog_read) == Scope::none)
    throw Error::unauthenticated("other_audience",
                                 "This token is for MCP, not for the API. Use one with the scope admin.");
  throw Error::forbidden("missing_scope", "This needs a token with the scope admin:read.");
}

}  // namespace

// One stream, and where it stands.
struct LiveRoutes::Listener {
  Exchange& exchange;
  Caller caller;
  LiveFilter filter;
  std::string last_id;      // what the client saw last; empty where it begins
  std::uint64_t after = 0;  // the number of the event it was told of last
  std::uint64_t callers = 0;
  Deadline next_check = Deadline::never();
  const HttpRequest& request() const { return static_cast<const Exchange&>(exchange).request(); }
};

// A caller's place among the listeners. Throws Error::limited where none is free.
class LiveRoutes::Seat {
 public:
  Seat(LiveRoutes& routes, std::string name) : routes_(routes), name_(std::move(name)) {
    const auto mine = routes_.seats_.find(name_);
    if (routes_.listeners_ >= routes_.settings_.streams ||
        (mine != routes_.seats_.end() && mine->second >= routes_.settings_.streams_per_caller))
      throw Error::limited("too_many_streams", "Too many event streams are open. Close some and try again.",
                           retry_after_seconds);
    ++routes_.seats_[name_];
    ++routes_.listeners_;
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() {
    const auto mine = routes_.seats_.find(name_);
    if (--mine->second == 0) routes_.seats_.erase(mine);
    if (--routes_.listeners_ == 0) routes_.left_.wake_all();
  }

 private:
  LiveRoutes& routes_;
  const std::string name_;
};

LiveRoutes::LiveRoutes(Loop& loop, Store& store, const Identity& identity, FindServer find,
                       LiveSettings settings)
    : loop_(loop),
      identity_(identity),
      find_(std::move(find)),
      settings_(settings),
      tail_(store),
      ring_(to_hex(crypto::random_bytes(4))),
      changed_(loop),
      looked_(loop),
      left_(loop) {}

bool LiveRoutes::owns(std::string_view path) {
  return path == "/v1/events";
}

void LiveRoutes::publish(LiveEvent event) {
  ring_.add(std::move(event));
  changed_.wake_all();
}

void LiveRoutes::callers_changed() {
  ++callers_;
  changed_.wake_all();
}

Task<void> LiveRoutes::serve(Exchange& exchange) {
  Listener listener{exchange, {}, {}, {}};
  if (listener.request().method != "GET") {
    auto refusal = error_reply(405, "method_not_allowed", "This address takes GET.");
    refusal.headers.push_back({"Allow", "GET"});
    co_await exchange.reply(std::move(refusal));
    co_return;
  }
  auto caller = co_await identity_.identify_on(loop_, listener.request());
  require_listener(caller);
  listener.caller = std::move(*caller);
  const auto accept = listener.request().header("accept");
  if (accept && !accepts_any(*accept, {"text/event-stream", "text/*", "*/*"})) {
    auto refusal = error_reply(406, "not_acceptable", "Accept text/event-stream.");
    co_await exchange.reply(std::move(refusal));
    co_return;
  }
  read_wish(listener);
  Seat seat(*this, seat_name(listener.caller));
  co_await stream(listener);
}

// What is asked for; the header is the newer where a client comes back, so it counts more.
void LiveRoutes::read_wish(Listener& listener) {
  const Request given{listener.request(), listener.caller, {}};
  listener.filter = LiveFilter::read(given);
  if (const auto header = listener.request().header("last-event-id"))
    listener.last_id = *header;
  else
    listener.last_id = given.query("last_event_id").value_or("");
}

Task<void> LiveRoutes::stream(Listener& listener) {
  listener.callers = callers_;
  listener.next_check = Deadline::in(settings_.keepalive);
  co_await catch_up();
  std::string text = greeting(listener);
  std::vector<Header> head(1, Header{"Cache-Control", "no-store"});
  co_await listener.exchange.start_events(std::move(head));
  bool open = co_await listener.exchange.send(text);
  while (open) {
    text.clear();
    const bool is_due = listener.callers != callers_ || listener.next_check.has_passed();
    if (is_due) {
      const bool stays = co_await check_again(listener, text);
      if (!stays) break;
    }
    if (!ring_.reaches(listener.after)) break;  // too slow: it comes back and is told to begin anew
    collect(listener, text);
    if (text.empty()) {
      Until until = Until::by(listener.next_check, listener.exchange.gone());
      const Wake wake = co_await changed_.wait(until);
      if (wake == Wake::cancelled) break;
    } else {
      open = co_await listener.exchange.send(text);
    }
  }
}

// False where the caller may not listen any more. Where they may see other things than before, the page
// begins anew.
Task<bool> LiveRoutes::check_again(Listener& listener, std::string& text) {
  listener.callers = callers_;
  std::optional<Caller> now;
  try {
    now = co_await identity_.identify_on(loop_, listener.request(), false);
  } catch (const Error&) {
    co_return false;
  }
  if (!now || !may_listen(*now)) co_return false;
  if (!same_rights(listener.caller, *now)) {
    listener.after = ring_.last();
    mcp::append_event(text, "{\"reason\":\"access_changed\"}", "reset", ring_.id_of(listener.after));
  }
  listener.caller = std::move(*now);
  if (!listener.next_check.has_passed()) co_return true;
  listener.next_check = Deadline::in(settings_.keepalive);
  // A sign of life that moves the client's last id on, past what its filter left out.
  mcp::append_keepalive(text);
  text += cat("id: ", ring_.id_of(listener.after), "\n\n");
  co_return true;
}

// Where nobody has listened for a while, the trail has gone on: first it is read up.
Task<void> LiveRoutes::catch_up() {
  if (following_) co_return;
  following_ = true;
  const auto before = looks_;
  loop_.spawn("events.follow", follow());
  Until until = Until::in(first_look_time);
  while (looks_ == before) {
    const Wake wake = co_await looked_.wait(until);
    if (wake != Wake::ready) break;
  }
}

Task<void> LiveRoutes::follow() {
  while (listeners_ > 0) {
    std::size_t rows = 0;
    try {
      AuditTail::Look look = co_await loop_.on_worker([this] { return tail_.look(); });
      rows = look.events.size();
      take(std::move(look));
    } catch (const Error& error) {
      log::warn("events.not_read", {{"error", error.id()}, {"detail", error.detail()}});
    }
    ++looks_;
    looked_.wake_all();
    const auto pause = rows >= many_rows ? look_again_soon : settings_.look_every;
    Until until = Until::in(pause);
    co_await left_.wait(until);
  }
  following_ = false;
}

void LiveRoutes::take(AuditTail::Look look) {
  if (look.missed) ring_.break_off();
  for (LiveEvent& event : look.events) {
    // A change may have ended a session, which nothing else tells of.
    if (!event.action.starts_with("tool.")) ++callers_;
    ring_.add(std::move(event));
  }
  if (look.missed || !look.events.empty()) changed_.wake_all();
}

std::string LiveRoutes::greeting(Listener& listener) const {
  const auto asked =
      listener.last_id.empty() ? std::optional(ring_.last()) : ring_.number_of(listener.last_id);
  const bool goes_on = asked && ring_.reaches(*asked);
  listener.after = goes_on ? *asked : ring_.last();
  const std::string id = ring_.id_of(listener.after);
  std::string text;
  mcp::append_event(
      text,
      cat("{\"id\":", quote_string(ring_.id_of(ring_.last())), ",\"version\":\"", PATCHBAY_VERSION, "\"}"),
      "hello", id);
  if (!goes_on) mcp::append_event(text, "{\"reason\":\"missed\"}", "reset", id);
  return text;
}

// What comes next for this listener, as much as goes into one write.
void LiveRoutes::collect(Listener& listener, std::string& text) const {
  while (text.size() < most_at_once) {
    const LiveEvent* event = ring_.next(listener.after);
    if (event == nullptr) return;
    listener.after = event->number;
    if (!listener.filter.matches(*event)) continue;
    if (const auto shown = shown_to(listener.caller, *event, find_))
      mcp::append_event(text, *shown, to_text(event->kind), ring_.id_of(event->number));
  }
}

}  // namespace patchbay::http
