#include "oauth/foreign_text.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"

namespace patchbay::oauth {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_token_character(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
         std::string_view("-._~+/=%").find(c) != std::string_view::npos;
}

}  // namespace

std::string masked_text(std::string_view foreign, std::size_t max_bytes) {
  std::string out;
  std::string_view rest = foreign.substr(0, 4096);
  while (!rest.empty()) {
    const auto other = std::find_if_not(rest.begin(), rest.end(), is_token_character);
    const auto run = rest.substr(0, static_cast<std::size_t>(other - rest.begin()));
    const bool may_be_secret = run.size() >= 16 && std::any_of(run.begin(), run.end(), is_digit);
    out += may_be_secret ? "[…]" : run;
    rest.remove_prefix(run.size());
    if (rest.empty()) break;
    out += rest.front();
    rest.remove_prefix(1);
  }
  return clean_text(out, max_bytes, false);
}

}  // namespace patchbay::oauth
