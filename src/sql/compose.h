#pragma once

#include <array>
#include <cstddef>

namespace gmail_mcp::sql {

/// Joins literals at compile time, so that statements may share a list of columns and still be
/// compile-time constants:
///
///   constexpr char columns[] = "id, email";
///   constexpr auto find = compose("SELECT ", columns, " FROM users WHERE id = ?1");
///   Statement statement{Sql{find.data()}, id};
template <std::size_t... N>
consteval auto compose(const char (&... parts)[N]) {
  std::array<char, (0 + ... + (N - 1)) + 1> text{};
  std::size_t size = 0;
  const auto append = [&](const char* part, std::size_t length) {
    for (std::size_t i = 0; i < length; ++i) text[size++] = part[i];
  };
  (append(parts, N - 1), ...);
  return text;
}

}  // namespace gmail_mcp::sql
