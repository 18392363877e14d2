#pragma once

#include <stdexcept>
#include <string>

namespace patchbay {

// The one exception type. `message` may be shown to whoever asked. `detail` goes to the operator's log only;
// it may name hosts and files, never secrets.
class Error : public std::runtime_error {
 public:
  enum class Kind {
    invalid,
    unauthenticated,
    forbidden,
    not_found,
    conflict,
    busy,
    limited,  // somebody asks too often
    upstream,
    timeout,
    cancelled,
    internal
  };

  Error(Kind kind, std::string id, const std::string& message, std::string detail = {})
      : std::runtime_error(message), kind_(kind), id_(std::move(id)), detail_(std::move(detail)) {}

  static Error invalid(std::string id, const std::string& message) {
    return {Kind::invalid, std::move(id), message};
  }
  static Error unauthenticated(std::string id, const std::string& message) {
    return {Kind::unauthenticated, std::move(id), message};
  }
  static Error forbidden(std::string id, const std::string& message) {
    return {Kind::forbidden, std::move(id), message};
  }
  static Error not_found(std::string id, const std::string& message) {
    return {Kind::not_found, std::move(id), message};
  }
  static Error conflict(std::string id, const std::string& message) {
    return {Kind::conflict, std::move(id), message};
  }
  static Error busy(std::string id, const std::string& message) {
    return {Kind::busy, std::move(id), message};
  }
  static Error limited(std::string id, const std::string& message, int retry_after_seconds) {
    Error error(Kind::limited, std::move(id), message);
    error.retry_after_ = retry_after_seconds;
    return error;
  }
  static Error upstream(std::string id, const std::string& message, std::string detail = {}) {
    return {Kind::upstream, std::move(id), message, std::move(detail)};
  }
  static Error timeout(std::string id, const std::string& message) {
    return {Kind::timeout, std::move(id), message};
  }
  static Error cancelled() { return {Kind::cancelled, "cancelled", "The request was cancelled."}; }
  static Error internal(std::string id, const std::string& message, std::string detail = {}) {
    return {Kind::internal, std::move(id), message, std::move(detail)};
  }

  Kind kind() const noexcept { return kind_; }
  // Stable, machine-readable: "no_grant", "stale_revision".
  const std::string& id() const noexcept { return id_; }
  const std::string& detail() const noexcept { return detail_; }
  std::string message() const { return what(); }
  int retry_after() const noexcept { return retry_after_; }  // in seconds

 private:
  Kind kind_;
  std::string id_;
  std::string detail_;
  int retry_after_ = 1;
};

}  // namespace patchbay
