#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace gmail_mcp::sql::postgres {

/// What the server said about a failure, without the parts in which the contents of rows may be.
struct Refusal {
  std::string state;   // SQLSTATE, five characters; "" when the server said nothing
  std::string detail;  // for the log: names of constraints and tables, or which address failed
};

/// States that are looked at by name (PostgreSQL, appendix A).
namespace state {
inline constexpr std::string_view bad_text = "22P02";   // such as "7" for a uuid
inline constexpr std::string_view read_only = "25006";  // a standby, or one that was
inline constexpr std::string_view serialization = "40001";
inline constexpr std::string_view deadlock = "40P01";
inline constexpr std::string_view cancelled = "57014";
}  // namespace state

/// The Error for a statement that the server refused.
Error statement_error(const Refusal& refusal);

/// The Error for a connection that could not be made. `said`: what libpq said.
Error connect_error(std::string_view said);

/// No answer came: the connection ended, or the time was over. A change whose statements had been
/// sent may have been made.
enum class Sent { nothing, a_read, a_change };
Error lost_error(Sent sent);
Error late_error(Sent sent);

}  // namespace gmail_mcp::sql::postgres
