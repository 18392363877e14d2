#include "store/database.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"

#include <sqlite3.h>

#include <array>

namespace patchbay {
namespace {

struct Failure {
  int code;  // primary result code
  Error::Kind kind;
  std::string_view id;
  std::string_view sentence;  // after the file's name
};

// What SQLite reports, as people are told. The first fitting line counts.
constexpr Failure failures[] = {
    {SQLITE_NOTADB, Error::Kind::invalid, "storage_key",
     " does not open with this key, or is damaged. Check that keyring.json and it belong to the same "
     "installation, "
     "or restore a backup."},
    {SQLITE_CORRUPT, Error::Kind::internal, "storage_corrupt",
     " is damaged. Nothing was repaired or replaced. Stop Patchbay and restore a backup."},
    {SQLITE_READONLY, Error::Kind::internal, "storage_read_only",
     " cannot be written: the disk or the file is read-only. Make the data directory writable for Patchbay."},
    {SQLITE_PERM, Error::Kind::internal, "storage_read_only",
     " cannot be written. Make the data directory writable for Patchbay."},
    {SQLITE_FULL, Error::Kind::busy, "storage_full", " cannot grow: the disk is full. Free some space."},
    {SQLITE_BUSY, Error::Kind::busy, "storage_busy", " is in use by something else. Try again in a moment."},
    {SQLITE_LOCKED, Error::Kind::busy, "storage_busy",
     " is in use by something else. Try again in a moment."},
    {SQLITE_CANTOPEN, Error::Kind::invalid, "storage_unreadable",
     " cannot be opened. Check that it exists and that Patchbay may read and write it and its folder."},
    {SQLITE_IOERR, Error::Kind::internal, "storage_io",
     " could not be read or written: the disk reports an error. Check the disk."},
    {SQLITE_NOMEM, Error::Kind::busy, "storage_memory", " needs more memory than there is. Try again later."},
    {SQLITE_TOOBIG, Error::Kind::invalid, "storage_too_big", " does not take a value of this size."},
    {SQLITE_CONSTRAINT, Error::Kind::conflict, "storage_constraint",
     " already holds something that excludes this."},
};

// Refuses what no statement of ours does once the store is open.
int authorize(void*, int action, const char* name, const char*, const char*, const char*) {
  switch (action) {
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    case SQLITE_PRAGMA:
    case SQLITE_ALTER_TABLE:
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_VTABLE:
    case SQLITE_REINDEX:
    case SQLITE_ANALYZE:
      return SQLITE_DENY;
    case SQLITE_FUNCTION:
      return name != nullptr && std::string_view(name) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    default:
      return SQLITE_OK;
  }
}

void set_limits(sqlite3* handle) {
  constexpr std::pair<int, int> limits[] = {
      {SQLITE_LIMIT_LENGTH, 16 << 20},
      {SQLITE_LIMIT_SQL_LENGTH, 64 << 10},
      {SQLITE_LIMIT_COLUMN, 64},
      {SQLITE_LIMIT_EXPR_DEPTH, 64},
      {SQLITE_LIMIT_COMPOUND_SELECT, 8},
      {SQLITE_LIMIT_VDBE_OP, 25'000},
      {SQLITE_LIMIT_FUNCTION_ARG, 8},
      {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256},
      {SQLITE_LIMIT_VARIABLE_NUMBER, 64},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 8},
      {SQLITE_LIMIT_WORKER_THREADS, 0},
  };
  for (const auto& [limit, value] : limits) sqlite3_limit(handle, limit, value);
}

int bind(sqlite3_stmt* handle, int at, const SqlValue& value, sqlite3_destructor_type keep) {
  struct Binder {
    sqlite3_stmt* handle;
    int at;
    sqlite3_destructor_type keep;
    int operator()(std::monostate) const { return sqlite3_bind_null(handle, at); }
    int operator()(std::int64_t number) const { return sqlite3_bind_int64(handle, at, number); }
    int operator()(std::string_view text) const {
      const char* data = text.data() == nullptr ? "" : text.data();
      return sqlite3_bind_text64(handle, at, data, text.size(), keep, SQLITE_UTF8);
    }
    int operator()(Blob blob) const {
      const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
      return sqlite3_bind_blob64(handle, at, data, blob.bytes.size(), keep);
    }
  };
  return std::visit(Binder{handle, at, keep}, value);
}

// The first column of a statement's first row, for the few PRAGMAs that answer.
std::string ask(sqlite3* handle, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  std::string answer;
  if (sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    if (text != nullptr) answer = text;
  }
  sqlite3_finalize(statement);
  return answer;
}

}  // namespace

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

int Row::index(std::string_view column) const {
  const int count = sqlite3_column_count(handle_);
  for (int i = 0; i < count; ++i)
    if (column == sqlite3_column_name(handle_, i)) return i;
  throw Error::internal("storage_column", "The store was asked for a column it does not have.",
                        std::string(column));
}

std::int64_t Row::integer(std::string_view column) const {
  return sqlite3_column_int64(handle_, index(column));
}

std::string_view Row::view(std::string_view column) const {
  const int at = index(column);
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, at));
  return bytes == nullptr
             ? std::string_view()
             : std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, at)));
}

