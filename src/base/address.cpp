#include "base/address.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

namespace patchbay {
namespace {

struct ClassifiedRange {
  Cidr range;
  AddressClass address_class;
};

ClassifiedRange range_of(std::string_view text, AddressClass address_class) {
  return {parse_cidr(text).value(), address_class};
}

// IANA's special-purpose registries, and the metadata services. The first match counts, so exceptions stand
// before the range they lie in.
const std::vector<ClassifiedRange>& ranges_v4() {
  using enum AddressClass;
  static const std::vector<ClassifiedRange> ranges = {
      range_of("0.0.0.0/32", unspecified),     range_of("0.0.0.0/8", reserved),
      range_of("10.0.0.0/8", private_network), range_of("100.100.100.200/32", metadata),  // Alibaba
      range_of("100.64.0.0/10", cgnat),        range_of("127.0.0.0/8", loopback),
      range_of("168.63.129.16/32", metadata),  // Azure
      range_of("169.254.0.0/16", link_local),  range_of("172.16.0.0/12", private_network),
      range_of("192.0.0.192/32", metadata),  // Oracle
      range_of("192.0.0.0/24", reserved),      range_of("192.0.2.0/24", reserved),
      range_of("192.88.99.0/24", reserved),    range_of("192.168.0.0/16", private_network),
      range_of("198.18.0.0/15", reserved),     range_of("198.51.100.0/24", reserved),
      range_of("203.0.113.0/24", reserved),    range_of("224.0.0.0/4", multicast),
      range_of("240.0.0.0/4", reserved),
  };
  return ranges;
}

// Only 2000::/3 is handed out for global use, so whatever matches no line is reserved.
const std::vector<ClassifiedRange>& ranges_v6() {
  using enum AddressClass;
  static const std::vector<ClassifiedRange> ranges = {
      range_of("::/128", unspecified),
      range_of("::1/128", loopback),
      range_of("::/96", embedded_ipv4),            // IPv4-compatible
      range_of("::ffff:0:0/96", embedded_ipv4),    // IPv4-mapped
      range_of("::ffff:0:0:0/96", embedded_ipv4),  // SIIT
      range_of("64:ff9b::/96", embedded_ipv4),     // NAT64
      range_of("64:ff9b:1::/48", embedded_ipv4),
      range_of("2001::/32", embedded_ipv4),  // Teredo
      range_of("2001::/23", reserved),       // benchmarking, ORCHID and other protocol assignments
      range_of("2001:db8::/32", reserved),
      range_of("2002::/16", embedded_ipv4),  // 6to4
      range_of("3ffe::/16", reserved),
      range_of("3fff::/20", reserved),
      range_of("2000::/3", global),
      range_of("fd00:ec2::254/128", metadata),       // AWS
      range_of("fd20:ce::254/128", metadata),        // Google
      range_of("fd00:42::42/128", metadata),         // Scaleway
      range_of("fd00:c1::a9fe:a9fe/128", metadata),  // Oracle
      range_of("fc00::/7", private_network),
      range_of("fe80::/10", link_local),
      range_of("ff00::/8", multicast),
  };
  return ranges;
}

// RFC 5214 §6.1: an interface identifier that ends in an IPv4 address.
bool is_isatap(const Address& address) {
  const auto& bytes = address.bytes;
  return (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
}

bool is_dotted_quad(std::string_view text) {
  const auto parts = split(text, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           const bool has_leading_zero = part.size() > 1 && part.front() == '0';
           return !has_leading_zero && part.size() <= 3 && parse_number<std::uint8_t>(part).has_value();
         });
}

std::optional<Address> address_of(const sockaddr* name) {
  if (name == nullptr) return std::nullopt;
  Address address;
  if (name->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, name, sizeof v4);
    std::memcpy(address.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
    return address;
  }
  if (name->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, name, sizeof v6);
  std::memcpy(address.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
  address.family = Address::Family::v6;
  return address;
}

}  // namespace

Address Address::v4(const std::array<std::uint8_t, 4>& bytes) {
  Address address;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address;
}

Address Address::v6(const std::array<std::uint8_t, 16>& bytes) {
  return {Family::v6, bytes};
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(family == Family::v4 ? AF_INET : AF_INET6, bytes.data(), buffer, sizeof buffer);
  return buffer;
}

std::optional<Address> parse_address(std::string_view text) {
  const bool is_v6 = text.find(':') != std::string_view::npos;
  if (!is_v6 && !is_dotted_quad(text)) return std::nullopt;
  if (text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return std::nullopt;

  Address address;
  address.family = is_v6 ? Address::Family::v6 : Address::Family::v4;
  if (inet_pton(is_v6 ? AF_INET6 : AF_INET, std::string(text).c_str(), address.bytes.data()) != 1)
    return std::nullopt;
  return address;
}

bool Cidr::contains(const Address& address) const {
  if (address.family != network.family) return false;
  for (unsigned bit = 0; bit < prefix; bit += 8) {
    const unsigned kept = std::min(8U, prefix - bit);
    const unsigned mask = 0xffU << (8 - kept) & 0xffU;
    if ((address.bytes[bit / 8] & mask) != (network.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

bool Cidr::contains(const Cidr& inner) const {
  return inner.prefix >= prefix && contains(inner.network);
}

std::optional<Cidr> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto network = parse_address(text.substr(0, slash));
  const auto digits = text.substr(slash + 1);
  const auto prefix = parse_number<unsigned>(digits);
  if (!network || !prefix || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  if (*prefix > (network->family == Address::Family::v4 ? 32U : 128U)) return std::nullopt;

  Address masked = *network;
  for (unsigned byte = 0; byte < 16; ++byte) {
    const unsigned kept = *prefix > byte * 8 ? std::min(8U, *prefix - byte * 8) : 0U;
    masked.bytes[byte] = static_cast<std::uint8_t>(masked.bytes[byte] & (0xffU << (8 - kept) & 0xffU));
  }
  if (masked != *network) return std::nullopt;
  return Cidr{*network, *prefix};
}

AddressClass classify(const Address& address) {
  const bool is_v4 = address.family == Address::Family::v4;
  const auto& ranges = is_v4 ? ranges_v4() : ranges_v6();
  const auto match = std::find_if(ranges.begin(), ranges.end(),
                                  [&](const ClassifiedRange& one) { return one.range.contains(address); });
  if (match == ranges.end()) return is_v4 ? AddressClass::global : AddressClass::reserved;
  const bool can_be_reached =
      match->address_class == AddressClass::global || match->address_class == AddressClass::private_network;
  if (!is_v4 && can_be_reached && is_isatap(address)) return AddressClass::embedded_ipv4;
  return match->address_class;
}

std::vector<Address> list_local_addresses() {
  std::vector<Address> addresses;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return addresses;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next)
    if (const auto address = address_of(one->ifa_addr)) addresses.push_back(*address);
  freeifaddrs(first);
  return addresses;
}

}  // namespace patchbay
