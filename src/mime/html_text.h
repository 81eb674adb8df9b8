#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gmail_mcp::mime {

struct HtmlText {
  std::string text;  // UTF-8, lines end with LF, at most one empty line between two others

  /// Characters, blanks not counted, that are in the document but that the reader does not see:
  /// elements hidden by an inline style or the `hidden` attribute, and characters without width.
  std::size_t hidden_chars = 0;

  /// The document was larger than `most_html`, and the text is that of its beginning.
  bool is_cut = false;
};

/// How much of a document is converted: no letter is longer; a book, or an attack, can be read as
/// it was sent.
inline constexpr std::size_t most_html = std::size_t{2} << 20;

/// How much more work a byte of it is than a copied one: for offload().
inline constexpr std::size_t html_weight = 8;

/// The text of an HTML mail body as a person would read it: blocks and table rows on lines of their
/// own, lists with bullets or numbers, "> " before quotations, links as "text (address)", images as
/// "[alternative text]". Scripts and styles are dropped, and so is what is hidden.
///
/// Takes any bytes, never fails, converts at most `most_html` of them, and is linear in time and
/// memory whatever the nesting. Of style sheets, rules with a simple selector are applied (see
/// StyleSheet); text in the colour of its background is not detected. Thread-safe.
HtmlText html_to_text(std::string_view html);

/// html_to_text(html).hidden_chars, without making the text: for HTML that is not shown.
std::size_t count_hidden_chars(std::string_view html);

}  // namespace gmail_mcp::mime
