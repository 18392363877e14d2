#pragma once

#include "http/route.h"

namespace patchbay::http {

// /static/{file}: what was built into the binary from web/static.
class StaticRoutes {
 public:
  void add_to(Routes& routes);

 private:
  static HttpReply show(const Request& request);
};

}  // namespace patchbay::http
