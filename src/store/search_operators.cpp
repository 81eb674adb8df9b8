#include "store/search_operators.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

#include "base/text.h"

namespace gmail_mcp::store {

namespace {

using Condition = SearchQuery::Condition;

constexpr std::size_t longest_named = 40;
constexpr std::size_t fewest_digits_of_seconds = 9;

constexpr std::string_view gmail_operators[] = {
    "from",   "to",       "cc",         "bcc",         "subject",    "label",
    "list",   "filename", "in",         "is",          "has",        "after",
    "before", "older",    "newer",      "older_than",  "category",   "size",
    "larger", "smaller",  "newer_than", "deliveredto", "rfc822msgid"};

bool is_plain_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
}

std::optional<int> number_at(std::string_view& text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return number;
}

// 2026/11/30 or 2026-11-30, from 00:00 UTC on; or seconds since 1970.
std::optional<Timestamp> moment_of(std::string_view text) {
  const bool is_number = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (is_number && text.size() >= fewest_digits_of_seconds) {
    std::int64_t seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr std::int64_t latest = std::int64_t{1} << 40;
    if (read.ec != std::errc{} || seconds > latest) return std::nullopt;
    return Timestamp{std::chrono::seconds{seconds}};
  }
  const auto year = number_at(text);
  if (!year || *year < 1970 || text.empty()) return std::nullopt;
  const char separator = text.front();
  if (separator != '/' && separator != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto month = number_at(text);
  if (!month || *month < 1 || !text.starts_with(separator)) return std::nullopt;
  text.remove_prefix(1);
  const auto day = number_at(text);
  if (!day || *day < 1 || !text.empty()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return Timestamp{std::chrono::sys_days{date}};
}

std::optional<Error> add_date(SearchQuery& query, std::string_view value, bool is_after) {
  const auto moment = moment_of(value);
  if (!moment) {
    return Error{Errc::invalid_argument, "A date of the query is not of the form YYYY/MM/DD.",
                 "Write after:2026/11/30 or before:2026-11-30; days begin at 00:00 UTC."};
  }
  if (is_after) {
    query.after = std::max(query.after.value_or(*moment), *moment);
  } else {
    query.before = std::min(query.before.value_or(*moment), *moment);
  }
  return std::nullopt;
}

std::optional<Condition::Kind> people_of(std::string_view name) {
  if (name == "from") return Condition::Kind::from;
  if (name == "to") return Condition::Kind::to;
  if (name == "cc") return Condition::Kind::cc;
  if (name == "bcc") return Condition::Kind::bcc;
  return std::nullopt;
}

std::optional<Condition> state_of(std::string_view name, std::string_view value) {
  if (name == "has" && value == "attachment") return Condition{Condition::Kind::attachment, {}};
  if (name != "in") return std::nullopt;
  if (value == "sent") return Condition{Condition::Kind::sent, {}};
  for (const auto* label : {"INBOX", "STARRED", "IMPORTANT"}) {
    if (equals_ignoring_case(value, label)) return Condition{Condition::Kind::labelled, label};
  }
  return std::nullopt;
}

}  // namespace

bool is_gmail_operator(std::string_view name) {
  return std::any_of(std::begin(gmail_operators), std::end(gmail_operators),
                     [&](auto known) { return equals_ignoring_case(known, name); });
}

Error cannot_search_by(std::string_view what) {
  return {Errc::unsupported, "The archive cannot search by " + std::string{what} + '.',
          "Leave it out, or ask Gmail itself with gmail_search. The archive knows words, "
          "\"phrases\", -without, from:, to:, cc:, bcc:, subject:, has:attachment, after:, before: "
          "and in: for inbox, sent, starred, important; in double quotes it is plain text."};
}

std::optional<Error> add_condition(SearchQuery& query, std::string_view written,
                                   std::string_view value, bool is_excluded) {
  const auto name = to_lower_ascii(written);
  if (const auto people = people_of(name)) {
    query.conditions.push_back({*people, std::string{value}, is_excluded, false});
    return std::nullopt;
  }
  const bool is_after = name == "after" || name == "newer";
  if (is_after || name == "before" || name == "older") {
    return add_date(query, value, is_after != is_excluded);
  }
  auto state = state_of(name, to_lower_ascii(value));
  if (!state) {
    const bool may_be_named = value.size() <= longest_named && is_plain_word(value);
    return cannot_search_by(name + ':' + (may_be_named ? std::string{value} : std::string{}));
  }
  state->is_excluded = is_excluded;
  query.conditions.push_back(std::move(*state));
  return std::nullopt;
}

std::string name_of(const Condition& condition) {
  const auto name = [&]() -> std::string {
    switch (condition.kind) {
      case Condition::Kind::from: return "from:" + condition.value;
      case Condition::Kind::to: return "to:" + condition.value;
      case Condition::Kind::cc: return "cc:" + condition.value;
      case Condition::Kind::bcc: return "bcc:" + condition.value;
      case Condition::Kind::attachment: return "has:attachment";
      case Condition::Kind::sent: return condition.value.empty() ? "in:sent" : "from:me";
      case Condition::Kind::labelled: break;
    }
    return "in:" + to_lower_ascii(condition.value);
  };
  return (condition.is_excluded ? "-" : "") + name();
}

}  // namespace gmail_mcp::store
