#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/http_client.h"
#include "base/json.h"
#include "base/loop.h"
#include "cli/config.h"

namespace patchbay::cli {

class App;

// An event loop that turns in a thread of its own, with what outgoing requests need.
class LoopThread {
 public:
  explicit LoopThread(const Config& config);
  ~LoopThread();
  Loop& loop() { return loop_; }
  HttpClient& client() { return *client_; }

 private:
  Loop loop_;
  SystemResolver resolver_;
  std::unique_ptr<HttpClient> client_;
  std::thread thread_;
};

// The appliance of one data directory, for the verbs of whoever may read it: the running one through its
// control socket, or, where none runs, the store itself, opened for this one verb. Both answer the same
// requests in the same way.
class Appliance {
 public:
  explicit Appliance(const Config& config);
  ~Appliance();

  bool is_running() const { return running_; }
  // The body of a good answer. A refusal becomes an Error with the answer's id and sentence.
  Json request(std::string_view method, const std::string& path, const Json& body = nullptr);
  // Every page of a list, as one answer {things: [...]} with the last page's other members.
  Json request_all(const std::string& path, const char* things);
  // The same as text, for long answers.
  std::string request_text(std::string_view method, const std::string& path, const Json& body = nullptr);

 private:
  const Config& config_;
  bool running_ = false;
  std::unique_ptr<LoopThread> loop_;
  std::unique_ptr<App> app_;
};

std::filesystem::path control_socket(const Config& config);

}  // namespace patchbay::cli
