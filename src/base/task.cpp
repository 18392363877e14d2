#include "base/task.h"

#include <array>

namespace patchbay::task_detail {
namespace {

constexpr std::size_t step = 64;
constexpr std::size_t largest = 4096;   // larger frames are rare
constexpr std::size_t most_kept = 256;  // of one size: what a burst leaves beyond that goes back

struct Kept {
  Kept* next;
};

struct Frames {
  struct List {
    Kept* first = nullptr;
    std::size_t count = 0;
  };
  std::array<List, largest / step + 1> lists;

  ~Frames() {
    for (List& list : lists)
      while (list.first != nullptr) ::operator delete(std::exchange(list.first, list.first->next));
  }
};

Frames& frames() {
  thread_local Frames kept;
  return kept;
}

constexpr std::size_t list_of(std::size_t size) {
  return (size + step - 1) / step;
}

}  // namespace

void* take_frame(std::size_t size) {
  if (size > largest) return ::operator new(size);
  auto& list = frames().lists[list_of(size)];
  if (list.first == nullptr) return ::operator new(list_of(size) * step);
  --list.count;
  return std::exchange(list.first, list.first->next);
}

void keep_frame(void* frame, std::size_t size) noexcept {
  if (size > largest) return ::operator delete(frame);
  auto& list = frames().lists[list_of(size)];
  if (list.count >= most_kept) return ::operator delete(frame);
  ++list.count;
  list.first = new (frame) Kept{list.first};
}

}  // namespace patchbay::task_detail
