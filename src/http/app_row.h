#pragma once

#include <string_view>

#include "domain/app.h"
#include "domain/event.h"
#include "http/route.h"

namespace patchbay::http {

// The row of a person's decision about an application, at their browser.
Event app_row(const Request& request, const Caller& caller, std::string_view action, const App& app,
              Instant now);

}  // namespace patchbay::http
