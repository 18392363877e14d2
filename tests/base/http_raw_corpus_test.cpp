#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "support/catch.h"
#include "support/front_fixture.h"
#include "support/raw_client.h"

// The cases of http_mcp.json that send bytes as they are, against a real front with stand-in handlers. Its
// deadlines are shorter than the defaults, so that the slow cases end soon; the verdicts are the file's.

using namespace patchbay;
using namespace std::chrono_literals;
using Json = nlohmann::json;
using Time = std::chrono::steady_clock::time_point;

namespace {

struct Step {
  std::string bytes;
  std::size_t times = 1;
  std::chrono::milliseconds before_each{0};
};

// One character of the file is one byte; ${NAME} is filled in.
std::string bytes_of(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80 || i + 1 == text.size())
      bytes += text[i];
    else
      bytes += static_cast<char>(((byte & 3) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3f));
  }
  const std::string packed("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"${TOKEN}", "t"},
                                    {"${GZBOMB_LEN}", std::to_string(packed.size())},
                                    {"${GZBOMB}", packed}})
    for (auto at = bytes.find(name); at != std::string::npos; at = bytes.find(name))
      bytes.replace(at, name.size(), value);
  return bytes;
}

std::vector<Step> steps_of(const Json& send) {
  std::vector<Step> steps;
  for (const Json& part : send) {
    const std::string what = part[0];
    if (what == "t") steps.push_back({bytes_of(part[1]), 1, 0ms});
    if (what == "sleep") steps.push_back({"", 1, std::chrono::milliseconds(part[1].get<int>())});
    if (what != "rep") continue;
    if (part[1].is_string())
      steps.push_back({bytes_of(part[1]), part[2], 0ms});
    else
      steps.push_back({bytes_of(part[1][1]), part[2], std::chrono::milliseconds(part[1][2].get<int>())});
  }
  return steps;
}

// One connection that plays its steps without blocking.
class Player {
 public:
  Player(std::uint16_t port, const std::vector<Step>& steps, bool reads)
      : client_(port), steps_(steps), reads_(reads) {
    ::fcntl(client_.handle(), F_SETFL, O_NONBLOCK);
    begin_step();
  }
  void play() {
    if (reads_) read();
    while (step_ < steps_.size() && !closed && std::chrono::steady_clock::now() >= next_ && send_some())
      continue;
  }
  void read() {
    char bytes[65536];
    for (;;) {
      const auto got = ::recv(client_.handle(), bytes, sizeof bytes, 0);
      if (got > 0) received.append(bytes, static_cast<std::size_t>(got));
      if (got == 0 || (got < 0 && errno != EAGAIN)) closed = true;
      if (got <= 0) return;
    }
  }
  bool has_sent_all() const { return step_ == steps_.size(); }
  std::string received;
  bool closed = false;

