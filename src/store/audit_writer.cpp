#include "store/audit_writer.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <utility>

#include "base/log.h"
#include "store/derivations.h"

namespace patchbay::store {
namespace {

constexpr std::chrono::milliseconds gathering{100};  // how long a journalled event may wait for others
constexpr std::chrono::seconds before_retry{1};

}  // namespace

AuditWriter::AuditWriter(Store& store, AuditOptions options)
    : store_(store), options_(options), journal_root_(store.vault().derive(derivations::audit_journal)) {
  connect();
  recover();
  thread_ = std::jthread([this] { work(); });
}

AuditWriter::~AuditWriter() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
  if (journal_ && settled_count_ == kept_) journal_->remove();
}

void AuditWriter::connect() {
  db_ = store_.connect(options_.durable ? DatabaseOptions::Synchronous::full
                                        : DatabaseOptions::Synchronous::normal);
}

void AuditWriter::recover() {
  mark_ = find_journal_mark(*db_);
  for (const FoundJournal& found : find_journals(store_.directory())) {
    if (found.generation >= mark_.generation) recover(found);
    std::error_code ignored;
    std::filesystem::remove(found.path, ignored);
  }
  next_generation_ = mark_.generation + 1;
}

void AuditWriter::recover(const FoundJournal& found) {
  auto content = read_journal(found, journal_root_);
  if (found.generation > mark_.generation) mark_ = {found.generation, 0};
  const auto applied = std::min<std::size_t>(static_cast<std::size_t>(mark_.applied), content.events.size());
  const std::size_t rows = content.events.size() - applied;
  const auto end = static_cast<std::int64_t>(content.events.size());
  if (content.cut) {
    Event cut;
    cut.at = store_.clock().now();
    cut.actor = "operator";
    cut.action = "audit.cut";
    cut.outcome = "failed";
    cut.reason = "journal_cut";
    content.events.push_back(std::move(cut));
  }
  pointers_.clear();
  for (std::size_t i = applied; i < content.events.size(); ++i) pointers_.push_back(&content.events[i]);
  if (!pointers_.empty()) {
    write({mark_.generation, end});
    log::info("audit.recovered", {{"rows", rows}, {"cut", content.cut}});
  }
}

bool AuditWriter::append(std::vector<Event> events, Done done) {
  const std::size_t count = events.size();
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || waiting_events_ + in_hand_ + count > options_.queue)
      throw Error::busy(
          "audit_full",
          "Patchbay cannot record this call right now, so its result is withheld. Try again soon.");
    if (!options_.durable) {
      if (!journal_)
        journal_ = std::make_unique<AuditJournal>(store_.directory(), journal_root_, next_generation_++);
      journal_->append(events.data(), count);
      done = nullptr;
    }
    waiting_.push_back({std::move(events), std::move(done)});
    waiting_events_ += count;
    kept_ += count;
    wake = idle_ || (!options_.durable && waiting_events_ >= options_.group && !std::exchange(hurry_, true));
    idle_ = false;
  }
  if (wake) arrived_.notify_one();
  return !options_.durable;
}

void AuditWriter::append_and_wait(Event event) {
  std::promise<void> written;
  std::vector<Event> one;
  one.push_back(std::move(event));
  const bool kept = append(std::move(one), [&written](const Error* failure) {
    if (failure == nullptr)
      written.set_value();
    else
      written.set_exception(std::make_exception_ptr(*failure));
  });
  if (!kept) written.get_future().get();
}

void AuditWriter::settle() {
  std::unique_lock lock(mutex_);
  const auto wanted = kept_;
  hurry_ = true;
  arrived_.notify_one();
  settled_.wait(lock, [&] { return settled_count_ >= wanted || failure_; });
  if (settled_count_ < wanted) throw Error(*failure_);
}

AuditFigures AuditWriter::figures() const {
  const std::scoped_lock lock(mutex_);
  AuditFigures figures = figures_;
  figures.waiting = waiting_events_ + in_hand_;
  return figures;
}

// Everything that arrived while one group was written is the next group.
void AuditWriter::work() {
  // A batch thread does not push the event loop off its core at each row that arrives: the loop finishes its
  // turn first, and the rows of a whole turn become one group. Where the system refuses, groups are smaller
  // and that is all.
  const sched_param no_priority{};
  pthread_setschedparam(pthread_self(), SCHED_BATCH, &no_priority);
  std::vector<Batch> taken;
  while (take(taken)) {
    follow_journal(taken);
    commit(taken);
    taken.clear();
  }
}

