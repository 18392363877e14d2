#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "gateway/catalog_file.h"

namespace patchbay::gateway {

// One good state of the file.
struct Catalog {
  std::vector<CatalogEntry> entries;
  std::vector<CatalogProblem> problems;  // of dropped entries
  std::size_t dropped = 0;
  std::string version;  // hex SHA-256 of the file
  std::string text;     // the file
  Instant loaded_at;
};

enum class CatalogState : std::uint8_t {
  not_configured,  // no path: the catalog is empty, and that is meant
  good,            // the file as it stands
  stale,           // the file is broken or gone; `catalog` is the last good one
  unavailable      // configured, and never good since the start
};
std::string_view to_text(CatalogState state);

struct CatalogView {
  CatalogState state = CatalogState::not_configured;
  std::shared_ptr<const Catalog> catalog;  // never null when good or stale
  std::optional<CatalogProblem> problem;   // why it is stale or unavailable
};

// Watches one file, without a thread of its own. Every member may be called from any thread; a view stays as
// it is while it is held.
class CatalogWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds settle_time{500};

  // An empty path means: not configured. The clock outlives this object. Nothing is read yet.
  CatalogWatch(std::filesystem::path path, UrlCheck check_url, const Clock& clock);

  // Costs one stat while nothing changes. Reads the file at the first call, and later when it differs from
  // what was read and has kept its size and time of change for settle_time, so that a file being written is
  // not taken for a shorter catalog. Whether the view changed.
  bool poll(Time now);

  // Reads the file whatever its age: SIGHUP, or an admin's wish. Whether the view changed.
  bool reload_now();

  // Whether a change was seen that has not been read yet; a reader that wants it polls again after
  // settle_time.
  bool is_settling() const;

  CatalogView view() const;

 private:
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;    // -1: there is no regular file
    std::int64_t changed = 0;  // nanoseconds since 1970, of the text
    std::int64_t touched = 0;  // the same of anything, its mode included
    bool operator==(const Stamp&) const = default;
  };
  static constexpr Stamp unread{0, 0, -2, 0, 0};
  struct Watch {
    std::optional<Stamp> read;  // what the view was made from
    Stamp seen;                 // the last look
    Time since;                 // since when it looks so
  };

  Stamp look() const;
  bool load(Stamp before);
  bool accept(const std::string& text);
  bool keep_old(CatalogProblem problem);

  const std::filesystem::path path_;
  const UrlCheck check_url_;
  const Clock& clock_;
  mutable std::mutex loading_;  // one reader of the file at a time; guards watch_
  Watch watch_;
  Guarded<CatalogView> view_;
  Guarded<bool> settling_{false};
};

}  // namespace patchbay::gateway
