#pragma once

#include <optional>
#include <string>

#include "http/page.h"
#include "http/route.h"
#include "http/web_files.h"

namespace patchbay::http {

// The shell of the web UI, web/static/index.html: for a browser that goes to / or to an address that nobody
// else answers, because the UI's screens have addresses of their own. Programs get JSON there. Without that
// file (-DPATCHBAY_UI=OFF) there is no UI, and browsers get what programs get.
class UiRoutes {
 public:
  UiRoutes(const WebFiles& files, Site site);
  void add_to(Routes& routes);

 private:
  // A template filled in.
  struct Shell {
    std::string text;
    std::string gzip;
    std::string tag;
  };
  HttpReply root(const HttpRequest& request) const;
  std::optional<HttpReply> show(const HttpRequest& request) const;
  std::optional<Shell> make_shell() const;

  const WebFiles& files_;
  const Site site_;
  const std::optional<Shell> shell_;  // of files that cannot change
};

}  // namespace patchbay::http
