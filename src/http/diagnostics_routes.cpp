#include "http/diagnostics_routes.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "base/url.h"
#include "http/audit_row.h"
#include "store/events.h"
#include "store/servers.h"

namespace patchbay::http {

namespace {

using std::chrono::hours;
using Verdict = Check::Verdict;

constexpr std::int64_t newest_rows = 1000;
constexpr std::uintmax_t mebibyte = 1024 * 1024;

std::string_view to_text(Verdict verdict) {
  constexpr std::string_view words[] = {"pass", "warn", "fail", "skip"};
  return words[static_cast<std::size_t>(verdict)];
}

bool is_on_loopback(const Url& url) {
  const auto address = parse_address(url.host);
  return is_localhost_name(url.host) || (address && classify(*address) == AddressClass::loopback);
}

// The origin that the browser asked, as far as the proxies in between tell.
std::string asked_origin(const HttpRequest& request) {
  const auto host = request.header("host").value_or("");
  const std::string text = cat(request.is_https ? "https://" : "http://", host);
  try {
    return parse_url(text).origin();
  } catch (const Error&) {
    return text;
  }
}

// What a check throws is what it has found.
template <class Look>
Check attempt(std::string_view id, Look look) {
  try {
    return look();
  } catch (const Error& error) {
    return {id, Verdict::fail, error.message()};
  }
}

// What names this installation, taken out.
void leave_out(std::string& text, std::string_view what, std::string_view instead) {
  if (what.size() < 3) return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + instead.size()))
    text.replace(at, what.size(), instead);
}

}  // namespace

void DiagnosticsRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/diagnostics", Scope::admin_read,
             [this](const Request& request) { return show(request); });
  routes.add("POST", "/v1/diagnostics/run", Scope::admin,
             [this](const Request& request) { return run(request); });
}

HttpReply DiagnosticsRoutes::show(const Request& request) {
  return reply(request.http, look(request));
}

HttpReply DiagnosticsRoutes::run(const Request& request) {
  const auto turn = trail_.turn();
  auto checks = look(request);
  checks.push_back(attempt("audit_all", [&] { return whole_audit(turn); }));
  checks.push_back(attempt("outbound", [&] { return outbound(request); }));
  return reply(request.http, checks);
}

std::vector<Check> DiagnosticsRoutes::look(const Request& request) const {
  return {public_address(request.http),
          proxy(request.http),
          attempt("certificate", [&] { return certificate(); }),
          disk(),
          attempt("database", [&] { return database(); }),
          attempt("audit", [&] { return audit(); }),
          attempt("catalog", [&] { return catalog(); }),
          attempt("servers", [&] { return servers(); })};
}

Check DiagnosticsRoutes::public_address(const HttpRequest& request) const {
  if (request.is_local) return {"public_url", Verdict::skip, "Asked at the control socket, by no browser."};
  const Url ours = parse_url(public_url_);
  const std::string asked = asked_origin(request);
  if (asked != ours.origin())
    return {"public_url", Verdict::fail,
            cat("You opened ", asked, ", but Patchbay thinks it lives at ", ours.origin(),
                ". Sign-ins will return there. Set public_url, or let the proxy pass Host and "
                "X-Forwarded-Proto on.")};
  if (!ours.is_https() && !is_on_loopback(ours))
    return {"public_url", Verdict::warn,
            cat("People reach ", ours.origin(),
                " without encryption. Put it behind https before it leaves your own network.")};
  return {"public_url", Verdict::pass, cat("This page came from the public address, ", ours.origin(), ".")};
}

Check DiagnosticsRoutes::proxy(const HttpRequest& request) const {
  const Forwarding& said = request.forwarding;
  if (!said.for_somebody && !said.says_https) return {"proxy", Verdict::pass, "No proxy stands in between."};
  if (said.by_trusted_proxy)
    return {"proxy", Verdict::pass, "The proxy in between is trusted, and says whom it speaks for."};
  if (said.for_somebody)
    return {"proxy", Verdict::warn,
            "A proxy stands in between, but its address is not listed under trusted_proxies: all people "
            "count as one address."};
  return {"proxy", Verdict::warn,
          "The proxy says X-Forwarded-Proto: https, but it is not listed under trusted_proxies, so cookies "
          "are not marked Secure."};
}

Check DiagnosticsRoutes::certificate() const {
  const auto expiry = hooks_.certificate_expiry();
  if (!expiry && !parse_url(public_url_).is_https())
    return {"certificate", Verdict::skip, "The public address is plain http, so there is no certificate."};
  if (!expiry)
    return {"certificate", Verdict::skip,
            "The proxy in front holds the certificate; Patchbay does not see it."};
  const auto left = *expiry - clock_.now();
  const auto days = std::chrono::duration_cast<hours>(left).count() / 24;
  if (left.count() <= 0)
    return {"certificate", Verdict::fail,
            cat("The certificate ended on ", to_rfc3339(*expiry), ". Renew it, then send SIGHUP.")};
  return {"certificate", days < 14 ? Verdict::warn : Verdict::pass,
          cat("The certificate is good for ", days, days == 1 ? " more day." : " more days.")};
}

Check DiagnosticsRoutes::disk() const {
  std::error_code failure;
  const auto space = std::filesystem::space(store_.directory(), failure);
  if (failure) return {"disk", Verdict::warn, "The system does not say how much disk space is left."};
  const auto free = space.available / mebibyte;
  const Verdict verdict = free < 200 ? Verdict::fail : free < 1024 ? Verdict::warn : Verdict::pass;
  return {"disk", verdict,
          cat(free, " MiB are free where the store lies",
              verdict == Verdict::pass ? "." : ". Without space no call can be recorded, so none is made.")};
}

