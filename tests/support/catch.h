#pragma once

// Catch2 of Debian 12 (version 2, one header) or Debian 13 (version 3): tests include this file only.

#if PATCHBAY_CATCH2 >= 3
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_adapters.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <catch2/matchers/catch_matchers_templated.hpp>
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text) {
  return Catch::Matchers::Contains(text);
}
#endif

#include "base/error.h"

// CHECK_THROWS_MATCHES(call(), Error, HasId("stale_revision"))
#if PATCHBAY_CATCH2 >= 3
class HasId : public Catch::Matchers::MatcherBase<patchbay::Error> {
#else
class HasId : public Catch::MatcherBase<patchbay::Error> {
#endif
 public:
  explicit HasId(std::string id) : id_(std::move(id)) {}
  bool match(const patchbay::Error& error) const override {
    return error.id() == id_;
  }
  std::string describe() const override {
    return "has the id " + id_;
  }

 private:
  std::string id_;
};
