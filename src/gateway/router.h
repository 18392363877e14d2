#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "domain/event.h"
#include "domain/person.h"
#include "gateway/tool_index.h"
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
  };

  Router(Loop& loop, ToolIndex& index) : loop_(loop), index_(index) {}

  // The definitions of search_capabilities and execute_capability, a raw JSON array.
  static std::string_view own_tools();

  Task<Outcome> search(Call call);
  Task<Outcome> execute(Call call);
  // A tool by its flat name, or one of one server by its own name.
  Task<Outcome> call_flat(std::string_view name, Call call);
  Task<Outcome> call_own(std::string_view slug, std::string_view tool, Call call);

  // Right after the start, gives servers a moment to say what they offer.
  Task<void> wait_for_first_lists(CancelToken cancel);
  // Results of tools/list. An invalid cursor is an Error::invalid("bad_cursor").
  std::string list_flat(const Caller& caller, const std::optional<std::string>& cursor) const;
  std::string list_own(const Caller& caller, std::string_view slug,
                       const std::optional<std::string>& cursor) const;
  // Whether the caller may know of this server at all; its instructions.
  bool may_see_server(const Caller& caller, std::string_view slug) const;
  std::string instructions_of(std::string_view slug) const;

 private:
  Task<Outcome> call_tool(std::shared_ptr<const ToolSet> set, ToolSet::Place place, Call call);
  Loop& loop_;
  ToolIndex& index_;
};

}  // namespace patchbay::gateway
