#include "http/call_record.h"

#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"

namespace patchbay::http {

std::string CallRecord::client_of(const HttpRequest& request) {
  return clean_text(request.header("user-agent").value_or(""), 80, false);
}

void CallRecord::complete(gateway::Outcome& outcome, const HttpRequest& request, const Caller& caller,
                          std::string client, Time began) const {
  auto& event = *outcome.event;
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  event.client = std::move(client);
  event.duration_us = took.count();
  event.request_bytes = static_cast<std::int64_t>(request.body.size());
  event.response_bytes = static_cast<std::int64_t>(outcome.part().size());
  event.remote = request.peer;
  metrics_.count(event.action, event.server, event.outcome, took);
  bearer_.note_use(caller.token, event.client);
}

Task<bool> CallRecord::keep(gateway::Outcome& outcome) {
  if (!outcome.event) co_return true;
  try {
    co_await audit_.record(std::move(*outcome.event));
  } catch (const Error& error) {
    log::error("audit.not_written", {{"reason", error.id()}, {"message", error.message()}});
    co_return false;
  }
  co_return true;
}

}  // namespace patchbay::http
