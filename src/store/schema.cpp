#include "store/schema.h"

#include "base/embedded.h"
#include "base/error.h"
#include "base/text.h"

namespace patchbay::store {
namespace {

constexpr std::string_view mark = "-- @step ";

Error schema_error(const std::string& detail) {
  return Error::internal("schema", "The schema inside this program is not in order.", detail);
}

// "N: name", the rest of a step's first line.
SchemaStep parse_head(std::string_view line, std::int64_t expected) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) throw schema_error("a step has no name");
  const auto number = parse_number<std::int64_t>(line.substr(0, colon));
  if (number != expected) throw schema_error(cat("step ", expected, " is missing"));
  return {*number, trim(line.substr(colon + 1)), {}};
}

void apply_step(Database& db, const SchemaStep& step) {
  db.run("begin immediate");
  try {
    db.run_script(step.sql);
    db.set_user_version(step.number);  // part of the transaction
    db.run("commit");
  } catch (...) {
    db.rollback();
    throw;
  }
}

}  // namespace

std::vector<SchemaStep> parse_schema(std::string_view text) {
  std::vector<SchemaStep> steps;
  auto at = text.starts_with(mark) ? 0 : text.find(cat('\n', mark));
  while (at != std::string_view::npos) {
    text.remove_prefix(text.find(mark, at) + mark.size());
    const auto line_end = std::min(text.find('\n'), text.size());
    SchemaStep step = parse_head(text.substr(0, line_end), static_cast<std::int64_t>(steps.size()) + 1);
    at = text.find(cat('\n', mark));
    step.sql = text.substr(line_end, at == std::string_view::npos ? at : at - line_end);
    steps.push_back(step);
  }
  return steps;
}

void apply_schema(Database& db, const std::vector<SchemaStep>& steps) {
  const auto have = db.user_version();
  const auto known = static_cast<std::int64_t>(steps.size());
  if (have > known)
    throw Error::invalid("storage_newer",
                         cat("store.db was written by a newer Patchbay (schema ", have, ", this one knows ",
                             known, "). Start that version, or restore a backup made by this one."));
  for (const SchemaStep& step : steps)
    if (step.number > have) apply_step(db, step);
}

void apply_schema(Database& db) {
  const auto text = find_embedded("schema.sql");
  if (!text) throw schema_error("schema.sql is not embedded");
  apply_schema(db, parse_schema(*text));
}

}  // namespace patchbay::store
