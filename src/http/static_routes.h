#pragma once

#include "http/route.h"
#include "http/web_files.h"

namespace patchbay::http {

// /static/{version}/{file}, which is kept for good: the UI's shell names the version of now. /static/{file},
// asked for again each time but sent only when it has changed: for the pages that the server makes.
class StaticRoutes {
 public:
  explicit StaticRoutes(const WebFiles& files) : files_(files) {}
  void add_to(Routes& routes);

 private:
  HttpReply show(const Request& request) const;

  const WebFiles& files_;
};

}  // namespace patchbay::http
