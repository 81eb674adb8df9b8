#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/message.h"

namespace gmail_mcp::mail::memory {

/// The data that a search compares: the message as the tools would show it, and its file names.
struct Searchable {
  const model::Message& message;
  const std::vector<model::Label>& labels;
};

/// The part of Gmail's search language that matters to tests and trials: words and "phrases", from:
/// to: cc: bcc: subject: filename: label: in: is: has:attachment rfc822msgid: after: before:
/// newer_than: older_than:, `-` before any of them. Everything must match. Unknown operators are
/// `unsupported`.
class Query {
 public:
  static Result<Query> parse(std::string_view text);

  bool matches(const Searchable& subject, Timestamp now) const;
  /// Spam and trash are searched only when asked for by name.
  bool reaches(std::string_view label) const;

 private:
  struct Term {
    std::string name;   // operator, lower case; empty: a word or phrase
    std::string value;  // lower case
    bool wanted = true;
  };

  static bool holds(const Term& term, const Searchable& subject, Timestamp now);

  std::vector<Term> terms_;
};

}  // namespace gmail_mcp::mail::memory
