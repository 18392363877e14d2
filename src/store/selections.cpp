#include "store/selections.h"

#include <algorithm>

#include "store/columns.h"

namespace patchbay::store {

namespace {

constexpr std::int64_t most_sessions = 50;

}  // namespace

std::optional<Selection> find_selection(Database& db, const UserId& user, std::string_view session) {
  auto rows = db.query("select servers from selection where user_id = ? and session = ?", user, session);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return Selection{from_column(row->view("servers"))};
}

void put_selection(Database& db, const UserId& user, std::string_view session, Selection selection,
                   Instant now) {
  std::sort(selection.servers.begin(), selection.servers.end());
  db.run("insert or replace into selection (user_id, session, servers, updated_at) values (?, ?, ?, ?)", user,
         session, to_column(selection.servers), now);
  db.run(
      "delete from selection where user_id = ? and session <> '' and session not in (select session from "
      "selection"
      " where user_id = ? and session <> '' order by updated_at desc, session desc limit ?)",
      user, user, most_sessions);
}

bool remove_selection(Database& db, const UserId& user, std::string_view session) {
  return db.run("delete from selection where user_id = ? and session = ?", user, session) > 0;
}

std::vector<StoredSelection> list_selections(Database& db) {
  std::vector<StoredSelection> all;
  for (const Row& row : db.query("select user_id, session, servers from selection"))
    all.push_back({UserId(row.text("user_id")), row.text("session"),
                   std::make_shared<const Selection>(Selection{from_column(row.view("servers"))})});
  return all;
}

int purge_session_selections(Database& db, Instant now) {
  return db.run("delete from selection where session <> '' and updated_at < ?",
                now + -std::chrono::milliseconds(session_selections_are_kept));
}

}  // namespace patchbay::store
