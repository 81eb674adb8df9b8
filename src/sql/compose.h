#pragma once

#include <array>
#include <cstddef>

#include "sql/database.h"

namespace gmail_mcp::sql {

/// Literals joined at compile time: a statement, wherever Sql is wanted. Must be a constant at
/// namespace scope, because the Sql refers to it.
template <std::size_t Size>
class Composed {
 public:
  template <std::size_t... N>
  consteval explicit Composed(const char* name, const char (&... parts)[N]) : name_{name} {
    std::size_t size = 0;
    const auto append = [&](const char* part, std::size_t length) {
      for (std::size_t i = 0; i < length; ++i) text_[size++] = part[i];
    };
    (append(parts, N - 1), ...);
  }
  Composed(const Composed&) = delete;
  Composed& operator=(const Composed&) = delete;

  constexpr operator Sql() const { return Sql{name_, text_}; }

 private:
  const char* name_;
  std::array<char, Size> text_{};
};

/// Joins literals at compile time, so that statements may share a list of columns and still be
/// compile-time constants:
///
///   constexpr char columns[] = "id, email";
///   constexpr auto find = named("users.find", "SELECT ", columns, " FROM users WHERE id = ?1");
///   auto rows = co_await database.read(find, id);
template <std::size_t... N>
consteval auto named(const char* name, const char (&... parts)[N]) {
  return Composed<(0 + ... + (N - 1)) + 1>{name, parts...};
}

/// The same without a name.
template <std::size_t... N>
consteval auto compose(const char (&... parts)[N]) {
  return Composed<(0 + ... + (N - 1)) + 1>{"", parts...};
}

}  // namespace gmail_mcp::sql
