#include "store/settings.h"

namespace patchbay::store {

std::optional<Setting> find_setting(Database& db, std::string_view name) {
  auto rows = db.query("select value, updated_at from setting where name = ?", name);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return Setting{row->text("value"), row->instant("updated_at")};
}

void put_setting(Database& db, std::string_view name, std::string_view value, Instant now) {
  if (db.run("update setting set value = ?, updated_at = ? where name = ?", value, now, name) == 0)
    db.run("insert into setting (name, value, updated_at) values (?, ?, ?)", name, value, now);
}

void remove_setting(Database& db, std::string_view name) {
  db.run("delete from setting where name = ?", name);
}

}  // namespace patchbay::store
