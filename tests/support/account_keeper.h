#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "gateway/accounts.h"
#include "mcp/http_exchange.h"
#include "oauth/client.h"
#include "store/accounts.h"
#include "support/oauth_provider.h"
#include "support/test_store.h"
#include "support/web.h"

namespace test {

using namespace std::chrono_literals;

// What a call came to: "ok", or the id of what went wrong.
inline Task<std::string> call_task(HttpClient& client, Url url, std::shared_ptr<mcp::TokenSource> tokens,
                                   Until until) {
  std::string outcome = "ok";
  try {
    mcp::ServerAddress address;
    address.label = "Fake";
    address.url = url;
    address.tokens = std::move(tokens);
    auto request = mcp::request_to(address, "POST", url);
    request.body = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
    auto response = co_await mcp::send_authorized(client, address, std::move(request), until);
    if (response.status() != 200) co_await mcp::refuse(address, response, until);
    co_await response.read_all(until);
  } catch (const Error& error) {
    outcome = error.id();
  }
  co_return outcome;
}

// What keeps accounts fresh in a running appliance, on a loop of its own. Ends before the store does.
class AccountKeeper {
 public:
  AccountKeeper(Store& store, store::AuditWriter& writer, const Clock& clock,
                gateway::AccountSettings settings = {})
      : clock_(clock),
        audit_(web.loop(), writer, clock),
        client(web.loop(), *web.client, clock),
        accounts(web.loop(), client, store, audit_, clock, settings) {
    accounts.on_lost([this](const ServerId&, const std::optional<UserId>&) { ++lost; });
  }
  ~AccountKeeper() { settle(); }

  // Until nothing that was begun goes on.
  void settle() {
    web.run([](Loop& loop) -> Task<bool> {
      co_return co_await loop.drain(Deadline::in(std::chrono::seconds(10)), 1);
    }(web.loop()));
  }
  std::shared_ptr<mcp::TokenSource> source(const store::Account& account) {
    return accounts.source(
        {account.id, account.server, account.user, "Fake", "https://gate.example/connect/fake"});
  }
  std::string call(const std::string& url, std::shared_ptr<mcp::TokenSource> tokens) {
    return web.run(call_task(*web.client, parse_url(url), std::move(tokens), Until::in(20s)));
  }
  // As many at the same time as are wanted.
  std::vector<std::string> calls(int many, const std::string& url,
                                 const std::shared_ptr<mcp::TokenSource>& tokens) {
    std::vector<std::string> outcomes;
    web.on_loop([&] {
      for (int i = 0; i < many; ++i)
        web.loop().spawn("call",
                         [](HttpClient& http, Url where, std::shared_ptr<mcp::TokenSource> with,
                            std::vector<std::string>& into) -> Task<void> {
                           auto outcome = co_await call_task(http, where, with, Until::in(20s));
                           into.push_back(std::move(outcome));
                         }(*web.client, parse_url(url), tokens, outcomes));
    });
    settle();
    return outcomes;
  }

 private:
  const Clock& clock_;

 public:
  Web web;

 private:
  gateway::Audit audit_;

 public:
  oauth::Client client;
  gateway::Accounts accounts;
  std::atomic<int> lost = 0;
};

// An account as a sign-in at the provider leaves it.
inline store::Account put_account_of(TestStore& store, Provider& provider, const ServerId& server,
                                     std::optional<UserId> user = {}, std::chrono::seconds lives = 3600s) {
  const auto [access, refresh] = provider.issue();
  return store.transact([&](Database& db) {
    const Instant now = store.clock().now();
    auto client = store::find_oauth_client(db, store->vault(), server, provider.origin());
    if (!client) {
      store::OAuthClient made;
      made.server = server;
      made.issuer = provider.origin();
      made.client_id = "client-1";
      client = store::put_oauth_client(db, store->vault(), made, now);
    }
    store::Account account;
    account.server = server;
    account.user = std::move(user);
    account.client = client->id;
    account.issuer = provider.origin();
    account.resource = provider.url("/mcp");
    account.endpoints = {provider.url("/token"), provider.url("/revoke")};
    account.expires_at = now + lives;
    store::AccountTokens tokens{Secret(access), Secret(refresh)};
    return store::put_account(db, store->vault(), account, tokens, now);
  });
}

}  // namespace test
