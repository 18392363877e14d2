#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace patchbay {

// The words that the API and the store use for the values of an enumeration.
template <class Value, std::size_t count>
using Words = std::array<std::pair<Value, std::string_view>, count>;

template <class Value, std::size_t count>
std::string_view word_of(const Words<Value, count>& words, Value value) {
  for (const auto& [known, word] : words)
    if (known == value) return word;
  throw Error::internal("unknown_value", "Something went wrong. The log says more.",
                        "an enumerator has no name");
}

template <class Value, std::size_t count>
std::optional<Value> value_of(const Words<Value, count>& words, std::string_view text) {
  for (const auto& [value, word] : words)
    if (word == text) return value;
  return std::nullopt;
}

}  // namespace patchbay
