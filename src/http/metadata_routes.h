#pragma once

#include <string_view>

#include "http/page.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

// What clients need to know to sign in from an endpoint's URL alone: protected resource metadata (RFC 9728)
// of every endpoint and authorization server metadata (RFC 8414), also under OpenID Connect's name. The same
// for everybody: no document tells whether a server or profile of its name is there.
class MetadataRoutes {
 public:
  MetadataRoutes(Store& store, Site site) : store_(store), site_(std::move(site)) {}
  void add_to(Routes& routes);

  // Whether documents of clients can be told of: they have an issuer that others know by https.
  static bool offers_documents(const Site& site) { return site.url.starts_with("https://"); }

 private:
  HttpReply resource(const Request& request, std::string_view path) const;
  HttpReply server(const Request& request) const;

  Store& store_;
  const Site site_;
};

// Any page may read this answer: it holds no more than what it was asked with, and no cookie counts here.
void allow_every_origin(HttpReply& reply);
// The answer to a browser that asks whether it may (CORS preflight).
HttpReply preflight_reply(std::string_view methods);

}  // namespace patchbay::http
