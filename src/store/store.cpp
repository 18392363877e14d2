#include "store/store.h"

#include "base/error.h"
#include "base/text.h"
#include "store/schema.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace patchbay {
namespace {

namespace fs = std::filesystem;

constexpr const char* keyring_name = "keyring.json";
constexpr const char* database_name = "store.db";
constexpr const char* unfinished_name = "store.db.new";  // until its keyring is saved
constexpr int cache_kib = 1024;

// Whether anything has this name, a dangling link included.
bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

void check_private(const fs::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return;  // whoever opens it reports that
  const bool kind_fits = S_ISREG(found.st_mode) || S_ISDIR(found.st_mode);
  if (!kind_fits || found.st_uid != ::geteuid() || (found.st_mode & 077) != 0)
    throw Error::invalid("store_mode",
                         cat(path.string(),
                             " must belong to the user that runs Patchbay and be closed to others. "
                             "Correct it with: chmod go-rwx"));
}

void check_directory(const StoreOptions& options) {
  const std::string name = options.directory.string();
  std::error_code ignored;
  if (!fs::is_directory(options.directory, ignored))
    throw Error::invalid("store_missing",
                         cat("There is no data directory ", name, ". Make one with: patchbay init"));
  check_private(options.directory);
  if (::access(options.directory.c_str(), R_OK | W_OK | X_OK) != 0)
    throw Error::internal("storage_read_only",
                          cat("The data directory ", name, " cannot be written: ", reason_and_advice(errno)));
  if (!options.allow_network && is_on_network(options.directory))
    throw Error::invalid(
        "store_network",
        cat("The data directory ", name,
            " lies on a network file system, where a store can be damaged. Use a local disk."));
}

DirectoryLock lock_directory(const fs::path& directory) {
  auto lock = DirectoryLock::acquire(directory);
  if (!lock)
    throw Error::busy("store_locked", cat("Another Patchbay is using ", directory.string(),
                                          ". Stop it first, or use a verb that asks the running one."));
  return std::move(*lock);
}

void sync_directory(const fs::path& directory) {
  const int handle = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  ::fsync(handle);
  ::close(handle);
}

// SQLite gives the log beside a file the file's own mode.
void create_private_file(const fs::path& path) {
  const int handle = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (handle < 0)
    throw Error::internal("storage_unwritable",
                          cat(path.string(), " cannot be written: ", reason_and_advice(errno)));
  ::close(handle);
}

void remove_unfinished(const fs::path& directory) {
  for (const char* end : {"", "-wal", "-shm", "-journal"}) {
    std::error_code ignored;
    fs::remove(directory / cat(unfinished_name, end), ignored);
  }
}

// The new database under its temporary name, complete and closed.
void build_database(const fs::path& directory, const Keyring& keyring, Instant now) {
  remove_unfinished(directory);
  create_private_file(directory / unfinished_name);
  Database db(directory / unfinished_name, keyring.database_key(), {});
  store::apply_schema(db);
  db.run("insert into install (id, created_at) values (?, ?)", keyring.install_id(), now);
}

void finish_database(const fs::path& directory) {
  const fs::path file = directory / database_name;
  if (::rename((directory / unfinished_name).c_str(), file.c_str()) != 0)
    throw Error::internal("storage_unwritable",
                          cat(file.string(), " cannot be written: ", reason_and_advice(errno)));
  sync_directory(directory);
}

// An empty file would pass for a new database, so it must not get that far.
void check_database_file(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error || size < 4096)
    throw Error::internal(
        "storage_corrupt",
        cat(file.string(), " was cut short. Nothing was repaired or replaced. Restore a backup."));
}

}  // namespace

void WriteTurn::lock() {
  std::unique_lock lock(mutex_);
  const auto mine = next_++;
  changed_.wait(lock, [&] { return serving_ == mine; });
}

void WriteTurn::unlock() {
  {
    const std::scoped_lock lock(mutex_);
    ++serving_;
    if (serving_ == next_) return;  // nobody waits
  }
  changed_.notify_all();
}

bool Store::exists(const fs::path& directory) {
  return is_there(directory / keyring_name) || is_there(directory / database_name);
}

// A kill between any two lines leaves either nothing that counts, or a store that open() completes.
std::unique_ptr<Store> Store::create(const StoreOptions& options, const Clock& clock) {
  const auto refuse_existing = [&] {
    if (exists(options.directory))
      throw Error::conflict(
          "store_exists",
          cat(options.directory.string(), " holds a store already. Nothing is ever made anew beside one."));
  };
  refuse_existing();
  const Keyring keyring = Keyring::generate(options.key, clock.now());
  make_private_directory(options.directory);
  check_directory(options);
  {
    const DirectoryLock lock = lock_directory(options.directory);
    refuse_existing();
    build_database(options.directory, keyring, clock.now());
    keyring.save_new(options.directory / keyring_name);
    finish_database(options.directory);
  }
  return open(options, clock);
}

