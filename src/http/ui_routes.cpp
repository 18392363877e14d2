#include "http/ui_routes.h"

#include <algorithm>

#include "base/gzip.h"
#include "base/json.h"
#include "base/text.h"
#include "http/media_type.h"

namespace patchbay::http {

namespace {

constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

// Never Cross-Origin-Opener-Policy: with it the window of a sign-in is cut off from the page that opened it.
std::vector<Header> shell_headers(bool may_change) {
  return {{"Content-Security-Policy", std::string(policy)},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "same-origin"},
          {"Permissions-Policy",
           "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"},
          {"Cache-Control", may_change ? "no-store" : "no-cache"},
          {"Vary", "Accept, Accept-Encoding"}};
}

// What stands first in a path that is for programs: HTML there would confuse those who ask for what is not.
constexpr std::string_view for_programs[] = {"v1",          "static",  "mcp",    "oauth",
                                             ".well-known", "healthz", "readyz", "metrics"};

bool is_for_programs(std::string_view path) {
  const auto first = path.substr(1, path.find('/', 1) - 1);
  return std::find(std::begin(for_programs), std::end(for_programs), first) != std::end(for_programs);
}

// A person going somewhere, not a script asking for something.
bool is_navigation(const HttpRequest& request) {
  return (request.method == "GET" || request.method == "HEAD") &&
         accepts_any(request.header("accept").value_or(""), {"text/html"});
}

void replace_all(std::string& text, std::string_view mark, std::string_view value) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
    text.replace(at, mark.size(), value);
}

HttpReply welcome() {
  HttpReply reply = HttpReply::json(
      200, dump({{"name", "patchbay"},
                 {"version", PATCHBAY_VERSION},
                 {"mcp", "/mcp"},
                 {"help",
                  "Point an MCP client at /mcp with a token. Make one with: patchbay token create NAME"}}));
  reply.headers.push_back({"Cache-Control", "no-cache"});
  reply.headers.push_back({"Vary", "Accept"});
  return reply;
}

}  // namespace

UiRoutes::UiRoutes(const WebFiles& files, Site site)
    : files_(files), site_(std::move(site)), shell_(files.may_change() ? std::nullopt : make_shell()) {}

void UiRoutes::add_to(Routes& routes) {
  routes.add("GET", "/", Needs::nothing(), [this](const Request& request) { return root(request.http); });
  routes.on_nothing([this](const HttpRequest& request) { return show(request); });
}

std::optional<UiRoutes::Shell> UiRoutes::make_shell() const {
  auto text = files_.find_text("index.html");
  if (!text) return std::nullopt;
  const std::string base = Html().text(site_.base_path).html();
  replace_all(*text, "{{assets}}", cat(base, "/static/", files_.version()));
  replace_all(*text, "{{base}}", base);
  Shell shell{std::move(*text), {}, {}};
  shell.gzip = gzip(shell.text);
  shell.tag = tag_of(shell.text);
  return shell;
}

HttpReply UiRoutes::root(const HttpRequest& request) const {
  auto page = show(request);
  return page ? std::move(*page) : welcome();
}

std::optional<HttpReply> UiRoutes::show(const HttpRequest& request) const {
  if (!is_navigation(request) || is_for_programs(request.path)) return std::nullopt;
  const auto fresh = files_.may_change() ? make_shell() : std::nullopt;
  const auto& shell = fresh ? fresh : shell_;
  if (!shell) return std::nullopt;
  return coded_reply(request, {shell->tag, shell->text, {}, shell->gzip}, "text/html; charset=utf-8",
                     shell_headers(files_.may_change()));
}

}  // namespace patchbay::http
