#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "store/search_query.h"

// The meaning of Gmail's search operators (https://support.google.com/mail/answer/7190) for an
// archive.
namespace gmail_mcp::store {

/// Whether a word that begins with `name` and a colon is one of Gmail's operators.
bool is_gmail_operator(std::string_view name);

/// The error for a search that the archive cannot do, by its name.
Error cannot_search_by(std::string_view what);

/// Adds `name:value` to the query; an Error if it cannot: `unsupported`, or `invalid_argument` for
/// a bad value. subject: is not handled here, because its values are terms.
std::optional<Error> add_condition(SearchQuery& query, std::string_view name,
                                   std::string_view value, bool is_excluded);

/// The condition as one would write it: "-from:priya".
std::string name_of(const SearchQuery::Condition& condition);

}  // namespace gmail_mcp::store
