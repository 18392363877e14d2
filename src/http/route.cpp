#include "http/route.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "base/encoding.h"
#include "base/error.h"
#include "base/http_reply.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "http/revision.h"

namespace patchbay::http {

namespace {

constexpr Scope api_scopes = Scope::catalog_read | Scope::admin | Scope::self;

bool is_name(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}
bool is_rest(std::string_view segment) {
  return is_name(segment) && segment.ends_with("*}");
}

std::vector<std::string> cut(std::string_view path) {
  std::vector<std::string> segments;
  for (const std::string_view segment : split(path.substr(1), '/')) segments.emplace_back(segment);
  return segments;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  const bool open_end = is_rest(pattern.back());
  if (open_end ? path.size() < pattern.size() : path.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_name(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return true;
}

// A part of a path or query as text: UTF-8 without control characters.
std::optional<std::string> decode(std::string_view text) {
  auto decoded = percent_decode(text);
  if (!decoded || !is_utf8(*decoded)) return std::nullopt;
  for (const char c : *decoded)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
  return decoded;
}

std::string joined(const std::vector<std::string>& segments, std::size_t from) {
  std::string out = segments[from];
  for (std::size_t i = from + 1; i < segments.size(); ++i) out += "/" + segments[i];
  return out;
}

// Of an address of the API that is not there. Whoever may not administer is refused alike whether it is there
// or not, so that nobody can tell by trying.
std::optional<Needs> needs_of_nothing(std::string_view path) {
  if (!path.starts_with("/v1/")) return std::nullopt;
  return path.starts_with("/v1/me/") ? Scope::self : Scope::admin_read;
}

Error no_caller() {
  return Error::unauthenticated("no_token",
                                "This needs a token. Send it in the Authorization header: Bearer pbk_...");
}

}  // namespace

const std::string& Request::part(std::string_view name) const {
  for (const auto& [known, value] : parts)
    if (known == name) return value;
  throw std::logic_error(cat("the route has no part ", name));
}

std::optional<std::string> Request::query(std::string_view name) const {
  std::optional<std::string> found;
  if (http.query.empty()) return found;
  for (const std::string_view pair : split(http.query, '&')) {
    const auto equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != name) continue;
    if (found)
      throw Error::invalid("repeated_parameter", cat("The parameter \"", name, "\" may be given once only."));
    std::string raw(pair.substr(std::min(equals + 1, pair.size())));
    std::replace(raw.begin(), raw.end(), '+', ' ');
    found = decode(raw);
    if (!found) throw Error::invalid("bad_parameter", cat("The parameter \"", name, "\" is not valid text."));
  }
  return found;
}

std::size_t Request::number(std::string_view name, std::size_t otherwise, std::size_t most) const {
  const auto text = query(name);
  if (!text) return otherwise;
  const auto value = parse_number<std::size_t>(*text);
  if (!value || *value > most)
    throw Error::invalid("bad_parameter",
                         cat("The parameter \"", name, "\" must be a number up to ", most, "."));
  return *value;
}

nlohmann::json Request::json() const {
  const std::string_view type = http.header("content-type").value_or("");
  if (!equal_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json"))
    throw Error::invalid("not_json", "The body must be JSON, and its Content-Type application/json.");
  if (http.body.empty()) throw Error::invalid("no_body", "The request needs a JSON body.");
  return parse_json(http.body);
}

void Routes::add(std::string method, std::string pattern, Needs needs, Handler handler) {
  if (!pattern.starts_with('/')) throw std::logic_error(cat("a route must begin with a slash: ", pattern));
  if (!needs.is_public() && needs.scope() == Scope::none)
    throw std::logic_error(cat("who may call ", pattern, "?"));
  auto segments = cut(pattern);
  for (std::size_t i = 0; i + 1 < segments.size(); ++i)
    if (is_rest(segments[i])) throw std::logic_error(cat("only the end of a route may be open: ", pattern));
  for (const Route& other : routes_)
    if (other.method == method && other.pattern == pattern)
      throw std::logic_error(cat("a second route ", pattern));
  Route route{std::move(method), std::move(pattern), std::move(segments), needs, std::move(handler)};
  // Plain words before names, names before open ends: the order of adding decides nothing.
  const auto rank = [](const Route& one) {
    std::string order;
    for (const std::string& segment : one.segments)
      order += is_rest(segment) ? '2' : is_name(segment) ? '1' : '0';
    return order;
  };
  const auto place = std::upper_bound(routes_.begin(), routes_.end(), route,
                                      [&](const Route& a, const Route& b) { return rank(a) < rank(b); });
  routes_.insert(place, std::move(route));
}

std::vector<Routes::Listed> Routes::list() const {
  std::vector<Listed> all;
  for (const Route& route : routes_) all.push_back({route.method, route.pattern, route.needs});
  return all;
}

namespace {

bool says(const HttpReply& reply, std::string_view name) {
  return std::ranges::any_of(reply.headers,
                             [name](const Header& one) { return equal_ignoring_case(one.name, name); });
}

// What every answer of the control plane has (security.md 4g).
void add_common_headers(HttpReply& reply, const HttpRequest& request) {
  if (request.is_https && !says(reply, "Strict-Transport-Security"))
    reply.headers.push_back({"Strict-Transport-Security", "max-age=31536000"});
  if (request.path.starts_with("/v1/") && !says(reply, "Cache-Control"))
    reply.headers.push_back({"Cache-Control", "no-store"});
}

}  // namespace

HttpReply Routes::handle(const HttpRequest& request) const {
  std::vector<Header> owed;
  HttpReply reply = answer(request, owed);
  add_common_headers(reply, request);
  reply.headers.insert(reply.headers.begin(), std::move_iterator(owed.begin()),
                       std::move_iterator(owed.end()));
  return reply;
}

HttpReply Routes::answer(const HttpRequest& request, std::vector<Header>& owed) const {
  try {
    return dispatch(request, owed);
  } catch (const PreconditionFailed& refusal) {
    return error_reply(412, refusal.id(), refusal.message());
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::internal || !error.detail().empty())
      log::warn("http.error",
                {{"error", error.id()}, {"message", error.message()}, {"detail", error.detail()}});
    return error_reply(error);
  } catch (const std::exception& error) {
    log::error("http.failed", {{"path", request.path}, {"message", error.what()}});
    return internal_error_reply();
  }
}

HttpReply Routes::dispatch(const HttpRequest& request, std::vector<Header>& owed) const {
  const auto segments = cut(request.path.empty() ? "/" : request.path);
  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  std::vector<std::string_view> allowed;
  const Route* first = nullptr;
  for (const Route& route : routes_) {
    if (!matches(route.segments, segments)) continue;
    // The first pattern that matches owns the path; a looser one does not answer its other methods.
    if (first == nullptr) first = &route;
    if (route.pattern != first->pattern) break;
    if (route.method == method)
      return call(route, request, require_caller(route.needs, route.pattern, request, owed), segments);
    allowed.push_back(route.method);
    if (route.method == "GET") allowed.push_back("HEAD");
  }
  if (allowed.empty()) {
    if (const auto least = needs_of_nothing(request.path)) require_caller(*least, {}, request, owed);
    if (auto reply = nothing_ ? nothing_(request) : std::nullopt) return std::move(*reply);
    return error_reply(404, "not_found", "There is nothing at this address.");
  }
  require_caller(first->needs, first->pattern, request,
                 owed);  // what there is and may be done is nothing for strangers
  HttpReply reply = error_reply(405, "method_not_allowed", "This address does not take this method.");
  std::string list;
  for (const std::string_view one : allowed) list += cat(list.empty() ? "" : ", ", one);
  reply.headers.push_back({"Allow", std::move(list)});
  return reply;
}

Caller Routes::require_caller(const Needs& needs, std::string_view pattern, const HttpRequest& request,
                              std::vector<Header>& owed) const {
  if (needs.is_public()) return {};
  auto caller = authenticate_(request, owed);
  if (!caller) throw no_caller();
  // A token that is for MCP alone is none for this API, whatever it asks for.
  if (caller->proof == Caller::Proof::token && (caller->scopes & api_scopes) == Scope::none)
    throw Error::unauthenticated("other_audience",
                                 "This token is for MCP, not for the API. Use one with the scope admin.");
  if (!has(caller->scopes, needs.scope())) {
    const auto refusal = Error::forbidden(
        "missing_scope", cat("This needs a token with the scope ", to_text(needs.scope()), "."));
    if (refused_)
      refused_(request, *caller, pattern.empty() ? "" : cat(request.method, " ", pattern), refusal);
    throw refusal;
  }
  return std::move(*caller);
}

HttpReply Routes::call(const Route& route, const HttpRequest& request, const Caller& caller,
                       const std::vector<std::string>& segments) {
  Request given{request, caller, {}};
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const std::string_view segment = route.segments[i];
    if (!is_name(segment)) continue;
    auto value = decode(is_rest(segment) ? joined(segments, i) : segments[i]);
    if (!value) throw Error::invalid("bad_path", "A part of the address is not valid text.");
    given.parts.emplace_back(segment.substr(1, segment.size() - (is_rest(segment) ? 3 : 2)),
                             std::move(*value));
  }
  return route.handler(given);
}

}  // namespace patchbay::http
