#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
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
  Value(std::floating_point auto) = delete;
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

// One line per event to stderr: time (UTC), level, event name, then name=value pairs. Control and other
// hidden characters in values are escaped, values with blanks are quoted, and cut at 1,000 bytes. Any thread.
void set_level(Level level);  // info where nothing was set
// Gives the lines, without their ends, to `sink` instead of stderr; nothing gives them back to stderr. For
// tests. The sink is called under a lock: it must not log.
void set_sink(std::function<void(std::string_view line)> sink);
void error(std::string_view event, Fields fields = {});  // the operator must act
void warn(std::string_view event, Fields fields = {});   // it works, but less well
void info(std::string_view event, Fields fields = {});   // a state changed
void debug(std::string_view event, Fields fields = {});

}  // namespace patchbay::log
