#include "base/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "support/catch.h"

using namespace patchbay;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() { make_private_directory(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
  std::ptrdiff_t count() const {
    return std::distance(fs::directory_iterator(path), fs::directory_iterator());
  }

  const fs::path path = fs::temp_directory_path() / ("patchbay-" + to_hex(crypto::random_bytes(6)));
};

unsigned mode_of(const fs::path& path) {
  return static_cast<unsigned>(fs::status(path).permissions()) & 07777U;
}

}  // namespace

TEST_CASE("a file is read up to its limit and no further", "[base]") {
  const Folder folder;
  const auto path = folder.path / "text";
  replace_file(path, "12345");
  CHECK(read_file(path, 6) == "12345");
  CHECK(read_file(path, 5) == "12345");
  CHECK_THROWS_MATCHES(read_file(path, 4), Error, HasId("file_too_large"));
}

TEST_CASE("what cannot be read is named with the reason", "[base]") {
  const Folder folder;
  CHECK_THROWS_WITH(read_file(folder.path / "absent", 10),
                    ContainsSubstring("absent\" cannot be read: No such file or directory."));
  CHECK_THROWS_MATCHES(read_file(folder.path, 10), Error, HasId("file_unreadable"));

  const auto pipe = folder.path / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_MATCHES(read_file(pipe, 10), Error, HasId("file_unreadable"));
}

TEST_CASE("a new file is private whatever the umask, an old one keeps its mode", "[base]") {
  const Folder folder;
  const auto path = folder.path / "text";
  replace_file(path, "one");
  CHECK(mode_of(path) == 0600);

  fs::permissions(path, static_cast<fs::perms>(0640));
  replace_file(path, "two");
  CHECK(mode_of(path) == 0640);
  CHECK(read_file(path, 10) == "two");

  const auto open = folder.path / "open";
  const auto before = ::umask(077);
  replace_file(open, "three", 0644);
  ::umask(before);
  CHECK(mode_of(open) == 0644);
}

TEST_CASE("replacing leaves nothing beside the file, also where it fails", "[base]") {
  const Folder folder;
  replace_file(folder.path / "text", "one");
  replace_file(folder.path / "text", "two");
  CHECK(folder.count() == 1);

  fs::create_directory(folder.path / "taken");
  CHECK_THROWS_MATCHES(replace_file(folder.path / "taken", "x"), Error, HasId("file_unwritable"));
  CHECK_THROWS_MATCHES(replace_file(folder.path / "absent" / "text", "x"), Error, HasId("file_unwritable"));
  CHECK_THROWS_WITH(
      replace_file(folder.path / "absent" / "text", "x"),
      ContainsSubstring((folder.path / "absent").string()) && ContainsSubstring("Check the path."));
  CHECK(folder.count() == 2);
}

TEST_CASE("why a file cannot be used comes with what to do", "[base]") {
  CHECK_THAT(reason_and_advice(ENOSPC), ContainsSubstring("Free some space"));
  CHECK_THAT(reason_and_advice(EROFS), ContainsSubstring("read-only"));
  CHECK_THAT(reason_and_advice(EACCES), ContainsSubstring("user that runs Patchbay"));
  CHECK_THAT(reason_and_advice(EXDEV), ContainsSubstring("Check the path"));
}

TEST_CASE("a reader of the old file keeps the old text whole", "[base]") {
  const Folder folder;
  const auto path = folder.path / "text";
  replace_file(path, "old");
  std::ifstream reader(path);
  replace_file(path, "new and longer");
  std::string text;
  std::getline(reader, text);
  CHECK(text == "old");
}

TEST_CASE("a symbolic link still points at the replaced text", "[base]") {
  const Folder folder;
  fs::create_directory(folder.path / "real");
  replace_file(folder.path / "real" / "text", "one");
  fs::create_symlink("real/text", folder.path / "link");
  replace_file(folder.path / "link", "two");
  CHECK(fs::is_symlink(folder.path / "link"));
  CHECK(read_file(folder.path / "real" / "text", 10) == "two");
}

TEST_CASE("private folders are made with those above, and kept as they are", "[base]") {
  const Folder folder;
  const auto deep = folder.path / "a" / "b" / "";
  make_private_directory(deep);
  CHECK(mode_of(folder.path / "a") == 0700);
  CHECK(mode_of(folder.path / "a" / "b") == 0700);

  fs::permissions(folder.path / "a", static_cast<fs::perms>(0750));
  make_private_directory(folder.path / "a");
  CHECK(mode_of(folder.path / "a") == 0750);

  replace_file(folder.path / "file", "");
  CHECK_THROWS_MATCHES(make_private_directory(folder.path / "file"), Error, HasId("directory_unusable"));
  CHECK_THROWS_MATCHES(make_private_directory(folder.path / "file" / "x"), Error,
                       HasId("directory_unusable"));
}

TEST_CASE("a data directory has one owner at a time", "[base]") {
  const Folder folder;
  {
    auto first = DirectoryLock::acquire(folder.path);
    REQUIRE(first);
    CHECK_FALSE(DirectoryLock::acquire(folder.path));
    const auto moved = std::move(*first);
    first.reset();
    CHECK_FALSE(DirectoryLock::acquire(folder.path));
  }
  CHECK(DirectoryLock::acquire(folder.path));
  CHECK_THROWS_MATCHES(DirectoryLock::acquire(folder.path / "absent"), Error, HasId("directory_unusable"));
}

TEST_CASE("network file systems are known by their numbers", "[base]") {
  for (const std::uint32_t network : {0x6969U, 0xFF534D42U, 0xFE534D42U, 0x01021997U, 0x00C36400U})
    CHECK(is_network_file_system(network));
  for (const std::uint32_t local : {0xEF53U, 0x58465342U, 0x9123683EU, 0x01021994U, 0x794C7630U})
    CHECK_FALSE(is_network_file_system(local));
  CHECK_FALSE(is_on_network("/proc"));
  CHECK_FALSE(is_on_network("/proc/absent/absent"));
}
