#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

// "No space left on device. Free some space on its disk.": why a file or folder cannot be used, by errno, and
// what to do about it.
std::string reason_and_advice(int code);

// Throws Error::invalid("file_unreadable" | "file_too_large") that names the file, the reason and what to do.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes);

// Writes beside, syncs, renames over `path`, syncs the folder: after a crash either the old or the new text
// is there. New files get `mode`; an existing one keeps its own, and a symbolic link keeps pointing at the
// text. Throws Error::internal("file_unwritable") that names the file, the reason and what to do.
void replace_file(const std::filesystem::path& path, std::string_view text, unsigned mode = 0600);

// Makes the folder, and those above it, with mode 0700 where absent. Throws
// Error::invalid("directory_unusable").
void make_private_directory(const std::filesystem::path& path);

// The lock on a data directory, held while the object lives. Empty where another process holds it; throws
// Error::invalid("directory_unusable") where the folder is absent or cannot be written to.
class DirectoryLock {
 public:
  static std::optional<DirectoryLock> acquire(const std::filesystem::path& directory);
  DirectoryLock(DirectoryLock&& other) noexcept : handle_(other.handle_) { other.handle_ = -1; }
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int handle) : handle_(handle) {}
  int handle_;
};

// Whether the folder lies on a network file system (NFS, SMB, 9P …), where locks and the WAL cannot be relied
// on. An absent folder is judged by the nearest one above it.
bool is_on_network(const std::filesystem::path& directory);
bool is_network_file_system(std::uint32_t magic);  // of statfs(2)

}  // namespace patchbay
