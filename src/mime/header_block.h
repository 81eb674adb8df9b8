#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mime/address.h"

namespace gmail_mcp::mime {

/// The header section of a message being written: folded so that a line has at most 78 characters
/// where there is a blank to fold at (RFC 5322 §2.1.1), ASCII, lines ending with CRLF.
///
/// The caller must have checked that names are field names and values valid UTF-8 without control
/// characters.
class HeaderBlock {
 public:
  /// Free text (RFC 5322 §3.2.5), as encoded words if it needs them.
  void add_text(std::string_view name, std::string_view text);
  /// Nothing if there are none.
  void add_addresses(std::string_view name, const std::vector<Address>& addresses);
  /// Message ids. Nothing if there are none.
  void add_ids(std::string_view name, const std::vector<std::string>& ids);

  /// Whole fields of another message, in lines that end with CRLF.
  void add_lines(std::string_view lines) { out_ += lines; }

  std::string finish() && { return std::move(out_); }

 private:
  enum class FirstWord { can_fold, stays_on_line };
  void add_words(std::string_view name, const std::vector<std::string>& words,
                 FirstWord first = FirstWord::can_fold);

  std::string out_;
};

/// A display name as the words of a phrase (RFC 5322 §3.2.5): atoms, one quoted string, or encoded
/// words. Control characters become blanks.
std::vector<std::string> format_phrase(std::string_view name);

}  // namespace gmail_mcp::mime
