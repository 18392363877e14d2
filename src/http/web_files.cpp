#include "http/web_files.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace patchbay::http {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = 4 << 20;

struct Kind {
  std::string_view ending;
  std::string_view type;
};
constexpr Kind kinds[] = {{".css", "text/css; charset=utf-8"},
                          {".js", "text/javascript; charset=utf-8"},
                          {".svg", "image/svg+xml"},
                          {".html", "text/html; charset=utf-8"},
                          {".json", "application/json"},
                          {".png", "image/png"},
                          {".webmanifest", "application/manifest+json"},
                          {".txt", "text/plain; charset=utf-8"}};

std::string_view type_of(std::string_view path) {
  for (const Kind& kind : kinds)
    if (path.ends_with(kind.ending)) return kind.type;
  return "application/octet-stream";
}

}  // namespace

WebFiles::WebFiles(std::span<const EmbeddedFile> files) {
  std::string everything;
  for (const EmbeddedFile& file : files) {
    files_.push_back({file.path, {tag_of(file.identity), file.identity, file.brotli, file.gzip}});
    everything += cat(file.path, "\n", files_.back().body.tag, "\n");
  }
  version_ = tag_of(everything);
}

WebFiles::WebFiles(fs::path folder) : version_("dev") {
  std::error_code error;
  folder_ = fs::canonical(folder, error);
  if (error || !fs::is_directory(folder_, error))
    throw Error::invalid("config", cat("web_dir: ", folder.string(), " is no folder."));
}

const WebFiles::File* WebFiles::find(std::string_view path) const {
  const auto at =
      std::lower_bound(files_.begin(), files_.end(), path,
                       [](const File& file, std::string_view wanted) { return file.path < wanted; });
  return at != files_.end() && at->path == path ? &*at : nullptr;
}

// Where the path leads is found out first, links followed: what then lies outside the folder is not there.
std::optional<std::string> WebFiles::read(std::string_view path) const {
  std::error_code error;
  const fs::path file = fs::canonical(folder_ / fs::path(path).relative_path(), error);
  if (error || !fs::is_regular_file(file, error)) return std::nullopt;
  const auto [rest, inside] = std::mismatch(folder_.begin(), folder_.end(), file.begin(), file.end());
  if (rest != folder_.end() || inside == file.end()) return std::nullopt;
  try {
    return read_file(file, largest_file);
  } catch (const Error&) {
    return std::nullopt;  // it went away, or is for others to read
  }
}

std::optional<std::string> WebFiles::find_text(std::string_view path) const {
  if (may_change()) return read(path);
  const File* file = find(path);
  return file ? std::optional<std::string>(file->body.identity) : std::nullopt;
}

std::optional<HttpReply> WebFiles::find_reply(const HttpRequest& request, std::string_view path,
                                              std::string_view caching) const {
  if (may_change()) {
    auto text = read(path);
    if (!text) return std::nullopt;
    return HttpReply{
        200, {{"Content-Type", std::string(type_of(path))}, {"Cache-Control", "no-store"}}, std::move(*text)};
  }
  const File* file = find(path);
  if (!file) return std::nullopt;
  return coded_reply(request, file->body, type_of(path),
                     {{"Cache-Control", std::string(caching)}, {"Vary", "Accept-Encoding"}});
}

}  // namespace patchbay::http
