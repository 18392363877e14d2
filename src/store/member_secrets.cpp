#include "store/member_secrets.h"

#include "base/id.h"

namespace patchbay::store {

std::vector<std::string> list_member_header_names(Database& db, const ServerId& server, const UserId& user) {
  std::vector<std::string> names;
  for (const Row& row : db.query(
           "select name from member_secret where server_id = ? and user_id = ? order by name", server, user))
    names.push_back(row.text("name"));
  return names;
}

std::vector<ServerHeader> open_member_headers(Database& db, const Vault& vault, const ServerId& server,
                                              const UserId& user) {
  std::vector<ServerHeader> headers;
  for (const Row& row :
       db.query("select id, name, value_sealed from member_secret where server_id = ? and user_id = ?"
                " order by name",
                server, user))
    headers.push_back({row.text("name"), vault.open(row.view("value_sealed"),
                                                    {"member_secret", "value_sealed", row.view("id")})});
  return headers;
}

void put_member_headers(Database& db, const Vault& vault, const ServerId& server, const UserId& user,
                        const std::vector<ServerHeader>& headers, Instant now) {
  db.run("delete from member_secret where server_id = ? and user_id = ?", server, user);
  for (const ServerHeader& header : headers) {
    const std::string id = new_uuid(now);
    const std::string sealed = vault.seal(db, header.value, {"member_secret", "value_sealed", id});
    db.run(
        "insert into member_secret (id, server_id, user_id, name, value_sealed, updated_at)"
        " values (?, ?, ?, ?, ?, ?)",
        id, server, user, header.name, Blob{sealed}, now);
  }
}

int remove_member_headers(Database& db, const ServerId& server) {
  return db.run("delete from member_secret where server_id = ?", server);
}

std::vector<MemberAccount> list_member_accounts(Database& db, const ServerId& server) {
  std::vector<MemberAccount> accounts;
  for (const Row& row :
       db.query("select user.id as user_id, user.name as user_name, member_secret.name as header,"
                " member_secret.updated_at as updated_at from member_secret join user on user.id ="
                " member_secret.user_id where server_id = ? order by lower(user.name), header",
                server)) {
    const UserId user(row.text("user_id"));
    if (accounts.empty() || accounts.back().user != user)
      accounts.push_back({user, row.text("user_name"), {}, row.instant("updated_at")});
    accounts.back().headers.push_back(row.text("header"));
  }
  return accounts;
}

std::vector<ServerId> list_servers_with_values_of(Database& db, const UserId& user) {
  std::vector<ServerId> ids;
  for (const Row& row : db.query("select distinct server_id from member_secret where user_id = ?", user))
    ids.emplace_back(row.text("server_id"));
  return ids;
}

std::vector<UserId> list_people_with_own(Database& db) {
  std::vector<UserId> ids;
  for (const Row& row : db.query("select owner_id as id from server where owner_id is not null"
                                 " union select user_id as id from member_secret"))
    ids.emplace_back(row.text("id"));
  return ids;
}

}  // namespace patchbay::store
