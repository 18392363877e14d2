#pragma once

#include <openssl/crypto.h>
#include <nlohmann/json_fwd.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace patchbay {

// Text that must not be printed: a token, key or header value. reveal() is the only way in, so `grep reveal`
// is the audit. The buffer is wiped when it is given up.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) { wipe(text); }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe(text_);
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe(text_);
      text_ = std::move(other.text_);
      wipe(other.text_);
    }
    return *this;
  }
  ~Secret() { wipe(text_); }

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "[secret]"; }
  friend bool operator==(const Secret&, const Secret&) = delete;
  template <class Json>
  friend void to_json(Json&, const Secret&) = delete;

 private:
  // Of a moved-from string too, whose short text is still in place: hence the whole capacity.
  static void wipe(std::string& text) noexcept {
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
  }
  std::string text_;
};

}  // namespace patchbay
