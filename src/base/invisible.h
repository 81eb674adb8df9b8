#pragma once

namespace gmail_mcp {

/// Whether a character has no width and does not change its neighbours: it is only used for padding
/// and hiding, and for changing the direction of text. Fillers, tags and bidi controls are among
/// them. After Unicode's Default_Ignorable_Code_Point.
bool is_always_invisible(char32_t code);

/// Whether it has no width, but shapes the character before it, as emoji and several scripts need:
/// joiners and variation selectors.
bool is_shaping(char32_t code);

}  // namespace gmail_mcp
