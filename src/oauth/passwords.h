#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "base/secure_bytes.h"

namespace patchbay::oauth {

// Hashes passwords with scrypt (security.md 6.7): N = 2^15, r = 8, p = 3, about a fifth of a second and 32 MB
// each, so only two at once; others wait in line, and beyond that the line is refused. Any thread that may
// block.
//
//   $scrypt$ln=15,r=8,p=3$salt$hash      salt and hash base64url
class Passwords {
 public:
  // `pepper` is the vault's key for passwords: a stolen table alone cannot be tried out.
  explicit Passwords(SecureBytes pepper);

  // Throws Error::invalid("password") for one that is too short, too long or no text.
  static void check(const Secret& password);

  // Throw Error::limited("sign_in_busy") where too many wait already.
  std::string hash(const Secret& password);
  // Takes as long where `stored` is empty, so that nobody learns who exists.
  bool verify(const Secret& password, std::string_view stored);
  // Whether a hash was made with less work than we ask for today.
  static bool is_outdated(std::string_view stored);

 private:
  class Turn;
  std::string derive(const Secret& password, std::string_view salt, unsigned log_n, unsigned r, unsigned p);

  const SecureBytes pepper_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t running_ = 0;
  std::size_t waiting_ = 0;
};

}  // namespace patchbay::oauth
