#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace patchbay {

// One row of the audit trail. Never arguments, results or secrets.
struct Event {
  Instant at;
  std::string actor;       // token id, "operator", or empty for nobody known
  std::string actor_name;  // the token's name
  std::string client;      // the MCP client's own name and version, cleaned
  std::string action;      // "tool.call", "tool.search", "tool.list", "token.create", "auth.refused", …
  std::string server;      // slug
  std::string tool;        // upstream tool name, or the thing acted on
  std::string outcome;     // "ok", "tool_error", "refused", "failed", "cancelled", "timeout"
  // Stable error id where the outcome is not ok; of a change Changes::text(), in old rows the names of its
  // fields; of "tool.changed" both digests.
  std::string reason;
  std::int64_t duration_us = 0;
  std::int64_t request_bytes = 0;
  std::int64_t response_bytes = 0;
  std::string remote;  // address of the peer
};

// Whether something is another than before because of it: the rows that admins look through, and not calls,
// tries, tests and people who come and go.
bool is_change(const Event& event);

// A field's value as the trail shows it. Unset is null, and so is empty text.
class ChangeValue {
 public:
  ChangeValue() = default;
  ChangeValue(std::string_view text);
  ChangeValue(const std::string& text) : ChangeValue(std::string_view(text)) {}
  ChangeValue(const char* text) : ChangeValue(std::string_view(text)) {}
  ChangeValue(bool truth) : json_(truth ? "true" : "false") {}
  ChangeValue(std::int64_t number) : json_(std::to_string(number)) {}
  ChangeValue(const std::vector<std::string>& list);
  ChangeValue(const std::optional<Instant>& at);
  ChangeValue(Instant at) : ChangeValue(std::optional(at)) {}
  static ChangeValue of_json(std::string text);  // of a whole value, compact

  // Cut to most_characters; what is cut is text that ends in "…", whatever it was.
  std::string shown() const;
  const std::string& json() const { return json_; }  // uncut
  bool operator==(const ChangeValue&) const = default;

  static constexpr std::size_t most_characters = 200;

 private:
  std::string json_ = "null";
};

// What a change did to a thing, field by field: the reason of its row in the trail.
class Changes {
 public:
  static constexpr std::size_t most_bytes = 4096;  // of text()

  void add(std::string_view name, const ChangeValue& before,
           const ChangeValue& after);      // nothing where equal
  void add_secret(std::string_view name);  // that it changed, and nothing else
  void leave_out(std::string_view name);
  bool empty() const { return fields_.empty(); }

  // {"url":["old","new"],"headers":"changed"}, in the order of adding; empty text where nothing changed.
  // Fields that would make it too long are "changed".
  std::string text() const;

 private:
  struct Field {
    std::string name;
    std::string shown;
  };
  std::vector<Field> fields_;
};

}  // namespace patchbay
