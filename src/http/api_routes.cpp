#include "http/api_routes.h"

#include "base/embedded.h"
#include "base/json.h"
#include "http/error_table.h"

namespace patchbay::http {

namespace {

HttpReply show_document(const Request&) {
  return HttpReply::json(200, std::string(find_embedded("src/http/openapi.json").value()));
}

HttpReply list_errors(const Request&) {
  Json errors = Json::array();
  for (const ErrorGroup& group : error_groups())
    for (const ErrorText& error : group.errors)
      errors.push_back({{"id", error.id},
                        {"status", error.status == 0 ? Json() : Json(error.status)},
                        {"means", error.means},
                        {"do", error.remedy}});
  return HttpReply::json(200, dump({{"errors", std::move(errors)}}));
}

}  // namespace

void ApiRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/openapi.json", Needs::nothing(), show_document);
  routes.add("GET", "/v1/errors", Needs::nothing(), list_errors);
}

}  // namespace patchbay::http
