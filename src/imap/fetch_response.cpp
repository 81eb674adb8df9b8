#include "imap/fetch_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "imap/utf7.h"

namespace gmail_mcp::imap {

namespace chrono = std::chrono;

namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::vector<std::string> read_words_in_list(Scanner& scanner) {
  std::vector<std::string> words;
  scanner.expect('(');
  scanner.blanks();
  while (!scanner.failed() && !scanner.take(')')) {
    words.push_back(scanner.astring());
    scanner.blanks();
  }
  return words;
}

// BODY[1.2]<0> → "1.2" and 0.
Section section_named(std::string_view attribute) {
  Section section;
  const auto open = attribute.find('[');
  const auto close = attribute.find(']', open);
  section.name = attribute.substr(open + 1, close - open - 1);
  std::transform(section.name.begin(), section.name.end(), section.name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto rest = attribute.substr(close + 1);
  if (rest.starts_with('<') && rest.ends_with('>')) {
    std::uint64_t offset = 0;
    const auto [end, failed] =
        std::from_chars(rest.data() + 1, rest.data() + rest.size() - 1, offset);
    if (failed == std::errc{}) section.offset = offset;
  }
  return section;
}

void read_attribute(Scanner& scanner, Fetched& fetched) {
  const auto name = scanner.attribute();
  scanner.blanks();
  const auto is = [&](std::string_view known) { return equals_ignoring_case(name, known); };
  if (is("UID")) {
    fetched.uid = scanner.number32();
  } else if (is("FLAGS")) {
    fetched.flags = read_words_in_list(scanner);
  } else if (is("INTERNALDATE")) {
    fetched.internal_date = read_internal_date(scanner.string());
  } else if (is("RFC822.SIZE")) {
    fetched.size = scanner.number();
  } else if (is("MODSEQ")) {
    scanner.expect('(');
    fetched.modseq = scanner.number();
    scanner.expect(')');
  } else if (is("X-GM-MSGID")) {
    fetched.gmail_message_id = scanner.number();
  } else if (is("X-GM-THRID")) {
    fetched.gmail_thread_id = scanner.number();
  } else if (is("X-GM-LABELS")) {
    auto labels = read_words_in_list(scanner);
    for (auto& label : labels) label = readable_name(label);
    fetched.gmail_labels = std::move(labels);
  } else if (is("BODYSTRUCTURE") || is("BODY")) {
    const auto begin = scanner.place();
    fetched.structure = read_body_structure(scanner);
    if (!fetched.structure) {
      scanner.go_back(begin);
      scanner.skip_value();
    }
  } else if (name.size() > 5 && equals_ignoring_case(name.substr(0, 5), "BODY[")) {
    auto section = section_named(name);
    if (auto bytes = scanner.nstring()) {
      section.bytes = std::move(*bytes);
      fetched.sections.push_back(std::move(section));
    }
  } else {
    scanner.skip_value();
  }
}

}  // namespace

Fetched read_fetched(Scanner& scanner) {
  Fetched fetched;
  scanner.expect('(');
  scanner.blanks();
  while (!scanner.failed() && !scanner.take(')')) {
    read_attribute(scanner, fetched);
    scanner.blanks();
  }
  return fetched;
}

std::optional<Timestamp> read_internal_date(std::string_view text) {
  // " 7-Jul-1996 02:44:25 -0700": the day may be padded with a blank.
  text = trim(text);
  std::size_t at = 0;
  const auto number = [&](std::size_t most_digits) {
    int value = -1;
    const auto digits = text.substr(at, most_digits);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed != std::errc{} || value < 0) return -1;
    at += static_cast<std::size_t>(end - digits.data());
    return value;
  };
  const auto take = [&](char c) { return at < text.size() && text[at] == c && ++at > 0; };
  const int day = number(2);
  if (!take('-')) return std::nullopt;
  const auto month = std::find_if(months.begin(), months.end(), [&](std::string_view name) {
    return equals_ignoring_case(name, text.substr(at, 3));
  });
  if (month == months.end()) return std::nullopt;
  at += 3;
  if (!take('-')) return std::nullopt;
  const int year = number(4);
  if (!take(' ')) return std::nullopt;
  const int hour = number(2);
  if (!take(':')) return std::nullopt;
  const int minute = number(2);
  if (!take(':')) return std::nullopt;
  const int second = number(2);
  if (!take(' ')) return std::nullopt;
  const bool is_west = take('-');
  if (!is_west && !take('+')) return std::nullopt;
  const int zone = number(4);
  const chrono::year_month_day date{
      chrono::year{year}, chrono::month{static_cast<unsigned>(month - months.begin() + 1)},
      chrono::day{static_cast<unsigned>(std::max(day, 0))}};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60 || zone < 0 || at != text.size()) {
    return std::nullopt;
  }
  const auto offset = chrono::hours{zone / 100} + chrono::minutes{zone % 100};
  const auto local = chrono::sys_days{date} + chrono::hours{hour} + chrono::minutes{minute} +
                     chrono::seconds{second};
  return is_west ? local + offset : local - offset;
}

std::string write_internal_date(Timestamp time) {
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{chrono::floor<chrono::seconds>(time - day)};
  return fmt::format("{:02}-{}-{:04} {:02}:{:02}:{:02} +0000", static_cast<unsigned>(date.day()),
                     months.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

}  // namespace gmail_mcp::imap
