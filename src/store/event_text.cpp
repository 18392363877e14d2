#include "store/event_text.h"

namespace patchbay::store {
namespace {

bool take_number(std::string_view& text, std::int64_t& number) {
  if (text.size() < 8) return false;
  std::uint64_t bits = 0;
  for (int i = 0; i < 8; ++i)
    bits = bits << 8 | static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
  number = static_cast<std::int64_t>(bits);
  text.remove_prefix(8);
  return true;
}

bool take_text(std::string_view& text, std::string& out) {
  std::int64_t size = 0;
  if (!take_number(text, size) || size < 0 || static_cast<std::uint64_t>(size) > text.size()) return false;
  out.assign(text.substr(0, static_cast<std::size_t>(size)));
  text.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

}  // namespace

void put_number(std::string& out, std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(bits >> (56 - 8 * i) & 0xff);
  out.append(bytes, sizeof bytes);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, static_cast<std::int64_t>(text.size()));
  out += text;
}

void put_event(std::string& out, const Event& event) {
  put_number(out, event.at.milliseconds);
  for (const std::string* text : {&event.actor, &event.actor_name, &event.client, &event.action,
                                  &event.server, &event.tool, &event.outcome, &event.reason})
    put_text(out, *text);
  put_number(out, event.duration_us);
  put_number(out, event.request_bytes);
  put_number(out, event.response_bytes);
  put_text(out, event.remote);
}

bool take_event(std::string_view& text, Event& event) {
  if (!take_number(text, event.at.milliseconds)) return false;
  for (std::string* column : {&event.actor, &event.actor_name, &event.client, &event.action, &event.server,
                              &event.tool, &event.outcome, &event.reason})
    if (!take_text(text, *column)) return false;
  return take_number(text, event.duration_us) && take_number(text, event.request_bytes) &&
         take_number(text, event.response_bytes) && take_text(text, event.remote);
}

}  // namespace patchbay::store