// False when there is nothing left and the writer stops.
bool AuditWriter::take(std::vector<Batch>& taken) {
  std::unique_lock lock(mutex_);
  while (waiting_.empty()) {
    if (stopping_) return false;
    idle_ = true;
    arrived_.wait(lock);
    idle_ = false;
  }
  // What is in the journal is safe, so it may wait for company.
  if (!options_.durable) arrived_.wait_for(lock, gathering, [&] { return stopping_ || hurry_; });
  hurry_ = false;
  std::swap(taken, waiting_);
  in_hand_ = std::exchange(waiting_events_, 0);
  return true;
}

// A journal that has grown long is followed by another, and goes once its events are in the table.
void AuditWriter::follow_journal(std::vector<Batch>& taken) {
  std::int64_t generation = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (!journal_) return;
    if (mark_.generation != journal_->generation()) mark_ = {journal_->generation(), 0};
    if (journal_->bytes() < options_.journal_bytes) return;
    generation = next_generation_++;
  }
  std::unique_ptr<AuditJournal> next;
  try {
    next = std::make_unique<AuditJournal>(store_.directory(), journal_root_, generation);
  } catch (const Error& error) {
    log::error("audit.journal", {{"id", error.id()}, {"detail", error.detail()}});
    return;  // the long one goes on; the next round tries again
  }
  const std::scoped_lock lock(mutex_);
  finished_ = std::exchange(journal_, std::move(next));
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(taken));
  waiting_.clear();
  in_hand_ += std::exchange(waiting_events_, 0);
}

void AuditWriter::commit(std::vector<Batch>& taken) {
  for (std::size_t from = 0; from < taken.size();) {
    std::size_t to = from;
    for (std::size_t rows = 0; to < taken.size() && rows < options_.group; ++to)
      rows += taken[to].events.size();
    while (!commit(taken.data() + from, to - from))
      if (!pause()) return;
    from = to;
  }
  if (finished_) finished_->remove();
  finished_.reset();
}

// Waits before the journalled events are tried again. False where the writer stops: they stay in the journal.
bool AuditWriter::pause() {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, before_retry, [&] { return stopping_; });
  return !stopping_;
}

// False where journalled events could not be written: they are still owed to the table.
bool AuditWriter::commit(Batch* batches, std::size_t count) {
  pointers_.clear();
  for (std::size_t i = 0; i < count; ++i)
    for (const Event& event : batches[i].events) pointers_.push_back(&event);
  const std::size_t rows = pointers_.size();
  std::optional<Error> failure;
  try {
    write(options_.durable ? JournalMark{}
                           : JournalMark{mark_.generation, mark_.applied + static_cast<std::int64_t>(rows)});
  } catch (const Error& error) {
    failure = error;
  } catch (const std::exception& error) {
    failure = Error::internal("audit_failed", "The call could not be recorded.", error.what());
  }
  if (failure) {
    db_.reset();
    log::error("audit.failed", {{"id", failure->id()}, {"rows", rows}, {"detail", failure->detail()}});
  }
  const bool owed = failure && !options_.durable;
  {
    const std::scoped_lock lock(mutex_);
    failure_ = owed ? failure : std::nullopt;
    (failure ? figures_.failed : figures_.rows) += rows;
    figures_.groups += failure ? 0U : 1U;
    if (!owed) {
      in_hand_ -= rows;
      settled_count_ += rows;
    }
  }
  settled_.notify_all();
  for (std::size_t i = 0; i < count; ++i)
    if (batches[i].done) batches[i].done(failure ? &*failure : nullptr);
  return !owed;
}

// `pointers_` in one transaction, and how far the journal is with them, where they come from one.
void AuditWriter::write(const JournalMark& mark) {
  const std::scoped_lock turn(store_.write_turn());
  if (!db_) connect();
  db_->run("begin immediate");
  try {
    append_events(*db_, store_.vault().audit_chain_key(), pointers_.data(), pointers_.size());
    if (mark.generation != 0) put_journal_mark(*db_, mark);
    db_->run("commit");
  } catch (...) {
    db_->rollback();
    throw;
  }
  if (mark.generation != 0) mark_ = mark;
}

}  // namespace patchbay::store
