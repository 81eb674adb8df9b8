#include "base/clock.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <cctype>

namespace gmail_mcp {

namespace chrono = std::chrono;

Timestamp SystemClock::now() const {
  return chrono::floor<chrono::milliseconds>(chrono::system_clock::now());
}

chrono::steady_clock::time_point SystemClock::steady_now() const {
  return chrono::steady_clock::now();
}

Task<void> SystemClock::sleep(chrono::milliseconds duration) {
  Timer timer{co_await boost::asio::this_coro::executor, duration};
  co_await timer.async_wait(use_task);
}

chrono::steady_clock::time_point ManualClock::steady_now() const {
  return chrono::steady_clock::time_point{now_.time_since_epoch()};
}

Task<void> ManualClock::sleep(chrono::milliseconds duration) {
  now_ += duration;
  auto executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(executor, use_task);
}

namespace {

// Every result contains times: writing digits by hand costs a tenth of a format string.
void append_digits(std::string& out, unsigned value, unsigned scale) {
  for (; scale > 0; scale /= 10) out += static_cast<char>('0' + value / scale % 10);
}

}  // namespace

std::string to_iso8601(Timestamp time) {
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{time - day};
  std::string text;
  text.reserve(24);
  append_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 1000);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.month()), 10);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.day()), 10);
  text += 'T';
  append_digits(text, static_cast<unsigned>(clock.hours().count()), 10);
  text += ':';
  append_digits(text, static_cast<unsigned>(clock.minutes().count()), 10);
  text += ':';
  append_digits(text, static_cast<unsigned>(clock.seconds().count()), 10);
  if (clock.subseconds().count() != 0) {
    text += '.';
    append_digits(text, static_cast<unsigned>(clock.subseconds().count()), 100);
  }
  text += 'Z';
  return text;
}

namespace {

// Reads exactly `width` digits from the front of `text`.
bool take_digits(std::string_view& text, int width, int& out) {
  if (text.size() < static_cast<std::size_t>(width)) return false;
  int value = 0;
  for (int i = 0; i < width; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(static_cast<std::size_t>(width));
  out = value;
  return true;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

bool parse_offset(std::string_view& text, chrono::minutes& offset) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return true;
  const bool negative = text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return false;
  int hours = 0;
  int minutes = 0;
  if (!take_digits(text, 2, hours)) return false;
  take(text, ':');
  if (!text.empty() && !take_digits(text, 2, minutes)) return false;
  offset = chrono::hours{hours} + chrono::minutes{minutes};
  if (negative) offset = -offset;
  return true;
}

}  // namespace

Result<Timestamp> parse_iso8601(std::string_view text) {
  const Error bad{Errc::invalid_argument, "The time is not in ISO 8601 form.",
                  "Write it as 2026-01-02T03:04:05Z."};
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!take_digits(text, 4, year) || !take(text, '-') || !take_digits(text, 2, month) ||
      !take(text, '-') || !take_digits(text, 2, day)) {
    return bad;
  }
  const chrono::year_month_day date{chrono::year{year}, chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return bad;
  Timestamp time{chrono::sys_days{date}};
  if (text.empty()) return time;
  if (!take(text, 'T') && !take(text, ' ')) return bad;
  if (!take_digits(text, 2, hour) || !take(text, ':') || !take_digits(text, 2, minute)) return bad;
  if (take(text, ':') && !take_digits(text, 2, second)) return bad;
  if (hour > 23 || minute > 59 || second > 60) return bad;
  time += chrono::hours{hour} + chrono::minutes{minute} + chrono::seconds{second};
  if (take(text, '.')) {
    int scale = 100;
    while (!text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0) {
      time += chrono::milliseconds{(text.front() - '0') * scale};
      scale /= 10;
      text.remove_prefix(1);
    }
  }
  chrono::minutes offset{0};
  if (!parse_offset(text, offset) || !text.empty()) return bad;
  return time - offset;
}

}  // namespace gmail_mcp
