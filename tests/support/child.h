#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

// Runs `body` in a child process, for what must not happen to the tests themselves: kills, mounts, limits.
// The process must have one thread when this is called.
class Child {
 public:
  // `body` gets the writing end of a pipe.
  explicit Child(const std::function<void(int pipe)>& body) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("no child process");
    if (process_ == 0) {
      ::close(ends[0]);
      try {
        body(ends[1]);
      } catch (const std::exception& error) {
        say(ends[1], std::string("threw ") + error.what());
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
  }
  ~Child() {
    ::close(pipe_);
    if (process_ > 0) finish(SIGKILL);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  static void say(int pipe, const std::string& text) {
    if (::write(pipe, text.data(), text.size()) < 0) ::_exit(1);
  }

  // Blocks until the child has said something; empty once it has ended.
  std::string hear() {
    char buffer[65536];
    const auto got = ::read(pipe_, buffer, sizeof buffer);
    return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
  }
  std::string hear_all() {
    std::string all;
    for (std::string some = hear(); !some.empty(); some = hear()) all += some;
    return all;
  }
  void finish(int signal) {
    ::kill(process_, signal);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }

 private:
  pid_t process_ = -1;
  int pipe_ = -1;
};
