#include "gateway/metrics.h"

#include <algorithm>

#include "base/text.h"

namespace patchbay::gateway {

namespace {

// Seconds with six decimals, as Prometheus wants them.
std::string seconds(std::uint64_t microseconds) {
  const auto rest = std::to_string(1'000'000 + microseconds % 1'000'000).substr(1);
  return cat(microseconds / 1'000'000, ".", rest);
}

}  // namespace

std::string metric_label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

void Metrics::count(std::string_view action, std::string_view server, std::string_view outcome,
                    std::chrono::microseconds time) {
  if (server.starts_with("own:")) server = "own";  // people choose these names, as many as they like
  const auto ms = time.count() / 1000;
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds_ms, ms) - bounds_ms.begin());
  counters_.with([&](Counters& counters) {
    auto at = counters.calls.find(KeyView{action, server, outcome});
    if (at == counters.calls.end())
      at = counters.calls
               .emplace(Key{std::string(action), std::string(server), std::string(outcome)}, Figures{})
               .first;
    ++at->second.buckets[bucket];
    at->second.sum_us += static_cast<std::uint64_t>(time.count());
  });
}

void Metrics::count_refused(std::string_view reason) {
  counters_.with([&](Counters& counters) {
    const auto at = counters.refused.find(reason);
    if (at == counters.refused.end())
      counters.refused.emplace(reason, 1);
    else
      ++at->second;
  });
}

std::string Metrics::text() const {
  const auto counters = counters_.with([](const Counters& current) { return current; });
  std::string calls =
      "# HELP patchbay_requests_total Finished searches and calls, by server and outcome.\n# TYPE "
      "patchbay_requests_total counter\n";
  std::string times =
      "# HELP patchbay_request_seconds Time from a request's last byte to its answer.\n# TYPE "
      "patchbay_request_seconds histogram\n";
  for (const auto& [key, figures] : counters.calls) {
    const std::string labels =
        cat("action=\"", metric_label(key.action), "\",server=\"", metric_label(key.server), "\",outcome=\"",
            metric_label(key.outcome), "\"");
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < bounds_ms.size(); ++i) {
      total += figures.buckets[i];
      times += cat("patchbay_request_seconds_bucket{", labels, ",le=\"",
                   seconds(static_cast<std::uint64_t>(bounds_ms[i]) * 1000), "\"} ", total, "\n");
    }
    total += figures.buckets.back();
    times += cat("patchbay_request_seconds_bucket{", labels, ",le=\"+Inf\"} ", total, "\n",
                 "patchbay_request_seconds_sum{", labels, "} ", seconds(figures.sum_us),
                 "\npatchbay_request_seconds_count{", labels, "} ", total, "\n");
    calls += cat("patchbay_requests_total{", labels, "} ", total, "\n");
  }
  std::string refused =
      "# HELP patchbay_refused_total Requests refused before they reached a tool.\n# TYPE "
      "patchbay_refused_total counter\n";
  for (const auto& [reason, count] : counters.refused)
    refused += cat("patchbay_refused_total{reason=\"", metric_label(reason), "\"} ", count, "\n");
  return calls + times + refused;
}

}  // namespace patchbay::gateway
