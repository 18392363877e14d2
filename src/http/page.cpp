#include "http/page.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"

namespace patchbay::http {

namespace {

constexpr std::size_t longest_path = 6 * 1024;

std::string policy_of(const PageOptions& options) {
  return cat("default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; ",
             options.script.empty() ? "" : "script-src 'self'; connect-src 'self'; ",
             options.forms_lead_elsewhere ? "" : "form-action 'self'; ", "frame-ancestors 'none'");
}

// "." and "..", however they are written: a browser takes them out of a path.
bool is_dots(std::string_view segment) {
  const auto decoded = percent_decode(segment);
  return !decoded || *decoded == "." || *decoded == "..";
}

}  // namespace

Html& Html::text(std::string_view foreign) {
  for (const char c : foreign) {
    switch (c) {
      case '&':
        html_ += "&amp;";
        break;
      case '<':
        html_ += "&lt;";
        break;
      case '>':
        html_ += "&gt;";
        break;
      case '"':
        html_ += "&quot;";
        break;
      case '\'':
        html_ += "&#39;";
        break;
      default:
        html_ += c;
    }
  }
  return *this;
}

HttpReply page(const Site& site, int status, std::string_view title, const Html& body,
               const PageOptions& options) {
  Html all;
  all.add(R"(<!doctype html><html lang="en"><head><meta charset="utf-8">)")
      .add(R"(<meta name="viewport" content="width=device-width, initial-scale=1">)")
      .add(R"(<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>)")
      .text(title)
      .add(R"( · Patchbay</title><link rel="icon" href="data:,"><link rel="stylesheet" href=")")
      .text(cat(site.base_path, "/static/page.css"))
      .add(R"(">)");
  if (!options.script.empty())
    all.add(R"(<script src=")")
        .text(cat(site.base_path, "/static/", options.script))
        .add(R"(" defer></script>)");
  all.add(R"(</head><body><main><p class="brand">Patchbay</p><h1>)")
      .text(title)
      .add("</h1>")
      .add(body)
      .add("</main></body></html>\n");
  // Not "no-referrer": a browser then sends "Origin: null" with our own forms (Fetch, 3.1).
  return {status,
          {{"Content-Type", "text/html; charset=utf-8"},
           {"Content-Security-Policy", policy_of(options)},
           {"X-Frame-Options", "DENY"},
           {"Referrer-Policy", "same-origin"},
           {"Cache-Control", "no-store"}},
          all.html()};
}

HttpReply see_other(std::string location) {
  return {
      303,
      {{"Location", std::move(location)}, {"Cache-Control", "no-store"}, {"Referrer-Policy", "no-referrer"}},
      {}};
}

bool is_own_path(const Site& site, std::string_view path) {
  if (path.size() > longest_path || !path.starts_with('/') || path.starts_with("//")) return false;
  const bool plain =
      std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
  if (!plain) return false;
  const auto only_path = path.substr(0, path.find_first_of("?#"));
  if (!only_path.starts_with(site.base_path)) return false;
  if (only_path.size() > site.base_path.size() && only_path[site.base_path.size()] != '/') return false;
  const auto segments = split(only_path, '/');
  return std::none_of(segments.begin(), segments.end(), is_dots);
}

}  // namespace patchbay::http
