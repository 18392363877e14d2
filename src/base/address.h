#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

// An IPv4 or IPv6 address. IPv4 uses the first four bytes and leaves the rest zero; an IPv4-mapped IPv6
// address stays IPv6. Scope ids are not kept: the addresses that need one are never dialled.
struct Address {
  enum class Family : std::uint8_t { v4, v6 };

  Family family = Family::v4;
  std::array<std::uint8_t, 16> bytes{};  // network order

  static Address v4(const std::array<std::uint8_t, 4>& bytes);
  static Address v6(const std::array<std::uint8_t, 16>& bytes);

  std::string text() const;  // "10.0.0.1", "fd00::1" (RFC 5952), without brackets
  auto operator<=>(const Address&) const = default;
};

// The canonical dotted quad, or an IPv6 address without brackets and zone. Nothing else: no octal, no short
// forms.
std::optional<Address> parse_address(std::string_view text);

// An address range: "10.0.0.0/8". It contains addresses of its own family only.
struct Cidr {
  Address network;
  unsigned prefix = 0;  // bits, at most 32 or 128

  bool contains(const Address& address) const;
  bool contains(const Cidr& inner) const;
};

// Needs the slash, and zeros after the prefix.
std::optional<Cidr> parse_cidr(std::string_view text);

// What an address is for. Only global, private_network, loopback and cgnat can ever be connected to.
enum class AddressClass : std::uint8_t {
  global,
  private_network,  // RFC 1918, fc00::/7
  loopback,
  cgnat,  // 100.64.0.0/10
  link_local,
  metadata,  // cloud metadata services outside the link-local range
  unspecified,
  multicast,
  reserved,      // documentation, benchmarking, broadcast, and whatever is not handed out
  embedded_ipv4  // IPv6 that carries an IPv4 address: mapped, compatible, SIIT, NAT64, 6to4, Teredo, ISATAP
};
AddressClass classify(const Address& address);

// The addresses of this machine's own network interfaces, as they are now.
std::vector<Address> list_local_addresses();

}  // namespace patchbay
