// Date headers (declared in header.h).
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "mime/gmime_library.h"
#include "mime/header.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t longest_date = 200;

bool is_date_digit(char c) { return c >= '0' && c <= '9'; }

// Without comments (RFC 5322 §3.2.2) and the blanks around colons, on one line.
std::string without_comments(std::string_view raw) {
  std::string text;
  std::size_t depth = 0;
  for (const char c : raw) {
    const bool is_blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
    if (c == '(') ++depth;
    if (depth == 0 && !is_blank) {
      if (c == ':') text.erase(text.find_last_not_of(' ') + 1);
      text += c;
    } else if (!text.empty() && text.back() != ' ' && text.back() != ':') {
      text += ' ';
    }
    if (c == ')' && depth > 0) --depth;
  }
  return text;
}

bool is_month(std::string_view word) {
  static constexpr std::array<std::string_view, 12> months{
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
  const auto lower = to_lower_ascii(word.substr(0, 3));
  return std::ranges::find(months, lower) != months.end();
}

bool is_number(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, is_date_digit);
}

// RFC 5322 §4.3: two digits from 50 on are of the last century; three digits count from 1900.
std::string whole_year(const std::string& year) {
  if (year.size() == 2) return (year < "50" ? "20" : "19") + year;
  return year.size() == 3 ? std::to_string(1900 + std::stoi(year)) : year;
}

struct TidyDate {
  std::string text;
  std::chrono::seconds later{0};
};

// "23:59:60.5" → "23:59:59", and a second later: GMime has no leap seconds or fractions.
void tidy_time(std::string& time, std::chrono::seconds& later) {
  time.resize(std::min(time.find_first_of(".,"), time.size()));
  const bool has_leap_second = time.size() > 6 && time.ends_with(":60");
  if (!has_leap_second) return;
  time.replace(time.size() - 2, 2, "59");
  later = std::chrono::seconds{1};
}

// Converts forms that GMime does not know into one that it reads: "Sat,31 Dec 16 23:59:60+01:00".
TidyDate tidy_date(std::string_view raw) {
  TidyDate tidy;
  auto text = without_comments(raw);
  if (const auto comma = text.find(','); comma < 12) text.insert(comma + 1, " ");
  auto words = split(text, ' ');
  std::erase(words, "");
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto& word = words[i];
    const bool is_year =
        i > 1 && is_number(word) && is_month(words[i - 1]) && is_number(words[i - 2]);
    if (is_year) word = whole_year(word);
    std::string zone;
    const auto sign = word.find_first_of("+-");
    const bool is_time = is_date_digit(word.front()) && word.find(':') != std::string::npos;
    const bool is_zone = sign == 0 || is_time ||
                         equals_ignoring_case(word.substr(0, sign), "gmt") ||
                         equals_ignoring_case(word.substr(0, sign), "utc");
    if (sign != std::string::npos && is_zone) {
      zone = word.substr(sign);
      word.resize(sign);
      std::erase(zone, ':');
    }
    if (is_time) tidy_time(word, tidy.later);
    if (!zone.empty() && !is_time) word.clear();
    for (const auto* part : {&word, &zone}) {
      if (part->empty()) continue;
      if (!tidy.text.empty()) tidy.text += ' ';
      tidy.text += *part;
    }
  }
  return tidy;
}

}  // namespace

std::optional<Timestamp> parse_date(std::string_view raw) {
  start_gmime();
  const auto tidy = tidy_date(raw.substr(0, longest_date));
  const std::unique_ptr<GDateTime, decltype([](GDateTime* date) { g_date_time_unref(date); })> date{
      g_mime_utils_header_decode_date(tidy.text.c_str())};
  if (!date) return std::nullopt;
  return Timestamp{std::chrono::seconds{g_date_time_to_unix(date.get())} + tidy.later};
}

}  // namespace gmail_mcp::mime
