#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/access.h"
#include "gateway/tool_set.h"

namespace patchbay::gateway {

// What one caller can meet: the organisation's tools, and those that are theirs alone (their own connectors,
// and servers reached with their own account). Decides with domain/access, and holds still while the sets are
// replaced.
class ToolView {
 public:
  // `shared` is never null, `own` is for most. The caller must outlive the view.
  ToolView(const Caller& caller, std::shared_ptr<const ToolSet> shared, std::shared_ptr<const ToolSet> own)
      : caller_(caller), shared_(std::move(shared)), own_(std::move(own)) {}

  // A place in one of the two sets.
  struct Spot {
    std::shared_ptr<const ToolSet> set;
    ToolSet::Place place;           // place.tool: ToolSet::whole_server where a server is meant
    const Server* rules = nullptr;  // what holds for it now; lives as long as the view's sets

    const ToolSet::Row& row() const { return set->rows[place.row]; }
    const PreparedTool& tool() const { return set->tool(place); }
  };

  // What a name means to this caller: the organisation's server with their own account, the organisation's,
  // their own. Nothing where they may not know of it.
  std::optional<Spot> find_server(std::string_view slug) const;
  // The rule that hides a server which is there, for the trail alone; empty where there is none, or it is not
  // hidden.
  std::string_view hidden_by(std::string_view slug) const;
  // A tool by its flat name. Whether it may be called is another question.
  std::optional<Spot> find_flat(std::string_view name) const;

  struct Match {
    const ToolSet* set = nullptr;
    ToolSet::Place place;
    float score = 0;  // relative to the best
  };
  // The best matches that the caller may see. May take a while with very many tools.
  std::vector<Match> search(std::string_view query, std::size_t limit) const;
  std::size_t searched() const;  // how many tools that looks at
  std::size_t unlisted() const;  // servers they may see whose list was never got

  // Results of tools/list, a page of it. An invalid cursor is an Error::invalid("bad_cursor").
  std::string list_flat(const std::optional<std::string>& cursor) const;
  std::string list_server(std::string_view slug, const std::optional<std::string>& cursor) const;

  // The same list as a person's page shows it: whose a tool is and what holds for it, without its schema.
  std::string list_for_people(const std::optional<std::string>& cursor) const;
  // One tool of that list by its flat name or capability, and with it its schemas and annotations exactly as
  // the server gave them. Nothing where the caller has no such tool.
  std::optional<std::string> describe(std::string_view name) const;

 private:
  const Server* rules_of(const ToolSet& set, std::uint32_t row) const;
  bool may_see(const ToolSet& set, ToolSet::Place place) const;
  bool is_replaced(const ToolSet& set, ToolSet::Place place) const;
  std::vector<Spot> merged() const;
  std::optional<Spot> find_visible(std::string_view name) const;
  std::string row_for_people(const Spot& spot) const;

  const Caller& caller_;
  std::shared_ptr<const ToolSet> shared_;
  std::shared_ptr<const ToolSet> own_;
};

}  // namespace patchbay::gateway
