#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mime {

/// Text of a declared charset as valid UTF-8 without NUL bytes and without a byte order mark.
///
/// A charset is read as the superset that mail programs mean by it (iso-8859-1 as windows-1252,
/// gb2312 as GB18030, shift_jis as CP932 …, as browsers do). When `charset` is empty, "us-ascii" or
/// unknown, the text is UTF-8 if it is well-formed as such and windows-1252 otherwise. Meaningless
/// bytes become U+FFFD. Never fails; time and space are linear in `bytes`. Thread-safe.
std::string text_to_utf8(std::string_view bytes, std::string_view charset);

/// The same in place: a text that is UTF-8 already is not copied.
void make_utf8(std::string& text, std::string_view charset);

/// What bytes are as UTF-8.
enum class Utf8Kind { ascii, beyond_ascii, malformed };
Utf8Kind utf8_kind(std::string_view bytes);

/// make_utf8() where the kind of the bytes is known.
void make_utf8(std::string& text, std::string_view charset, Utf8Kind kind);

/// Whether text_to_utf8() knows that charset. False for "us-ascii", which says nothing.
bool is_known_charset(std::string_view charset);

}  // namespace gmail_mcp::mime
