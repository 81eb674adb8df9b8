#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gmail_mcp::mime {

/// Whether CSS lets a reader see an element's text. nullopt: as its parent.
struct StyleVisibility {
  /// display:none, opacity:0, an empty clipped box, text moved off the page: nothing inside shows.
  bool is_gone = false;

  /// visibility: what is inside may be made visible again.
  std::optional<bool> is_invisible;

  /// font-size 0 or 1 px. Often only a container's, to close gaps between the boxes in it, which
  /// then have a size of their own.
  std::optional<bool> has_no_size;
};

/// The declarations that apply to one element, as far as they can hide it: later ones override
/// earlier ones, and those marked !important all others. CSS we do not understand hides nothing.
class StyleDeclarations {
 public:
  /// The content of a style attribute, or of the braces of a rule.
  void add(std::string_view css);
  /// As if written after what is here.
  void add(const StyleDeclarations& later);

  StyleVisibility visibility() const;

 private:
  enum class Property;
  /// nullopt for one that hides nothing: of most, the value need not be looked at.
  static std::optional<Property> property_of(std::string_view name);

  // nullopt: not declared.
  struct Facts {
    std::optional<bool> is_display_none;
    std::optional<bool> is_invisible;
    std::optional<bool> is_transparent;
    std::optional<bool> is_colorless;
    std::optional<bool> is_clipped;
    std::optional<bool> has_no_height;
    std::optional<bool> has_no_width;
    std::optional<bool> is_far_off;
    std::optional<bool> has_no_size;

    void declare(Property property, std::string_view value);
    void override_with(const Facts& later);
  };

  Facts normal_;
  Facts important_;
};

/// The rules of <style> elements whose selector is one name: `td`, `.preheader`, `td.preheader` or
/// `#preheader`; of very many, the first 20,000. All other rules, such as those for narrow screens,
/// are ignored.
class StyleSheet {
 public:
  void add(std::string_view css);

  bool is_empty() const { return rules_.empty(); }
  /// For an element with that name, class attribute and id. Names in lower case.
  StyleDeclarations declarations_for(std::string_view name, std::string_view classes,
                                     std::string_view id) const;

 private:
  void add_rule(std::string_view selectors, std::string_view body);

  std::unordered_map<std::string, StyleDeclarations> rules_;  // by selector
};

/// The rules of all <style> elements of a document, because a rule also applies to elements before
/// it.
StyleSheet style_sheet_of(std::string_view html);

}  // namespace gmail_mcp::mime