 private:
  void begin_step() {
    if (step_ == steps_.size()) return;
    left_ = steps_[step_].times;
    piece_.clear();
    next_ = std::chrono::steady_clock::now() + steps_[step_].before_each;
  }
  // False where it must wait.
  bool send_some() {
    const Step& step = steps_[step_];
    if (piece_.empty() && left_ > 0) {
      const bool paced = step.before_each > 0ms;
      const auto count = paced || step.bytes.empty() ? 1 : std::min(left_, 65536 / step.bytes.size() + 1);
      for (std::size_t i = 0; i < count; ++i) piece_ += step.bytes;
      left_ -= count;
    }
    if (!piece_.empty()) {
      const auto sent = ::send(client_.handle(), piece_.data(), piece_.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return false;
      if (sent < 0) {
        step_ = steps_.size();  // the other side takes no more; what it said is still to be read
        return false;
      }
      piece_.erase(0, static_cast<std::size_t>(sent));
      if (!piece_.empty()) return false;
    }
    next_ = std::chrono::steady_clock::now() + step.before_each;
    if (left_ == 0) {
      ++step_;
      begin_step();
    }
    return true;
  }

  RawClient client_;
  const std::vector<Step>& steps_;
  bool reads_;
  std::size_t step_ = 0;
  std::size_t left_ = 0;
  std::string piece_;
  Time next_;
};

std::vector<int> statuses_of(const std::string& received) {
  std::vector<int> statuses;
  for (auto at = received.find("HTTP/1.1 "); at != std::string::npos; at = received.find("HTTP/1.1 ", at + 1))
    statuses.push_back(parse_number<int>(received.substr(at + 9, 3)).value_or(0));
  return statuses;
}

bool is_healthy(std::uint16_t port) {
  const auto begin = std::chrono::steady_clock::now();
  RawClient client(port);
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost:8800\r\nConnection: close\r\n\r\n");
  const bool good = client.read_all(1s).starts_with("HTTP/1.1 200");
  return good && std::chrono::steady_clock::now() - begin < 1s;
}

// What is wrong with how a connection went, empty where nothing is.
std::string judge(const Player& player, const Json& expect) {
  const auto statuses = statuses_of(player.received);
  const auto allowed = expect.at("status_any").get<std::vector<int>>();
  if (!allowed.empty() && statuses.empty()) return "no answer";
  for (const int status : statuses)
    if (std::find(allowed.begin(), allowed.end(), status) == allowed.end()) return cat("status ", status);
  if (expect.contains("responses") && statuses.size() != expect["responses"].get<std::size_t>())
    return cat(statuses.size(), " answers");
  if (expect.value("close", false) && !player.closed) return "not closed";
  for (const char* key : {"body_lacks", "header_absent"})
    if (expect.contains(key) && player.received.find(expect[key].get<std::string>()) != std::string::npos)
      return cat("has ", expect[key].get<std::string>());
  if (player.received.size() > expect.value("max_bytes", std::size_t{10'000'000})) return "too many bytes";
  return "";
}

std::string run(const Json& one, std::uint16_t port) {
  const Json& expect = one.at("expect");
  const auto steps = steps_of(one.at("send"));
  const bool reads = !expect.value("no_read", false);
  const bool waits_for_end = expect.value("close", false);
  std::vector<std::unique_ptr<Player>> players;
  for (int i = 0; i < expect.value("parallel", 1); ++i)
    players.push_back(std::make_unique<Player>(port, steps, reads));
  const auto limit = std::chrono::milliseconds(std::min(expect.value("max_ms", 5000), reads ? 20000 : 500));
  const auto end = std::chrono::steady_clock::now() + limit;
  bool checked_others = false;
  const auto is_done = [&](const std::unique_ptr<Player>& player) {
    return player->closed || (!waits_for_end && player->has_sent_all() && !player->received.empty());
  };
  while (std::chrono::steady_clock::now() < end && !std::all_of(players.begin(), players.end(), is_done)) {
    for (const auto& player : players)
      if (!is_done(player)) player->play();
    if (!checked_others && expect.value("others_ok", false)) {
      checked_others = true;
      if (!is_healthy(port)) return "others were not served";
    }
    ::poll(nullptr, 0, 2);
  }
  for (const auto& player : players) {
    if (!reads) player->read();
    if (const std::string wrong = judge(*player, expect); !wrong.empty()) return wrong;
  }
  players.clear();
  return is_healthy(port) ? "" : "not healthy afterwards";
}

}  // namespace

TEST_CASE("every raw case of the HTTP corpus comes out as it should", "[base]") {
  const char* folder = std::getenv("PATCHBAY_CORPORA");
  std::ifstream file(cat(folder ? folder : PATCHBAY_SOURCE_DIR "/../shared/corpora", "/http_mcp.json"));
  if (!file) {
    std::cout << "http_mcp.json: absent\n";
    WARN("http_mcp.json is absent; set PATCHBAY_CORPORA to the folder that holds it");
    SUCCEED();
    return;
  }
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  ::setrlimit(RLIMIT_NOFILE, &files);
  FrontConfig config = FrontFixture::config();
  config.limits.head_time = 1s;
  config.limits.body_time = 1500ms;
  config.limits.idle_time = 1s;
  FrontFixture front(config);
  int passed = 0;
  int failed = 0;
  const Json corpus = Json::parse(file);
  for (const Json& one : corpus.at("cases")) {
    if (one.at("kind") != "raw") continue;
    const std::string wrong = run(one, front.port);
    ++(wrong.empty() ? passed : failed);
    INFO(one.at("id").get<std::string>() << " " << one.at("topic").get<std::string>());
    CHECK(wrong == "");
  }
  std::cout << "http_mcp.json raw: " << passed << " passed, " << failed << " failed\n";
  front.wait_for([&] { return front.counts().connections == 0; });
}
