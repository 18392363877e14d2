#include "http/oauth_reply.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "http/media_type.h"
#include "http/metadata_routes.h"

namespace patchbay::http {

HttpReply oauth_answer(int status, std::string json) {
  HttpReply reply = HttpReply::json(status, std::move(json));
  reply.headers.push_back({"Cache-Control", "no-store"});
  reply.headers.push_back({"Pragma", "no-cache"});
  allow_every_origin(reply);
  return reply;
}

HttpReply oauth_error(int status, std::string_view error, std::string_view description) {
  return oauth_answer(status, dump({{"error", error}, {"error_description", description}}));
}

oauth::FormFields form_of(const Request& request, const oauth::FormLimits& limits) {
  const auto type = request.http.header("content-type").value_or("");
  if (!equal_ignoring_case(media_type(type), "application/x-www-form-urlencoded"))
    throw Error::invalid("not_form", "The body must be a form, application/x-www-form-urlencoded.");
  return oauth::FormFields::parse(request.http.body, limits);
}

HttpReply problem_page(const Site& site, int status, std::string_view problem) {
  Html body;
  body.add(R"(<p class="problem" role="alert">)")
      .text(problem)
      .add(
          "</p><p>Close this page and begin again in the application. If it happens again, the application "
          "is "
          "at fault: tell whoever makes it.</p>");
  return page(site, status, "This sign-in cannot go on", body);
}

}  // namespace patchbay::http
