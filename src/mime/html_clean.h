#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace gmail_mcp::mime {

/// Larger documents are not cleaned: nobody writes so much by hand.
inline constexpr std::size_t most_clean_html = std::size_t{2} << 20;

struct CleanHtml {
  std::string html;
  std::unordered_set<std::string>
      pictures;  // the ones of the argument that it shows, by their old ids
};

/// A stranger's HTML made safe for use in a new message: its words, links and appearance, and
/// nothing active. Only elements and attributes known to be harmless are written, each properly
/// closed, so that it can neither run, load, submit or cover anything, nor affect anything outside
/// of the element that it is put into. Style sheets, forms and frames are removed; hidden text and
/// pictures of one pixel are left out. A picture in the message ("cid:…") gets the content id that
/// `pictures` has for its old one, or is replaced by its alternative text; a picture on the web
/// stays.
///
/// nullopt for HTML of more than `most_clean_html` bytes, read or written, and for elements nested
/// deeper than 256: such HTML can be quoted as text. Linear in time and memory. Thread-safe.
std::optional<CleanHtml> clean_html(
    std::string_view html, const std::unordered_map<std::string, std::string>& pictures = {});

/// Text as HTML that shows it line by line.
std::string text_as_html(std::string_view text);

}  // namespace gmail_mcp::mime
