#include "sandbox/imap/date.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::imap {

namespace {

namespace chrono = std::chrono;

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string date_time(Timestamp time) {
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{chrono::floor<chrono::seconds>(time - day)};
  return fmt::format("\"{:02}-{}-{:04} {:02}:{:02}:{:02} +0000\"",
                     static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<chrono::sys_days> read_date(std::string_view text) {
  const auto parts = split(trim(text), '-');
  if (parts.size() != 3) return std::nullopt;
  const auto day = read_number<unsigned>(parts[0]);
  const auto month = std::find_if(months.begin(), months.end(), [&](std::string_view name) {
    return equals_ignoring_case(name, parts[1]);
  });
  const auto year = read_number<int>(parts[2]);
  if (!day || month == months.end() || !year || *year > 9999) return std::nullopt;
  const chrono::year_month_day date{
      chrono::year{*year}, chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
      chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  return chrono::sys_days{date};
}

std::optional<Timestamp> read_date_time(std::string_view text) {
  if (text.size() != 26) return std::nullopt;
  const auto two = [&](std::size_t at) { return read_number<unsigned>(text.substr(at, 2)); };
  const auto day = read_date(text.substr(0, 11));
  const auto hour = two(12);
  const auto minute = two(15);
  const auto second = two(18);
  const auto zone_hour = two(22);
  const auto zone_minute = two(24);
  if (!day || !hour || !minute || !second || !zone_hour || !zone_minute) return std::nullopt;
  const auto offset = chrono::hours{*zone_hour} + chrono::minutes{*zone_minute};
  const Timestamp local =
      *day + chrono::hours{*hour} + chrono::minutes{*minute} + chrono::seconds{*second};
  return text[21] == '-' ? local + offset : local - offset;
}

}  // namespace gmail_mcp::sandbox::imap
