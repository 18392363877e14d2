#pragma once

#include <memory>
#include <utility>

#include "base/clock.h"

namespace patchbay {

namespace cancel_detail {

// A callback in the list of those to run at cancellation. Stays where it was made.
struct Node {
  Node* before = nullptr;
  Node* after = nullptr;
  void (*run)(Node&) = nullptr;
  bool linked() const { return before != nullptr; }
  void unlink() {
    if (!linked()) return;
    before->after = after;
    after->before = before;
    before = after = nullptr;
  }
};

struct State {
  bool cancelled = false;
  Node list;
  State() { list.before = list.after = &list; }
};

}  // namespace cancel_detail

// Tells whether whoever asked has given up. All of this is for the loop's thread only.
class CancelToken {
 public:
  CancelToken() = default;  // never cancelled
  explicit CancelToken(std::shared_ptr<cancel_detail::State> state) : state_(std::move(state)) {}

  bool is_cancelled() const { return state_ && state_->cancelled; }
  // Links a callback, which must unlink itself before it dies. Not called where already cancelled.
  void add(cancel_detail::Node& node) const {
    if (!state_ || state_->cancelled) return;
    auto& list = state_->list;
    node.before = list.before;
    node.after = &list;
    list.before->after = &node;
    list.before = &node;
  }

 private:
  std::shared_ptr<cancel_detail::State> state_;
};

class CancelSource {
 public:
  CancelSource() : state_(std::make_shared<cancel_detail::State>()) {}
  CancelToken token() const { return CancelToken(state_); }
  bool is_cancelled() const { return state_->cancelled; }
  // Runs every linked callback once, in the order of linking.
  void cancel() {
    const auto state = state_;
    if (std::exchange(state->cancelled, true)) return;
    while (state->list.after != &state->list) {
      auto& node = *state->list.after;
      node.unlink();
      node.run(node);
    }
  }

 private:
  std::shared_ptr<cancel_detail::State> state_;
};

// Runs a function when `token` is cancelled, for as long as the object lives; at once where it already is.
template <class Function>
class OnCancel : private cancel_detail::Node {
 public:
  OnCancel(const CancelToken& token, Function function) : function_(std::move(function)) {
    run = [](Node& node) { static_cast<OnCancel&>(node).function_(); };
    if (token.is_cancelled())
      function_();
    else
      token.add(*this);
  }
  OnCancel(const OnCancel&) = delete;
  OnCancel& operator=(const OnCancel&) = delete;
  ~OnCancel() { unlink(); }

 private:
  Function function_;
};

// Until when an operation may wait: to a deadline, or until its caller gives up.
struct Until {
  Deadline deadline = Deadline::never();
  CancelToken cancel;

  static Until in(std::chrono::milliseconds time) { return {Deadline::in(time), {}}; }
  // Use this in coroutines: g++ 12 does not always initialise an aggregate that is made there from
  // temporaries.
  static Until by(Deadline deadline, CancelToken cancel) { return {deadline, std::move(cancel)}; }
  Until sooner(Deadline other) const { return {deadline.sooner(other), cancel}; }
};

}  // namespace patchbay
