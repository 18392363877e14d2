#include "http/static_routes.h"

#include "base/crypto.h"
#include "base/embedded.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"

namespace patchbay::http {

namespace {

struct Kind {
  std::string_view ending;
  std::string_view type;
};
constexpr Kind kinds[] = {{".css", "text/css; charset=utf-8"},
                          {".js", "text/javascript; charset=utf-8"},
                          {".svg", "image/svg+xml"},
                          {".html", "text/html; charset=utf-8"}};

std::string_view type_of(std::string_view name) {
  for (const Kind& kind : kinds)
    if (name.ends_with(kind.ending)) return kind.type;
  return "application/octet-stream";
}

}  // namespace

void StaticRoutes::add_to(Routes& routes) {
  routes.add("GET", "/static/{file*}", Needs::nothing(), &StaticRoutes::show);
}

// Asked for again each time, but sent only when it has changed: the addresses carry no version.
HttpReply StaticRoutes::show(const Request& request) {
  const auto& name = request.part("file");
  const auto file = find_embedded(cat("web/static/", name));
  if (!file) throw Error::not_found("not_found", "There is nothing at this address.");
  const std::string tag = cat("\"", to_base64url(crypto::sha256(*file).substr(0, 12)), "\"");
  HttpReply reply{200, {{"Cache-Control", "no-cache"}, {"ETag", tag}}, {}};
  if (request.http.header("if-none-match") == std::string_view(tag)) {
    reply.status = 304;
    return reply;
  }
  reply.headers.push_back({"Content-Type", std::string(type_of(name))});
  reply.body = *file;
  return reply;
}

}  // namespace patchbay::http
