#pragma once

#include "http/route.h"
#include "oauth/bearer.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/me/clients and /v1/clients: the programs that people ask with.
class ClientRoutes {
 public:
  ClientRoutes(Store& store, oauth::Bearer& bearer, const Clock& clock)
      : store_(store), bearer_(bearer), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply list_own(const Request& request);
  HttpReply list_all(const Request& request);

  Store& store_;
  oauth::Bearer& bearer_;
  const Clock& clock_;
};

}  // namespace patchbay::http
