#include "base/crypto.h"

#include "base/encoding.h"
#include "base/error.h"
#include "support/catch.h"

using namespace patchbay;

namespace {
std::string hex(std::string_view text) {
  return from_hex(text).value();
}
}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180", "[base]") {
  CHECK(to_hex(crypto::sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(crypto::sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("HMAC-SHA-256 gives the codes of RFC 4231", "[base]") {
  CHECK(to_hex(crypto::hmac_sha256(hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(to_hex(crypto::hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("an HMAC under an empty key does not borrow the key of the call before", "[base]") {
  crypto::hmac_sha256("another", "");
  CHECK(to_hex(crypto::hmac_sha256({}, {})) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("HKDF gives the keys of RFC 5869", "[base]") {
  const SecureBytes key(std::string(22, '\x0b'));
  CHECK(to_hex(crypto::hkdf_sha256(key, hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"), 42)
                   .reveal()) ==
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  CHECK(to_hex(crypto::hkdf_sha256(key, "", "", 42).reveal()) ==
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST_CASE("scrypt gives the keys of RFC 7914", "[base]") {
  CHECK(to_hex(crypto::scrypt(Secret(""), "", 16, 1, 1, 64).reveal()) ==
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
  CHECK(to_hex(crypto::scrypt(Secret("password"), "NaCl", 1024, 8, 16, 64).reveal()) ==
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
}

TEST_CASE("scrypt refuses parameters beyond a gigabyte before it takes the memory", "[base]") {
  CHECK_THROWS_MATCHES(crypto::scrypt(Secret("p"), "s", 1U << 24, 8, 1, 32), Error, HasId("crypto"));
  CHECK_THROWS_MATCHES(crypto::scrypt(Secret("p"), "s", 1024, 1025, 1, 32), Error, HasId("crypto"));
  CHECK_THROWS_MATCHES(crypto::scrypt(Secret("p"), "s", 1000, 8, 1, 32), Error, HasId("crypto"));
}

TEST_CASE("AES-256-GCM gives the ciphertexts of the GCM specification", "[base]") {
  SECTION("test case 13: nothing sealed") {
    CHECK(to_hex(crypto::seal_aes256gcm(SecureBytes(std::string(32, '\0')), std::string(12, '\0'), "", "")) ==
          "530f8afbc74536b9a963b4f1c4cb738b");
  }
  SECTION("test case 16: with associated data") {
    const SecureBytes key(hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
    const auto nonce = hex("cafebabefacedbaddecaf888");
    const auto plain =
        hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    const auto associated = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const auto sealed = crypto::seal_aes256gcm(key, nonce, plain, associated);
    CHECK(to_hex(sealed) ==
          "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
          "76fc6ece0f4e1768cddf8853bb2d551b");
    CHECK(crypto::open_aes256gcm(key, nonce, sealed, associated).reveal() == plain);
  }
}

TEST_CASE("a sealed value opens only with its own key, nonce, associated data and bytes", "[base]") {
  const SecureBytes key = crypto::random_key();
  const auto nonce = crypto::random_bytes(12);
  const auto sealed = crypto::seal_aes256gcm(key, nonce, "token", "credential/access/1");
  const HasId unsealable("unsealable");
  CHECK(crypto::open_aes256gcm(key, nonce, sealed, "credential/access/1").reveal() == "token");

  SECTION("each changed byte is noticed") {
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      auto changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      CHECK_THROWS_MATCHES(crypto::open_aes256gcm(key, nonce, changed, "credential/access/1"), Error,
                           unsealable);
    }
  }
  SECTION("a cut one is noticed, down to nothing") {
    for (std::size_t size = 0; size < sealed.size(); ++size)
      CHECK_THROWS_MATCHES(crypto::open_aes256gcm(key, nonce, sealed.substr(0, size), "credential/access/1"),
                           Error, unsealable);
  }
  SECTION("another place, nonce or key") {
    CHECK_THROWS_MATCHES(crypto::open_aes256gcm(key, nonce, sealed, "credential/access/2"), Error,
                         unsealable);
    CHECK_THROWS_MATCHES(crypto::open_aes256gcm(key, crypto::random_bytes(12), sealed, "credential/access/1"),
                         Error, unsealable);
    CHECK_THROWS_MATCHES(crypto::open_aes256gcm(crypto::random_key(), nonce, sealed, "credential/access/1"),
                         Error, unsealable);
  }
  SECTION("a sealed key opens by the same rules") {
    CHECK(crypto::open_key_aes256gcm(key, nonce, sealed, "credential/access/1").reveal() == "token");
    CHECK_THROWS_MATCHES(crypto::open_key_aes256gcm(key, nonce, sealed, "credential/access/2"), Error,
                         unsealable);
    CHECK_THROWS_MATCHES(crypto::open_key_aes256gcm(key, nonce, "short", ""), Error, unsealable);
  }
  SECTION("a key or nonce of the wrong size never seals") {
    CHECK_THROWS_MATCHES(crypto::seal_aes256gcm(SecureBytes(std::string("short")), nonce, "x", ""), Error,
                         HasId("crypto"));
    CHECK_THROWS_MATCHES(crypto::seal_aes256gcm(key, "short", "x", ""), Error, HasId("crypto"));
  }
}

TEST_CASE("random bytes do not repeat", "[base]") {
  CHECK(crypto::random_bytes(0).empty());
  CHECK(crypto::random_bytes(32).size() == 32);
  CHECK(crypto::random_bytes(32) != crypto::random_bytes(32));
}

TEST_CASE("constant-time equality is equality", "[base]") {
  CHECK(crypto::equal("", ""));
  CHECK(crypto::equal("abc", "abc"));
  CHECK_FALSE(crypto::equal("abc", "abd"));
  CHECK_FALSE(crypto::equal("abc", "abcd"));
  CHECK_FALSE(crypto::equal("abc", ""));
}
