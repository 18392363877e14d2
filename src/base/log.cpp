#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <mutex>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "base/utf8.h"

namespace patchbay::log {

namespace {

constexpr std::size_t max_value_bytes = 1000;

// To stderr, or to where a test wants the lines.
class Sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  Sink()
      : base_sink(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                              spdlog::pattern_time_type::utc, "\n")) {}

  void redirect(std::function<void(std::string_view)> to) {
    const std::scoped_lock lock(mutex_);
    to_ = std::move(to);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (to_)
      to_(std::string_view(line.data(), line.size() - 1));
    else
      std::fwrite(line.data(), 1, line.size(), stderr);
  }
  void flush_() override { std::fflush(stderr); }

  std::function<void(std::string_view)> to_;
};

struct Output {
  std::shared_ptr<Sink> sink = std::make_shared<Sink>();
  spdlog::logger logger{"patchbay", sink};
};

// Never destroyed: threads may log while the process ends.
Output& output() {
  static Output& one = *new Output;
  return one;
}

void append_hex(std::string& out, char kind, char32_t code, int digits) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '\\';
  out += kind;
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += hex[(code >> shift) & 15U];
}

void append_escaped(std::string& out, std::string_view text, const Utf8Character& character) {
  const std::string_view bytes = text.substr(0, character.size);
  if (!character.valid) {
    for (const char byte : bytes) append_hex(out, 'x', static_cast<unsigned char>(byte), 2);
  } else if (character.code == '\n') {
    out += "\\n";
  } else if (character.code == '"' || character.code == '\\') {
    out += '\\';
    out += bytes;
  } else if (!is_hidden(character.code)) {
    out += bytes;
  } else if (character.code < 0x10000) {
    append_hex(out, 'u', character.code, 4);
  } else {
    append_hex(out, 'U', character.code, 8);
  }
}

// One word, or a quoted text without line breaks.
std::string printable(std::string_view text) {
  std::string out;
  bool quoted = text.empty();
  std::size_t taken = 0;
  while (taken < text.size()) {
    const auto rest = text.substr(taken);
    const auto character = first_character(rest);
    if (taken + character.size > max_value_bytes) {
      out += "…";
      break;
    }
    const auto size = out.size();
    append_escaped(out, rest, character);
    quoted |= character.code == ' ' || character.code == '=' || out.size() != size + character.size;
    taken += character.size;
  }
  return quoted ? cat("\"", out, "\"") : out;
}

void write(spdlog::level::level_enum level, std::string_view event, Fields fields) {
  spdlog::logger& logger = output().logger;
  if (!logger.should_log(level)) return;
  std::string line(event);
  for (const Field& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    line += field.value.text();
  }
  logger.log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

Value::Value(std::string_view text) : text_(printable(text)) {}
Value::Value(bool truth) : text_(truth ? "true" : "false") {}
Value::Value(std::int64_t number, int) : text_(cat(number)) {}

void set_level(Level level) {
  switch (level) {
    case Level::debug:
      return output().logger.set_level(spdlog::level::debug);
    case Level::info:
      return output().logger.set_level(spdlog::level::info);
    case Level::warn:
      return output().logger.set_level(spdlog::level::warn);
    case Level::error:
      return output().logger.set_level(spdlog::level::err);
  }
}

void set_sink(std::function<void(std::string_view line)> sink) {
  output().sink->redirect(std::move(sink));
}

void error(std::string_view event, Fields fields) {
  write(spdlog::level::err, event, fields);
}
void warn(std::string_view event, Fields fields) {
  write(spdlog::level::warn, event, fields);
}
void info(std::string_view event, Fields fields) {
  write(spdlog::level::info, event, fields);
}
void debug(std::string_view event, Fields fields) {
  write(spdlog::level::debug, event, fields);
}

}  // namespace patchbay::log
