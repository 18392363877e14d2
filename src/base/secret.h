#pragma once

#include <nlohmann/json_fwd.hpp>
#include <openssl/crypto.h>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace patchbay {

// Text that must not be printed: a token, key or header value. reveal() is the only way in, so `grep reveal` is
// the audit. The buffer is wiped when it is given up.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = std::move(other.text_);
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "[secret]"; }
  friend bool operator==(const Secret&, const Secret&) = delete;
  template <class Json>
  friend void to_json(Json&, const Secret&) = delete;

 private:
  void wipe() noexcept {
    OPENSSL_cleanse(text_.data(), text_.size());
    text_.clear();
  }
  std::string text_;
};

}  // namespace patchbay
