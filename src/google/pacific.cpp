#include "google/pacific.h"

namespace gmail_mcp::google {

namespace chrono = std::chrono;

namespace {

// The clocks change at two in the morning, so the Sunday of a change still begins in the old time.
Timestamp pacific_midnight(chrono::sys_days day) {
  const chrono::year year = chrono::year_month_day{day}.year();
  const chrono::sys_days begin{year / chrono::March / chrono::Sunday[2]};
  const chrono::sys_days end{year / chrono::November / chrono::Sunday[1]};
  const bool is_summer_time = day > begin && day <= end;
  return Timestamp{day} + chrono::hours{is_summer_time ? 7 : 8};
}

}  // namespace

Timestamp next_pacific_midnight(Timestamp now) {
  // Days there begin seven or eight hours after UTC's, so this day has already begun.
  auto day = chrono::floor<chrono::days>(now - chrono::hours{8});
  while (pacific_midnight(day) <= now) day += chrono::days{1};
  return pacific_midnight(day);
}

}  // namespace gmail_mcp::google
