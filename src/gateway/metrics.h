#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "base/guarded.h"

namespace patchbay::gateway {

// Counts of what passed through, in the text form of Prometheus. Any thread.
class Metrics {
 public:
  // One finished request of the data plane. `action` is its audit action; a server that is not ours is never
  // a label.
  void count(std::string_view action, std::string_view server, std::string_view outcome,
             std::chrono::microseconds time);
  void count_refused(std::string_view reason);

  // Counters and histograms, each family with its HELP and TYPE lines.
  std::string text() const;

 private:
  static constexpr std::array<int, 12> bounds_ms = {1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, 30000};
  struct Key {
    std::string action;
    std::string server;
    std::string outcome;
    auto operator<=>(const Key&) const = default;
  };
  struct KeyView {
    std::string_view action;
    std::string_view server;
    std::string_view outcome;
  };
  struct Before {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      const auto order = [](const auto& k) {
        return std::tuple<std::string_view, std::string_view, std::string_view>(k.action, k.server,
                                                                                k.outcome);
      };
      return order(a) < order(b);
    }
  };
  struct Figures {
    std::array<std::uint64_t, bounds_ms.size() + 1> buckets{};
    std::uint64_t sum_us = 0;
  };
  struct Counters {
    std::map<Key, Figures, Before> calls;
    std::map<std::string, std::uint64_t, std::less<>> refused;
  };
  Guarded<Counters> counters_;
};

// A label's value with backslash, quote and line end escaped.
std::string metric_label(std::string_view text);

}  // namespace patchbay::gateway
