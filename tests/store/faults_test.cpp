#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <fstream>

#include "base/log.h"
#include "base/text.h"
#include "store/audit_writer.h"
#include "store/events.h"
#include "store/settings.h"
#include "support/builders.h"
#include "support/catch.h"
#include "support/child.h"
#include "support/test_store.h"

// A full and a read-only disk, for real: a small file system of the child's own. Only root may mount one.

using namespace patchbay;

namespace {

bool mount_small_disk(const std::filesystem::path& at) {
  std::filesystem::create_directory(at);
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=4m,mode=0700") == 0;
}

void fill_disk(const std::filesystem::path& at) {
  const std::string block(4096, 'x');
  const int file = ::open((at / "filler").c_str(), O_WRONLY | O_CREAT, 0600);
  while (::write(file, block.data(), block.size()) > 0) {
  }
  ::close(file);
}

// The id of the error that `act` ends with, or "ok".
template <class Act>
std::string outcome_of(Act&& act) {
  try {
    act();
    return "ok";
  } catch (const Error& error) {
    return error.id();
  }
}

std::string told_by_child(const std::function<std::string(const std::filesystem::path& disk)>& act) {
  TestDirectory directory;
  Child child([&](int pipe) {
    log::set_sink([](std::string_view) {});
    const auto disk = directory / "disk";
    Child::say(pipe, mount_small_disk(disk) ? act(disk) : "no mount");
  });
  return child.hear_all();
}

}  // namespace

TEST_CASE("a full disk refuses changes and calls, loses nothing and recovers by itself", "[store]") {
  const std::string told = told_by_child([](const std::filesystem::path& disk) {
    ManualClock clock;
    const auto store = Store::create({disk / "data", TestStore::key(), true}, clock);
    const auto put = [&](const std::string& name) {
      return outcome_of([&] {
        store->transact([&](Database& db) { store::put_setting(db, name, std::string(200'000, 'v'), {1}); });
      });
    };
    store::AuditWriter writer(*store, {.durable = true});
    writer.append_and_wait(a_call("before"));
    std::string seen = put("a");
    fill_disk(disk);
    seen += cat(' ', put("b"));
    Event large = a_call("lost");
    large.client = std::string(200'000, 'c');
    seen += cat(' ', outcome_of([&] { writer.append_and_wait(large); }));
    seen += store->read([](Database& db) { return store::find_setting(db, "a"); }) ? " read" : " gone";
    std::filesystem::remove(disk / "filler");
    seen += cat(' ', put("b"), ' ', outcome_of([&] { writer.append_and_wait(a_call("after")); }));
    const auto report =
        store->read([&](Database& db) { return store::verify_chain(db, store->vault().audit_chain_key()); });
    return cat(seen, ' ', report.rows, report.intact() ? " intact" : " broken");
  });
  if (told == "no mount") {
    WARN("mounting is not allowed here, so a full disk was not tried");
    return;
  }
  CHECK(told == "ok storage_full storage_full read ok ok 2 intact");
}

TEST_CASE("a full disk keeps what was acknowledged in the journal until the table takes it", "[store]") {
  const std::string told = told_by_child([](const std::filesystem::path& disk) {
    ManualClock clock;
    const auto store = Store::create({disk / "data", TestStore::key(), true}, clock);
    store::AuditWriter writer(*store, {});
    writer.append_and_wait(a_call("before"));
    writer.settle();
    fill_disk(disk);
    // Rows of this size do not fit into the log of the store any more; the journal has room of its own.
    int kept = 0;
    std::string seen;
    Event large = a_call("large");
    large.client = std::string(20'000, 'c');
    for (int i = 0; i < 30; ++i) {
      writer.append_and_wait(large);
      ++kept;
    }
    seen = outcome_of([&] { writer.settle(); });
    Event huge = a_call("lost");
    huge.client = std::string(2'000'000, 'c');
    seen += cat(' ', outcome_of([&] { writer.append_and_wait(huge); }));
    std::filesystem::remove(disk / "filler");
    while (outcome_of([&] { writer.settle(); }) != "ok") std::this_thread::yield();
    const auto report =
        store->read([&](Database& db) { return store::verify_chain(db, store->vault().audit_chain_key()); });
    return cat(seen, ' ', report.rows - kept, report.intact() ? " intact" : " broken");
  });
  if (told == "no mount") {
    WARN("mounting is not allowed here, so a full disk was not tried");
    return;
  }
  CHECK(told == "storage_full journal_unwritable 1 intact");
}

TEST_CASE("a read-only disk is told at the start", "[store]") {
  const std::string told = told_by_child([](const std::filesystem::path& disk) {
    ManualClock clock;
    const StoreOptions options{disk / "data", TestStore::key(), true};
    Store::create(options, clock).reset();
    if (::mount(nullptr, disk.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      return std::string("no mount");
    return outcome_of([&] { Store::open(options, clock); });
  });
  if (told == "no mount") {
    WARN("mounting is not allowed here, so a read-only disk was not tried");
    return;
  }
  CHECK(told == "storage_read_only");
}
