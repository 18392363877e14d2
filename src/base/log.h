#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace patchbay::log {

// A field's value: text, a number or a truth value. There is none for Secret.
class Value {
 public:
  Value(std::string_view text);
  Value(const std::string& text) : Value(std::string_view(text)) {}
  Value(const char* text) : Value(std::string_view(text)) {}
  Value(std::integral auto number) : Value(static_cast<std::int64_t>(number), 0) {}
  Value(bool truth);
  Value(const Secret&) = delete;
  const std::string& text() const { return text_; }

 private:
  Value(std::int64_t number, int);
  std::string text_;
};

struct Field {
  std::string_view name;
  Value value;
};
using Fields = std::initializer_list<Field>;

enum class Level { debug, info, warn, error };

// One line per event to stderr: time, level, event name, then name=value pairs. Control characters in values are
// escaped, values are cut at 1,000 bytes. Any thread.
void set_level(Level level);
void error(std::string_view event, Fields fields = {});  // the operator must act
void warn(std::string_view event, Fields fields = {});   // it works, but less well
void info(std::string_view event, Fields fields = {});   // a state changed
void debug(std::string_view event, Fields fields = {});

}  // namespace patchbay::log
