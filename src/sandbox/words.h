#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::sandbox {

/// The searchable form of a text: lower-case words between single spaces, with a space at each end
/// (" hello world "). Punctuation separates words; each character of a script without spaces (CJK)
/// is a word, so that a phrase of them is found as neighbouring words.
std::string words_of(std::string_view text);

/// True when `phrase` (also made by words_of) occurs in `text` as whole neighbouring words. An
/// empty phrase occurs everywhere.
bool contains_words(std::string_view text, std::string_view phrase);

/// The readable text of HTML: without tags, scripts and styles, with entities decoded.
std::string text_of_html(std::string_view html);

/// Gmail's preview: about 200 characters on one line, HTML-escaped.
std::string snippet_of(std::string_view text);

}  // namespace gmail_mcp::sandbox
