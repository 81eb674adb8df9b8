#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sql/database.h"

namespace gmail_mcp::sql::postgres {

/// Our statement as PostgreSQL reads it: ?1 is $1, except in quotes and comments.
std::string with_dollars(std::string_view statement);

/// Whether the statement changes nothing that outlives its transaction: a SELECT, perhaps behind
/// WITH, or SET LOCAL. False when in doubt.
bool only_reads(std::string_view statement);

/// The parameters of a statement as texts that end with a zero, null for NULL. The server finds out
/// their types. U+0000, which no text of PostgreSQL can hold, becomes U+FFFD. Borrows the texts of
/// the statement, which must outlive this.
class Parameters {
 public:
  explicit Parameters(const std::vector<Value>& values);

  const char* const* texts() const { return texts_.data(); }
  int count() const { return static_cast<int>(texts_.size()); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::vector<const char*> texts_;
  std::vector<std::string> made_;  // never grows beyond what was reserved: texts_ points into it
  std::size_t bytes_ = 0;
};

/// A column's value, written by the server in the type with this number (pg_type.oid): whole
/// numbers and booleans are integers, other numbers real, times ISO 8601 in UTC with milliseconds,
/// and all the rest is text.
Value value_of(std::uint32_t type, std::string_view text);

}  // namespace gmail_mcp::sql::postgres