Check DiagnosticsRoutes::database() const {
  store_.read([](Database& db) { store::last_sequence(db); });
  read_file(store_.directory() / "keyring.json", 1 << 20);
  if (store_.is_damaged())
    return {"database", Verdict::fail,
            "A damaged page was met in the store. Stop Patchbay and restore a backup."};
  return {"database", Verdict::pass, "The store and its keyring can be read."};
}

Check DiagnosticsRoutes::audit() const {
  writer_.settle();
  const auto figures = writer_.figures();
  const auto report = store_.read(
      [&](Database& db) { return store::verify_newest(db, store_.vault().audit_chain_key(), newest_rows); });
  if (!report.intact())
    return {
        "audit", Verdict::fail,
        report.broken_at
            ? "The newest rows of the audit trail do not follow from one another: somebody changed the store."
            : "The record of what retention deleted was changed."};
  if (figures.failed > 0)
    return {"audit", Verdict::warn,
            cat(figures.failed, " rows could not be written since the start; the log says why.")};
  return {"audit", Verdict::pass, cat("The newest ", report.rows, " rows of the audit trail are sealed.")};
}

Check DiagnosticsRoutes::whole_audit(const Turns::Turn& turn) const {
  const auto report = trail_.verify(turn);
  if (!report.intact())
    return {"audit_all", Verdict::fail,
            report.broken_at ? cat("The audit trail is broken at row ", *report.broken_at, ".")
                             : std::string("The record of what retention deleted was changed.")};
  return {"audit_all", Verdict::pass, cat("All ", report.rows, " rows of the audit trail are sealed.")};
}

Check DiagnosticsRoutes::catalog() const {
  using State = gateway::CatalogState;
  const auto view = hooks_.catalog_view();
  if (view.state == State::not_configured)
    return {"catalog", Verdict::skip, "No catalog file is configured."};
  if (view.state == State::good) return {"catalog", Verdict::pass, "The catalog file can be read."};
  return {"catalog", view.state == State::stale ? Verdict::warn : Verdict::fail,
          view.problem ? view.problem->message : std::string("The catalog file cannot be read.")};
}

Check DiagnosticsRoutes::servers() const {
  const auto states = hooks_.server_states();
  const auto failing =
      std::ranges::count_if(states, [](const ServerState& one) { return one.state == "error"; });
  if (failing == 0) return {"servers", Verdict::pass, cat("None of ", states.size(), " connections fails.")};
  return {"servers", Verdict::warn, cat(failing, " of ", states.size(), " connections fail.")};
}

// Asks a server that is configured anyway: Patchbay calls nobody else's address. The row comes first, so what
// cannot be recorded is not done.
Check DiagnosticsRoutes::outbound(const Request& request) const {
  store_.transact(
      [&](Database& db) { record(store_, db, audit_row(request, "diagnostics.run", clock_.now())); });
  const auto servers = store_.read([](Database& db) { return store::list_servers(db); });
  const auto found = std::ranges::find_if(servers, [](const Server& server) {
    return server.enabled && server.url.starts_with("https://") && server.ca_file.empty() &&
           server.pin_sha256.empty();
  });
  if (found == servers.end())
    return {"outbound", Verdict::skip, "There is no https connection yet that could be tried."};
  const auto problem = hooks_.try_outbound(found->url);
  if (!problem.empty()) return {"outbound", Verdict::fail, problem};
  return {"outbound", Verdict::pass,
          "Names are looked up and https leads out, as far as one of the connections."};
}

HttpReply DiagnosticsRoutes::reply(const HttpRequest& request, const std::vector<Check>& checks) const {
  Json list = Json::array();
  for (const Check& check : checks)
    list.push_back({{"id", check.id}, {"status", to_text(check.verdict)}, {"message", check.message}});
  HttpReply reply = HttpReply::json(200, dump({{"now", to_rfc3339(clock_.now())},
                                               {"version", PATCHBAY_VERSION},
                                               {"public_url", public_url_},
                                               {"checks", std::move(list)},
                                               {"report", report(request, checks)}}));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

// For a question in public: no name of this installation's hosts and servers, no address, no path.
std::string DiagnosticsRoutes::report(const HttpRequest& request, const std::vector<Check>& checks) const {
  const auto figures = hooks_.figures();
  std::string text = cat("Patchbay ", PATCHBAY_VERSION, "\n", Database::library_version(), "\nup ",
                         (clock_.now() - started_at_).count() / 3'600'000, " h, ", figures.sessions,
                         " sessions, ", figures.tools, " tools, ", figures.audit.rows, " audit rows\n");
  std::string lines;
  for (const Check& check : checks) {
    const bool names_servers = (check.id == "catalog" && check.verdict != Verdict::skip) ||
                               (check.id == "outbound" && check.verdict != Verdict::pass);
    lines += cat(to_text(check.verdict), "  ", check.id, names_servers ? std::string() : ": " + check.message,
                 "\n");
  }
  for (const std::string& origin : {parse_url(public_url_).origin(), asked_origin(request)})
    leave_out(lines, std::string_view(origin).substr(origin.find("://") + 3), "<host>");
  leave_out(lines, store_.directory().string(), "<data>");
  return text + lines;
}

}  // namespace patchbay::http
