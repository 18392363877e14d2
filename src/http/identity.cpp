#include "http/identity.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "store/derivations.h"

namespace patchbay::http {
namespace {

// A browser takes a "__Host-" cookie over https only, so plain http on a LAN needs another name.
std::string_view cookie_name(const HttpRequest& request) {
  return request.is_https ? "__Host-pb" : "pb";
}

// The cookie's value; nothing where it is absent or there twice (RFC 6265 §4.2).
std::optional<std::string_view> find_cookie(const HttpRequest& request, std::string_view name) {
  std::optional<std::string_view> found;
  for (const Header& header : request.headers) {
    if (header.name != "cookie") continue;
    for (const auto pair : split(header.value, ';')) {
      const auto one = trim(pair);
      if (!one.starts_with(name) || one.size() <= name.size() || one[name.size()] != '=') continue;
      if (found) return std::nullopt;
      found = one.substr(name.size() + 1);
    }
  }
  return found;
}

bool changes_something(const HttpRequest& request) {
  return request.method != "GET" && request.method != "HEAD";
}

}  // namespace

Identity::Identity(Store& store, const oauth::Bearer& bearer, oauth::SignIn& sign_in)
    : bearer_(bearer), sign_in_(sign_in), csrf_key_(store.vault().derive(derivations::csrf)) {}

void Identity::narrow(Caller& caller, std::string_view session) const {
  if (caller.person) caller.selection = bearer_.selection(caller.person->id, session);
}

std::string Identity::csrf_token(const SessionId& session) const {
  return to_base64url(crypto::hmac_sha256(csrf_key_.reveal(), session.text()));
}

std::string Identity::cookie(const HttpRequest& request, const Secret& value) {
  return cat(cookie_name(request), "=", value.reveal(), "; Path=/; HttpOnly; SameSite=Lax",
             request.is_https ? "; Secure" : "", value.empty() ? "; Max-Age=0" : "");
}

// A foreign Origin does not get this far (base/http_gate), so one that is there is ours.
std::optional<Caller> Identity::identify(const HttpRequest& request, bool is_use,
                                         std::vector<Header>* owed) const {
  if (request.is_local)
    return bearer_.local_operator(Scope::admin | Scope::catalog_read | Scope::mcp_read | Scope::mcp_write);
  if (request.header("authorization"))
    return bearer_.check(request.header("authorization"), request.path).caller;
  const auto value = find_cookie(request, cookie_name(request));
  if (!value) return std::nullopt;
  auto known = sign_in_.identify(*value, is_use, owed != nullptr);
  if (!known) return std::nullopt;
  if (known->new_value) owed->push_back({"Set-Cookie", cookie(request, *known->new_value)});
  if (changes_something(request) && !request.header("origin")) {
    const auto token = request.header("x-patchbay-csrf");
    if (!token || !crypto::equal(*token, csrf_token(known->caller.session)))
      throw Error::forbidden("csrf", "This request does not come from our own pages. Reload the page.");
  }
  return std::move(known->caller);
}

Task<std::optional<Caller>> Identity::identify_on(Loop& loop, const HttpRequest& request, bool is_use) const {
  if (request.is_local || request.header("authorization")) co_return identify(request, is_use);
  if (!find_cookie(request, cookie_name(request))) co_return std::nullopt;
  co_return co_await loop.on_worker([this, &request, is_use] { return identify(request, is_use); });
}

}  // namespace patchbay::http
