#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "domain/event.h"
#include "store/store.h"

namespace patchbay::store {

struct AuditOptions {
  bool durable =
      false;  // `audit.durability: full`: survives power loss, not only kill -9; one sync per group
  std::size_t queue = 16384;  // events waiting; beyond that, calls are refused
  std::size_t group = 512;    // rows of one transaction
};

struct AuditFigures {
  std::uint64_t rows = 0;    // committed
  std::uint64_t groups = 0;  // transactions they took
  std::uint64_t failed = 0;  // rows whose group could not be committed
  std::size_t waiting = 0;
};

// Writes the events of the data plane: a thread with a connection of its own commits everything that waits in
// one transaction, then tells each event's owner. What cannot be recorded must not be answered. Any thread
// may append.
class AuditWriter {
 public:
  // Called on the writer's thread once the event is committed (nullptr) or could not be. Must not throw or
  // wait.
  using Done = std::function<void(const Error* failure)>;

  AuditWriter(Store& store, AuditOptions options);
  ~AuditWriter();  // writes what waits, then stops
  AuditWriter(const AuditWriter&) = delete;
  AuditWriter& operator=(const AuditWriter&) = delete;

  // Throws Error::busy("audit_full").
  void append(Event event, Done done);
  // Waits for the commit; throws what made it fail. Not for the event loop.
  void append_and_wait(Event event);

  AuditFigures figures() const;

 private:
  struct Entry {
    Event event;
    Done done;
  };
  void connect();
  void work();
  void commit(Entry* entries, std::size_t count);
  void write(Entry* entries, std::size_t count);

  Store& store_;
  const AuditOptions options_;
  std::unique_ptr<Database> db_;        // of the thread; opened anew after a failure
  std::vector<const Event*> pointers_;  // of the thread

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Entry> waiting_;
  std::size_t in_hand_ = 0;  // taken by the thread, not yet committed
  bool stopping_ = false;
  bool idle_ = false;  // the thread sleeps and must be woken
  AuditFigures figures_;
  std::jthread thread_;  // last: it ends before the rest goes
};

}  // namespace patchbay::store
