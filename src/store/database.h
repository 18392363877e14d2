#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/secret.h"
#include "base/secure_bytes.h"

struct sqlite3;
struct sqlite3_stmt;

namespace patchbay {

// Bytes that are bound as a blob; text is bound as text.
struct Blob {
  std::string_view bytes;
};
using SqlValue = std::variant<std::monostate, std::int64_t, std::string_view, Blob>;

namespace sql_detail {
inline SqlValue value(bool truth) {
  return std::int64_t{truth};
}
template <std::integral Number>
SqlValue value(Number number) {
  return static_cast<std::int64_t>(number);
}
inline SqlValue value(Instant at) {
  return at.milliseconds;
}
inline SqlValue value(std::string_view text) {
  return text;
}
inline SqlValue value(const std::string& text) {
  return std::string_view(text);
}
inline SqlValue value(const char* text) {
  return std::string_view(text);
}
inline SqlValue value(Blob blob) {
  return blob;
}
inline SqlValue value(std::nullopt_t) {
  return std::monostate{};
}
template <class Thing>
SqlValue value(const Id<Thing>& id) {
  return std::string_view(id.text());
}
SqlValue value(const Secret&) = delete;  // seal it first
SqlValue value(const SecureBytes&) = delete;
template <class T>
SqlValue value(const std::optional<T>& maybe) {
  return maybe ? value(*maybe) : SqlValue{};
}
}  // namespace sql_detail

// A prepared statement; given back to its connection's cache when released.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

 private:
  friend class Database;
  friend class Query;
  friend class Row;
  sqlite3_stmt* handle_;
  bool busy_ = false;
};

// The current row of a query, good until the query moves on. Columns are read by name; an unknown name throws
// Error::internal("storage_column"). Text views are good as long as the row.
class Row {
 public:
  std::int64_t integer(std::string_view column) const;
  bool flag(std::string_view column) const { return integer(column) != 0; }
  Instant instant(std::string_view column) const { return {integer(column)}; }
  std::string text(std::string_view column) const { return std::string(view(column)); }  // of text and blobs
  std::string_view view(std::string_view column) const;
  bool is_null(std::string_view column) const;
  std::optional<std::int64_t> optional_integer(std::string_view column) const;
  std::optional<Instant> optional_instant(std::string_view column) const;

 private:
  friend class Query;
  explicit Row(sqlite3_stmt* handle) : handle_(handle) {}
  int index(std::string_view column) const;
  sqlite3_stmt* handle_;
};

class Database;

// The rows of a query, one after the other: `for (const Row& row : db.query(...))` or next().
class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  const Row* next();  // nullptr after the last row

  class Iterator {
   public:
    explicit Iterator(Query* query) : query_(query) { ++*this; }
    const Row& operator*() const { return *row_; }
    Iterator& operator++() {
      row_ = query_->next();
      return *this;
    }
    bool operator!=(std::nullptr_t) const { return row_ != nullptr; }

   private:
    Query* query_;
    const Row* row_ = nullptr;
  };
  Iterator begin() { return Iterator(this); }
  std::nullptr_t end() const { return nullptr; }

 private:
  friend class Database;
  Query(Database& db, Statement& statement);
  Database* db_;
  Statement* statement_;
  Row row_;
};

// How a connection is opened. Every connection sets foreign keys, WAL, a busy timeout, secure_delete,
// temporary tables in memory and limits on what a statement may be.
struct DatabaseOptions {
  enum class Synchronous : std::uint8_t { normal, full };
  bool create = false;  // otherwise the file must exist
  Synchronous synchronous = Synchronous::full;
  bool query_only = false;
  int cache_kib = 1024;
};

// One connection to an SQLCipher file: AES-256 with a raw key, 4,096-byte pages, the file format of SQLCipher
// 3 in every library version. One thread at a time. Failures throw an Error whose id starts with "storage_";
// its detail names the whole path.
class Database {
 public:
  // `key` is 32 raw bytes.
  Database(const std::filesystem::path& file, const SecureBytes& key, const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs one statement to its end; the number of rows it changed.
  template <class... Arguments>
  int run(std::string_view sql, const Arguments&... arguments) {
    const SqlValue values[] = {SqlValue{}, sql_detail::value(arguments)...};
    return run_values(sql, values + 1, sizeof...(arguments));
  }
  template <class... Arguments>
  Query query(std::string_view sql, const Arguments&... arguments) {
    const SqlValue values[] = {SqlValue{}, sql_detail::value(arguments)...};
    return query_values(sql, values + 1, sizeof...(arguments));
  }

  // Throws Error::internal("storage_corrupt") where a page that was read in this transaction was damaged: the
  // cipher may have given zeros for it, and the library tells only the statement after that.
  void check_reads();

  // Several statements without values: the schema's steps.
  void run_script(std::string_view sql);

  std::int64_t user_version();
  void set_user_version(std::int64_t version);

  // From here on: no ATTACH, no PRAGMA, no change of the schema.
  void lock_down();

  bool in_transaction() const;
  void rollback() noexcept;  // does nothing where no transaction is open

  // Moves the WAL into the main file as far as readers allow. Never throws for busy readers.
  void checkpoint();

  // Rows inserted, changed and deleted since the connection was opened.
  std::int64_t total_changes() const;
  // Whether a page of the file turned out to be damaged: nothing should be written to it any more.
  bool is_damaged() const { return damaged_; }
  // Whether the disk or the file has failed this connection: close it, and trust no later sync of it.
  bool is_broken() const { return broken_; }

  static std::string library_version();                                  // "SQLite 3.15.2", for people
  const std::string& cipher_version() const { return cipher_version_; }  // "3.4.1"

 private:
  friend class Query;
  int run_values(std::string_view sql, const SqlValue* values, std::size_t count);
  Query query_values(std::string_view sql, const SqlValue* values, std::size_t count);
  Statement& prepare(std::string_view sql);
  void release(Statement& statement) noexcept;
  void set_key(const SecureBytes& key);
  void set_up(const DatabaseOptions& options);
  [[noreturn]] void fail(int code);

  std::string file_name_;
  std::string path_;  // for the operator
  sqlite3* handle_ = nullptr;
  std::string cipher_version_;
  bool broken_ = false;
  bool damaged_ = false;
  // By text; a statement that is in use is never handed out twice.
  std::multimap<std::string, std::unique_ptr<Statement>, std::less<>> statements_;
};

// The exit code that fits an Error of this layer (sysexits.h): 75 try again, 74 input/output, 78
// configuration. Nothing for other errors.
std::optional<int> storage_exit_code(std::string_view error_id);

}  // namespace patchbay
