#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/secret.h"

namespace gmail_mcp {

enum class LogLevel { debug, info, warning, error, off };

/// One named value of a log line. A Secret does not convert.
struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;

  LogField(std::string_view name, std::string_view value) : name{name}, value{value} {}
  LogField(std::string_view name, const std::string& value)
      : name{name}, value{std::string_view{value}} {}
  LogField(std::string_view name, const char* value) : name{name}, value{std::string_view{value}} {}
  LogField(std::string_view name, bool value) : name{name}, value{value} {}
  LogField(std::string_view name, double value) : name{name}, value{value} {}
  template <class Integer>
    requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>)
  LogField(std::string_view name, Integer value)
      : name{name}, value{static_cast<std::int64_t>(value)} {}
  LogField(std::string_view name, const Secret& value) = delete;

  std::string_view name;
  Value value;
};

/// Structured log lines. The message is a constant that can be searched for; everything variable is
/// a field. Never a token, password, key, query text, subject, body, OAuth code or state, or a full
/// address. Thread-safe; lines are written whole.
class Log {
 public:
  enum class Format { json, human };
  enum class Target { standard_output, standard_error };

  /// Lines go to `target`, each whole and at once.
  static std::unique_ptr<Log> open(Format format, LogLevel level, Target target);
  /// Drops everything: for tests and for library users who want no log.
  static std::unique_ptr<Log> silent();
  /// Appends JSON lines to `lines`, which must outlive the log: for tests.
  static std::unique_ptr<Log> capture(std::string& lines);

  virtual ~Log() = default;

  using Fields = std::initializer_list<LogField>;
  void debug(std::string_view message, Fields fields = {}) {
    line(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, Fields fields = {}) { line(LogLevel::info, message, fields); }
  void warning(std::string_view message, Fields fields = {}) {
    line(LogLevel::warning, message, fields);
  }
  void error(std::string_view message, Fields fields = {}) {
    line(LogLevel::error, message, fields);
  }

  virtual void flush() = 0;

 protected:
  virtual void line(LogLevel level, std::string_view message, Fields fields) = 0;
};

}  // namespace gmail_mcp
