#include "http/static_routes.h"

#include "base/error.h"

namespace patchbay::http {

void StaticRoutes::add_to(Routes& routes) {
  routes.add("GET", "/static/{file*}", Needs::nothing(),
             [this](const Request& request) { return show(request); });
}

HttpReply StaticRoutes::show(const Request& request) const {
  std::string_view path = request.part("file");
  std::string_view caching = "no-cache";
  const auto slash = path.find('/');
  if (path.substr(0, slash) == files_.version() && slash != std::string_view::npos) {
    path.remove_prefix(slash + 1);
    caching = "public, max-age=31536000, immutable";
  }
  // Pages are templates: ui_routes fills them in and adds the policy that they need.
  if (!path.ends_with(".html"))
    if (auto reply = files_.find_reply(request.http, path, caching)) return std::move(*reply);
  throw Error::not_found("not_found", "There is nothing at this address.");
}

}  // namespace patchbay::http
