#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace gmail_mcp::mime {

/// More is not cleaned: nobody writes so much by hand.
inline constexpr std::size_t most_clean_html = std::size_t{2} << 20;

struct CleanHtml {
  std::string html;
  std::unordered_set<std::string> pictures;  // those of `pictures` that it shows, by their old ids
};

/// A stranger's HTML as a part of a new message: its words, links and looks, and nothing that acts.
/// What is written is a list of elements and attributes known to be harmless, each closed within
/// it, so that it can neither run, load, submit or cover anything, nor reach out of the element
/// that it is put into. Style sheets, forms and frames go; what the document hides is left out, and
/// so are pictures of one pixel. A picture in the message ("cid:…") gets the content id that
/// `pictures` has for its old one, or shows its alternative text; one of the web stays.
///
/// nullopt for HTML of more than `most_clean_html` bytes, read or written, and for what is nested
/// deeper than 256 elements: such can be quoted as text. Linear in time and memory. Thread-safe.
std::optional<CleanHtml> clean_html(
    std::string_view html, const std::unordered_map<std::string, std::string>& pictures = {});

/// Text as HTML that shows it line by line.
std::string text_as_html(std::string_view text);

}  // namespace gmail_mcp::mime
