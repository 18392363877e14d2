#include "http/revision.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace patchbay::http {

namespace {

std::string tag_of(std::int64_t revision) {
  return cat('"', revision, '"');
}

// list = "*" / tag *( "," tag ); tag = [ "W/" ] DQUOTE *( any but DQUOTE ) DQUOTE. Our tags hold no comma.
std::optional<std::vector<std::string_view>> tags_in(std::string_view header) {
  std::vector<std::string_view> tags;
  for (const auto part : split(header, ',')) {
    const auto tag = trim(part);
    const auto text = tag.starts_with("W/") ? tag.substr(2) : tag;
    const bool is_tag = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    if (!is_tag && tag != "*") return std::nullopt;
    tags.push_back(tag);
  }
  return tags;
}

// Strong comparison counts for changes, weak for what is shown (RFC 9110 §8.8.3.2).
bool names(const std::vector<std::string_view>& tags, std::int64_t revision, bool weakly) {
  const std::string wanted = tag_of(revision);
  return std::any_of(tags.begin(), tags.end(), [&](std::string_view tag) {
    if (weakly && tag.starts_with("W/")) tag.remove_prefix(2);
    return tag == "*" || tag == wanted;
  });
}

}  // namespace

HttpReply entity_reply(const Request& request, int status, const nlohmann::json& json) {
  const auto revision = json.at("revision").get<std::int64_t>();
  const auto known = request.http.header("if-none-match");
  const bool reads = request.http.method == "GET" || request.http.method == "HEAD";
  const auto tags = known && reads ? tags_in(*known) : std::nullopt;
  const bool is_known = tags && names(*tags, revision, true);
  HttpReply reply = is_known ? HttpReply::empty(304) : HttpReply::json(status, dump(json));
  reply.headers.push_back({"ETag", tag_of(revision)});
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

void check_revision(const Request& request, std::optional<std::int64_t> of_body, std::int64_t current) {
  if (const auto header = request.http.header("if-match")) {
    const auto tags = tags_in(*header);
    if (!tags)
      throw Error::invalid("bad_revision", "If-Match must be the ETag of an earlier answer, in its quotes.");
    if (of_body && !names(*tags, *of_body, false))
      throw Error::invalid("bad_revision", "If-Match and \"revision\" differ. Send one of them.");
    if (!names(*tags, current, false)) throw PreconditionFailed();
  }
  if (of_body && *of_body != current)
    throw Error::conflict("stale_revision", "Somebody else changed this meanwhile. Load it again.");
}

}  // namespace patchbay::http
