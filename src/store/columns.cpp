#include "store/columns.h"

#include <nlohmann/json.hpp>

namespace patchbay::store {

using Json = nlohmann::json;

Error damaged_row() {
  return Error::internal("storage_corrupt", "A row in store.db is damaged. Restore a backup.");
}

std::string to_column(const std::vector<std::string>& names) {
  return Json(names).dump();
}

std::vector<std::string> from_column(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_array()) throw damaged_row();
  std::vector<std::string> names;
  for (const auto& name : json) {
    if (!name.is_string()) throw damaged_row();
    names.push_back(name.get<std::string>());
  }
  return names;
}

}  // namespace patchbay::store
