#include "gateway/search_answer.h"

#include <cstdio>

#include "base/json_text.h"
#include "base/text.h"

namespace patchbay::gateway {

namespace {

constexpr std::size_t longest_summary = 600;

// The description's first lines, so that five matches fit an agent's attention.
std::string_view summary_of(std::string_view description) {
  if (description.size() <= longest_summary) return description;
  auto cut = description.substr(0, longest_summary);
  while (!cut.empty() && (static_cast<unsigned char>(cut.back()) & 0xC0) == 0x80) cut.remove_suffix(1);
  if (!cut.empty() && static_cast<unsigned char>(cut.back()) >= 0xC0) cut.remove_suffix(1);
  const auto space = cut.rfind(' ');
  return space == std::string_view::npos ? cut : cut.substr(0, space);
}

std::string score_text(float score) {
  char text[16];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(score));
  return text;
}

std::string tool_match(const ToolSet& set, ToolSet::Place place, float score) {
  const PreparedTool& tool = set.tool(place);
  const ToolSet::Row& row = set.rows[place.row];
  const auto summary = summary_of(tool.description);
  std::string text =
      cat("[", row.served->title(), "] ", summary, summary.size() < tool.description.size() ? " …" : "");
  std::string out =
      cat("{\"name\":", quote_string(tool.capability), ",\"server\":", quote_string(row.served->server.slug));
  if (!tool.title.empty()) out += cat(",\"title\":", quote_string(tool.title));
  out += cat(",\"summary\":", quote_string(text), ",\"inputSchema\":", tool.schema,
             ",\"readOnly\":", tool.read_only ? std::string_view("true") : std::string_view("false"),
             ",\"score\":", score_text(score));
  if (row.stale)
    out += cat(",\"status\":\"error\",\"hint\":",
               quote_string(cat("This server is failing at the moment: ", row.health.message,
                                " The call may not work.")));
  out += '}';
  return out;
}

std::string server_match(const ToolSet::Row& row, float score) {
  const bool sign_in =
      row.health.reason == "needs_connection" || row.health.reason == "upstream_unauthorized";
  const std::string_view status = row.health.state != Health::State::error ? "starting"
                                  : sign_in                                ? "needs_connection"
                                                                           : "error";
  const std::string hint = row.health.state != Health::State::error
                               ? std::string("Its tools are being asked for. Search again in a few seconds.")
                               : cat("Its tools cannot be listed: ", row.health.message);
  const std::string link = sign_in && !row.served->connect_url.empty()
                               ? cat(",\"link\":", quote_string(row.served->connect_url))
                               : std::string();
  return cat("{\"name\":", quote_string(cat("mcp:", row.served->server.slug, ":*")),
             ",\"server\":", quote_string(row.served->server.slug), ",\"summary\":",
             quote_string(cat("[", row.served->title(), "] ", row.served->server.description)),
             ",\"status\":\"", status, "\",\"hint\":", quote_string(hint), link,
             ",\"score\":", score_text(score), "}");
}

}  // namespace

std::string search_answer(const std::vector<ToolView::Match>& matches, std::string_view hint) {
  std::string body = "{\"matches\":[";
  for (const auto& match : matches) {
    if (body.back() != '[') body += ',';
    body += match.place.tool == ToolSet::whole_server
                ? server_match(match.set->rows[match.place.row], match.score)
                : tool_match(*match.set, match.place, match.score);
  }
  body += ']';
  if (!hint.empty()) body += cat(",\"hint\":", quote_string(hint));
  body += '}';
  return cat("{\"content\":[{\"type\":\"text\",\"text\":", quote_string(body),
             "}],\"structuredContent\":", body, ",\"isError\":false}");
}

std::string failed_result(std::string_view id, std::string_view message, std::string_view extra) {
  const std::string body =
      cat("{\"error\":", quote_string(id), ",\"message\":", quote_string(message), extra, "}");
  return cat("{\"content\":[{\"type\":\"text\",\"text\":", quote_string(body), "}],\"isError\":true}");
}

}  // namespace patchbay::gateway
