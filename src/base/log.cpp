#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <mutex>
#include <utility>

#include "base/json_escape.h"
#include "base/log_turns.h"
#include "base/text.h"

namespace gmail_mcp {

namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "DEBUG";
    case LogLevel::info: return "INFO";
    case LogLevel::warning: return "WARNING";
    case LogLevel::error: return "ERROR";
    case LogLevel::off: return "OFF";
  }
  return "";
}

void append_number(std::string& out, double value) {
  if (std::isfinite(value)) {
    out += fmt::format("{}", value);
  } else {
    out += "null";
  }
}

void append_json_value(std::string& out, const LogField::Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    append_json_string(out, *text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    std::array<char, 24> digits;
    out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), *integer).ptr);
  } else if (const auto* real = std::get_if<double>(&value)) {
    append_number(out, *real);
  } else {
    out += std::get<bool>(value) ? "true" : "false";
  }
}

void append_time(std::string& out) {
  // Formatting the date costs more than the rest of the line, so it is done once a second.
  thread_local std::time_t second = 0;
  thread_local std::string date;
  const auto now = std::chrono::system_clock::now();
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto whole = static_cast<std::time_t>(millis / 1000);
  if (whole != second || date.empty()) {
    second = whole;
    date = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(whole));
  }
  out += date;
  const auto part = millis % 1000;
  out += '.';
  for (const auto scale : {100, 10, 1}) out += static_cast<char>('0' + part / scale % 10);
  out += 'Z';
}

void append_json_line(std::string& out, LogLevel level, std::string_view message,
                      Log::Fields fields) {
  out += R"({"timestamp":")";
  append_time(out);
  out += R"(","level":")";
  out += name_of(level);
  out += R"(","message":)";
  append_json_string(out, message);
  for (const auto& field : fields) {
    out += ",\"";
    out += field.name;
    out += "\":";
    append_json_value(out, field.value);
  }
  out += '}';
}

void append_human_line(std::string& out, LogLevel level, std::string_view message,
                       Log::Fields fields) {
  append_time(out);
  out += fmt::format(" {:7} ", name_of(level));
  out += message;
  for (const auto& field : fields) {
    out += "  ";
    out += field.name;
    out += '=';
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      append_json_escaped(out, *text);
    } else {
      append_json_value(out, field.value);
    }
  }
}

// Buffers live as long as their thread or log; after an unusually long line they are replaced.
constexpr std::size_t most_kept = std::size_t{128} << 10;

void empty_buffer(std::string& buffer) {
  if (buffer.capacity() > most_kept) std::string{}.swap(buffer);
  buffer.clear();
}

// Where lines go. Shared with the functions that will write the gathered lines at the end of a
// turn.
class Lines {
 public:
  explicit Lines(int descriptor) : descriptor_{descriptor} {}

  void add(std::string_view line, bool at_once, const std::shared_ptr<Lines>& self) {
    const std::lock_guard lock{mutex_};
    pending_ += line;
    pending_ += '\n';
    if (at_once || !at_end_of_turn_ || pending_.size() >= most_pending) {
      write_pending();
    } else if (!std::exchange(announced_, true)) {
      at_end_of_turn_([self] { self->flush(); });
    }
  }

  void flush() {
    const std::lock_guard lock{mutex_};
    announced_ = false;
    write_pending();
  }

  void gather(AtEndOfTurn at_end_of_turn) {
    const std::lock_guard lock{mutex_};
    announced_ = false;
    write_pending();
    at_end_of_turn_ = std::move(at_end_of_turn);
  }

 private:
  static constexpr std::size_t most_pending = std::size_t{64} << 10;
  static constexpr int patience_ms = 1'000;  // for a reader that made its pipe non-blocking

  void write_pending() {
    std::string_view left = pending_;
    while (!left.empty()) {
      const auto written = ::write(descriptor_, left.data(), left.size());
      if (written >= 0) {
        left.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN) {
        pollfd room{descriptor_, POLLOUT, 0};
        if (::poll(&room, 1, patience_ms) <= 0) break;
      } else if (errno != EINTR) {
        break;  // nobody reads the log: that must not stop the server
      }
    }
    empty_buffer(pending_);
  }

  const int descriptor_;
  std::mutex mutex_;
  std::string pending_;  // whole lines
  AtEndOfTurn at_end_of_turn_;
  bool announced_ = false;
};

class DescriptorLog final : public GatheringLog {
 public:
  DescriptorLog(Format format, LogLevel level, int descriptor)
      : format_{format}, level_{level}, lines_{std::make_shared<Lines>(descriptor)} {}
  ~DescriptorLog() override { lines_->flush(); }

  void flush() override { lines_->flush(); }

  void gather(AtEndOfTurn at_end_of_turn) override { lines_->gather(std::move(at_end_of_turn)); }

 protected:
  void line(LogLevel level, std::string_view message, Fields fields) override {
    if (level < level_) return;
    thread_local std::string buffer;
    empty_buffer(buffer);
    if (format_ == Format::json) {
      append_json_line(buffer, level, message, fields);
    } else {
      append_human_line(buffer, level, message, fields);
    }
    lines_->add(buffer, level >= LogLevel::warning, lines_);
  }

 private:
  Format format_;
  LogLevel level_;
  std::shared_ptr<Lines> lines_;
};

class SilentLog final : public Log {
 public:
  void flush() override {}

 protected:
  void line(LogLevel /*level*/, std::string_view /*message*/, Fields /*fields*/) override {}
};

class CaptureLog final : public Log {
 public:
  explicit CaptureLog(std::string& lines) : lines_{lines} {}
  void flush() override {}

 protected:
  void line(LogLevel level, std::string_view message, Fields fields) override {
    append_json_line(lines_, level, message, fields);
    lines_ += '\n';
  }

 private:
  std::string& lines_;
};

}  // namespace

std::unique_ptr<Log> Log::open(Format format, LogLevel level, Target target) {
  return open_log(format, level, target == Target::standard_output ? STDOUT_FILENO : STDERR_FILENO);
}

std::unique_ptr<Log> open_log(Log::Format format, LogLevel level, int descriptor) {
  return std::make_unique<DescriptorLog>(format, level, descriptor);
}

std::unique_ptr<Log> Log::silent() { return std::make_unique<SilentLog>(); }

std::unique_ptr<Log> Log::capture(std::string& lines) {
  return std::make_unique<CaptureLog>(lines);
}

}  // namespace gmail_mcp
