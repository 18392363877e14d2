#pragma once

#include <string>
#include <vector>

#include "domain/server.h"
#include "store/database.h"
#include "store/servers.h"
#include "store/vault.h"

namespace patchbay::store {

// The values that people give for the headers that an admin named: sealed, one set for each server and
// person.
std::vector<std::string> list_member_header_names(Database& db, const ServerId& server, const UserId& user);
std::vector<ServerHeader> open_member_headers(Database& db, const Vault& vault, const ServerId& server,
                                              const UserId& user);
// Replaces all of them; none removes them.
void put_member_headers(Database& db, const Vault& vault, const ServerId& server, const UserId& user,
                        const std::vector<ServerHeader>& headers, Instant now);
// Everybody's for a server; how many values went.
int remove_member_headers(Database& db, const ServerId& server);

// Who has given values for a server.
struct MemberAccount {
  UserId user;
  std::string user_name;
  std::vector<std::string> headers;
  Instant updated_at;
};
std::vector<MemberAccount> list_member_accounts(Database& db, const ServerId& server);  // by user name

std::vector<ServerId> list_servers_with_values_of(Database& db, const UserId& user);
// Everybody who owns a server or has given values for one.
std::vector<UserId> list_people_with_own(Database& db);

}  // namespace patchbay::store
