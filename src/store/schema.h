#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace patchbay::store {

// One block of schema.sql: `-- @step N: name`, then its statements.
struct SchemaStep {
  std::int64_t number = 0;
  std::string_view name;
  std::string_view sql;
};

// Throws Error::internal("schema") where numbers do not count 1, 2, 3 …
std::vector<SchemaStep> parse_schema(std::string_view text);

// Applies the steps that the store has not seen, each in its own transaction, counted in user_version. Throws
// Error::invalid("storage_newer") where the store was written by a newer Patchbay; nothing is changed then.
void apply_schema(Database& db, const std::vector<SchemaStep>& steps);
void apply_schema(Database& db);  // the steps built into this binary

}  // namespace patchbay::store
