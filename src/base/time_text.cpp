#include "base/time_text.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace patchbay {

namespace {

using namespace std::chrono;

void append_padded(std::string& out, std::int64_t number, std::size_t digits) {
  const std::string text = cat(number);
  if (text.size() < digits) out.append(digits - text.size(), '0');
  out += text;
}

// Takes exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  const auto part = text.substr(0, digits);
  if (part.size() < digits || part.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  text.remove_prefix(digits);
  return parse_number<int>(part);
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// [ "." 1*DIGIT ], whole milliseconds of it.
std::optional<milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return milliseconds(0);
  const auto length = std::min(text.find_first_not_of("0123456789"), text.size());
  if (length == 0) return std::nullopt;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < 3; ++i) value = value * 10 + (i < length ? text[i] - '0' : 0);
  text.remove_prefix(length);
  return milliseconds(value);
}

// "Z" / ( "+" / "-" ) hours ":" minutes
std::optional<minutes> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return minutes(0);
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  return minutes(sign * (*hour * 60 + *minute));
}

std::optional<sys_days> take_date(std::string_view& text) {
  const auto y = take_number(text, 4);
  if (!y || !take(text, "-")) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, "-")) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d) return std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

std::optional<seconds> take_clock(std::string_view& text) {
  const auto h = take_number(text, 2);
  if (!h || *h > 23 || !take(text, ":")) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || *m > 59 || !take(text, ":")) return std::nullopt;
  const auto s = take_number(text, 2);
  if (!s || *s > 60) return std::nullopt;
  return hours(*h) + minutes(*m) + seconds(std::min(*s, 59));
}

}  // namespace

std::string to_rfc3339(Instant at) {
  const sys_time<milliseconds> time{milliseconds(at.milliseconds)};
  const auto date = floor<days>(time);
  const year_month_day day(date);
  const hh_mm_ss clock(time - date);
  std::string out;
  append_padded(out, static_cast<int>(day.year()), 4);
  out += '-';
  append_padded(out, static_cast<unsigned>(day.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(day.day()), 2);
  out += 'T';
  append_padded(out, clock.hours().count(), 2);
  out += ':';
  append_padded(out, clock.minutes().count(), 2);
  out += ':';
  append_padded(out, clock.seconds().count(), 2);
  out += '.';
  append_padded(out, clock.subseconds().count(), 3);
  out += 'Z';
  return out;
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !take(text, "Tt ")) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const auto time = sys_time<milliseconds>(*date) + *clock + *fraction - *offset;
  return Instant{time.time_since_epoch().count()};
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto count = parse_number<std::uint32_t>(text.substr(0, text.size() - 1));
  if (!count || *count > 1'000'000'000) return std::nullopt;
  switch (text.back()) {
    case 's':
      return seconds(*count);
    case 'm':
      return minutes(*count);
    case 'h':
      return hours(*count);
    case 'd':
      return days(*count);
    case 'w':
      return weeks(*count);
    default:
      return std::nullopt;
  }
}

}  // namespace patchbay
