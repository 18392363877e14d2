#include "http/stream_check.h"

#include "base/error.h"
#include "base/http_reply.h"
#include "base/text.h"
#include "mcp/sse.h"

namespace patchbay::http {

Task<void> StreamCheck::serve(Exchange& exchange) {
  if (exchange.request().method != "GET") {
    auto refusal = error_reply(405, "method_not_allowed", "This address takes GET.");
    refusal.headers.push_back({"Allow", "GET"});
    co_await exchange.reply(std::move(refusal));
    co_return;
  }
  const HttpRequest& request = static_cast<const Exchange&>(exchange).request();
  auto caller = co_await identity_.identify_on(loop_, request);
  if (!caller)
    throw Error::unauthenticated("no_token",
                                 "This needs a token. Send it in the Authorization header: Bearer pbk_...");
  if (!has(caller->scopes, Scope::admin_read))
    throw Error::forbidden("missing_scope", "This needs a token with the scope admin:read.");
  std::vector<Header> head(1, Header{"Cache-Control", "no-store"});
  co_await exchange.start_events(std::move(head));
  const auto began = std::chrono::steady_clock::now();
  for (int tick = 1; tick <= ticks; ++tick) {
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    std::string text;
    mcp::append_event(text, cat("{\"tick\":", tick, ",\"of\":", ticks, ",\"ms\":", passed.count(), "}"),
                      "tick", cat(tick));
    const bool open = co_await exchange.send(text);
    if (!open || tick == ticks) co_return;
    try {
      co_await loop_.sleep(pause_, exchange.gone());
    } catch (const Error&) {
      co_return;  // nobody listens any more
    }
  }
}

}  // namespace patchbay::http
