#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::sandbox {

/// Text as the search sees it: lower-case words between single spaces, one in front and one behind
/// (" hello world "). Punctuation separates; a character of a script without spaces (CJK) is a word
/// of its own, so that finding a phrase of them is finding neighbours.
std::string words_of(std::string_view text);

/// True when `phrase` (also made by words_of) occurs in `text` as whole neighbouring words. An
/// empty phrase occurs everywhere.
bool contains_words(std::string_view text, std::string_view phrase);

/// What a reader sees of HTML: tags, scripts and styles gone, entities decoded.
std::string text_of_html(std::string_view html);

/// Gmail's preview: about 200 characters on one line, HTML-escaped.
std::string snippet_of(std::string_view text);

}  // namespace gmail_mcp::sandbox
