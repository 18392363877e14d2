#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded.h"
#include "http/content_coding.h"

namespace patchbay::http {

// The files of web/static: those in the binary or, while somebody works on them, those of a folder.
class WebFiles {
 public:
  explicit WebFiles(std::span<const EmbeddedFile> files);  // in order of their paths
  // Each is read anew when it is asked for. Throws Error::invalid("config") where it is no folder.
  explicit WebFiles(std::filesystem::path folder);

  // Names the bytes of all files together: what is said once under an address that holds it stays true.
  const std::string& version() const { return version_; }
  bool may_change() const { return !folder_.empty(); }

  // The text of a file; nothing where there is none of that path, or where it leads out of the folder.
  std::optional<std::string> find_text(std::string_view path) const;
  // How a file is sent; nothing as above. `caching` is what Cache-Control says of a file that cannot change.
  std::optional<HttpReply> find_reply(const HttpRequest& request, std::string_view path,
                                      std::string_view caching) const;

 private:
  struct File {
    std::string_view path;
    Coded body;
  };
  const File* find(std::string_view path) const;
  std::optional<std::string> read(std::string_view path) const;

  std::vector<File> files_;  // in order of their paths
  std::filesystem::path folder_;
  std::string version_;
};

}  // namespace patchbay::http
