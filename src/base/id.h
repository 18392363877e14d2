#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace patchbay {

// A new UUIDv7 (RFC 9562 §5.7) in its text form: 48 bits of time, then random bits.
std::string new_uuid(Instant now);
// Whether `text` is a UUID in lower-case text form.
bool is_uuid(std::string_view text);

// A UUIDv7 that knows what it names: ids sort by birth and cannot be swapped for one another.
template <class Thing>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  static Id create(Instant now) { return Id(new_uuid(now)); }

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  std::string text_;
};

}  // namespace patchbay
