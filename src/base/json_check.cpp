#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <memory_resource>
#include <vector>

#include "base/error.h"
#include "base/json_scan.h"
#include "base/json_text.h"
#include "base/utf8.h"

namespace patchbay {

namespace {

using namespace json_scan;

constexpr int deepest = 128;
// Up to here each key is compared with those before it; larger objects are sorted once when they end. Sorting
// needs no seed: whatever the hashes are, the work stays n log n.
constexpr std::size_t few_keys = 16;

// Whether a number that from_chars calls out of range is too large, not too small: by the power of ten of its
// first digit that is not zero.
bool is_beyond_double(std::string_view number) {
  if (number.front() == '-') number.remove_prefix(1);
  const auto exponent_at = std::min(number.find_first_of("eE"), number.size());
  const std::string_view mantissa = number.substr(0, exponent_at);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  const auto first = mantissa.find_first_not_of("0.");
  if (first == std::string_view::npos) return false;
  const std::int64_t power = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  if (exponent_at == number.size()) return power > 0;
  std::string_view digits = number.substr(exponent_at + 1);
  const bool negative = digits.front() == '-';
  if (negative || digits.front() == '+') digits.remove_prefix(1);
  // An exponent that fits no integer outweighs any mantissa.
  const std::int64_t exponent = parse_number<std::int64_t>(digits).value_or(std::int64_t{1} << 60);
  return power + (negative ? -exponent : exponent) > 0;
}

class Checker {
 public:
  Checker(std::string_view text, const JsonLimits& limits)
      : start_(text.data()),
        at_(start_),
        end_(start_ + text.size()),
        max_depth_(std::min(limits.max_depth, deepest)) {
    keys_.reserve(few_keys * 4);
  }

  void run() {
    bool value_comes = true;
    while (value_comes || depth_ > 0) value_comes = value_comes ? begin_value() : after_value();
    skip_blanks();
    if (at_ != end_) refuse("nothing may follow the value");
  }

 private:
  struct Container {
    bool is_object;
    std::size_t first_key;
  };

  [[noreturn]] void refuse(std::string_view why, const char* id = "json_syntax") const {
    throw Error::invalid(id, cat("The JSON text cannot be accepted at byte ", at_ - start_, ": ", why, "."));
  }

  void skip_blanks() {
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }

  char peek() const {
    if (at_ == end_) refuse("it ends too early");
    return *at_;
  }

  // These two tell whether a value has to come next.
  bool begin_value() {
    skip_blanks();
    switch (peek()) {
      case '{':
        return begin_container(true);
      case '[':
        return begin_container(false);
      case '"':
        ++at_;
        check_string();
        return false;
      case 't':
        check_word("true");
        return false;
      case 'f':
        check_word("false");
        return false;
      case 'n':
        check_word("null");
        return false;
      default:
        check_number();
        return false;
    }
  }

  bool after_value() {
    skip_blanks();
    const bool is_object = open_[static_cast<std::size_t>(depth_ - 1)].is_object;
    const char c = peek();
    if (c == (is_object ? '}' : ']')) {
      end_container();
      return false;
    }
    if (c != ',') refuse("a comma or the closing bracket is missing");
    ++at_;
    if (is_object) check_key();
    return true;
  }

  bool begin_container(bool is_object) {
    if (depth_ >= max_depth_) refuse("the nesting is too deep", "json_depth");
    ++at_;
    open_[static_cast<std::size_t>(depth_++)] = {is_object, keys_.size()};
    skip_blanks();
    if (peek() == (is_object ? '}' : ']')) {
      end_container();
      return false;
    }
    if (is_object) check_key();
    return true;
  }

  void end_container() {
    const Container& ended = open_[static_cast<std::size_t>(--depth_)];
    if (ended.is_object) {
      if (keys_.size() - ended.first_key > few_keys) check_many_keys(ended.first_key);
      keys_.resize(ended.first_key);
    }
    ++at_;
  }

  void check_key() {
    skip_blanks();
    if (peek() != '"') refuse("a key must be a string");
    const char* const key_start = at_++;
    const bool escaped = check_string();
    const std::string_view raw(key_start, static_cast<std::size_t>(at_ - key_start));
    add_key(escaped ? keep(decode_string(raw)) : raw.substr(1, raw.size() - 2));
    skip_blanks();
    if (peek() != ':') refuse("a colon is missing");
    ++at_;
  }

