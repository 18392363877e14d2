#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_client.h"
#include "base/loop.h"
#include "gateway/probe_step.h"
#include "gateway/tool_set.h"
#include "oauth/client.h"

namespace patchbay::gateway {

struct ServerProbe;

// What answers at an address that nobody has added yet, and how one would sign in there.
struct AddressProbe {
  // key: something wants a bearer token or a header; oauth: signing in works by itself; oauth_app: after an
  // admin has registered an application there by hand.
  enum class Auth : std::uint8_t { unknown, none, key, oauth, oauth_app };
  struct Warning {
    std::string_view id;  // "plain_http", "path_added", "legacy_transport", "suspicious_tools", "oauth_app"
    std::string message;
  };

  std::string url;  // the one to add
  TransportKind transport = TransportKind::streamable_http;
  Auth auth = Auth::unknown;
  std::string sign_in_host;       // of the authorization server; empty for none
  std::string_view registration;  // "document", "dynamic"; empty where Patchbay cannot register itself
  mcp::ServerDescription said;    // empty where one must sign in first
  std::shared_ptr<const PreparedServer> prepared;  // null where it did not list its tools
  std::vector<Warning> warnings;
  std::vector<ProbeStep> steps;
  std::string error;    // stable id; empty where the address can be added
  std::string message;  // what it is, and what to do
};
std::string_view to_text(AddressProbe::Auth auth);

// Looks at addresses for people who are about to add them: connects, negotiates, finds out about signing in,
// lists; keeps nothing and calls no tool. Each look has an end, and a person's newer one ends their older.
// The loop's thread only.
class AddressProbes {
 public:
  static constexpr std::chrono::seconds longest{8};
  // A worker waits for each, until its coroutine has ended. One more may begin where it ends an older one.
  static constexpr std::size_t most_at_once = 2;

  AddressProbes(Loop& loop, HttpClient& client, oauth::Client& oauth, const Clock& clock,
                std::string public_url)
      : loop_(loop), client_(client), oauth_(oauth), clock_(clock), public_url_(std::move(public_url)) {}

  // `asker` is the person's key, `source` whose word the URL is. What the address does wrong is in the
  // result. Throws Error::limited("test_busy"), and Error::conflict("superseded") where a newer look took its
  // place.
  Task<AddressProbe> probe(std::string asker, Url url, UrlSource source);
  void cancel_all();

 private:
  Task<AddressProbe> look(Url url, UrlSource source, Until until);
  Task<void> look_at(AddressProbe& result, Url url, UrlSource source, Until until);
  Task<void> find_sign_in(AddressProbe& result, Url url, UrlSource source, Until until);
  Task<std::string> type_of_page(Url url, UrlSource source, Until until);

  Loop& loop_;
  HttpClient& client_;
  oauth::Client& oauth_;
  const Clock& clock_;
  const std::string public_url_;
  std::map<std::string, CancelSource> under_way_;  // by asker
  std::size_t looking_ = 0;                        // those that were superseded and have not ended included
};

}  // namespace patchbay::gateway
