#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "domain/app.h"
#include "http/page.h"
#include "http/rate_limit.h"
#include "http/turns.h"
#include "store/store.h"

namespace patchbay::http {

struct FetchedDocument {
  int status = 0;
  std::string content_type;
  std::string cache_control;
  std::string body;
};
// Gets a client's metadata document as base/egress has it for what clients give. Throws Error.
using FetchDocument = std::function<FetchedDocument(const std::string& url)>;

// The applications that may ask for sign-ins: registered ones, and those whose client_id is the URL of a
// document about them. What a document says is kept in memory while it is fresh, and in the store once a
// person has let its application in. Any thread that may block.
class AppDirectory {
 public:
  AppDirectory(Store& store, const Clock& clock, Site site, FetchDocument fetch)
      : store_(store), clock_(clock), site_(std::move(site)), fetch_(std::move(fetch)), fetches_(30) {}

  // Nothing for one that nobody knows. Throws Error::invalid("app_document" | "invalid_client_metadata" |
  // "invalid_redirect_uri") where there should be a document, and Error::limited("too_many_documents").
  std::optional<App> find(const std::string& client_id, const std::string& peer);

 private:
  App fetch(const std::string& client_id, const AppSettings& settings, const std::string& peer);
  std::optional<App> remembered(const std::string& client_id);

  struct Known {
    App app;
    std::optional<Instant> failed_until;
  };
  Store& store_;
  const Clock& clock_;
  const Site site_;
  const FetchDocument fetch_;
  RateLimit fetches_;
  Turns fetching_{Turns::most_waiting};
  Guarded<std::map<std::string, Known>> documents_;
};

}  // namespace patchbay::http
