#include "base/secure_bytes.h"

#include "base/log.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>

namespace patchbay {
namespace {

std::size_t whole_pages(std::size_t size) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

void warn_once(int reason) {
  static std::atomic<bool> warned{false};
  if (warned.exchange(true)) return;
  log::warn("memory.not_locked",
            {{"message",
              "Keys cannot be locked in memory and may be swapped out. Raise RLIMIT_MEMLOCK "
              "(LimitMEMLOCK= in the unit, ulimit -l), or use no swap or an encrypted one."},
             {"reason", std::strerror(reason)}});
}

}  // namespace

SecureBytes::SecureBytes(std::size_t size) {
  if (size == 0) return;
  const std::size_t room = whole_pages(size);
  void* const pages = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  // The system call itself: sanitizers make mlock() do nothing, and no test would see a thing.
  if (::syscall(SYS_mlock, pages, room) != 0) warn_once(errno);
  ::madvise(pages, room, MADV_DONTDUMP);
  bytes_ = static_cast<char*>(pages);
  size_ = size;
}

SecureBytes::SecureBytes(std::string&& unlocked) : SecureBytes(unlocked.size()) {
  std::copy(unlocked.begin(), unlocked.end(), bytes_);
  ::explicit_bzero(unlocked.data(), unlocked.size());
  unlocked.clear();
}

SecureBytes& SecureBytes::operator=(SecureBytes&& other) noexcept {
  if (this != &other) {
    give_up();
    bytes_ = std::exchange(other.bytes_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecureBytes SecureBytes::copy() const {
  SecureBytes twin(size_);
  std::copy_n(bytes_, size_, twin.bytes_);
  return twin;
}

void SecureBytes::shorten(std::size_t size) noexcept {
  if (size >= size_) return;
  // Never to nothing with pages still held: give_up() counts them by the size.
  if (size == 0) return give_up();
  // What is unmapped later is counted from the new size, so pages beyond it go now.
  ::explicit_bzero(bytes_ + size, size_ - size);
  const std::size_t kept = whole_pages(size);
  if (const std::size_t held = whole_pages(size_); held > kept) ::munmap(bytes_ + kept, held - kept);
  size_ = size;
}

void SecureBytes::give_up() noexcept {
  if (bytes_ == nullptr) return;
  ::explicit_bzero(bytes_, size_);
  ::munmap(bytes_, whole_pages(size_));  // unlocks too
  bytes_ = nullptr;
  size_ = 0;
}

}  // namespace patchbay
