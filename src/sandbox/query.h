#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sandbox/mailbox.h"

namespace gmail_mcp::sandbox {

/// What a search needs to know besides the message.
struct SearchContext {
  std::string own_address;
  const std::vector<Label>* labels = nullptr;  // for label:, which uses names
  Timestamp now;
};

/// Gmail's search language (https://support.google.com/mail/answer/7190), parsed once and applied
/// to many messages. Never an error: anything unknown is a word. OR binds closer than a blank; days
/// begin at midnight UTC.
class Query {
 public:
  using Test = std::function<bool(const StoredMessage&, const SearchContext&)>;

  static Query parse(std::string_view text);

  /// `in:anywhere`, or an explicit search inside spam or trash, lets those messages in.
  bool reaches_spam() const { return reaches_spam_; }
  bool reaches_trash() const { return reaches_trash_; }

  /// Judges by the words of the query only; the caller leaves out spam and trash.
  bool matches(const StoredMessage& message, const SearchContext& context) const {
    return test_(message, context);
  }

 private:
  Test test_;
  bool reaches_spam_ = false;
  bool reaches_trash_ = false;
};

/// The test behind one `operator:value`, or nullptr if there is no such operator. `name` is lower
/// case.
Query::Test operator_test(std::string_view name, std::string_view value);

/// The test behind a bare word or a "phrase": anywhere in the mail.
Query::Test phrase_test(std::string_view phrase);

/// "Work/Projects" → "work-projects": how label names are written in a search.
std::string searchable_label(std::string_view name);

}  // namespace gmail_mcp::sandbox
