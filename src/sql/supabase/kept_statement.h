#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::sql {

/// A statement as a Supabase project keeps it: its text in pieces, between which the function
/// `gmail_mcp_run` puts the parameters as literals.
struct KeptStatement {
  std::vector<std::string> pieces;  // one more than there are slots
  std::vector<int> slots;           // the number of the parameter after each piece, from 1
  /// True when it answers with rows: then the text is one that answers with one JSON array, whose
  /// elements are the rows as {"f1": first column, "f2": …}. Names of columns may repeat, so they
  /// are left out.
  bool has_rows = false;
};

/// Reads SQL as our statements are written: parameters are ?1, ?2 … outside of quotes and
/// comments; a statement answers with rows when it is a SELECT or has a RETURNING, whatever WITH
/// comes before. Linear in the text.
KeptStatement kept_statement(std::string_view text);

}  // namespace gmail_mcp::sql
