#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/cancel.h"
#include "base/loop.h"
#include "base/task.h"

namespace patchbay {

// Turns host names into addresses. The loop's thread only.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // Every address of `host`, never IPv4-mapped ones; empty where the name does not exist. Throws
  // Error::upstream("upstream_unreachable") where the name servers give no answer.
  virtual Task<std::vector<Address>> resolve(std::string host, Until until) = 0;
};

// getaddrinfo on a worker thread. Answers are kept for `keep`, so that a burst of connections asks once. A
// look-up that takes longer than `limit` is given up, though its worker stays busy until the system gives up
// too.
class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(Loop& loop, std::chrono::milliseconds limit = std::chrono::seconds(2),
                          std::chrono::milliseconds keep = std::chrono::seconds(5));
  ~SystemResolver() override;
  Task<std::vector<Address>> resolve(std::string host, Until until) override;

 private:
  struct Lookup;
  static Task<void> look_up(Loop* loop, std::shared_ptr<Lookup> lookup, std::string host,
                            std::chrono::milliseconds keep);
  void forget_old();

  Loop& loop_;
  std::chrono::milliseconds limit_;
  std::chrono::milliseconds keep_;
  std::map<std::string, std::shared_ptr<Lookup>, std::less<>> lookups_;
};

}  // namespace patchbay
