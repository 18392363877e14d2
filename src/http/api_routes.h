#pragma once

#include "http/route.h"

namespace patchbay::http {

// What the API says of itself: /v1/openapi.json and /v1/errors. Public.
class ApiRoutes {
 public:
  void add_to(Routes& routes);
};

}  // namespace patchbay::http
