#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "store/database.h"
#include "store/keyring.h"
#include "store/vault.h"

namespace patchbay {

// Whose turn it is to write: first come, first served, so that a busy audit writer and people's changes
// alternate.
class WriteTurn {
 public:
  void lock();
  void unlock();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ = 0;
  std::uint64_t serving_ = 0;
};

struct StoreOptions {
  std::filesystem::path directory;
  MasterKeySource key;
  bool allow_network = false;  // for people who know their file system, and tests
};

// The encrypted store of one data directory: `keyring.json` and `store.db`. One process at a time; any
// thread. While a Store lives it holds the directory's lock.
class Store {
 public:
  // Makes a new store. Throws Error::conflict("store_exists") beside existing data: nothing is ever
  // regenerated.
  static std::unique_ptr<Store> create(const StoreOptions& options, const Clock& clock);

  // Opens an existing one and applies new schema steps. On failure nothing was changed. Throws, besides what
  // Keyring and Database throw: Error "store_missing", "store_locked" (another process), "store_network",
  // "store_mode", "storage_newer".
  static std::unique_ptr<Store> open(const StoreOptions& options, const Clock& clock);

  static bool exists(const std::filesystem::path& directory);  // whether anything of a store lies there

  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Runs `use_case(Database&)` in one durable transaction; what it throws undoes everything. Waits for its
  // turn. Must not be called from inside another transact() or read().
  template <class UseCase>
  std::invoke_result_t<UseCase, Database&> transact(UseCase&& use_case) {
    Transaction transaction(*this);
    if constexpr (std::is_void_v<std::invoke_result_t<UseCase, Database&>>) {
      std::forward<UseCase>(use_case)(transaction.db());
      transaction.commit();
    } else {
      auto result = std::forward<UseCase>(use_case)(transaction.db());
      transaction.commit();
      return result;
    }
  }

  // Runs `look(Database&)` on the reading connection: one consistent snapshot, never waits for writers.
  // Nothing that came of a damaged page is returned.
  template <class Look>
  std::invoke_result_t<Look, Database&> read(Look&& look) {
    Reading reading(*this);
    if constexpr (std::is_void_v<std::invoke_result_t<Look, Database&>>) {
      std::forward<Look>(look)(reading.db());
      reading.db().check_reads();
    } else {
      std::invoke_result_t<Look, Database&> result = std::forward<Look>(look)(reading.db());
      reading.db().check_reads();
      return result;
    }
  }

  // Grows with each committed transact(). Who keeps a snapshot compares.
  std::uint64_t changes() const { return changes_.load(std::memory_order_acquire); }

  // Whether a damaged page was met: from then on transact() throws Error::internal("storage_corrupt"), and
  // what can be read still is. Nothing is ever repaired by itself.
  bool is_damaged() const { return damaged_.load(); }

  const Vault& vault() const { return vault_; }
  const Keyring& keyring() const { return keyring_; }
  const Clock& clock() const { return clock_; }
  const std::filesystem::path& directory() const { return directory_; }

  // For a part with a thread of its own: another connection, and the turn it must hold around each write.
  std::unique_ptr<Database> connect(DatabaseOptions::Synchronous synchronous);
  WriteTurn& write_turn() { return write_turn_; }

 private:
  class Transaction {
   public:
    explicit Transaction(Store& store);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Database& db() { return *store_.writer_; }
    void commit();

   private:
    Store& store_;
    std::unique_lock<WriteTurn> turn_;
    std::int64_t changes_before_ = 0;
  };
  class Reading {
   public:
    explicit Reading(Store& store);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    Database& db() { return *store_.reader_; }

   private:
    Store& store_;
    std::unique_lock<std::mutex> lock_;
  };

  Store(std::filesystem::path directory, const Clock& clock, DirectoryLock lock, Keyring keyring);
  void check_install();
  std::unique_ptr<Database> open_database(const DatabaseOptions& options);

  std::filesystem::path directory_;
  const Clock& clock_;
  DirectoryLock lock_;
  Keyring keyring_;
  Vault vault_;
  WriteTurn write_turn_;
  std::unique_ptr<Database> writer_;  // under write_turn_
  std::mutex reading_;
  std::unique_ptr<Database> reader_;  // under reading_
  std::atomic<std::uint64_t> changes_{0};
  std::atomic<bool> damaged_{false};
};

}  // namespace patchbay
