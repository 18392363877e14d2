#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "domain/event.h"
#include "domain/person.h"
#include "gateway/approvals.h"
#include "gateway/call_limits.h"
#include "gateway/member_tools.h"
#include "gateway/tool_index.h"
#include "gateway/tool_view.h"
#include "mcp/jsonrpc.h"
#include "mcp/transport.h"

namespace patchbay::gateway {

// What a request came to: the raw JSON of `result` or `error`, and its row for the audit trail.
struct Outcome {
  mcp::Answer upstream;  // where its part() is what goes out
  std::string own;       // else JSON text made here
  bool is_error = false;
  int status = 200;                // of HTTP
  std::string_view missing_scope;  // with status 403: what the token lacks
  bool cancelled = false;          // nobody waits for an answer
  bool is_unknown = false;         // answered as if there were no such tool
  int retry_after = 0;             // seconds; where a limit refused the call
  // To be recorded before the answer leaves; absent for what is not audited. Apart, because an outcome moves
  // through many hands.
  std::unique_ptr<Event> event;

  std::string_view part() const { return own.empty() ? upstream.part() : std::string_view(own); }
};

std::string rpc_error(int code, std::string_view message);
Outcome rpc_failure(int code, std::string_view message, int status = 200);

// The two tools, and the tools themselves: finds, decides (domain/access), calls. Everything a caller may not
// use is answered as if it were not there. The loop's thread only.
class Router {
 public:
  // Receives the raw params of the upstream's progress notifications.
  using Progress = std::function<void(std::string_view params)>;

  struct Call {
    const Caller& caller;
    std::string_view arguments;  // raw JSON object, may be empty
    std::string_view meta;       // raw `_meta` of the client's request, may be empty
    Progress progress;
    CancelToken cancel;
    bool opens_urls = false;  // the client can show its person a link (2025-11-25, URL mode elicitation)
  };

  // `public_url` is where people come to confirm calls.
  Router(Loop& loop, ToolIndex& index, MemberTools& members, Approvals& approvals, CallLimits& limits,
         std::string public_url)
      : loop_(loop),
        index_(index),
        members_(members),
        approvals_(approvals),
        limits_(limits),
        public_url_(std::move(public_url)) {}

  // The definitions of search_capabilities and execute_capability, a raw JSON array.
  static std::string_view own_tools();

  Task<Outcome> search(Call call);
  Task<Outcome> execute(Call call);
  // A tool by its flat name, or one of one server by its own name.
  Task<Outcome> call_flat(std::string_view name, Call call);
  Task<Outcome> call_own(std::string_view slug, std::string_view tool, Call call);

  // Right after the start, and when a person comes first, gives servers a moment to say what they offer.
  Task<void> wait_for_first_lists(const Caller& caller, CancelToken cancel);
  // Whether the caller has something of their own that must be waited for before view() has it.
  bool is_new(const Caller& caller) const { return members_.is_new(caller); }
  // The same, and where this server was connected a moment ago and has not listed its tools yet.
  bool is_starting(const Caller& caller, std::string_view slug) const;
  // What the caller may meet now.
  ToolView view(const Caller& caller) const;

 private:
  // `unknown` makes the answer for a tool that the caller may not call.
  Task<Outcome> call_tool(std::unique_ptr<Event> event, ToolView::Spot spot, Call call,
                          Outcome (*unknown)(std::unique_ptr<Event>));
  std::optional<Outcome> refuse_unconfirmed(std::unique_ptr<Event>& event, const ToolView::Spot& spot,
                                            const Call& call);

  Loop& loop_;
  ToolIndex& index_;
  MemberTools& members_;
  Approvals& approvals_;
  CallLimits& limits_;
  const std::string public_url_;
};

}  // namespace patchbay::gateway
