#include "sql/postgres/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/error.h"

namespace gmail_mcp::sql::postgres {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool may_be_in_a_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The end of what begins at `at` and is not read as SQL; `at` if nothing such begins there.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const auto after = [&](std::string_view end, std::size_t from) {
    const auto found = text.find(end, from);
    return found == text.npos ? text.size() : found + end.size();
  };
  const auto rest = text.substr(at);
  if (rest.front() == '\'' || rest.front() == '"') return after(rest.substr(0, 1), at + 1);
  if (rest.starts_with("--")) return after("\n", at);
  if (rest.starts_with("/*")) return after("*/", at + 2);
  if (rest.front() != '$' || (at > 0 && may_be_in_a_name(text[at - 1]))) return at;
  std::size_t size = 1;
  while (size < rest.size() && may_be_in_a_name(rest[size])) ++size;
  const bool is_tag = size < rest.size() && rest[size] == '$' && (size == 1 || !is_digit(rest[1]));
  return is_tag ? after(rest.substr(0, size + 1), at + size + 1) : at;
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

Value real_in(std::string_view text) {
  if (const auto number = number_in<double>(text)) return *number;
  if (text == "NaN") return std::nan("");
  if (text == "Infinity") return HUGE_VAL;
  if (text == "-Infinity") return -HUGE_VAL;
  return text;
}

// "2026-11-29 18:09:37.123456+00", as DateStyle ISO has it. Infinite times and such before Christ
// stay as they are.
Value time_in(std::string_view text) {
  // Nearly all are in UTC and of this shape: reading and writing them anew would cost as much as
  // the rest of a row.
  constexpr std::string_view shape = "0000-00-00 00:00:00";
  bool is_usual =
      text.size() >= shape.size() && (text.size() == shape.size() || text.ends_with("+00"));
  for (std::size_t i = 0; is_usual && i < shape.size(); ++i) {
    is_usual = shape[i] == '0' ? is_digit(text[i]) : text[i] == shape[i];
  }
  auto fraction = is_usual ? text.substr(shape.size()) : std::string_view{};
  if (fraction.ends_with("+00")) fraction.remove_suffix(3);
  const bool has_fraction = fraction.size() > 1 && fraction.front() == '.';
  is_usual = is_usual && (fraction.empty() || has_fraction) &&
             std::all_of(fraction.begin() + (has_fraction ? 1 : 0), fraction.end(), is_digit);
  if (is_usual) {
    std::string usual = "0000-00-00T00:00:00.000Z";
    usual.replace(0, shape.size(), text.substr(0, shape.size()));
    usual[10] = 'T';
    const auto digits = fraction.substr(has_fraction ? 1 : 0, 3);
    usual.replace(20, digits.size(), digits);
    return usual;
  }
  const auto time = parse_iso8601(text);
  if (!time) return text;
  return *time;
}

}  // namespace

std::string with_dollars(std::string_view statement) {
  std::string converted;
  converted.reserve(statement.size());
  for (std::size_t at = 0; at < statement.size();) {
    const auto end = end_of_quoted(statement, at);
    if (end > at) {
      converted += statement.substr(at, end - at);
      at = end;
      continue;
    }
    const bool is_parameter =
        statement[at] == '?' && at + 1 < statement.size() && is_digit(statement[at + 1]);
    converted += is_parameter ? '$' : statement[at];
    ++at;
  }
  return converted;
}

bool only_reads(std::string_view statement) {
  if (statement.starts_with("SELECT ") || statement.starts_with("SET LOCAL ")) return true;
  if (!statement.starts_with("WITH ")) return false;
  for (const std::string_view change : {"INSERT ", "UPDATE ", "DELETE ", "MERGE "}) {
    if (statement.find(change) != statement.npos) return false;
  }
  return true;
}

Parameters::Parameters(const std::vector<Value>& values) {
  texts_.reserve(values.size());
  made_.reserve(values.size());
  for (const Value& value : values) {
    const auto& variant = value.variant();
    if (value.is_null()) {
      texts_.push_back(nullptr);
      continue;
    }
    if (const auto* text = std::get_if<std::string>(&variant)) {
      bytes_ += text->size();
      if (text->find('\0') == std::string::npos) {
        texts_.push_back(text->c_str());
        continue;
      }
      constexpr std::string_view instead = "\xEF\xBF\xBD";
      std::string& cleaned = made_.emplace_back();
      cleaned.reserve(text->size() + 64);
      for (const char c : *text) {
        if (c == '\0') {
          cleaned += instead;
        } else {
          cleaned += c;
        }
      }
    } else if (const auto* real = std::get_if<double>(&variant)) {
      made_.push_back(fmt::format("{}", *real));
    } else {
      made_.push_back(fmt::format_int{std::get<std::int64_t>(variant)}.str());
    }
    texts_.push_back(made_.back().c_str());
  }
}

Value value_of(std::uint32_t type, std::string_view text) {
  switch (type) {
    case 16: return text == "t";  // bool
    case 20:                      // int8
    case 21:                      // int2
    case 23:                      // int4
    case 26:                      // oid
      if (const auto whole = number_in<std::int64_t>(text)) return *whole;
      return text;
    case 1700:  // numeric
      if (const auto whole = number_in<std::int64_t>(text)) return *whole;
      return real_in(text);
    case 700:  // float4
    case 701:  // float8
      return real_in(text);
    case 1114:  // timestamp
    case 1184:  // timestamptz
      return time_in(text);
    default: return text;
  }
}

}  // namespace gmail_mcp::sql::postgres
