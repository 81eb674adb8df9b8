#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace gmail_mcp::store {

/// A search in an archive. All terms and conditions must hold, and none of the excluded ones.
struct SearchQuery {
  struct Term {
    std::string text;        // words that follow each other; letters and digits count, nothing else
    bool is_prefix = false;  // the last word may continue
    bool in_subject = false;  // and not in the text
  };

  struct Condition {
    enum class Kind {
      from,  // these look for `value` in a name or an address
      to,    // of To, Cc and Bcc, as Gmail's
      cc,
      bcc,
      attachment,  // has a file
      sent,        // was sent; `value`: "" or "me"
      labelled,    // `value`: a label's id
    };
    Kind kind = Kind::from;
    std::string value;
    bool is_excluded = false;
    bool is_whole = false;  // from, to, cc, bcc: `value` is a whole address, not a part of one
  };

  std::vector<Term> terms;
  std::vector<Term> excluded;  // -word
  std::vector<Condition> conditions;
  std::optional<Timestamp> after;   // then and later
  std::optional<Timestamp> before;  // earlier than this
};

/// Reads what people type: words, which (from three letters on and without digits) also find longer
/// words; "a phrase" as a whole; begin*; -without; and of Gmail's operators from: to: cc: bcc:
/// subject: has:attachment after: before: (also newer: older:; days begin at 00:00 UTC) and in: for
/// inbox, sent, starred and important, each also with "-". Other operators of Gmail's are
/// `unsupported`, by their names. Everything else is punctuation, also a colon. An Error
/// (invalid_argument) when there is nothing to look for, or too much. Throws nothing.
Result<SearchQuery> parse_search(std::string_view text);

/// In from:, to:, cc: and bcc: the word `me` means the account, as at Gmail: from:me becomes
/// everything it sent, from any address; the others get its own address.
void read_me_as(SearchQuery& query, std::string_view own_address);

/// How it was searched, for callers who found nothing: one sentence or two.
std::string how_searched(const SearchQuery& query);

/// Text as it is put into an index of words and looked up there: in scripts without blanks
/// (Chinese, Japanese) there is one between any two characters, so that a part of a sentence is a
/// phrase.
std::string with_word_breaks(std::string_view text);
/// Whether with_word_breaks would change it.
bool needs_word_breaks(std::string_view text);

}  // namespace gmail_mcp::store
