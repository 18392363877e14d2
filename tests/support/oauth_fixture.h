#pragma once

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "gateway/sign_ins.h"
#include "http/account_desk.h"
#include "http/account_routes.h"
#include "http/callback_page.h"
#include "http/connect_page.h"
#include "store/oauth_flows.h"
#include "store/users.h"
#include "support/account_keeper.h"
#include "support/oauth_provider.h"
#include "support/organisation.h"

// Patchbay as a client of authorization servers: the real routes, pages, flows and accounts on a real loop,
// two scripted providers, and people at browsers. All time but that of the network is the store's clock.
class OAuthFixture : public Organisation {
 public:
  using Json = nlohmann::json;
  using Until = patchbay::Until;

  explicit OAuthFixture(const test::Certificate* provider_certificate = nullptr)
      : as1("as1", provider_certificate) {
    using namespace patchbay;
    log::set_sink([this](std::string_view line) {
      const std::scoped_lock lock(log_mutex_);
      log_.emplace_back(line);
    });
    log::set_level(log::Level::debug);
    const auto run = [this](auto task) { return keeper.web.loop().run_on(std::move(task)); };
    hooks.begin_sign_in = [this, run](gateway::SignIns::Wish wish) {
      return run(sign_ins.start(std::move(wish), Until::in(std::chrono::seconds(30))));
    };
    hooks.finish_sign_in = [this, run](store::OAuthFlow flow, Secret verifier, Secret code, Event row) {
      return run(sign_ins.finish(std::move(flow), std::move(verifier), std::move(code), std::move(row),
                                 Until::in(std::chrono::seconds(30))));
    };
    hooks.revoke_soon = [this](gateway::SignIns::Revocations revocations) {
      keeper.web.loop().post(
          [this, kept = std::make_shared<gateway::SignIns::Revocations>(std::move(revocations))] {
            for (auto& one : *kept)
              keeper.web.loop().spawn("account.revoke", sign_ins.revoke(std::move(one)));
          });
    };
    account_routes.add_to(routes);
    callback.add_to(routes);
    connect.add_to(routes);
  }
  ~OAuthFixture() {
    keeper.settle();
    patchbay::log::set_level(patchbay::log::Level::info);
    patchbay::log::set_sink({});
  }

  // A server of the organisation that everybody signs in at for themselves, unless `more` says otherwise.
  void add_server(const std::string& slug, const test::Provider& provider,
                  const Json& more = Json::object()) {
    Json body = {{"slug", slug},
                 {"title", slug},
                 {"url", provider.url("/mcp")},
                 {"auth", "oauth"},
                 {"credential_mode", "perMember"},
                 {"enabled", true}};
    body.update(more);
    const auto reply = call("POST", "/v1/servers", admin, body.dump());
    CAPTURE(reply.body);
    REQUIRE(reply.status == 201);
  }
  patchbay::ServerId server_id(const std::string& slug) {
    return store.read(
        [&](patchbay::Database& db) { return patchbay::store::find_server(db, slug).value().id; });
  }

  // A request of a person's browser; what came back is searched for secrets at the end.
  patchbay::HttpReply visit(Browser& browser, const std::string& method, const std::string& target,
                            const std::string& body = {}) {
    // A provider's redirect is a navigation, which brings no Origin.
    browser.sends_origin = method != "GET";
    auto reply = browser.call(method, target, body);
    browser.sends_origin = true;
    CAPTURE(method, reply.body);
    return seen(std::move(reply));
  }
  patchbay::HttpReply submit(Browser& browser, const std::string& target, const std::string& fields) {
    return seen(browser.submit(target, fields));
  }
  patchbay::HttpReply seen(patchbay::HttpReply reply) {
    CHECK((reply.status < 500 || reply.status == 502));
    answers_ += patchbay::cat(reply.body, "\n");
    for (const auto& header : reply.headers)
      if (header.name != "Set-Cookie") answers_ += patchbay::cat(header.name, ": ", header.value, "\n");
    return reply;
  }
  Json start(Browser& browser, const std::string& slug, int expected = 200) {
    const auto reply = visit(browser, "POST", patchbay::cat("/v1/servers/", slug, "/oauth/start"), "{}");
    CAPTURE(reply.body);
    CHECK(reply.status == expected);
    return Json::parse(reply.body);
  }
  // A sign-in of which the person has said yes at the provider.
  test::Provider::Approval approve(Browser& browser, const std::string& slug, test::Provider& provider) {
    return provider.approve(start(browser, slug).at("authorize_url"));
  }
  patchbay::HttpReply connect_at(Browser& browser, const std::string& slug, test::Provider& provider) {
    const auto reply = visit(browser, "GET", approve(browser, slug, provider).target());
    CAPTURE(reply.body);
    CHECK(reply.status == 200);
    return reply;
  }
  // Why a sign-in could not begin; the sign-in server was refused, with its one row in the trail.
  std::string start_refused(Browser& browser, const std::string& slug, int expected = 502) {
    const auto before = trail().size();
    const Json answer = start(browser, slug, expected);
    CHECK_FALSE(answer.contains("authorize_url"));
    CHECK(flows().empty());
    CHECK(clients() == 0);
    const auto rows = trail();
    REQUIRE(rows.size() == before + 1);
    CHECK(rows.front().event.action == "account.connect_start");
    CHECK(rows.front().event.outcome == "failed");
    CHECK(rows.front().event.reason == answer.at("error"));
    return answer.at("error");
  }
  // An answer at the callback is refused: one row, nothing kept, nobody asked for a token.
  patchbay::HttpReply callback_refused(Browser& browser, const std::string& target, int expected,
                                       const std::string& reason) {
    const auto rows_before = trail().size();
    const auto tokens_before = as1.count("/token") + as2.count("/token");
    const auto accounts_before = accounts().size();
    auto reply = visit(browser, "GET", target);
    CAPTURE(reply.body);
    CHECK(reply.status == expected);
    CHECK(as1.count("/token") + as2.count("/token") == tokens_before);
    CHECK(accounts().size() == accounts_before);
    const auto rows = trail();
    REQUIRE(rows.size() == rows_before + 1);
    CHECK(rows.front().event.action == "account.connect");
    CHECK(rows.front().event.outcome == "refused");
    CHECK(rows.front().event.reason == reason);
    return reply;
  }

