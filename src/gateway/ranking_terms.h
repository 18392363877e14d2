#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::gateway {

// Texts numbered in the order they came.
class TermTable {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  TermTable();

  std::uint32_t find(std::string_view text) const;
  std::uint32_t intern(std::string_view text);
  std::string_view text(std::uint32_t term) const;
  std::uint32_t size() const { return static_cast<std::uint32_t>(ends_.size()); }
  std::size_t memory_bytes() const;
  void shrink();

 private:
  std::size_t slot_of(std::string_view text) const;
  void grow();

  std::string chars_;
  std::vector<std::uint32_t> ends_;
  std::vector<std::uint32_t> slots_;  // a power of two, at most half full
};

}  // namespace patchbay::gateway
