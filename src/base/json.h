#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"

namespace patchbay {

using Json = nlohmann::json;

// check_json, then a tree: its depth is bounded, so that copying and destroying it cannot exhaust the stack.
Json parse_json(std::string_view text, const JsonLimits& limits = {});
// Never throws for the text in it: invalid UTF-8 becomes U+FFFD.
std::string dump(const Json& json);

// Reads one JSON object from outside, and keeps a pointer to it. What is missing or of the wrong kind throws
// Error::invalid("bad_field") that names the key ("oauth.scopes[2]"), never the value. The find_ forms are
// empty where the key is absent or null; has() and is_null() tell these apart where "keep" and "unset"
// differ.
class Fields {
 public:
  explicit Fields(const Json& object, std::string place = {});
  explicit Fields(Json&& object, std::string place = {}) = delete;

  bool has(std::string_view key);  // null counts
  bool is_null(std::string_view key);

  std::string text(std::string_view key, std::size_t max_bytes = 4096);
  std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max);
  bool truth(std::string_view key);
  std::string choice(std::string_view key, const std::vector<std::string_view>& words);
  std::vector<std::string> texts(std::string_view key, std::size_t max_count, std::size_t max_bytes = 4096);
  Fields object(std::string_view key);
  std::vector<Fields> objects(std::string_view key, std::size_t max_count);
  const Json& value(std::string_view key);  // of any kind but null

  std::optional<std::string> find_text(std::string_view key, std::size_t max_bytes = 4096);
  std::optional<std::int64_t> find_integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<bool> find_truth(std::string_view key);
  std::optional<std::string> find_choice(std::string_view key, const std::vector<std::string_view>& words);
  std::optional<std::vector<std::string>> find_texts(std::string_view key, std::size_t max_count,
                                                     std::size_t max_bytes = 4096);
  std::optional<Fields> find_object(std::string_view key);

  // Call last: throws Error::invalid("unknown_field") where the object holds a key that nobody asked for.
  void refuse_others() const;

 private:
  const Json* find(std::string_view key);
  const Json& require(std::string_view key);
  std::string name(std::string_view key) const;  // as errors call it

  const Json* object_;
  std::string place_;
  std::vector<std::string> known_;
};

}  // namespace patchbay
