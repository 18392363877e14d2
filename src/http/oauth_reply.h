#pragma once

#include <string>
#include <string_view>

#include "http/page.h"
#include "http/route.h"
#include "oauth/form.h"

namespace patchbay::http {

// {"error": code, "error_description": sentence} (RFC 6749 §5.2), readable by every web page, kept by nobody.
HttpReply oauth_error(int status, std::string_view error, std::string_view description);
HttpReply oauth_answer(int status, std::string json);

// The fields of a form in the body. Throws Error::invalid("not_form" | "bad_form").
oauth::FormFields form_of(const Request& request, const oauth::FormLimits& limits = {});

// A page for whoever came with a request that leads nowhere.
HttpReply problem_page(const Site& site, int status, std::string_view problem);

}  // namespace patchbay::http