  std::vector<patchbay::store::Account> accounts() {
    return store.read([&](patchbay::Database& db) {
      std::vector<std::string> ids;
      for (const auto& row : db.query("select id from oauth_account order by id"))
        ids.push_back(row.text("id"));
      std::vector<patchbay::store::Account> all;
      for (const auto& id : ids)
        all.push_back(*patchbay::store::find_account(db, patchbay::store::AccountId(id)));
      return all;
    });
  }
  std::optional<patchbay::store::Account> account_of(const std::string& slug,
                                                     const std::string& person = {}) {
    const auto server = server_id(slug);
    return store.read([&](patchbay::Database& db) {
      std::optional<patchbay::UserId> user;
      if (!person.empty()) user = patchbay::store::require_user(db, person).id;
      return patchbay::store::find_account(db, server, user);
    });
  }
  patchbay::store::AccountTokens tokens_of(const patchbay::store::Account& account) {
    return store.read([&](patchbay::Database& db) {
      return patchbay::store::open_account_tokens(db, store->vault(), account.id);
    });
  }
  std::vector<patchbay::store::OAuthFlow> flows() {
    return store.read([&](patchbay::Database& db) {
      std::vector<std::string> ids;
      for (const auto& row : db.query("select id from oauth_flow order by id")) ids.push_back(row.text("id"));
      std::vector<patchbay::store::OAuthFlow> all;
      for (const auto& id : ids) all.push_back(*patchbay::store::find_flow(db, patchbay::store::FlowId(id)));
      return all;
    });
  }
  bool is_waiting(const Json& started) {
    const auto flow = store.read([&](patchbay::Database& db) {
      return patchbay::store::find_flow(db, patchbay::store::FlowId(started.at("flow").get<std::string>()));
    });
    return flow && !flow->used_at && flow->outcome.empty();
  }
  std::int64_t clients() {
    return store.read([](patchbay::Database& db) {
      auto rows = db.query("select count(*) as count from oauth_client");
      return rows.next()->integer("count");
    });
  }
  std::string call_with(const patchbay::store::Account& account, const test::Provider& provider) {
    return keeper.call(provider.url("/mcp"), keeper.source(account));
  }

  std::vector<std::string> log_lines() {
    const std::scoped_lock lock(log_mutex_);
    return log_;
  }
  // Of all that providers gave and we made for them, nothing is in the trail, the log or an answer.
  void check_no_secret_is_out() {
    keeper.settle();
    std::string all = answers_;
    for (const auto& line : log_lines()) all += line;
    for (const auto& row : trail()) {
      const auto& event = row.event;
      all +=
          patchbay::cat(event.actor, event.actor_name, event.client, event.server, event.tool, event.reason);
    }
    for (const auto& flow : flows()) all += patchbay::cat(flow.details, flow.message, flow.trace);
    for (const auto* provider : {&as1, &as2})
      for (const auto& secret : provider->secrets()) {
        CAPTURE(secret);
        CHECK(all.find(secret) == std::string::npos);
        CHECK(all.find(patchbay::percent_encode(secret)) == std::string::npos);
      }
  }

  test::Provider as1, as2{"as2"};
  test::AccountKeeper keeper{*store, writer, store.clock()};
  patchbay::gateway::SignIns sign_ins{keeper.web.loop(), keeper.client, *store, store.clock(),
                                      "https://gate.example"};
  patchbay::http::AccountDesk desk{*store, hooks, store.clock(), "https://gate.example"};
  patchbay::http::AccountRoutes account_routes{desk, *store, store.clock()};
  patchbay::http::CallbackPage callback{*store, identity, desk, hooks, store.clock(), site};
  patchbay::http::ConnectPage connect{desk, own, identity, site};

 private:
  std::string answers_;
  std::mutex log_mutex_;
  std::vector<std::string> log_;
};
