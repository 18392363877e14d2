#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace patchbay {

// The bytes of a key: in memory that is never swapped out (where the system allows to lock it; else one line
// of the log says so) and stays out of core dumps, wiped when given up. Never printed; reveal() is the only
// way in. Copied only by copy().
class SecureBytes {
 public:
  SecureBytes() = default;
  explicit SecureBytes(std::size_t size);        // zeros
  explicit SecureBytes(std::string&& unlocked);  // its bytes; what was given is wiped
  SecureBytes(SecureBytes&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SecureBytes& operator=(SecureBytes&& other) noexcept;
  ~SecureBytes() { give_up(); }

  SecureBytes copy() const;
  std::string_view reveal() const { return {bytes_, size_}; }
  char* data() { return bytes_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void shorten(std::size_t size) noexcept;  // wipes the rest; does nothing where it is no shorter

 private:
  void give_up() noexcept;
  char* bytes_ = nullptr;  // pages of its own
  std::size_t size_ = 0;
};

}  // namespace patchbay
