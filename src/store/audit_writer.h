#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "domain/event.h"
#include "store/audit_journal.h"
#include "store/events.h"
#include "store/store.h"

namespace patchbay::store {

struct AuditOptions {
  // `audit.durability: full`: an event counts once its row is committed and synced, which survives power
  // loss. Otherwise once it is in the journal, which survives kill -9 and costs a call no hand-over to a
  // thread.
  bool durable = false;
  std::size_t queue = 16384;             // events on their way to the table; beyond that, calls are refused
  std::size_t group = 512;               // rows of one transaction, or as many as came together
  std::size_t journal_bytes = 4u << 20;  // a longer journal is followed by a new one
};

struct AuditFigures {
  std::uint64_t rows = 0;    // committed
  std::uint64_t groups = 0;  // transactions they took
  std::uint64_t failed = 0;  // rows whose group could not be committed
  std::size_t waiting = 0;
};

// Writes the events of the data plane into table `event`: a thread with a connection of its own commits
// everything that waits in one transaction. What cannot be recorded must not be answered. Any thread may
// append.
class AuditWriter {
 public:
  // Called on the writer's thread once the events are committed (nullptr) or could not be. Must not throw or
  // wait.
  using Done = std::function<void(const Error* failure)>;

  // First brings what an earlier process left in its journals into the table. Throws what the store and
  // read_journal() throw.
  AuditWriter(Store& store, AuditOptions options);
  ~AuditWriter();  // writes what waits, then stops
  AuditWriter(const AuditWriter&) = delete;
  AuditWriter& operator=(const AuditWriter&) = delete;

  // True where the events are kept already; otherwise `done` will be called. Throws
  // Error::busy("audit_full" | "journal_unwritable"): then none is kept.
  [[nodiscard]] bool append(std::vector<Event> events, Done done);
  // Waits until it is kept; throws what made that fail. Not for the event loop.
  void append_and_wait(Event event);

  // Waits until all that is kept is in the table, for those who read it; throws what keeps it from getting
  // there. Not for the event loop.
  void settle();

  AuditFigures figures() const;

 private:
  struct Batch {
    std::vector<Event> events;
    Done done;  // where the rows themselves are waited for
  };
  void connect();
  void recover();
  void recover(const FoundJournal& found);
  void work();
  bool take(std::vector<Batch>& taken);
  void follow_journal(std::vector<Batch>& taken);
  void commit(std::vector<Batch>& taken);
  bool commit(Batch* batches, std::size_t count);
  bool pause();
  void write(const JournalMark& mark);

  Store& store_;
  const AuditOptions options_;
  const SecureBytes journal_root_;
  std::unique_ptr<Database> db_;            // of the thread; opened anew after a failure
  std::vector<const Event*> pointers_;      // of the thread
  JournalMark mark_;                        // of the thread
  std::unique_ptr<AuditJournal> finished_;  // of the thread: goes when all that was taken is in the table

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable settled_;
  std::vector<Batch> waiting_;
  std::unique_ptr<AuditJournal> journal_;  // made for the first event
  std::int64_t next_generation_ = 1;
  std::size_t waiting_events_ = 0;   // in `waiting_`
  std::size_t in_hand_ = 0;          // events taken by the thread, not yet committed
  std::uint64_t kept_ = 0;           // events ever accepted
  std::uint64_t settled_count_ = 0;  // of those, committed or reported as failed
  std::optional<Error> failure_;     // why the table does not take what is in the journal
  bool stopping_ = false;
  bool hurry_ = false;  // somebody waits in settle()
  bool idle_ = false;   // the thread sleeps and must be woken
  AuditFigures figures_;
  std::jthread thread_;  // last: it ends before the rest goes
};

}  // namespace patchbay::store
