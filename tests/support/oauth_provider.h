#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "oauth/form.h"
#include "oauth/pkce.h"
#include "support/fake_upstream.h"

namespace test {

using namespace patchbay;

// One origin on loopback that is an MCP server and its authorization server: metadata, registration, PKCE,
// the resource, rotation and revocation are checked as a strict one does. A test changes what its documents
// say, or answers one path itself.
class Provider {
 public:
  using Json = nlohmann::json;
  using Peer = FakeServer::Peer;
  using Answer = std::function<void(Peer&, const SeenRequest&)>;

  struct Documents {
    Json resource, metadata;
    Json registration = Json::object();  // merged into the answer; null takes a key out
    Json token = Json::object();         // the same
  };

  explicit Provider(std::string name, const Certificate* certificate = nullptr)
      : name_(std::move(name)), server_([this](Peer& peer) { serve(peer); }, certificate) {
    documents_.resource = {{"resource", url("/mcp")}, {"authorization_servers", {origin()}}};
    documents_.metadata = {{"issuer", origin()},
                           {"authorization_endpoint", url("/authorize")},
                           {"token_endpoint", url("/token")},
                           {"registration_endpoint", url("/register")},
                           {"revocation_endpoint", url("/revoke")},
                           {"code_challenge_methods_supported", {"S256"}},
                           {"authorization_response_iss_parameter_supported", true}};
  }

  std::string origin() const { return server_.url(""); }
  std::string url(const std::string& path) const { return server_.url(path); }