std::unique_ptr<Store> Store::open(const StoreOptions& options, const Clock& clock) {
  check_directory(options);
  const fs::path file = options.directory / database_name;
  if (!exists(options.directory))
    throw Error::invalid("store_missing", cat("There is no store in ", options.directory.string(),
                                              ". Make one with: patchbay init"));
  DirectoryLock lock = lock_directory(options.directory);
  check_private(options.directory / keyring_name);
  check_private(file);
  Keyring keyring = Keyring::open(options.directory / keyring_name, options.key);
  if (!is_there(file) && is_there(options.directory / unfinished_name)) finish_database(options.directory);
  if (!is_there(file))
    throw Error::invalid(
        "store_missing",
        cat(file.string(),
            " is missing though keyring.json is there. Restore a backup; no new one was made."));
  check_database_file(file);
  std::unique_ptr<Store> store(new Store(options.directory, clock, std::move(lock), std::move(keyring)));
  remove_unfinished(options.directory);
  return store;
}

Store::Store(fs::path directory, const Clock& clock, DirectoryLock lock, Keyring keyring)
    : directory_(std::move(directory)),
      clock_(clock),
      lock_(std::move(lock)),
      keyring_(std::move(keyring)),
      vault_(keyring_) {
  DatabaseOptions options;
  options.cache_kib = cache_kib;
  writer_ = std::make_unique<Database>(directory_ / database_name, keyring_.database_key(), options);
  check_install();
  store::apply_schema(*writer_);
  // Every change and call appends to the trail: where its end is damaged, that must show now.
  writer_->query("select * from event order by sequence desc limit 1").next();
  writer_->lock_down();
  options.query_only = true;
  reader_ = open_database(options);
}

Store::~Store() = default;

// A main file that was copied without its log is a valid, empty database.
void Store::check_install() {
  std::string id;
  if (writer_->user_version() > 0) {
    auto rows = writer_->query("select id from install");
    if (const Row* row = rows.next()) id = row->text("id");
  }
  if (id != keyring_.install_id())
    throw Error::internal("storage_corrupt", cat((directory_ / database_name).string(),
                                                 " is not the one that keyring.json belongs to, or lost its "
                                                 "contents when it was copied. Restore a "
                                                 "backup."));
}

std::unique_ptr<Database> Store::open_database(const DatabaseOptions& options) {
  auto db = std::make_unique<Database>(directory_ / database_name, keyring_.database_key(), options);
  db->lock_down();
  return db;
}

std::unique_ptr<Database> Store::connect(DatabaseOptions::Synchronous synchronous) {
  DatabaseOptions options;
  options.synchronous = synchronous;
  options.cache_kib = 512;
  return open_database(options);
}

Store::Transaction::Transaction(Store& store) : store_(store), turn_(store.write_turn_) {
  if (store_.writer_ && store_.writer_->is_damaged()) store_.damaged_ = true;
  if (store_.damaged_)
    throw Error::internal(
        "storage_corrupt",
        "store.db is damaged, so nothing is written to it any more. Stop Patchbay and restore a backup.",
        (store_.directory_ / database_name).string());
  if (!store_.writer_ || store_.writer_->is_broken()) {
    store_.writer_.reset();
    DatabaseOptions options;
    options.cache_kib = cache_kib;
    store_.writer_ = store_.open_database(options);
  }
  changes_before_ = db().total_changes();
  db().run("begin immediate");
}

Store::Transaction::~Transaction() {
  db().rollback();
  if (db().is_damaged()) store_.damaged_ = true;
}

void Store::Transaction::commit() {
  db().run("commit");
  if (db().total_changes() != changes_before_) store_.changes_.fetch_add(1, std::memory_order_acq_rel);
}

Store::Reading::Reading(Store& store) : store_(store), lock_(store.reading_) {
  if (!store_.reader_ || store_.reader_->is_broken()) {
    store_.reader_.reset();
    DatabaseOptions options;
    options.cache_kib = cache_kib;
    options.query_only = true;
    store_.reader_ = store_.open_database(options);
  }
  db().run("begin");
}

Store::Reading::~Reading() {
  db().rollback();
  if (db().is_damaged()) store_.damaged_ = true;
}

}  // namespace patchbay
