#pragma once

#include <string>
#include <string_view>

namespace patchbay::gateway {

// The words of an input schema that a search may hit, separated by blanks.
struct SchemaText {
  std::string property_names;
  std::string descriptions;  // of properties, and their enum values
};

// Reads at most the first 64 KiB, properties nested to depth 4. A schema that is not JSON gives what stood
// before the mistake; one nested deeper than 64 gives nothing.
SchemaText read_schema(std::string_view input_schema_json);

}  // namespace patchbay::gateway
