#pragma once

#include <optional>
#include <string_view>

namespace gmail_mcp::mime {

/// What an inline style says about whether an element's text can be seen. nullopt: says nothing, so
/// the element is as its parent is.
struct StyleVisibility {
  /// display:none, opacity:0, an empty clipped box, text moved off the page: nothing inside shows.
  bool is_gone = false;

  /// visibility: what is inside may be made visible again.
  std::optional<bool> is_invisible;

  /// font-size 0 or 1 px. Often only a container's, to close gaps between the boxes in it, which
  /// then have a size of their own.
  std::optional<bool> has_no_size;
};

/// Reads the style attribute of an element. CSS it does not understand hides nothing.
StyleVisibility read_style(std::string_view style);

}  // namespace gmail_mcp::mime
