#include "mime/html_element.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace gmail_mcp::mime {

namespace {

struct ElementType {
  std::string_view name;
  ElementKind kind;
};

constexpr auto element_types = std::to_array<ElementType>({
    {"a", ElementKind::link},           {"address", ElementKind::block},
    {"area", ElementKind::empty},       {"article", ElementKind::block},
    {"aside", ElementKind::block},      {"base", ElementKind::empty},
    {"blockquote", ElementKind::quote}, {"body", ElementKind::block},
    {"br", ElementKind::line_break},    {"caption", ElementKind::block},
    {"center", ElementKind::block},     {"col", ElementKind::empty},
    {"datalist", ElementKind::unseen},  {"dd", ElementKind::definition},
    {"details", ElementKind::block},    {"dir", ElementKind::list},
    {"div", ElementKind::block},        {"dl", ElementKind::definition_list},
    {"dt", ElementKind::definition},    {"embed", ElementKind::empty},
    {"fieldset", ElementKind::block},   {"figcaption", ElementKind::block},
    {"figure", ElementKind::heading},   {"footer", ElementKind::block},
    {"form", ElementKind::block},       {"h1", ElementKind::heading},
    {"h2", ElementKind::heading},       {"h3", ElementKind::heading},
    {"h4", ElementKind::heading},       {"h5", ElementKind::heading},
    {"h6", ElementKind::heading},       {"header", ElementKind::block},
    {"hr", ElementKind::rule},          {"html", ElementKind::block},
    {"iframe", ElementKind::dropped},   {"img", ElementKind::image},
    {"input", ElementKind::empty},      {"legend", ElementKind::block},
    {"li", ElementKind::item},          {"link", ElementKind::empty},
    {"main", ElementKind::block},       {"menu", ElementKind::list},
    {"meta", ElementKind::empty},       {"nav", ElementKind::block},
    {"noembed", ElementKind::dropped},  {"noframes", ElementKind::dropped},
    {"ol", ElementKind::list},          {"option", ElementKind::option},
    {"p", ElementKind::paragraph},      {"param", ElementKind::empty},
    {"pre", ElementKind::preformatted}, {"script", ElementKind::dropped},
    {"section", ElementKind::block},    {"source", ElementKind::empty},
    {"style", ElementKind::dropped},    {"summary", ElementKind::block},
    {"table", ElementKind::table},      {"tbody", ElementKind::block},
    {"td", ElementKind::cell},          {"template", ElementKind::unseen},
    {"tfoot", ElementKind::block},      {"th", ElementKind::cell},
    {"thead", ElementKind::block},      {"title", ElementKind::dropped},
    {"tr", ElementKind::row},           {"track", ElementKind::empty},
    {"ul", ElementKind::list},          {"wbr", ElementKind::empty},
    {"xml", ElementKind::unseen},       {"xmp", ElementKind::preformatted},
});
static_assert(std::ranges::is_sorted(element_types, {}, &ElementType::name));

// Where the names with each first letter begin in element_types, and where the last ones end.
constexpr std::size_t letters = 26;
constexpr auto first_of_letter = [] {
  std::array<std::uint8_t, letters + 1> first{};
  for (std::size_t letter = 0; letter <= letters; ++letter) {
    const auto begins_before = [letter](const ElementType& type) {
      return static_cast<std::size_t>(type.name.front() - 'a') < letter;
    };
    first[letter] = static_cast<std::uint8_t>(std::ranges::count_if(element_types, begins_before));
  }
  return first;
}();

}  // namespace

ElementKind element_kind(std::string_view name) {
  const auto letter = name.empty() ? letters : static_cast<std::size_t>(name.front() - 'a');
  if (letter >= letters) return ElementKind::phrase;
  for (std::size_t i = first_of_letter[letter]; i < first_of_letter[letter + 1]; ++i) {
    const auto& type = element_types[i];
    if (type.name.size() == name.size() && type.name == name) return type.kind;
  }
  return ElementKind::phrase;
}

}  // namespace gmail_mcp::mime
