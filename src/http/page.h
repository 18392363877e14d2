#pragma once

#include <string>
#include <string_view>

#include "base/http_message.h"

namespace patchbay::http {

// HTML under construction. Markup is only what stands in our source; all else is text and is escaped, so that
// no foreign text can become an element or leave its attribute (attributes stand in double quotes).
class Html {
 public:
  // Only from a literal: the constructor must run while compiling.
  struct Markup {
    consteval Markup(const char* literal) : text(literal) {}
    std::string_view text;
  };

  Html& add(Markup markup) {
    html_ += markup.text;
    return *this;
  }
  Html& add(const Html& other) {
    html_ += other.html_;
    return *this;
  }
  // Of an element or of an attribute in double quotes. Never in an address that begins a link of foreign
  // origin: javascript: stays javascript:.
  Html& text(std::string_view foreign);
  bool empty() const { return html_.empty(); }
  const std::string& html() const { return html_; }

 private:
  std::string html_;
};

// Where our pages are, as a browser sees them.
struct Site {
  std::string url;        // public_url, without a slash at its end
  std::string base_path;  // "" or "/x/y"
};

struct PageOptions {
  // Chromium holds the redirects behind a form to form-action too, so a form that leads to another
  // application's address leaves it open.
  bool forms_lead_elsewhere = false;
  std::string_view script = {};  // a file of web/static, "callback.js"; empty: none may run
};

// A small page that works without scripts. It cannot be framed, loads nothing of others, is kept nowhere and
// tells other sites nothing of its address. `title` is text.
HttpReply page(const Site& site, int status, std::string_view title, const Html& body,
               const PageOptions& options = {});

// To another address, after a form or instead of a page.
HttpReply see_other(std::string location);

// `path` where it is one of ours that a browser may be sent to: below the base path, nothing that another
// reading would take to another host or out of the base path.
bool is_own_path(const Site& site, std::string_view path);

}  // namespace patchbay::http
