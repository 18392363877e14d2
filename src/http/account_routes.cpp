#include "http/account_routes.h"

#include "base/error.h"
#include "base/json.h"
#include "base/time_text.h"
#include "http/user_body.h"
#include "store/oauth_flows.h"

namespace patchbay::http {

namespace {

// The way to the provider, or why there is none: with every leg that was tried.
HttpReply started_reply(const gateway::SignIns::Started& started) {
  Json trace = Json::parse(oauth::to_json_text(started.trace));
  if (!started.error.empty()) {
    const Json answer = {
        {"error", started.error}, {"message", started.message}, {"details", {{"trace", std::move(trace)}}}};
    HttpReply reply = HttpReply::json(502, dump(answer));
    reply.headers.push_back({"Cache-Control", "no-store"});
    return reply;
  }
  const Json answer = {{"flow", started.flow.text()},
                       {"authorize_url", started.authorize_url},
                       {"expires_at", to_rfc3339(started.expires_at)},
                       {"trace", std::move(trace)}};
  HttpReply reply = HttpReply::json(200, dump(answer));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

// "waiting", "working" (the code is being exchanged), "done", "failed", "expired".
std::string_view state_of(const store::OAuthFlow& flow, Instant now) {
  if (flow.outcome == "done") return "done";
  if (!flow.outcome.empty()) return "failed";
  if (flow.used_at) return now < flow.expires_at ? "working" : "failed";
  return now < flow.expires_at ? "waiting" : "expired";
}

}  // namespace

void AccountRoutes::add_to(Routes& routes) {
  const auto to = [this](HttpReply (AccountRoutes::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("POST", "/v1/servers/{slug}/oauth/start", Scope::self, to(&AccountRoutes::start));
  routes.add("DELETE", "/v1/servers/{slug}/oauth", Scope::self, to(&AccountRoutes::disconnect));
  routes.add("POST", "/v1/me/servers/{slug}/oauth/start", Scope::self, to(&AccountRoutes::start_own));
  routes.add("DELETE", "/v1/me/servers/{slug}/oauth", Scope::self, to(&AccountRoutes::disconnect_own));
  routes.add("GET", "/v1/me/oauth/flows/{flow}", Scope::self, to(&AccountRoutes::show_flow));
}

HttpReply AccountRoutes::start(const Request& request) {
  return started_reply(
      desk_.begin(request, desk_.find(request, request.part("slug"), "account.connect_start")));
}

HttpReply AccountRoutes::start_own(const Request& request) {
  return started_reply(desk_.begin(request, desk_.find_own(request, request.part("slug"))));
}

HttpReply AccountRoutes::show_flow(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const auto flow =
      store_.read([&](Database& db) { return store::find_flow(db, store::FlowId(request.part("flow"))); });
  if (!flow || flow->starter != user)
    throw Error::not_found("no_flow", "There is no such sign-in. It may be long over.");
  const auto state = state_of(*flow, clock_.now());
  const bool has_failed = state == "failed";
  const Json answer = {
      {"flow", flow->id.text()},
      {"state", state},
      {"error", has_failed ? Json(flow->outcome.empty() ? "interrupted" : flow->outcome) : Json()},
      {"message", flow->message.empty() ? Json() : Json(flow->message)},
      {"expires_at", to_rfc3339(flow->expires_at)},
      {"trace", Json::parse(flow->trace.empty() ? "[]" : flow->trace)}};
  HttpReply reply = HttpReply::json(200, dump(answer));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

HttpReply AccountRoutes::disconnect(const Request& request) {
  desk_.disconnect(request, desk_.find(request, request.part("slug"), "account.disconnect"));
  return {204, {}, {}};
}

HttpReply AccountRoutes::disconnect_own(const Request& request) {
  desk_.disconnect(request, desk_.find_own(request, request.part("slug")));
  return {204, {}, {}};
}

}  // namespace patchbay::http
