#pragma once

#include <memory>
#include <string>
#include <utility>

#include "store/servers.h"
#include "store/store.h"
#include "support/manual_clock.h"
#include "support/test_directory.h"

// The real store, in a folder in memory that goes away with it. reopen() is what a restart does.
class TestStore {
 public:
  TestStore() { store_ = patchbay::Store::create(options(), clock_); }

  static patchbay::MasterKeySource key() {
    return {patchbay::MasterKeySource::Kind::environment, {}, patchbay::Secret(std::string(64, 'a'))};
  }
  patchbay::StoreOptions options() const { return {directory_ / "data", key(), true}; }

  void close() { store_.reset(); }
  void reopen() {
    close();
    store_ = patchbay::Store::open(options(), clock_);
  }

  patchbay::Store& operator*() { return *store_; }
  patchbay::Store* operator->() { return store_.get(); }
  ManualClock& clock() { return clock_; }
  std::filesystem::path directory() const { return directory_ / "data"; }

  template <class UseCase>
  auto transact(UseCase&& use_case) {
    return store_->transact(std::forward<UseCase>(use_case));
  }
  template <class Look>
  auto read(Look&& look) {
    return store_->read(std::forward<Look>(look));
  }

  patchbay::Server add(const patchbay::Server& server) {
    transact([&](patchbay::Database& db) { patchbay::store::add_server(db, server); });
    return get(server.id);
  }
  patchbay::Server get(const patchbay::ServerId& id) {
    return read([&](patchbay::Database& db) { return patchbay::store::require_server(db, id); });
  }

 private:
  ManualClock clock_;
  TestDirectory directory_;
  std::unique_ptr<patchbay::Store> store_;
};
