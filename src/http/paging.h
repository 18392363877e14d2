#pragma once

#include <algorithm>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/http_message.h"
#include "http/route.h"

namespace patchbay::http {

// The one form of every list: "?limit=&cursor=" gives {"<things>": [...], "next_cursor": text or null}. A
// cursor says behind which key the page begins, so rows that come or go meanwhile shift nothing. Its text is
// nobody's but this class's.
class Page {
 public:
  static constexpr std::size_t usual_limit = 100;
  static constexpr std::size_t most = 1000;

  // Throws Error::invalid("bad_parameter" | "bad_cursor").
  explicit Page(const Request& request);

  std::size_t limit() const { return limit_; }
  // How many rows to ask the store for: one more tells that there is another page.
  std::int64_t rows() const { return static_cast<std::int64_t>(limit_) + 1; }
  const std::string& after() const { return after_; }  // a key; empty at the beginning
  // For lists whose key is a number. Throws Error::invalid("bad_cursor").
  std::optional<std::int64_t> after_number() const;

  // Cuts what begins behind after() to the page. `key_of` gives a row's key.
  template <class Rows, class KeyOf>
  void cut(Rows& rows, KeyOf key_of) {
    if (rows.size() <= limit_) return;
    rows.resize(limit_);
    next_ = key_of(rows.back());
  }
  // Cuts a whole list that is sorted by its keys.
  template <class Rows, class KeyOf>
  void cut_all(Rows& rows, KeyOf key_of) {
    const auto first = std::find_if(rows.begin(), rows.end(),
                                    [&](const auto& row) { return after_.empty() || key_of(row) > after_; });
    rows.erase(rows.begin(), first);
    cut(rows, key_of);
  }

  // Where a page ends before it is full, because no more could be looked at for one answer.
  void end_at(std::string key) {
    if (!next_) next_ = std::move(key);
  }

  std::optional<std::string> next_cursor() const;
  // Adds the rows and the cursor to `answer`, which may have members of its own.
  HttpReply reply(std::string_view things, nlohmann::json rows, nlohmann::json answer) const;
  HttpReply reply(std::string_view things, nlohmann::json rows) const;

 private:
  std::size_t limit_ = usual_limit;
  std::string after_;
  std::optional<std::string> next_;
};

}  // namespace patchbay::http
