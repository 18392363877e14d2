#include "base/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"

namespace patchbay {

namespace {

class File {
 public:
  explicit File(int handle) : handle_(handle) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (handle_ >= 0) ::close(handle_);
  }
  int handle() const { return handle_; }
  bool is_open() const { return handle_ >= 0; }
  int release() { return std::exchange(handle_, -1); }

 private:
  int handle_;
};

Error unreadable(const std::filesystem::path& path, std::string_view why) {
  return Error::invalid("file_unreadable", cat("The file \"", path.native(), "\" cannot be read: ", why));
}

Error unwritable(const std::filesystem::path& path, int code) {
  return Error::internal("file_unwritable", cat("The file \"", path.native(),
                                                "\" cannot be written: ", reason_and_advice(code)));
}

// The new text of a file under its temporary name, which goes away unless rename_to() succeeds.
class Draft {
 public:
  // `path` is named in errors.
  explicit Draft(const std::filesystem::path& path)
      : path_(path),
        name_(path.parent_path() / cat(".", path.filename().native(), ".", to_hex(crypto::random_bytes(6)))),
        file_(::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    check(file_.is_open());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (!renamed_ && file_.is_open()) ::unlink(name_.c_str());
  }

  void write(std::string_view text) {
    while (!text.empty()) {
      const auto written = ::write(file_.handle(), text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      check(written > 0);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void keep_owner(const struct stat& old) {
    struct stat mine {};
    check(::fstat(file_.handle(), &mine) == 0);
    // Only root can do so; for others the new file simply is their own.
    if (mine.st_uid != old.st_uid || mine.st_gid != old.st_gid) [[maybe_unused]]
      const int ignored = ::fchown(file_.handle(), old.st_uid, old.st_gid);
  }
  void set_mode(mode_t mode) { check(::fchmod(file_.handle(), mode) == 0); }

  void rename_to_path() {
    check(::fsync(file_.handle()) == 0);
    check(::rename(name_.c_str(), path_.c_str()) == 0);
    renamed_ = true;
    const File folder(::open(path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    check(folder.is_open() && ::fsync(folder.handle()) == 0);
  }

 private:
  void check(bool good) const {
    if (!good) throw unwritable(path_, errno);
  }
  std::filesystem::path path_;
  std::filesystem::path name_;
  File file_;
  bool renamed_ = false;
};

// Where a write to `path` has to land: behind its symbolic links, which stay.
std::filesystem::path behind_links(const std::filesystem::path& path) {
  std::error_code error;
  auto target = std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
  if (error) throw unwritable(path, error.value());
  return target;
}

std::filesystem::path nearest_existing(std::filesystem::path path) {
  std::error_code error;
  path = std::filesystem::absolute(path, error);
  while (!std::filesystem::exists(path, error) && path.has_relative_path()) path = path.parent_path();
  return path;
}

std::string_view advice(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "Free some space on its disk.";
    case EROFS:
      return "Its disk is mounted read-only: mount it for writing.";
    case EACCES:
    case EPERM:
      return "Let the user that runs Patchbay use it and the folders above it.";
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
      return "Check the path.";
    case EMFILE:
    case ENFILE:
      return "Allow more open files (LimitNOFILE=, ulimit -n).";
    case EIO:
      return "Check the disk.";
    default:
      return "Check the path, its owner and its disk.";
  }
}

}  // namespace

std::string reason_and_advice(int code) {
  return cat(std::generic_category().message(code), ". ", advice(code));
}

std::string read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  // O_NONBLOCK: a named pipe without a writer must not hold us before we see what it is.
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) throw unreadable(path, reason_and_advice(errno));
  struct stat status {};
  if (::fstat(file.handle(), &status) != 0) throw unreadable(path, reason_and_advice(errno));
  if (S_ISDIR(status.st_mode)) throw unreadable(path, reason_and_advice(EISDIR));
  if (!S_ISREG(status.st_mode)) throw unreadable(path, "It is not a regular file.");

  std::string text;
  std::array<char, 65536> block;
  for (;;) {
    const auto count = ::read(file.handle(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw unreadable(path, reason_and_advice(errno));
    if (count == 0) return text;
    if (static_cast<std::size_t>(count) > max_bytes - text.size())
      throw Error::invalid("file_too_large", cat("The file \"", path.native(), "\" is larger than the ",
                                                 max_bytes, " bytes allowed."));
    text.append(block.data(), static_cast<std::size_t>(count));
  }
}

void replace_file(const std::filesystem::path& path, std::string_view text, unsigned mode) {
  const auto target = behind_links(path);
  struct stat old {};
  const bool existed = ::stat(target.c_str(), &old) == 0;
  if (existed && !S_ISREG(old.st_mode)) throw unwritable(path, S_ISDIR(old.st_mode) ? EISDIR : EINVAL);

  Draft draft(target);
  draft.write(text);
  if (existed) draft.keep_owner(old);
  draft.set_mode(existed ? old.st_mode & 07777U : mode);
  draft.rename_to_path();
}

void make_private_directory(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> missing;
  std::error_code error;
  for (auto at = std::filesystem::absolute(path).lexically_normal(); !std::filesystem::exists(at, error);
       at = at.parent_path()) {
    if (at.has_filename()) missing.push_back(at);
    if (!at.has_relative_path()) break;
  }
  const auto cannot = [&](int code) {
    return Error::invalid("directory_unusable", cat("The folder \"", path.native(),
                                                    "\" cannot be used: ", reason_and_advice(code)));
  };
  for (auto at = missing.rbegin(); at != missing.rend(); ++at)
    if (::mkdir(at->c_str(), 0700) != 0 && errno != EEXIST) throw cannot(errno);
  if (!std::filesystem::is_directory(path, error)) throw cannot(error ? error.value() : ENOTDIR);
}

std::optional<DirectoryLock> DirectoryLock::acquire(const std::filesystem::path& directory) {
  const auto cannot = [&](int code) {
    return Error::invalid("directory_unusable", cat("The folder \"", directory.native(),
                                                    "\" cannot be locked: ", reason_and_advice(code)));
  };
  const auto path = directory / "lock";
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) throw cannot(errno);
  if (::flock(file.handle(), LOCK_EX | LOCK_NB) == 0) return DirectoryLock(file.release());
  if (errno == EWOULDBLOCK) return std::nullopt;
  throw cannot(errno);
}

DirectoryLock::~DirectoryLock() {
  // The file stays: removing it would let a third process lock a new one beside the second's.
  if (handle_ >= 0) ::close(handle_);
}

bool is_network_file_system(std::uint32_t magic) {
  constexpr std::array<std::uint32_t, 11> network = {
      0x00006969,  // NFS
      0x0000517B,  // SMB
      0xFF534D42,  // CIFS
      0xFE534D42,  // SMB 2 and 3
      0x01021997,  // 9P
      0x5346414F,  // AFS (OpenAFS)
      0x6B414653,  // AFS (kernel)
      0x73757245,  // Coda
      0x0000564C,  // NCP
      0x00C36400,  // Ceph
      0x0BD00BD0,  // Lustre
  };
  return std::find(network.begin(), network.end(), magic) != network.end();
}

bool is_on_network(const std::filesystem::path& directory) {
  struct statfs status {};
  if (::statfs(nearest_existing(directory).c_str(), &status) != 0) return false;
  return is_network_file_system(static_cast<std::uint32_t>(status.f_type));
}

}  // namespace patchbay
