#include "gateway/tool_view.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/json_text.h"
#include "base/text.h"
#include "domain/capability.h"

namespace patchbay::gateway {

namespace {

constexpr std::size_t tools_per_page = 1000;
constexpr std::size_t bytes_per_page = 2 * 1024 * 1024;
// Where words were only spelled alike: below whatever holds a word of the query.
constexpr float least_strength = 1e-3F;
constexpr std::size_t longest_in_row = 600;  // bytes of a description

std::optional<ToolSet::Place> find_row(const ToolSet* set, std::string_view slug) {
  if (set == nullptr) return std::nullopt;
  const auto found = set->by_slug.find(slug);
  if (found == set->by_slug.end()) return std::nullopt;
  return ToolSet::Place{found->second, ToolSet::whole_server};
}

// Where a list goes on: after this name. Opaque to clients.
std::string cursor_after(std::string_view name) {
  return to_base64url(name);
}

// Joins definitions from the first after the cursor until a page is full.
template <class Entries, class NameOf, class DefinitionOf, class MaySee>
std::string page(const Entries& entries, const std::optional<std::string>& cursor, NameOf name_of,
                 DefinitionOf definition_of, MaySee may_see) {
  auto from = entries.begin();
  if (cursor && !cursor->empty()) {
    const auto after = from_base64url(*cursor);
    if (!after) throw Error::invalid("bad_cursor", "The cursor is not one that this list gave.");
    from = std::ranges::upper_bound(entries, std::string_view(*after), {}, name_of);
  }
  std::string out = "{\"tools\":[";
  std::size_t count = 0;
  std::string_view last;
  for (; from != entries.end(); ++from) {
    if (!may_see(*from)) continue;
    const auto text = definition_of(*from);
    if (count == tools_per_page || (count > 0 && out.size() + text.size() > bytes_per_page)) {
      out += cat("],\"nextCursor\":\"", cursor_after(last), "\"}");
      return out;
    }
    if (count++ > 0) out += ',';
    out += text;
    last = name_of(*from);
  }
  out += "]}";
  return out;
}

// Whose account a call of the server's tools is made with.
std::string_view account_of(const Server& server) {
  if (server.auth == AuthType::none) return "none";
  return server.owner || server.credential_mode == CredentialMode::per_member ? "yours" : "shared";
}

std::string_view truth(bool value) {
  return value ? "true" : "false";
}

// What the server gave under this name, or null.
std::string_view given(const PreparedTool& tool, std::string_view name) {
  return find_member(tool.own_definition, name).value_or("null");
}

bool is_hinted(const PreparedTool& tool, std::string_view hint) {
  const auto annotations = given(tool, "annotations");
  if (json_type(annotations) != JsonType::object) return false;
  return json_trim(find_member(annotations, hint).value_or("false")) == "true";
}

}  // namespace

// The organisation's rules are those of its own set, which every change waits for; the caller's copy of a
// server may be older. Null where the organisation has it no more.
const Server* ToolView::rules_of(const ToolSet& set, std::uint32_t row) const {
  const Server& server = set.rows[row].served->server;
  if (!own_ || &set != own_.get() || server.owner) return &server;
  const auto shared = find_row(shared_.get(), server.slug);
  if (!shared || shared_->server(*shared).id != server.id) return nullptr;
  return &shared_->server(*shared);
}

// A server that the caller reaches as themselves stands in the other set, and one that must be told who asks
// there alone.
bool ToolView::is_replaced(const ToolSet& set, ToolSet::Place place) const {
  if (own_ && &set == own_.get()) return false;
  const Server& server = set.server(place);
  if (server.identity_headers && caller_.person) return true;
  if (own_ == nullptr || server.credential_mode != CredentialMode::per_member) return false;
  const auto own = find_row(own_.get(), server.slug);
  return own && own_->server(*own).id == server.id;
}

bool ToolView::may_see(const ToolSet& set, ToolSet::Place place) const {
  const Server* rules = rules_of(set, place.row);
  if (rules == nullptr || is_replaced(set, place)) return false;
  if (place.tool == ToolSet::whole_server) return decide(caller_, *rules, {}, Use::see).allowed;
  const PreparedTool& tool = set.tool(place);
  return !tool.held && decide(caller_, *rules, tool.name, Use::see).allowed;
}

std::optional<ToolView::Spot> ToolView::find_server(std::string_view slug) const {
  if (const auto own = find_row(own_.get(), slug); own && !own_->server(*own).owner) {
    if (!may_see(*own_, *own)) return std::nullopt;
    return Spot{own_, *own, rules_of(*own_, own->row)};
  }
  if (const auto shared = find_row(shared_.get(), slug); shared && may_see(*shared_, *shared))
    return Spot{shared_, *shared, rules_of(*shared_, shared->row)};
  const auto own = find_row(own_.get(), slug);
  if (!own || !may_see(*own_, *own)) return std::nullopt;
  return Spot{own_, *own, rules_of(*own_, own->row)};
}

std::string_view ToolView::hidden_by(std::string_view slug) const {
  for (const auto* set : {own_.get(), shared_.get()})
    if (const auto row = find_row(set, slug)) {
      const Server* rules = rules_of(*set, row->row);
      if (rules == nullptr) continue;
      const auto decision = decide(caller_, *rules, {}, Use::see);
      if (!decision.allowed) return decision.reason;
    }
  return {};
}

std::optional<ToolView::Spot> ToolView::find_flat(std::string_view name) const {
  const auto shared = shared_->by_flat_name.find(name);
  const bool is_shared = shared != shared_->by_flat_name.end();
  if (own_ && !(is_shared && may_see(*shared_, shared->second))) {
    const auto own = own_->by_flat_name.find(name);
    if (own != own_->by_flat_name.end())
      if (const Server* rules = rules_of(*own_, own->second.row)) return Spot{own_, own->second, rules};
  }
  if (!is_shared || is_replaced(*shared_, shared->second)) return std::nullopt;
  return Spot{shared_, shared->second, rules_of(*shared_, shared->second.row)};
}

std::size_t ToolView::searched() const {
  return shared_->ranked.size() + (own_ ? own_->ranked.size() : 0);
}

std::size_t ToolView::unlisted() const {
  std::size_t count = 0;
  for (const auto* set : {shared_.get(), own_.get()}) {
    if (set == nullptr || set->unlisted == 0) continue;
    for (std::uint32_t row = 0; row < set->rows.size(); ++row)
      if (!set->rows[row].prepared && may_see(*set, {row, ToolSet::whole_server})) ++count;
  }
  return count;
}

std::vector<ToolView::Match> ToolView::search(std::string_view query, std::size_t limit) const {
  std::vector<Match> matches;
  float best = 0;
  for (const auto* set : {shared_.get(), own_.get()}) {
    if (set == nullptr || set->ranking == nullptr) continue;
    const auto allowed = [&](std::uint32_t id) { return may_see(*set, set->ranked[id]); };
    const auto found = set->ranking->search_with_strength(query, limit, allowed);
    const float strength = std::max(found.strength, least_strength);
    for (const auto& hit : found.hits) matches.push_back({set, set->ranked[hit.id], hit.score * strength});
    if (!found.hits.empty()) best = std::max(best, strength);
  }
  std::ranges::stable_sort(matches, std::greater<>(), &Match::score);
  if (matches.size() > limit) matches.resize(limit);
  for (Match& match : matches) match.score /= best;
  return matches;
}

// Both lists as one, by flat name; of equal names the one that is called comes first.
std::vector<ToolView::Spot> ToolView::merged() const {
  std::vector<Spot> all;
  all.reserve(shared_->tools.size() + (own_ ? own_->tools.size() : 0));
  for (const auto place : shared_->tools) all.push_back({shared_, place, nullptr});
  if (!own_) return all;
  const auto middle = static_cast<std::ptrdiff_t>(all.size());
  for (const auto place : own_->tools) {
    const auto shared = shared_->by_flat_name.find(own_->tool(place).flat_name);
    const bool is_hidden = shared != shared_->by_flat_name.end() && may_see(*shared_, shared->second);
    if (!is_hidden) all.push_back({own_, place, nullptr});
  }
  std::inplace_merge(all.begin(), all.begin() + middle, all.end(),
                     [](const Spot& a, const Spot& b) { return a.tool().flat_name < b.tool().flat_name; });
  return all;
}

std::string ToolView::list_flat(const std::optional<std::string>& cursor) const {
  if (own_ == nullptr || own_->tools.empty())
    return page(
        shared_->tools, cursor,
        [&](ToolSet::Place place) -> std::string_view { return shared_->tool(place).flat_name; },
        [&](ToolSet::Place place) -> std::string_view { return shared_->tool(place).flat_definition; },
        [&](ToolSet::Place place) { return may_see(*shared_, place); });
  return page(
      merged(), cursor, [](const Spot& spot) -> std::string_view { return spot.tool().flat_name; },
      [](const Spot& spot) -> std::string_view { return spot.tool().flat_definition; },
      [&](const Spot& spot) { return may_see(*spot.set, spot.place); });
}

std::string ToolView::list_server(std::string_view slug, const std::optional<std::string>& cursor) const {
  const auto spot = find_server(slug);
  if (!spot) throw Error::upstream("no_list", "There is no such server.");
  const ToolSet::Row& row = spot->row();
  if (!row.prepared)
    throw Error::upstream("no_list", cat("\"", slug, "\" has not listed its tools: ", row.health.message));
  const Server& server = *spot->rules;
  return page(
      row.prepared->tools, cursor, [](const PreparedTool& tool) -> std::string_view { return tool.name; },
      [](const PreparedTool& tool) -> std::string_view { return tool.own_definition; },
      [&](const PreparedTool& tool) {
        return !tool.held && decide(caller_, server, tool.name, Use::see).allowed;
      });
}

std::string ToolView::row_for_people(const Spot& spot) const {
  const PreparedTool& tool = spot.tool();
  const Server& server = spot.set->server(spot.place);
  const Server& rules = spot.rules == nullptr ? server : *spot.rules;
  const bool asks = decide(caller_, rules, tool.name, Use::see).asks;
  return cat("\"name\":", quote_string(tool.flat_name), ",\"server\":", quote_string(server.slug),
             ",\"server_title\":", quote_string(spot.row().served->title()),
             ",\"tool\":", quote_string(tool.name), ",\"capability\":", quote_string(tool.capability),
             ",\"title\":", quote_string(tool.title), ",\"read_only\":", truth(tool.read_only),
             ",\"destructive\":", truth(is_hinted(tool, "destructiveHint")), ",\"policy\":\"",
             asks ? "ask" : "allow", "\",\"account\":\"", account_of(server), "\"");
}

std::string ToolView::list_for_people(const std::optional<std::string>& cursor) const {
  return page(
      merged(), cursor, [](const Spot& spot) -> std::string_view { return spot.tool().flat_name; },
      [&](Spot spot) {
        spot.rules = rules_of(*spot.set, spot.place.row);
        const auto description = clean_text(spot.tool().description, longest_in_row, true);
        return cat("{", row_for_people(spot), ",\"description\":", quote_string(description), "}");
      },
      [&](const Spot& spot) { return may_see(*spot.set, spot.place); });
}

// Only what a list of tools would show.
std::optional<ToolView::Spot> ToolView::find_visible(std::string_view name) const {
  std::optional<Spot> spot;
  if (const auto parts = split_capability_name(name)) {
    spot = find_server(parts->slug);
    if (!spot || !spot->row().prepared) return std::nullopt;
    const auto& by_name = spot->row().prepared->by_name;
    const auto found = by_name.find(parts->tool);
    if (found == by_name.end()) return std::nullopt;
    spot->place.tool = found->second;
  } else {
    spot = find_flat(name);
  }
  if (!spot || !may_see(*spot->set, spot->place)) return std::nullopt;
  return spot;
}

std::optional<std::string> ToolView::describe(std::string_view name) const {
  const auto spot = find_visible(name);
  if (!spot) return std::nullopt;
  const PreparedTool& tool = spot->tool();
  const std::string_view schema = tool.searched_schema;
  return cat("{", row_for_people(*spot), ",\"description\":", quote_string(tool.description),
             ",\"input_schema\":", schema.empty() ? "null" : schema,
             ",\"output_schema\":", given(tool, "outputSchema"),
             ",\"annotations\":", given(tool, "annotations"), "}");
}

}  // namespace patchbay::gateway
