#pragma once

#include <string>
#include <string_view>

namespace patchbay::gateway {

// An input schema as every model API takes it (protocol.md 6.3), made from a copy; arguments are never
// checked against it and the upstream's own stays as it is. The root is an object with `properties`; root
// oneOf/anyOf/allOf are merged; local $ref are inlined (cycles and anything remote become {}); arrays have
// `items`; $schema, $id, $defs and the like are gone. `raw` is checked JSON; an empty or unusable one gives
// {"type":"object","properties":{}} (R44).
std::string portable_input_schema(std::string_view raw);

}  // namespace patchbay::gateway
