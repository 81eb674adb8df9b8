#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/search_query.h"

// Full text for PostgreSQL that answers as SQLite's does: both find the words of one reading, that
// of FTS5's tokenizer `unicode61 remove_diacritics 2`
// (https://sqlite.org/fts5.html#unicode61_tokenizer). PostgreSQL's own reading of a text is not
// used: it takes addresses, links and dates as one word, leaves out <tags>, and depends on the
// server's locale. What is given here are values of its types as text
// (https://www.postgresql.org/docs/15/datatype-textsearch.html).
namespace gmail_mcp::store {

/// Reads the words of a text, one after another: what is between characters that are no letters,
/// digits or marks above a letter, in lower case and without the accents of Latin letters. Text
/// without blanks is to be given as `with_word_breaks` makes it.
class SearchWords {
 public:
  explicit SearchWords(std::string_view text) : text_{text} {}

  /// nullopt: there are no more. Valid until the next call.
  std::optional<std::string_view> next();

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::string word_;
};

/// The words of a message as a tsvector, always smaller than the megabyte that one may have: of a
/// longer message the first words are found. `account` is the word '~' and its number. Words of the
/// subject are there twice, once behind a colon, for searches in the subject alone. '+' says that
/// some places are missing (PostgreSQL counts to 16,383, and keeps 255 of a word).
std::string tsvector_of(std::int64_t account, std::string_view subject, std::string_view text);

/// The terms and the excluded terms of a query as a tsquery, a line for each term, and one more for
/// all that must not be there; "" when it can match nothing. A phrase also matches a message with
/// '+' that has all its words. Without terms: what must not be there. nullopt: it has neither.
std::optional<std::string> tsquery_of(const SearchQuery& query);

}  // namespace gmail_mcp::store
