#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::store {

/// What somebody looks for in an archive. All terms must be there, none of the excluded.
struct SearchQuery {
  struct Term {
    std::string text;        // words that follow each other; letters and digits count, nothing else
    bool is_prefix = false;  // the last word may go on
  };

  std::vector<Term> terms;     // at least one
  std::vector<Term> excluded;  // -word
};

/// Reads what people type: words, "a phrase", begin*, -without. Everything else is punctuation, so
/// that no input is a syntax error and none means more than this. Throws nothing; an Error
/// (invalid_argument) when there is nothing to look for, or too much.
Result<SearchQuery> parse_search(std::string_view text);

/// Text as it is put into an index of words and looked for there: scripts written without blanks
/// (Chinese, Japanese, Korean) get one between any two characters, so that a part of a sentence is
/// a phrase.
std::string with_word_breaks(std::string_view text);
/// Whether with_word_breaks would change it.
bool needs_word_breaks(std::string_view text);

}  // namespace gmail_mcp::store
