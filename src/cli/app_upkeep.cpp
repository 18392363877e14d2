#include <iostream>

#include "base/log.h"
#include "base/service_notify.h"
#include "base/text.h"
#include "cli/app.h"
#include "store/app_tokens.h"
#include "store/apps.h"
#include "store/browser_sessions.h"
#include "store/events.h"
#include "store/oauth_flows.h"
#include "store/selections.h"
#include "store/servers.h"

namespace patchbay::cli {

using std::chrono::milliseconds;

struct App::Ticks {
  std::uint64_t count = 0;
  std::string failure;  // of the last tick: the id of its error
  bool every(std::uint64_t seconds) const { return count % seconds == 0; }
};

Task<void> App::tick_forever() {
  Ticks ticks;
  while (!stopping_) {
    std::string failure;
    try {
      co_await tick(ticks);
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::cancelled) failure = error.id();
      // What fails every second is said once a minute.
      if (!failure.empty() && (failure != ticks.failure || ticks.every(60)))
        log::error("tick.failed",
                   {{"error", error.id()}, {"message", error.message()}, {"detail", error.detail()}});
    }
    ticks.failure = failure;
    ++ticks.count;
    try {
      co_await loop_.sleep(milliseconds(1000), stop_.token());
    } catch (const Error&) {
      co_return;
    }
  }
}

Task<void> App::tick(Ticks& ticks) {
  if (config_.watchdog.count() > 0) patchbay::notify_service(config_.notify_socket, "WATCHDOG=1");
  index_.tick();
  members_.tick();
  accounts_.tick();
  limits_.tick(std::chrono::steady_clock::now());
  const bool changed = co_await loop_.on_worker([this] {
    const bool fresh = catalog_watch_.poll(std::chrono::steady_clock::now());
    if (fresh) apply_catalog();
    return fresh;
  });
  if (changed) co_await reload_servers();
  co_await loop_.on_worker([this] { count_calls(); });
  if (ticks.every(10)) co_await loop_.on_worker([this] { bearer_.flush_uses(); });
  if (ticks.every(60)) {
    sessions_.drop_idle();
    co_await mcp_.flush_refusals();
  }
  if (ticks.every(3600)) co_await loop_.on_worker([this] { clean_up(); });
}

// Charts have all the time there is, and calls none to lose: while many come, only a page that is open
// counts.
void App::count_calls() {
  constexpr std::uint64_t many = 500;
  const auto rows = writer_.figures().rows;
  const bool is_busy = rows - std::exchange(rows_counted_at_, rows) > many;
  if (!is_busy) counter_.catch_up(clock_.now(), milliseconds(100));
}

// What has outlived its time: old audit rows, secrets of servers that left the catalog, long-dead tokens.
void App::clean_up() {
  const auto now = clock_.now();
  const auto oldest = now + milliseconds(-24LL * 3600 * 1000 * config_.audit_retention_days);
  constexpr int at_once = 1000;
  while (store_->transact([&](Database& db) {
    return store::delete_events_before(db, store_->vault().audit_chain_key(), oldest, at_once);
  }) == at_once) {
  }
  store_->transact([&](Database& db) {
    store::forget_counts(db, now, oldest);
    store::purge_retired_servers(db, now);
    store::purge_tokens(db, now + milliseconds(-30LL * 24 * 3600 * 1000));
    store::purge_sessions(db, now);
    store::purge_session_selections(db, now);
    store::purge_flows(db, now);
    store::purge_app_tokens(db, now);
    store::reap_apps(db, now + -milliseconds(http::AppTokenRoutes::unused_are_kept));
  });
}

// Not through the log, which is copied to places where no secret belongs: a line of its own, which works
// once.
void App::show_setup_link() {
  const auto link = user_routes_.first_admin_link();
  if (link)
    std::cerr << cat("Nobody can administer this Patchbay yet. This link makes an admin, once: ", *link,
                     "\n");
}

}  // namespace patchbay::cli
