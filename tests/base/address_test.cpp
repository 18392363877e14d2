#include "base/address.h"

#include "support/catch.h"

using namespace patchbay;

TEST_CASE("an address is read only in its canonical form and written back in the shortest", "[base]") {
  const auto text = [](std::string_view written) { return parse_address(written).value().text(); };
  CHECK(text("10.0.0.1") == "10.0.0.1");
  CHECK(text("255.255.255.255") == "255.255.255.255");
  CHECK(text("0:0:0:0:0:0:0:1") == "::1");
  CHECK(text("FD12:3456:789A::1") == "fd12:3456:789a::1");
  CHECK(text("::ffff:10.0.0.1") == "::ffff:10.0.0.1");

  for (const auto wrong : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "0x7f.0.0.1",
                           "127.1", "1..2.3", "+1.2.3.4", "fe80::1%eth0", "[::1]", "::1::", "1:2:3:4:5:6:7",
                           "12345::1", "::ffff:127.0.0.01", ":", "g::1"})
    CHECK_FALSE(parse_address(wrong));
}

TEST_CASE("a range needs a slash, a fitting prefix and zeros after it", "[base]") {
  for (const auto right :
       {"10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32", "::/0", "fc00::/7", "::1/128", "172.16.0.0/12"})
    CHECK(parse_cidr(right));
  for (const auto wrong :
       {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-1", "10.0.0.1/8",
        "172.24.0.0/12", "::/129", "fe00::/6", "::1/127", "10/8", "/8", "10.0.0.0/8/8"})
    CHECK_FALSE(parse_cidr(wrong));
}

TEST_CASE("a range contains its first and last address and nothing beside them", "[base]") {
  const auto in = [](std::string_view range, std::string_view address) {
    return parse_cidr(range).value().contains(parse_address(address).value());
  };
  CHECK_FALSE(in("172.16.0.0/12", "172.15.255.255"));
  CHECK(in("172.16.0.0/12", "172.16.0.0"));
  CHECK(in("172.16.0.0/12", "172.31.255.255"));
  CHECK_FALSE(in("172.16.0.0/12", "172.32.0.0"));
  CHECK_FALSE(in("fc00::/7", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  CHECK(in("fc00::/7", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  CHECK_FALSE(in("fc00::/7", "fe00::"));
  CHECK(in("0.0.0.0/0", "255.255.255.255"));
  CHECK_FALSE(in("0.0.0.0/0", "::1"));
  CHECK_FALSE(in("::/0", "127.0.0.1"));
  CHECK(parse_cidr("10.0.0.0/8")->contains(*parse_cidr("10.1.0.0/16")));
  CHECK_FALSE(parse_cidr("10.1.0.0/16")->contains(*parse_cidr("10.0.0.0/8")));
}

TEST_CASE("R85: every special range is told apart at both of its edges", "[base]") {
  using enum AddressClass;
  struct Row {
    const char* address;
    AddressClass address_class;
  };
  const Row rows[] = {
      {"0.0.0.0", unspecified},
      {"0.0.0.1", reserved},
      {"0.255.255.255", reserved},
      {"1.0.0.0", global},
      {"9.255.255.255", global},
      {"10.0.0.0", private_network},
      {"10.255.255.255", private_network},
      {"11.0.0.0", global},
      {"100.63.255.255", global},
      {"100.64.0.0", cgnat},
      {"100.127.255.255", cgnat},
      {"100.128.0.0", global},
      {"100.100.100.199", cgnat},
      {"100.100.100.200", metadata},
      {"126.255.255.255", global},
      {"127.0.0.0", loopback},
      {"127.255.255.255", loopback},
      {"128.0.0.0", global},
      {"168.63.129.15", global},
      {"168.63.129.16", metadata},
      {"169.253.255.255", global},
      {"169.254.0.0", link_local},
      {"169.254.255.255", link_local},
      {"169.255.0.0", global},
      {"172.15.255.255", global},
      {"172.16.0.0", private_network},
      {"172.31.255.255", private_network},
      {"172.32.0.0", global},
      {"191.255.255.255", global},
      {"192.0.0.0", reserved},
      {"192.0.0.192", metadata},
      {"192.0.0.255", reserved},
      {"192.0.1.0", global},
      {"192.0.2.0", reserved},
      {"192.0.2.255", reserved},
      {"192.0.3.0", global},
      {"192.88.98.255", global},
      {"192.88.99.0", reserved},
      {"192.88.99.255", reserved},
      {"192.88.100.0", global},
      {"192.167.255.255", global},
      {"192.168.0.0", private_network},
      {"192.168.255.255", private_network},
      {"192.169.0.0", global},
      {"198.17.255.255", global},
      {"198.18.0.0", reserved},
      {"198.19.255.255", reserved},
      {"198.20.0.0", global},
      {"198.51.100.0", reserved},
      {"198.51.101.0", global},
      {"203.0.112.255", global},
      {"203.0.113.0", reserved},
      {"203.0.113.255", reserved},
      {"203.0.114.0", global},
      {"223.255.255.255", global},
      {"224.0.0.0", multicast},
      {"239.255.255.255", multicast},
      {"240.0.0.0", reserved},
      {"255.255.255.255", reserved},
      {"::", unspecified},
      {"::1", loopback},
      {"::2", embedded_ipv4},
      {"::127.0.0.1", embedded_ipv4},
      {"::ffff:8.8.8.8", embedded_ipv4},
      {"::ffff:0:808:808", embedded_ipv4},
      {"64:ff9a::", reserved},
      {"64:ff9b::a9fe:a9fe", embedded_ipv4},
      {"64:ff9b:1::a00:1", embedded_ipv4},
      {"64:ff9b:2::", reserved},
      {"100::1", reserved},
      {"1fff:ffff::", reserved},
      {"2000::", global},
      {"2001:0:4136:e378::1", embedded_ipv4},
      {"2001:2::1", reserved},
      {"2001:1f::1", reserved},
      {"2001:20::1", reserved},
      {"2001:1ff:ffff::", reserved},
      {"2001:200::", global},
      {"2001:db8::1", reserved},
      {"2001:db9::", global},
      {"2002:7f00:1::", embedded_ipv4},
      {"2002:808:808::", embedded_ipv4},
      {"2003::", global},
      {"2606:4700:4700::1111", global},
      {"2606:4700::5efe:a00:1", embedded_ipv4},
      {"2606:4700::200:5efe:a00:1", embedded_ipv4},
      {"3ffe::1", reserved},
      {"3fff:fff::1", reserved},
      {"3fff:1000::", global},
      {"4000::", reserved},
      {"5f00::1", reserved},
      {"fbff::1", reserved},
      {"fc00::", private_network},
      {"fd12:3456:789a::1", private_network},
      {"fd00:ec2::253", private_network},
      {"fd00:ec2::254", metadata},
      {"fd20:ce::254", metadata},
      {"fd12::5efe:a00:1", embedded_ipv4},
      {"fe00::", reserved},
      {"fe80::1", link_local},
      {"febf::1", link_local},
      {"fec0::1", reserved},
      {"feff::1", reserved},
      {"ff02::1", multicast},
  };
  for (const Row& row : rows) {
    CAPTURE(row.address);
    CHECK(classify(parse_address(row.address).value()) == row.address_class);
  }
}

TEST_CASE("this machine's own addresses include its loopback", "[base]") {
  bool has_loopback = false;
  for (const Address& address : list_local_addresses())
    has_loopback |= classify(address) == AddressClass::loopback;
  CHECK(has_loopback);
}
