#include "oauth/challenge.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "oauth/scope_text.h"

namespace patchbay::oauth {

namespace {

constexpr std::size_t most_bytes = 8U << 10;
constexpr std::size_t most_parameters = 32;

[[noreturn]] void refuse(std::string_view why) {
  throw Error::upstream("oauth_bad_challenge",
                        cat("The server's WWW-Authenticate header cannot be read: ", why, "."));
}

bool is_token_character(char c) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
         marks.find(c) != std::string_view::npos;
}
// A value without quotes may be a URL: servers write them so, though the grammar has only tokens here.
bool is_bare_character(char c) {
  return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != '\\';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// One line (RFC 9110 §11.6.1, with the list rules of §5.6.1):
//   line      = [ item ] *( "," [ item ] )
//   item      = scheme [ 1*SP ( token68 / parameter ) ] / parameter
//   parameter = token BWS "=" BWS ( token / quoted-string )
class Reader {
 public:
  Reader(std::string_view line, std::size_t& parameters, std::vector<Challenge>& out)
      : rest_(line), parameters_(parameters), out_(out), first_(out.size()) {}

  void run() {
    for (;;) {
      while (!rest_.empty() && (is_blank(rest_.front()) || rest_.front() == ',')) rest_.remove_prefix(1);
      if (rest_.empty()) return;
      read_item();
      skip_blanks();
      if (!rest_.empty() && rest_.front() != ',') refuse("a comma is missing");
    }
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  std::string_view take(bool (*belongs)(char)) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), belongs);
    const auto taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view take_name() {
    const auto name = take(is_token_character);
    if (name.empty()) refuse("it has a character where a name must begin");
    return name;
  }

  void read_item() {
    const auto name = take_name();
    const bool blank_follows = !rest_.empty() && is_blank(rest_.front());
    skip_blanks();
    if (!rest_.empty() && rest_.front() == '=') return read_parameter(name);
    Challenge challenge;
    challenge.scheme = lower(name);
    out_.push_back(std::move(challenge));
    if (!blank_follows || rest_.empty() || rest_.front() == ',' || take_token68()) return;
    const auto first = take_name();
    skip_blanks();
    read_parameter(first);
  }

  // 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=", and then the list goes on or ends.
  bool take_token68() {
    const std::size_t text = std::min(
        rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/"),
        rest_.size());
    const std::size_t end = std::min(rest_.find_first_not_of('=', text), rest_.size());
    const std::size_t next = std::min(rest_.find_first_not_of(" \t", end), rest_.size());
    if (text == 0 || (next < rest_.size() && rest_[next] != ',')) return false;
    out_.back().token68 = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return true;
  }

  void read_parameter(std::string_view name) {
    if (out_.size() == first_) refuse("it has a parameter before any scheme");
    if (rest_.empty() || rest_.front() != '=') refuse("a parameter has no value");
    rest_.remove_prefix(1);
    skip_blanks();
    if (++parameters_ > most_parameters) refuse("it has more than 32 parameters");
    std::string value = !rest_.empty() && rest_.front() == '"' ? take_quoted() : take_bare();
    const std::string key = lower(name);
    if (out_.back().find(key) != nullptr) refuse("a parameter stands twice");
    out_.back().parameters.emplace_back(key, std::move(value));
  }

  std::string take_bare() {
    const auto value = take(is_bare_character);
    if (value.empty()) refuse("a parameter has no value");
    return std::string(value);
  }

  std::string take_quoted() {
    std::string value;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return value;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      const auto byte = static_cast<unsigned char>(rest_[i]);
      if ((byte < 0x20 && byte != '\t') || byte == 0x7f) refuse("a value has a control character");
      value += rest_[i];
    }
    refuse("a quotation mark has no closing one");
  }

  std::string_view rest_;
  std::size_t& parameters_;  // of all lines
  std::vector<Challenge>& out_;
  const std::size_t first_;  // of this line, in out_
};

std::string parameter(const Challenge& challenge, std::string_view name) {
  const std::string* value = challenge.find(name);
  return value == nullptr ? std::string() : *value;
}

}  // namespace

const std::string* Challenge::find(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return &value;
  return nullptr;
}

std::vector<Challenge> parse_challenges(const std::vector<std::string_view>& lines) {
  std::size_t bytes = 0;
  for (const auto line : lines) bytes += line.size();
  if (bytes > most_bytes) refuse("it is longer than 8 KiB");
  std::vector<Challenge> challenges;
  std::size_t parameters = 0;
  for (const auto line : lines) Reader(line, parameters, challenges).run();
  return challenges;
}

std::optional<BearerChallenge> find_bearer(const std::vector<std::string_view>& lines) {
  const auto challenges = parse_challenges(lines);
  const Challenge* chosen = nullptr;
  for (const Challenge& challenge : challenges) {
    if (challenge.scheme != "bearer") continue;
    const bool is_better = challenge.find("resource_metadata") != nullptr && chosen != nullptr &&
                           chosen->find("resource_metadata") == nullptr;
    if (chosen == nullptr || is_better) chosen = &challenge;
  }
  if (chosen == nullptr) return std::nullopt;
  BearerChallenge bearer;
  bearer.resource_metadata = parameter(*chosen, "resource_metadata");
  bearer.scope = clean_scope(parameter(*chosen, "scope"));
  bearer.error = clean_text(parameter(*chosen, "error"), 64, false);
  bearer.error_description = clean_text(parameter(*chosen, "error_description"), 300, false);
  return bearer;
}

}  // namespace patchbay::oauth
