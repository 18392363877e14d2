#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/http_message.h"
#include "domain/person.h"

namespace patchbay::http {

// One request at its handler.
struct Request {
  const HttpRequest& http;
  const Caller& caller;  // a public route's caller has no name and no scope
  std::vector<std::pair<std::string_view, std::string>> parts;

  // The decoded part of the path that the pattern calls `name`, which must be one of the pattern's.
  const std::string& part(std::string_view name) const;
  // The decoded value from the query. Throws Error::invalid where it is given twice or cannot be decoded.
  std::optional<std::string> query(std::string_view name) const;
  // Whether `name` is there as a plain number up to `most`; `otherwise` where absent. Throws Error::invalid.
  std::size_t number(std::string_view name, std::size_t otherwise, std::size_t most) const;
  // The body. Throws Error::invalid where it is not declared as JSON or is not strict JSON (base/json).
  nlohmann::json json() const;
};

// Who may call a route. There is no default, so a route that says nothing does not compile.
class Needs {
 public:
  Needs(Scope scope) : scope_(scope) {}
  static Needs nothing() { return {}; }  // public
  bool is_public() const { return !scope_; }
  Scope scope() const { return *scope_; }

 private:
  Needs() = default;
  std::optional<Scope> scope_;
};

// The one table of our HTTP surface outside /mcp. Filled before it is used, then only read; handle() is for
// any thread.
class Routes {
 public:
  using Handler = std::function<HttpReply(const Request&)>;
  // Nothing where the request proves nobody; throws Error::unauthenticated where what it offers is not valid.
  // `owed` gets headers that the answer must have, whatever it says.
  using Authenticate = std::function<std::optional<Caller>(const HttpRequest&, std::vector<Header>& owed)>;

  // Told of each known caller who may not do `what` ("DELETE /v1/servers/{slug}"; empty for an address that
  // is not there), before they are answered. What it throws is the answer.
  using Refused =
      std::function<void(const HttpRequest&, const Caller&, std::string_view what, const Error& why)>;

  explicit Routes(Authenticate authenticate) : authenticate_(std::move(authenticate)) {}
  void on_refused(Refused refused) { refused_ = std::move(refused); }

  // Asked about each address that no route has: what it gives is the answer, else that is 404.
  using Nothing = std::function<std::optional<HttpReply>(const HttpRequest&)>;
  void on_nothing(Nothing nothing) { nothing_ = std::move(nothing); }

  // A pattern is "/v1/servers/{id}": "{name}" stands for one part that is not empty, "{name*}" at its end for
  // the rest. Throws std::logic_error for a pattern given twice, a bad one, or Scope::none. The first match
  // wins, and parts in plain words win over named ones.
  void add(std::string method, std::string pattern, Needs needs, Handler handler);

  struct Listed {
    std::string_view method;
    std::string_view pattern;
    Needs needs;
  };
  std::vector<Listed> list() const;  // as long as no route is added

  // Never throws. GET routes answer HEAD too.
  HttpReply handle(const HttpRequest& request) const;

 private:
  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    Needs needs;
    Handler handler;
  };
  HttpReply dispatch(const HttpRequest& request, std::vector<Header>& owed) const;
  HttpReply answer(const HttpRequest& request, std::vector<Header>& owed) const;
  Caller require_caller(const Needs& needs, std::string_view pattern, const HttpRequest& request,
                        std::vector<Header>& owed) const;
  static HttpReply call(const Route& route, const HttpRequest& request, const Caller& caller,
                        const std::vector<std::string>& segments);

  Authenticate authenticate_;
  Refused refused_;
  Nothing nothing_;
  std::vector<Route> routes_;
};

}  // namespace patchbay::http