bool Row::is_null(std::string_view column) const {
  return sqlite3_column_type(handle_, index(column)) == SQLITE_NULL;
}

std::optional<std::int64_t> Row::optional_integer(std::string_view column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<Instant> Row::optional_instant(std::string_view column) const {
  if (is_null(column)) return std::nullopt;
  return instant(column);
}

Query::Query(Database& db, Statement& statement)
    : db_(&db), statement_(&statement), row_(statement.handle_) {}

Query::Query(Query&& other) noexcept : db_(other.db_), statement_(other.statement_), row_(other.row_) {
  other.statement_ = nullptr;
}

Query::~Query() {
  if (statement_ != nullptr) db_->release(*statement_);
}

const Row* Query::next() {
  if (statement_ == nullptr) return nullptr;
  const int code = sqlite3_step(statement_->handle_);
  if (code == SQLITE_ROW) return &row_;
  db_->release(*std::exchange(statement_, nullptr));
  if (code != SQLITE_DONE) db_->fail(code);
  return nullptr;
}

Database::Database(const std::filesystem::path& file, const SecureBytes& key, const DatabaseOptions& options)
    : file_name_(file.filename().string()), path_(file.string()) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (options.create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr);
  try {
    if (code != SQLITE_OK) fail(code);
    sqlite3_extended_result_codes(handle_, 1);
    set_key(key);
    set_up(options);
  } catch (...) {
    statements_.clear();
    sqlite3_close_v2(handle_);
    throw;
  }
}

Database::~Database() {
  statements_.clear();
  sqlite3_close_v2(handle_);
}

// The key goes in as the literal x'…' through the C interface: a PRAGMA's text could land in a trace.
void Database::set_key(const SecureBytes& key) {
  static constexpr std::string_view digits = "0123456789abcdef";
  if (key.reveal().size() != 32)
    throw Error::internal("storage_key_size", "The store's key is not 32 bytes long.");
  SecureBytes literal(key.size() * 2 + 3);
  char* out = literal.data();
  *out++ = 'x';
  *out++ = '\'';
  for (const char byte : key.reveal()) {
    *out++ = digits[static_cast<unsigned char>(byte) >> 4];
    *out++ = digits[static_cast<unsigned char>(byte) & 15];
  }
  *out = '\'';
  const int code = sqlite3_key_v2(handle_, "main", literal.data(), static_cast<int>(literal.size()));
  if (code != SQLITE_OK) fail(code);
}

void Database::set_up(const DatabaseOptions& options) {
  cipher_version_ = ask(handle_, "pragma cipher_version");
  if (cipher_version_.empty())
    throw Error::internal("storage_no_cipher", "This build's SQLite cannot encrypt. Install SQLCipher.");
  run_script("pragma cipher_page_size = 4096");
  // Version 4 would write another format; with these it reads and writes that of version 3. It would also
  // write lines of its own to stderr, where our one sentence about a wrong key stands.
  if (!cipher_version_.starts_with("3."))
    run_script(
        "pragma cipher_log_level = none;"
        "pragma cipher_hmac_algorithm = HMAC_SHA1; pragma cipher_kdf_algorithm = PBKDF2_HMAC_SHA1;"
        "pragma kdf_iter = 64000");
  sqlite3_busy_timeout(handle_, 5000);
  run_script("select count(*) from sqlite_master");  // the first read: shows whether the key opens the file
  run_script(
      "pragma journal_mode = wal; pragma foreign_keys = on; pragma temp_store = memory; pragma secure_delete "
      "= on;"
      "pragma journal_size_limit = 16777216; pragma wal_autocheckpoint = 2000");
  run_script(options.synchronous == DatabaseOptions::Synchronous::full ? "pragma synchronous = full"
                                                                       : "pragma synchronous = normal");
  run_script(cat("pragma cache_size = -", options.cache_kib));
  if (options.query_only) run_script("pragma query_only = on");
  if (ask(handle_, "pragma journal_mode") != "wal")
    throw Error::internal("storage_wal",
                          cat(file_name_, " cannot keep a write-ahead log on this file system."));
  set_limits(handle_);
}

