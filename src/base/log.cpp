#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cmath>

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

// JSON string contents (RFC 8259 §7). Bytes that are no UTF-8 never reach a log: callers log ids,
// codes and constants.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
}

void append_number(std::string& out, double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{}", value);
  } else {
    out += "null";
  }
}

void append_json_value(std::string& out, const LogField::Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    out += '"';
    append_escaped(out, *text);
    out += '"';
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    fmt::format_to(std::back_inserter(out), "{}", *integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    append_number(out, *real);
  } else {
    out += std::get<bool>(value) ? "true" : "false";
  }
}

void append_time(std::string& out) {
  // Formatting a date costs more than the rest of the line: once a second is enough.
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
  fmt::format_to(std::back_inserter(out), ".{:03}Z", millis % 1000);
}

void append_json_line(std::string& out, LogLevel level, std::string_view message,
                      Log::Fields fields) {
  out += R"({"timestamp":")";
  append_time(out);
  out += R"(","level":")";
  out += name_of(level);
  out += R"(","message":")";
  append_escaped(out, message);
  out += '"';
  for (const auto& field : fields) {
    out += ",\"";
    append_escaped(out, field.name);
    out += "\":";
    append_json_value(out, field.value);
  }
  out += '}';
}

void append_human_line(std::string& out, LogLevel level, std::string_view message,
                       Log::Fields fields) {
  append_time(out);
  fmt::format_to(std::back_inserter(out), " {:7} {}", name_of(level), message);
  for (const auto& field : fields) {
    out += "  ";
    out += field.name;
    out += '=';
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      append_escaped(out, *text);
    } else {
      append_json_value(out, field.value);
    }
  }
}

class SpdLog final : public Log {
 public:
  SpdLog(Format format, LogLevel level, Target target) : format_{format}, level_{level} {
    std::shared_ptr<spdlog::sinks::sink> sink;
    if (target == Target::standard_output) {
      sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
    logger_ = std::make_shared<spdlog::logger>("gmail-mcp", std::move(sink));
    logger_->set_pattern("%v");  // our lines are whole and escaped already
    logger_->set_level(spdlog::level::trace);
    logger_->flush_on(spdlog::level::trace);
  }
  ~SpdLog() override { logger_->flush(); }

  void flush() override { logger_->flush(); }

 protected:
  void line(LogLevel level, std::string_view message, Fields fields) override {
    if (level < level_) return;
    thread_local std::string buffer;
    buffer.clear();
    if (format_ == Format::json) {
      append_json_line(buffer, level, message, fields);
    } else {
      append_human_line(buffer, level, message, fields);
    }
    logger_->log(level >= LogLevel::warning ? spdlog::level::err : spdlog::level::info,
                 spdlog::string_view_t{buffer.data(), buffer.size()});
  }

 private:
  Format format_;
  LogLevel level_;
  std::shared_ptr<spdlog::logger> logger_;
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
  return std::make_unique<SpdLog>(format, level, target);
}

std::unique_ptr<Log> Log::silent() { return std::make_unique<SilentLog>(); }

std::unique_ptr<Log> Log::capture(std::string& lines) {
  return std::make_unique<CaptureLog>(lines);
}

}  // namespace gmail_mcp
