#include "sql/database.h"

#include <fmt/format.h>

#include "base/error.h"

namespace gmail_mcp::sql {

namespace {

// The columns of a SELECT and the code that reads them are side by side, so a mismatch is our bug.
[[noreturn]] void throw_wrong_type(const char* wanted, std::size_t index) {
  constexpr const char* names[] = {"null", "an integer", "a real number", "text"};
  throw Error{Errc::internal, "The database holds a value of an unexpected type."}.with_detail(
      fmt::format("expected {}, found {}", wanted, names[index]));
}

template <class T>
const T& get(const std::variant<Null, std::int64_t, double, std::string>& value,
             const char* wanted) {
  if (const T* found = std::get_if<T>(&value)) return *found;
  throw_wrong_type(wanted, value.index());
}

}  // namespace

std::int64_t Value::integer() const { return get<std::int64_t>(value_, "an integer"); }

double Value::real() const {
  if (const auto* whole = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*whole);
  return get<double>(value_, "a real number");
}

const std::string& Value::text() const& { return get<std::string>(value_, "text"); }

std::string Value::text() && {
  get<std::string>(value_, "text");
  return std::get<std::string>(std::move(value_));
}

Timestamp Value::time() const {
  auto time = parse_iso8601(text());
  if (!time) {
    throw Error{Errc::internal, "The database contains a time that cannot be read."};
  }
  return *time;
}

std::optional<std::string> Value::optional_text() const {
  if (is_null()) return std::nullopt;
  return text();
}

std::optional<Timestamp> Value::optional_time() const {
  if (is_null()) return std::nullopt;
  return time();
}

std::string Value::to_iso8601_millis(Timestamp time) {
  // Written by hand: every audit row has a time, and formatting it would cost as much as the
  // insertion.
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&text](std::size_t end, std::int64_t number) {
    for (; number > 0; number /= 10) text[--end] = static_cast<char>('0' + number % 10);
  };
  put(4, static_cast<int>(date.year()));
  put(7, static_cast<unsigned>(date.month()));
  put(10, static_cast<unsigned>(date.day()));
  put(13, clock.hours().count());
  put(16, clock.minutes().count());
  put(19, clock.seconds().count());
  put(23, clock.subseconds().count());
  return text;
}

}  // namespace gmail_mcp::sql
