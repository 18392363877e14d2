#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/secret.h"
#include "domain/catalog.h"
#include "gateway/accounts.h"
#include "gateway/catalog_file.h"
#include "gateway/catalog_watch.h"
#include "gateway/served_server.h"
#include "store/servers.h"
#include "store/store.h"

namespace patchbay::gateway {

// Which servers there are: those of the catalog file and those an admin added, with what to show them. Blocks
// on the disk: for workers, not for the loop. Any thread.
class ServerBook {
 public:
  // Gives the value that the catalog names; throws Error::invalid("secret_missing") with a sentence that
  // names the reference.
  using SecretSource = std::function<Secret(const SecretReference&)>;

  // The tokens of an account, for the sessions opened with it.
  using TokenGiver = std::function<std::shared_ptr<mcp::TokenSource>(AccountKey)>;

  // `public_url` is where people come to connect their accounts.
  ServerBook(Store& store, CatalogWatch& file, SecretSource secrets, TokenGiver tokens, const Clock& clock,
             std::string public_url);

  // Brings the rows of the catalog's servers up to date with the file's present view. Where the file was
  // never good since the start, the last good text from the store stands in. What changed is logged and
  // recorded.
  store::CatalogSync sync();

  // All enabled and disabled servers of the organisation as they are to be served now.
  std::vector<std::shared_ptr<const ServedServer>> load();
  // What one person alone reaches: their own connectors, and servers for which they gave their own values. Of
  // the latter whether they may use them is not asked here.
  std::vector<std::shared_ptr<const ServedServer>> load_own(const UserId& user);
  std::unordered_set<std::string> people_with_own();  // their ids

  // The entries to publish: the file's, or the last good ones. Nothing where the catalog is configured and
  // was never good: that must be answered with 503, never with an empty list.
  std::shared_ptr<const std::vector<CatalogEntry>> published() const;
  // The file's view; where it was never good since the start and the store remembers a version, that one, as
  // stale, read when it was last good.
  CatalogView view() const;

 private:
  store::CatalogSync apply(const std::vector<CatalogEntry>& entries, const std::string* good_text);
  store::CatalogSync recall();
  void warn_of_retired();
  void remember(const std::vector<CatalogEntry>& entries);
  std::shared_ptr<ServedServer> serve(Server server, const CatalogEntry* entry, Database& db);
  void add_identified(Database& db, const UserId& user,
                      std::vector<std::shared_ptr<const ServedServer>>& own);
  void bind_account(ServedServer& served, Database& db, const std::optional<UserId>& user) const;
  std::string connect_url(const Server& server) const;

  Store& store_;
  CatalogWatch& file_;
  SecretSource secrets_;
  TokenGiver tokens_;
  const Clock& clock_;
  const std::string public_url_;
  std::mutex syncing_;  // an older view of the file must not be applied after a newer one
  Guarded<std::shared_ptr<const std::vector<CatalogEntry>>> published_;
  Guarded<std::shared_ptr<const Catalog>> last_good_;  // of the store, while the file was never good
};

}  // namespace patchbay::gateway