  std::string_view keep(const std::string& text) {
    char* const copy = static_cast<char*>(memory_.allocate(text.size() + 1, 1));
    text.copy(copy, text.size());
    return {copy, text.size()};
  }

  void add_key(std::string_view key) {
    const std::size_t first = open_[static_cast<std::size_t>(depth_ - 1)].first_key;
    if (keys_.size() - first <= few_keys &&
        std::find(keys_.begin() + static_cast<std::ptrdiff_t>(first), keys_.end(), key) != keys_.end())
      refuse_duplicate();
    if (keys_.size() - first == most_keys) refuse("an object holds too many keys", "json_too_many_keys");
    keys_.push_back(key);
  }

  void check_many_keys(std::size_t first) {
    using Hashed = std::pair<std::size_t, std::string_view>;
    std::vector<Hashed> hashed;
    hashed.reserve(keys_.size() - first);
    for (std::size_t i = first; i < keys_.size(); ++i)
      hashed.emplace_back(std::hash<std::string_view>()(keys_[i]), keys_[i]);
    std::sort(hashed.begin(), hashed.end());
    if (std::adjacent_find(hashed.begin(), hashed.end()) != hashed.end()) refuse_duplicate();
  }

  [[noreturn]] void refuse_duplicate() const { refuse("an object holds a key twice", "json_duplicate_key"); }

  // From behind the opening quote to behind the closing one; whether there were escapes.
  bool check_string() {
    bool escaped = false;
    for (;;) {
      at_ = skip_plain(at_, end_);
      const char c = peek();
      if (c == '"') break;
      if (c == '\\') {
        check_escape();
        escaped = true;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        refuse("a control character must be escaped");
      } else {
        check_characters();
      }
    }
    ++at_;
    return escaped;
  }

  // Characters beyond ASCII mostly come in a row.
  void check_characters() {
    do {
      const auto character = first_character({at_, static_cast<std::size_t>(end_ - at_)});
      if (!character.valid) refuse("it is not UTF-8");
      at_ += character.size;
    } while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x7F);
  }

  void check_escape() {
    ++at_;
    switch (peek()) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        ++at_;
        return;
      case 'u':
        break;
      default:
        refuse("the escape is unknown");
    }
    const std::int32_t code = four_hex(at_ + 1, end_);
    if (code < 0) refuse("four hexadecimal digits are missing");
    if (is_low_surrogate(code)) refuse("a surrogate stands alone");
    if (is_high_surrogate(code)) {
      const bool follows = end_ - at_ >= 7 && at_[5] == '\\' && at_[6] == 'u';
      if (!follows || !is_low_surrogate(four_hex(at_ + 7, end_))) refuse("a surrogate stands alone");
      at_ += 6;
    }
    at_ += 5;
  }

  void check_word(std::string_view word) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, word.size()) != word)
      refuse("no value begins like this");
    at_ += word.size();
  }

  void check_digits() {
    const char* const first = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    if (at_ == first) refuse("a digit is missing");
  }

  void check_number() {
    const char* const first = at_;
    if (*at_ == '-') ++at_;
    if (at_ == end_ || *at_ < '0' || *at_ > '9') refuse("no value begins like this");
    if (*at_ == '0')
      ++at_;
    else
      check_digits();
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      check_digits();
    }
    bool may_be_large = at_ - first > std::numeric_limits<double>::max_exponent10;
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      check_digits();
      may_be_large = true;
    }
    if (may_be_large) check_magnitude({first, static_cast<std::size_t>(at_ - first)});
  }

  void check_magnitude(std::string_view number) const {
    double value = 0;
    const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
    if (result.ec == std::errc::result_out_of_range && is_beyond_double(number))
      refuse("a number is too large");
  }

  const char* start_;
  const char* at_;
  const char* end_;
  int max_depth_;
  int depth_ = 0;
  std::array<Container, deepest> open_;
  // The keys of all open objects, the innermost last. Messages of common size need no memory of the heap.
  std::array<std::byte, 4096> first_memory_;
  std::pmr::monotonic_buffer_resource memory_{first_memory_.data(), first_memory_.size()};
  std::pmr::vector<std::string_view> keys_{&memory_};
};

}  // namespace

void check_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    throw Error::invalid("json_too_large",
                         cat("The JSON text is larger than the ", limits.max_bytes, " bytes allowed."));
  Checker(text, limits).run();
}

}  // namespace patchbay
