#pragma once

#include <cstddef>
#include <string_view>

namespace gmail_mcp::mime {

/// What an HTML element does to the text in it.
enum class ElementKind {
  phrase,  // part of a line; also every unknown element
  link,
  block,      // lines of its own
  paragraph,  // <p>: set apart by empty lines, and ended by the next block
  heading,    // likewise, but not ended
  preformatted,
  quote,
  list,
  item,
  definition_list,
  definition,
  table,
  row,
  cell,
  option,
  unseen,   // for programs: a browser would not show its text
  dropped,  // no text at all, such as a script
  line_break,
  rule,
  image,
  empty,  // nothing inside
};

inline constexpr std::size_t number_of_element_kinds =
    static_cast<std::size_t>(ElementKind::empty) + 1;

/// A set of kinds, one bit each.
using ElementKinds = unsigned;
constexpr ElementKinds only(ElementKind kind) { return 1U << static_cast<unsigned>(kind); }
template <class... More>
constexpr ElementKinds any_of(More... kinds) {
  return (only(kinds) | ...);
}
constexpr bool contains(ElementKinds kinds, ElementKind kind) { return (kinds & only(kind)) != 0; }

/// `phrase` for a name we do not know. `name` is in lower case.
ElementKind element_kind(std::string_view name);

}  // namespace gmail_mcp::mime