void Database::fail(int code) {
  // After a damaged page the library answers everything with its most general error.
  const int primary = damaged_ && (code & 0xff) == SQLITE_ERROR ? SQLITE_CORRUPT : code & 0xff;
  broken_ = broken_ || primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
  damaged_ = damaged_ || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
  const std::string detail =
      cat(path_, ": sqlite ", code, ": ", handle_ == nullptr ? "no handle" : sqlite3_errmsg(handle_));
  for (const Failure& failure : failures)
    if (failure.code == primary)
      throw Error(failure.kind, std::string(failure.id), cat(file_name_, failure.sentence), detail);
  throw Error::internal("storage", cat(file_name_, " did not do what was asked. The log says more."), detail);
}

Statement& Database::prepare(std::string_view sql) {
  const auto [first, last] = statements_.equal_range(sql);
  for (auto at = first; at != last; ++at)
    if (!at->second->busy_) {
      at->second->busy_ = true;
      return *at->second;
    }
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &handle, nullptr);
  if (code != SQLITE_OK) fail(code);
  auto& added = *statements_.emplace(std::string(sql), std::make_unique<Statement>(handle))->second;
  added.busy_ = true;
  return added;
}

void Database::release(Statement& statement) noexcept {
  sqlite3_reset(statement.handle_);
  sqlite3_clear_bindings(statement.handle_);
  statement.busy_ = false;
}

int Database::run_values(std::string_view sql, const SqlValue* values, std::size_t count) {
  Statement& statement = prepare(sql);
  int code = SQLITE_OK;
  // The values outlive the call, so nothing is copied.
  for (std::size_t i = 0; i < count && code == SQLITE_OK; ++i)
    code = bind(statement.handle_, static_cast<int>(i) + 1, values[i], SQLITE_STATIC);
  if (code == SQLITE_OK) do
      code = sqlite3_step(statement.handle_);
    while (code == SQLITE_ROW);
  release(statement);
  if (code != SQLITE_DONE) fail(code);
  return sqlite3_changes(handle_);
}

Query Database::query_values(std::string_view sql, const SqlValue* values, std::size_t count) {
  Statement& statement = prepare(sql);
  Query query(*this, statement);
  for (std::size_t i = 0; i < count; ++i) {
    const int code = bind(statement.handle_, static_cast<int>(i) + 1, values[i], SQLITE_TRANSIENT);
    if (code != SQLITE_OK) fail(code);
  }
  return query;
}

void Database::check_reads() {
  Query any = query("select id from install");
  const int code = sqlite3_step(any.statement_->handle_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(code == SQLITE_ERROR ? SQLITE_CORRUPT : code);
}

void Database::run_script(std::string_view sql) {
  const int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::user_version() {
  const auto version = parse_number<std::int64_t>(ask(handle_, "pragma user_version"));
  if (!version) fail(sqlite3_extended_errcode(handle_));
  return *version;
}

void Database::set_user_version(std::int64_t version) {
  run_script(cat("pragma user_version = ", version));
}

void Database::lock_down() {
  sqlite3_set_authorizer(handle_, authorize, nullptr);
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

void Database::rollback() noexcept {
  if (in_transaction()) sqlite3_exec(handle_, "rollback", nullptr, nullptr, nullptr);
}

void Database::checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED) fail(code);
}

std::int64_t Database::total_changes() const {
  return sqlite3_total_changes(handle_);
}

std::string Database::library_version() {
  return cat("SQLite ", std::string_view(sqlite3_libversion()));
}

std::optional<int> storage_exit_code(std::string_view id) {
  constexpr std::pair<std::string_view, int> codes[] = {
      {"store_locked", 75},       {"storage_busy", 75},    {"storage_full", 74},
      {"storage_io", 74},         {"storage_corrupt", 78}, {"storage_key", 78},
      {"storage_read_only", 78},  {"storage_newer", 78},   {"storage_unreadable", 78},
      {"storage_no_cipher", 78},  {"storage_wal", 78},     {"store_missing", 78},
      {"store_exists", 78},       {"store_network", 78},   {"store_mode", 78},
      {"keyring_missing", 78},    {"keyring_damaged", 78}, {"keyring_exists", 78},
      {"wrong_key", 78},          {"key_missing", 78},     {"key_mode", 78},
      {"key_form", 78},           {"key_exists", 78},      {"key_sources", 78},
      {"storage_unwritable", 74}, {"file_unwritable", 74}, {"key_unwritable", 74},
      {"directory_unusable", 78},
  };
  for (const auto& [known, code] : codes)
    if (known == id) return code;
  return std::nullopt;
}

}  // namespace patchbay
