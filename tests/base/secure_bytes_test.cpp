#include "base/secure_bytes.h"

#include <sys/resource.h>

#include <cstdint>
#include <fstream>
#include <sstream>

#include "base/log.h"
#include "base/text.h"
#include "support/catch.h"

using namespace patchbay;

namespace {

// The flags of the mapping that holds `address`, as smaps tells them; empty where the kernel does not say.
std::string flags_at(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    if (words >> std::hex >> begin >> dash >> end && dash == '-') inside = begin <= wanted && wanted < end;
    if (inside && line.starts_with("VmFlags:")) return line + " ";
  }
  return {};
}

}  // namespace

TEST_CASE("a key's memory is locked and left out of core dumps", "[base]") {
  const SecureBytes key(std::string(32, 'k'));
  const std::string flags = flags_at(key.reveal().data());
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  if (flags.empty()) WARN("this kernel does not tell the flags of a mapping");
  CHECK((flags.empty() || flags.find(" dd ") != std::string::npos));
  CHECK((flags.empty() || limit.rlim_cur < 4096 || flags.find(" lo ") != std::string::npos));
}

TEST_CASE("a key takes the bytes it is given and wipes where they were", "[base]") {
  std::string given(40, 'k');
  const char* const was = given.data();
  SecureBytes key(std::move(given));
  CHECK(key.reveal() == std::string(40, 'k'));
  CHECK(std::string(was, 40) == std::string(40, '\0'));

  const SecureBytes twin = key.copy();
  SecureBytes moved = std::move(key);
  CHECK(key.empty());
  CHECK(moved.reveal() == twin.reveal());
  CHECK(moved.reveal().data() != twin.reveal().data());
  moved = SecureBytes(std::string("other"));
  CHECK(moved.reveal() == "other");
  CHECK(SecureBytes().copy().empty());
}

TEST_CASE("a shortened key keeps its beginning and nothing of the rest", "[base]") {
  SecureBytes key(std::size_t{10'000});
  key.data()[0] = 'a';
  key.data()[9'999] = 'z';
  key.shorten(20'000);
  CHECK(key.size() == 10'000);
  key.shorten(100);
  CHECK(key.size() == 100);
  CHECK(key.reveal().front() == 'a');
  key.shorten(1);
  CHECK(key.data()[50] == '\0');
  key.shorten(0);
  CHECK(key.empty());
}

TEST_CASE("memory that cannot be locked is told once, and the key works", "[base]") {
  rlimit before{};
  ::getrlimit(RLIMIT_MEMLOCK, &before);
  const rlimit none{0, before.rlim_max};
  std::vector<std::string> lines;
  log::set_sink([&](std::string_view line) { lines.emplace_back(line); });
  ::setrlimit(RLIMIT_MEMLOCK, &none);
  const SecureBytes first(std::string("first"));
  const SecureBytes second(std::string("second"));
  ::setrlimit(RLIMIT_MEMLOCK, &before);
  log::set_sink({});
  CHECK(first.reveal() == "first");
  CHECK(second.reveal() == "second");
  // Root may lock whatever the limit says; a run before this one may have told already.
  CHECK(lines.size() <= 1);
  for (const auto& line : lines) CHECK_THAT(line, ContainsSubstring("RLIMIT_MEMLOCK"));
}
