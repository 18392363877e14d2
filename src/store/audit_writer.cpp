#include "store/audit_writer.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <future>
#include <optional>

#include "base/log.h"
#include "store/events.h"

namespace patchbay::store {

AuditWriter::AuditWriter(Store& store, AuditOptions options) : store_(store), options_(options) {
  connect();
  thread_ = std::jthread([this] { work(); });
}

AuditWriter::~AuditWriter() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
}

void AuditWriter::connect() {
  db_ = store_.connect(options_.durable ? DatabaseOptions::Synchronous::full
                                        : DatabaseOptions::Synchronous::normal);
}

void AuditWriter::append(Event event, Done done) {
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || waiting_.size() + in_hand_ >= options_.queue)
      throw Error::busy("audit_full",
                        "Patchbay cannot record this call right now, so it was not made. Try again soon.");
    waiting_.push_back({std::move(event), std::move(done)});
    wake = std::exchange(idle_, false);
  }
  if (wake) arrived_.notify_one();
}

void AuditWriter::append_and_wait(Event event) {
  std::promise<void> written;
  append(std::move(event), [&written](const Error* failure) {
    if (failure == nullptr)
      written.set_value();
    else
      written.set_exception(std::make_exception_ptr(*failure));
  });
  written.get_future().get();
}

AuditFigures AuditWriter::figures() const {
  const std::scoped_lock lock(mutex_);
  AuditFigures figures = figures_;
  figures.waiting = waiting_.size() + in_hand_;
  return figures;
}

// Everything that arrived while one group was written is the next group.
void AuditWriter::work() {
  // A batch thread does not push the event loop off its core at each row that arrives: the loop finishes its
  // turn first, and the rows of a whole turn become one group. Where the system refuses, groups are smaller
  // and that is all.
  const sched_param no_priority{};
  pthread_setschedparam(pthread_self(), SCHED_BATCH, &no_priority);
  std::vector<Entry> taken;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      while (waiting_.empty()) {
        if (stopping_) return;
        idle_ = true;
        arrived_.wait(lock);
        idle_ = false;
      }
      std::swap(taken, waiting_);
      in_hand_ = taken.size();
    }
    for (std::size_t from = 0; from < taken.size(); from += options_.group)
      commit(taken.data() + from, std::min(options_.group, taken.size() - from));
    taken.clear();
  }
}

void AuditWriter::commit(Entry* entries, std::size_t count) {
  std::optional<Error> failure;
  try {
    write(entries, count);
  } catch (const Error& error) {
    failure = error;
  } catch (const std::exception& error) {
    failure = Error::internal("audit_failed", "The call could not be recorded.", error.what());
  }
  if (failure) {
    db_.reset();
    log::error("audit.failed", {{"id", failure->id()}, {"rows", count}, {"detail", failure->detail()}});
  }
  {
    const std::scoped_lock lock(mutex_);
    in_hand_ -= count;
    (failure ? figures_.failed : figures_.rows) += count;
    figures_.groups += failure ? 0U : 1U;
  }
  for (std::size_t i = 0; i < count; ++i)
    if (entries[i].done) entries[i].done(failure ? &*failure : nullptr);
}

void AuditWriter::write(Entry* entries, std::size_t count) {
  pointers_.clear();
  for (std::size_t i = 0; i < count; ++i) pointers_.push_back(&entries[i].event);
  const std::scoped_lock turn(store_.write_turn());
  if (!db_) connect();
  db_->run("begin immediate");
  try {
    append_events(*db_, store_.vault().audit_chain_key(), pointers_.data(), count);
    db_->run("commit");
  } catch (...) {
    db_->rollback();
    throw;
  }
}

}  // namespace patchbay::store
