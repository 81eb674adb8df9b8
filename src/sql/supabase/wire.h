#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "sql/database.h"

// What passes between us and the function gmail_mcp_run of a Supabase project (script.h), by
// POST /rest/v1/rpc/gmail_mcp_run.
namespace gmail_mcp::sql::supabase {

/// Whether a statement may fail for an id that is no UUID, or must pass over it.
enum class Care { none, passes_over_no_ids };

/// {"calls":[…]}: numbers as text, as libpq sends them. What PostgreSQL's texts cannot hold, U+0000
/// and bytes that are no UTF-8, becomes U+FFFD.
std::string request_of(std::span<const Statement> statements, Care care = Care::none);

/// The rows of each of `count` statements. A column of type json comes as its text. `unavailable`
/// when the answer is none of the function's.
Result<std::vector<Rows>> answers_in(std::string_view body, std::size_t count);

/// Why there are no rows.
struct Refusal {
  enum class Next {
    fail,
    with_care,  // an id that is no UUID, 22P02: such a row is not there; nothing was changed yet
    repeat,     // the transaction lost against another one, 40001 or 40P01, and changed nothing
    wait,       // 503 or 520: what has no effect may be tried again, as Supabase's clients do
  };
  Next next = Next::fail;
  Error error;
  /// A change may have been made all the same: the gateway gave up waiting, or PostgREST lost the
  /// database before that had answered.
  bool may_be_done = false;
};

/// Of an answer with a status above 299. PostgREST's bodies are {"code", "message", "details",
/// "hint"} (postgrest.org, References, Errors), the gateway before it has others. The error's
/// detail names status and code, never the message, which may hold values of a row.
Refusal refusal_of(int status, const http::Headers& headers, std::string_view body);

}  // namespace gmail_mcp::sql::supabase