  template <class Change>
  void change(Change&& how) {
    const std::scoped_lock lock(mutex_);
    how(documents_);
  }
  // `what` is "POST /token".
  void answer(const std::string& what, Answer how) {
    const std::scoped_lock lock(mutex_);
    answers_[what] = std::move(how);
  }
  void answer_as_usual(const std::string& what) {
    const std::scoped_lock lock(mutex_);
    answers_.erase(what);
  }
  // Whoever asks the MCP server is refused with this challenge.
  void challenge_with(const std::string& header) {
    answer("POST /mcp", [header](Peer& peer, const SeenRequest&) {
      peer.reply(401, "", "", cat("WWW-Authenticate: ", header, "\r\n"));
    });
  }
  std::vector<SeenRequest> seen(const std::string& path) const {
    auto all = server_.requests();
    std::erase_if(all, [&](const auto& one) { return one.path.substr(0, one.path.find('?')) != path; });
    return all;
  }
  std::size_t count(const std::string& path) const { return seen(path).size(); }
  std::size_t requests() const { return server_.requests().size(); }
  std::size_t wait_for(const std::string& path, std::size_t many) {
    const auto is_there = [&](const SeenRequest& one) { return one.path == path; };
    const auto all = server_.wait_for([&](const std::vector<SeenRequest>& requests) {
      return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), is_there)) >= many;
    });
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), is_there));
  }

  // The person said yes: the address that their browser is sent back to, without our origin.
  struct Approval {
    std::string code, state, iss;
    std::string target() const {
      auto text = cat("/oauth/callback?code=", percent_encode(code), "&state=", percent_encode(state));
      return iss.empty() ? text : cat(text, "&iss=", percent_encode(iss));
    }
  };
  Approval approve(const std::string& authorize_url) {
    const auto query = oauth::FormFields::parse(authorize_url.substr(authorize_url.find('?') + 1));
    const std::scoped_lock lock(mutex_);
    Approval approval{secret("code"), query.text("state"), origin()};
    grants_[approval.code] = {query.text("code_challenge"), query.text("client_id"),
                              query.text("redirect_uri"), query.text("resource")};
    return approval;
  }

  // Tokens that this provider knows, as after a sign-in that is not looked at.
  std::pair<std::string, std::string> issue() {
    const std::scoped_lock lock(mutex_);
    return issue_locked();
  }
  // The access tokens there are end now; refresh tokens live.
  void forget_access() {
    const std::scoped_lock lock(mutex_);
    access_.clear();
  }
  // What must be found nowhere outside: codes, tokens, client secrets, verifiers.
  std::vector<std::string> secrets() const {
    const std::scoped_lock lock(mutex_);
    return secrets_;
  }
  int refreshes() const { return refreshes_; }

 private:
  struct Grant {
    std::string challenge, client, redirect_uri, resource;
  };
  std::string secret(const std::string& kind) {
    secrets_.push_back(cat(kind, "-", name_, "-", ++counter_, "-s3cr3tBytes"));
    return secrets_.back();
  }
  std::pair<std::string, std::string> issue_locked() {
    std::pair<std::string, std::string> tokens(secret("access"), secret("refresh"));
    access_.insert(tokens.first);
    refresh_.insert(tokens.second);
    return tokens;
  }

  void serve(Peer& peer) {
    while (const auto request = peer.read()) {
      const auto path = request->path.substr(0, request->path.find('?'));
      Answer own;
      {
        const std::scoped_lock lock(mutex_);
        if (const auto found = answers_.find(cat(request->method, " ", path)); found != answers_.end())
          own = found->second;
      }
      if (own)
        own(peer, *request);
      else
        serve_usual(peer, *request, path);
    }
  }
  void serve_usual(Peer& peer, const SeenRequest& request, const std::string& path) {
    std::unique_lock lock(mutex_);
    const Documents documents = documents_;
    if (path == "/token") {
      const auto [status, body] = token(request);
      lock.unlock();
      peer.reply(status, "application/json", body.dump());
      return;
    }
    const auto authorization = request.headers.find("authorization");
    const bool is_in = authorization != request.headers.end() && authorization->second.size() > 7 &&
                       access_.contains(authorization->second.substr(7));
    if (path == "/register") {
      const auto body = registered(request);
      lock.unlock();
      peer.reply(201, "application/json", body.dump());
      return;
    }
    lock.unlock();
    if (path == "/.well-known/oauth-protected-resource/mcp")
      peer.reply_json(documents.resource.dump());
    else if (path == "/.well-known/oauth-authorization-server")
      peer.reply_json(documents.metadata.dump());
    else if (path == "/revoke")
      peer.reply(200, "", "");
    else if (path == "/mcp" && is_in)
      peer.reply_json(R"({"jsonrpc":"2.0","id":1,"result":{}})");
    else if (path == "/mcp")
      peer.reply(401, "", "",
                 cat("WWW-Authenticate: Bearer resource_metadata=\"",
                     url("/.well-known/oauth-protected-resource/mcp"), "\"\r\n"));
    else
      peer.reply(404, "", "");
  }
  Json registered(const SeenRequest& request) {
    Json body = Json::parse(request.body);
    body["client_id"] = cat("client-", name_, "-", ++counter_);
    body.merge_patch(documents_.registration);
    if (body.contains("client_secret")) secrets_.push_back(body["client_secret"]);
    return body;
  }
  std::pair<int, Json> token(const SeenRequest& request) {
    const auto form = oauth::FormFields::parse(request.body);
    const bool is_code = form.text("grant_type") == "authorization_code";
    if (is_code) {
      secrets_.push_back(form.text("code_verifier"));
      const auto grant = grants_.extract(form.text("code"));
      if (grant.empty() || form.repeated() || !form.has("code_verifier") ||
          oauth::challenge_of(*form.find("code_verifier")) != grant.mapped().challenge ||
          form.text("redirect_uri") != grant.mapped().redirect_uri ||
          form.text("resource") != grant.mapped().resource ||
          (form.has("client_id") && form.text("client_id") != grant.mapped().client))
        return {400, {{"error", "invalid_grant"}}};
    } else {
      ++refreshes_;
      if (refresh_.erase(form.text("refresh_token")) == 0) return {400, {{"error", "invalid_grant"}}};
    }
    const auto [access, refresh] = issue_locked();
    Json body = {
        {"access_token", access}, {"token_type", "bearer"}, {"expires_in", 3600}, {"refresh_token", refresh}};
    body.merge_patch(documents_.token);
    if (!body.contains("refresh_token") && !is_code) refresh_.insert(form.text("refresh_token"));
    return {200, body};
  }

  const std::string name_;
  mutable std::mutex mutex_;
  Documents documents_;
  std::map<std::string, Answer> answers_;
  std::map<std::string, Grant> grants_;
  std::set<std::string> access_, refresh_;
  std::vector<std::string> secrets_;
  int counter_ = 0;
  std::atomic<int> refreshes_ = 0;
  FakeServer server_;  // last: its threads use all of the above
};

}  // namespace test
