#include "base/resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace patchbay {

namespace {

constexpr std::size_t most_kept = 1000;

Address address_of(const sockaddr& socket_address) {
  if (socket_address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &socket_address, sizeof v4);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return Address::v4(bytes);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &socket_address, sizeof v6);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return Address::v6(bytes);
}

// Blocks. The order is the system's (RFC 6724); nothing comes twice.
std::vector<Address> ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code == EAI_NONAME || code == EAI_NODATA) return {};
  if (code != 0)
    throw Error::upstream("upstream_unreachable", cat("The address of ", host, " could not be looked up."),
                          ::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    if (one->ai_family != AF_INET && one->ai_family != AF_INET6) continue;
    const auto address = address_of(*one->ai_addr);
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
      addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

// A look-up under way, or its answer as long as it is fresh.
struct SystemResolver::Lookup {
  explicit Lookup(Loop& loop) : done(loop) {}
  Signal done;
  bool finished = false;
  std::vector<Address> addresses;
  std::exception_ptr failure;
  Deadline fresh_until = Deadline::never();
};

SystemResolver::SystemResolver(Loop& loop, std::chrono::milliseconds limit, std::chrono::milliseconds keep)
    : loop_(loop), limit_(limit), keep_(keep) {}

SystemResolver::~SystemResolver() = default;

Task<std::vector<Address>> SystemResolver::resolve(std::string host, Until until) {
  forget_old();
  auto& entry = lookups_[host];
  if (!entry) {
    entry = std::make_shared<Lookup>(loop_);
    loop_.spawn("resolver", look_up(&loop_, entry, host, keep_));
  }
  const auto lookup = entry;
  Until limited = until.sooner(Deadline::in(limit_));
  while (!lookup->finished) {
    const Wake wake = co_await lookup->done.wait(limited);
    if (wake == Wake::timeout && !until.deadline.has_passed())
      throw Error::upstream("upstream_unreachable",
                            cat("Looking up the address of ", host, " took too long."));
    require_ready(wake);
  }
  if (lookup->failure) std::rethrow_exception(lookup->failure);
  co_return lookup->addresses;
}

// Static: it may outlive the resolver by as long as the system takes.
Task<void> SystemResolver::look_up(Loop* loop, std::shared_ptr<Lookup> lookup, std::string host,
                                   std::chrono::milliseconds keep) {
  try {
    lookup->addresses = co_await loop->on_worker([&host] { return ask_system(host); });
    lookup->fresh_until = Deadline::in(keep);
  } catch (...) {
    lookup->failure = std::current_exception();
    lookup->fresh_until = Deadline::in(std::chrono::milliseconds(0));
  }
  lookup->finished = true;
  lookup->done.wake_all();
}

void SystemResolver::forget_old() {
  if (lookups_.size() > most_kept) {
    std::erase_if(lookups_, [](const auto& entry) { return entry.second->finished; });
    return;
  }
  std::erase_if(lookups_, [](const auto& entry) {
    return entry.second->finished && entry.second->fresh_until.has_passed();
  });
}

}  // namespace patchbay
