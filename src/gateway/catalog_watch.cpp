#include "gateway/catalog_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <span>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"

namespace patchbay::gateway {

namespace {

std::int64_t to_number(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::string_view to_text(CatalogState state) {
  switch (state) {
    case CatalogState::not_configured:
      return "not_configured";
    case CatalogState::good:
      return "good";
    case CatalogState::stale:
      return "stale";
    case CatalogState::unavailable:
      break;
  }
  return "unavailable";
}

CatalogWatch::CatalogWatch(std::filesystem::path path, UrlCheck check_url, const Clock& clock)
    : path_(std::move(path)), check_url_(std::move(check_url)), clock_(clock) {
  view_.with([&](CatalogView& view) {
    if (!path_.empty()) view.state = CatalogState::unavailable;
  });
}

CatalogWatch::Stamp CatalogWatch::look() const {
  struct stat found {};
  if (::stat(path_.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return {};
  return {found.st_dev, found.st_ino, found.st_size, to_number(found.st_mtim), to_number(found.st_ctim)};
}

bool CatalogWatch::poll(Time now) {
  if (path_.empty()) return false;
  const std::unique_lock lock(loading_, std::try_to_lock);
  if (!lock) return false;  // somebody reads it right now
  const Stamp stamp = look();
  if (stamp != watch_.seen || !watch_.read) {
    watch_.seen = stamp;
    watch_.since = now;
  }
  const bool is_absent = stamp.size < 0;
  const bool is_new = watch_.read != stamp;
  const bool is_settled = !watch_.read || is_absent || now - watch_.since >= settle_time;
  settling_.with([&](bool& settling) { settling = is_new && !is_settled; });
  return is_new && is_settled && load(stamp);
}

bool CatalogWatch::reload_now() {
  if (path_.empty()) return false;
  const std::scoped_lock lock(loading_);
  settling_.with([](bool& settling) { settling = false; });
  return load(look());
}

bool CatalogWatch::is_settling() const {
  return settling_.with([](const bool& settling) { return settling; });
}

CatalogView CatalogWatch::view() const {
  return view_.with([](const CatalogView& view) { return view; });
}

bool CatalogWatch::load(Stamp before) {
  const auto problem = [](std::string sentence) {
    return CatalogProblem{0, 0, "", "", std::move(sentence), true};
  };
  watch_.read = before;
  if (before.size < 0) return keep_old(problem("The catalog file is not there, or is not a file."));
  std::string text;
  try {
    text = read_file(path_, max_catalog_bytes);
  } catch (const Error& error) {
    return keep_old(problem(error.message()));
  }
  if (look() != before) {  // written meanwhile: what was read may be half of each
    watch_.read = view().catalog ? std::optional<Stamp>(unread) : std::nullopt;
    return false;
  }
  return accept(text);
}

bool CatalogWatch::accept(const std::string& text) {
  const std::string version = to_hex(crypto::sha256(text));
  const CatalogView old = view();
  if (old.catalog && old.catalog->version == version) {
    view_.with([](CatalogView& view) { view = {CatalogState::good, view.catalog, std::nullopt}; });
    return old.state != CatalogState::good;
  }
  CatalogText parsed = parse_catalog(text, check_url_);
  if (!parsed.usable) return keep_old(std::move(parsed.problems.front()));

  log::info("catalog.loaded", {{"entries", parsed.entries.size()}, {"dropped", parsed.dropped}});
  for (const CatalogProblem& problem :
       std::span(parsed.problems).first(std::min<std::size_t>(20, parsed.problems.size())))
    log::warn("catalog.entry_dropped", {{"problem", to_text(problem, path_.filename().string())}});
  auto catalog = std::make_shared<Catalog>();
  catalog->entries = std::move(parsed.entries);
  catalog->problems = std::move(parsed.problems);
  catalog->dropped = parsed.dropped;
  catalog->version = version;
  catalog->text = text;
  catalog->loaded_at = clock_.now();
  view_.with([&](CatalogView& view) { view = {CatalogState::good, std::move(catalog), std::nullopt}; });
  return true;
}

bool CatalogWatch::keep_old(CatalogProblem problem) {
  const CatalogView old = view();
  if (old.problem == problem) return false;
  log::error("catalog.not_used", {{"problem", to_text(problem, path_.filename().string())},
                                  {"last_good_is_served", old.catalog != nullptr}});
  view_.with([&](CatalogView& view) {
    view.state = view.catalog ? CatalogState::stale : CatalogState::unavailable;
    view.problem = std::move(problem);
  });
  return true;
}

}  // namespace patchbay::gateway
