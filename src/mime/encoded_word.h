#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::mime {

/// `=?charset?B?text?=` (RFC 2047 §2), still encoded. Borrows from the header it was found in.
struct EncodedWord {
  std::string_view charset;  // without the language suffix of RFC 2231 §5
  bool is_base64 = false;
  std::string_view text;
  std::size_t size = 0;  // of the whole word in the header
};

/// Finds the encoded words of one header value, in time linear in the value: the end of a word that
/// is never closed is looked for only once, not at every "=?". Tolerates blanks in the text.
class EncodedWordReader {
 public:
  explicit EncodedWordReader(std::string_view header) : header_{header} {}

  /// The word that starts exactly at `at`.
  std::optional<EncodedWord> read(std::size_t at);

 private:
  std::string_view header_;
  bool no_end_ = false;
};

/// The bytes of a word, in its charset.
std::string decode_bytes(const EncodedWord& word);

/// UTF-8 text as words of at most 60 characters, none of which splits a character. To be separated
/// by blanks; good for a Subject and for a display name (RFC 2047 §5).
std::vector<std::string> encode_words(std::string_view text);

}  // namespace gmail_mcp::mime
