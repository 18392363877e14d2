#include "gateway/ranking_terms.h"

#include <cstring>
#include <random>

namespace patchbay::gateway {

namespace {

// Servers choose the words, so the hash is seeded: nobody can prepare a list of words that all collide.
std::uint64_t seed() {
  static const std::uint64_t value = [] {
    std::random_device device;
    return (std::uint64_t{device()} << 32) ^ device();
  }();
  return value;
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = seed() ^ text.size();
  while (!text.empty()) {
    std::uint64_t chunk = 0;
    const std::size_t size = text.size() < sizeof chunk ? text.size() : sizeof chunk;
    std::memcpy(&chunk, text.data(), size);
    hash = (hash ^ chunk) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 32;
    text.remove_prefix(size);
  }
  return hash * 0xD6E8FEB86659FD93ULL >> 16;
}

}  // namespace

TermTable::TermTable() : slots_(1024, none) {}

std::string_view TermTable::text(std::uint32_t term) const {
  const std::uint32_t begin = term == 0 ? 0 : ends_[term - 1];
  return std::string_view(chars_).substr(begin, ends_[term] - begin);
}

std::size_t TermTable::slot_of(std::string_view wanted) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(wanted) & mask;
  while (slots_[slot] != none && text(slots_[slot]) != wanted) slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t TermTable::find(std::string_view text) const {
  return slots_[slot_of(text)];
}

std::uint32_t TermTable::intern(std::string_view text) {
  const std::size_t slot = slot_of(text);
  if (slots_[slot] != none) return slots_[slot];
  const std::uint32_t term = size();
  chars_ += text;
  ends_.push_back(static_cast<std::uint32_t>(chars_.size()));
  slots_[slot] = term;
  if (ends_.size() * 2 > slots_.size()) grow();
  return term;
}

void TermTable::grow() {
  slots_.assign(slots_.size() * 2, none);
  for (std::uint32_t term = 0; term < size(); ++term) slots_[slot_of(text(term))] = term;
}

std::size_t TermTable::memory_bytes() const {
  return chars_.capacity() + (ends_.capacity() + slots_.capacity()) * sizeof(std::uint32_t);
}

void TermTable::shrink() {
  chars_.shrink_to_fit();
  ends_.shrink_to_fit();
}

}  // namespace patchbay::gateway
