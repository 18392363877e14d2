#include "http/paging.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

namespace patchbay::http {

namespace {

Error bad_cursor() {
  return Error::invalid("bad_cursor", "The cursor is not one that this list gave. Begin without one.");
}

}  // namespace

Page::Page(const Request& request) {
  limit_ = request.number("limit", usual_limit, most);
  if (limit_ == 0)
    throw Error::invalid("bad_parameter",
                         cat("The parameter \"limit\" must be a number from 1 to ", most, "."));
  const auto cursor = request.query("cursor");
  if (!cursor) return;
  auto key = from_base64url(*cursor);
  if (!key || key->empty() || !is_utf8(*key)) throw bad_cursor();
  after_ = std::move(*key);
}

std::optional<std::int64_t> Page::after_number() const {
  if (after_.empty()) return std::nullopt;
  const auto number = parse_number<std::int64_t>(after_);
  if (!number || *number < 0) throw bad_cursor();
  return number;
}

std::optional<std::string> Page::next_cursor() const {
  if (!next_) return std::nullopt;
  return to_base64url(*next_);
}

HttpReply Page::reply(std::string_view things, nlohmann::json rows, nlohmann::json answer) const {
  answer[std::string(things)] = std::move(rows);
  const auto next = next_cursor();
  answer["next_cursor"] = next ? Json(*next) : Json();
  return HttpReply::json(200, dump(answer));
}

HttpReply Page::reply(std::string_view things, nlohmann::json rows) const {
  return reply(things, std::move(rows), Json::object());
}

}  // namespace patchbay::http
