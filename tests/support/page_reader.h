#pragma once

#include <openssl/evp.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "store/keyring.h"
#include "support/test_store.h"

// Every page of a closed store's file as its cipher gives it back, one after the other, those that no row
// uses any more too: what somebody with the key could find. The format is SQLCipher 3's: 4,096 bytes, of
// which the last 48 hold the initialisation vector and the MAC; the first page begins with 16 bytes of salt.
inline std::string decrypted_pages(TestStore& store) {
  constexpr std::size_t page_size = 4096, reserved = 48, vector_size = 16;
  const auto ring = patchbay::Keyring::open(store.directory() / "keyring.json", TestStore::key());
  std::ifstream file(store.directory() / "store.db", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  const auto raw = [](const char* at) { return reinterpret_cast<const unsigned char*>(at); };
  std::string all;
  for (std::size_t at = 0; at + page_size <= bytes.size(); at += page_size) {
    const std::size_t begin = at + (at == 0 ? 16 : 0), end = at + page_size - reserved;
    std::string page(end - begin + vector_size, '\0');
    int length = 0;
    EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, raw(ring.database_key().reveal().data()),
                       raw(bytes.data() + end));
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    EVP_DecryptUpdate(context.get(), reinterpret_cast<unsigned char*>(page.data()), &length,
                      raw(bytes.data() + begin), static_cast<int>(end - begin));
    page.resize(static_cast<std::size_t>(length));
    all += page;
  }
  return all;
}
