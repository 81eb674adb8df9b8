#include "mime/html_style.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "base/sixteen_bytes.h"
#include "base/text.h"
#include "mime/html_token.h"

namespace gmail_mcp::mime {

namespace {

constexpr double unreadable_pixels = 2.0;  // below this
constexpr double far_off = -500.0;         // in any unit but percent: such text has left the page
constexpr std::size_t most_classes = 16;   // of one element
constexpr std::size_t most_rules = 20'000;

struct Length {
  double number;
  std::string_view unit;
};

std::optional<Length> read_length(std::string_view value) {
  Length length{};
  const auto [end, error] =
      std::from_chars(value.data(), value.data() + value.size(), length.number);
  if (error != std::errc{}) return std::nullopt;
  length.unit = trim(value.substr(static_cast<std::size_t>(end - value.data())));
  return length;
}

bool is_zero(std::string_view value) {
  const auto length = read_length(value);
  return length && length->number == 0.0;
}

bool is_far_off_page(std::string_view value) {
  const auto length = read_length(value);
  return length && length->unit != "%" && length->number <= far_off;
}

// nullopt for a size relative to the parent's, because a part of nothing is nothing.
std::optional<bool> is_unreadable_size(std::string_view value) {
  const auto length = read_length(value);
  if (!length) return value == "inherit" ? std::nullopt : std::optional{false};
  if (length->number == 0.0) return true;
  if (length->unit == "em" || length->unit == "%") return std::nullopt;
  const bool is_pixels = length->unit == "px" || length->unit == "pt" || length->unit.empty();
  return is_pixels && length->number < unreadable_pixels;
}

bool is_normal(std::string_view css) {
  const auto may_change = [](sixteen_bytes::Bytes bytes) {
    return (bytes.at_least_or_beyond_ascii('A') & bytes.below('[')) | bytes.equal_to('*');
  };
  return sixteen_bytes::find(css, 0, may_change) == css.size();
}

// In lower case and without comments. `out` is where it is written if it is not so already.
std::string_view normalize(std::string_view css, std::string& out) {
  if (is_normal(css)) return css;
  while (true) {
    const auto open = css.find("/*");
    out += css.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = css.find("*/", open + 2);
    if (close == std::string_view::npos) break;
    css.remove_prefix(close + 2);
  }
  out = to_lower_ascii(out);
  return out;
}

// Takes the front of `rest` up to `end`, and `end`, off it.
std::string_view take_until(std::string_view& rest, char end) {
  const auto size = std::min(rest.find(end), rest.size());
  const auto taken = rest.substr(0, size);
  rest.remove_prefix(std::min(size + 1, rest.size()));
  return taken;
}

// At the content of a block: skips it and the blocks in it.
void skip_block(std::string_view& rest) {
  std::size_t depth = 1;
  while (depth > 0 && !rest.empty()) {
    const auto at = std::min(rest.find_first_of("{}"), rest.size());
    if (at < rest.size()) depth = rest[at] == '{' ? depth + 1 : depth - 1;
    rest.remove_prefix(std::min(at + 1, rest.size()));
  }
}

// "td", ".hidden", "td.hidden", "#hidden".
bool is_simple_selector(std::string_view selector) {
  const auto is_name = [](std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
  };
  const auto mark = std::min(selector.find_first_of(".#"), selector.size());
  const bool has_mark = mark < selector.size();
  return !selector.empty() && is_name(selector.substr(0, mark)) &&
         (!has_mark || (mark + 1 < selector.size() && is_name(selector.substr(mark + 1))));
}

// Where the next start tag <style> may be, from `at` on.
std::size_t find_style(std::string_view html, std::size_t at) {
  using sixteen_bytes::Bytes;
  constexpr std::string_view tag = "<style";
  const auto is_tag = [&](std::size_t place) {
    return equals_ignoring_case(html.substr(place, tag.size()), tag);
  };
  for (; html.size() - at > sixteen_bytes::size; at += sixteen_bytes::size) {
    const auto* const from = html.data() + at;
    const auto begins =
        Bytes::load(from).equal_to('<') & Bytes::load(from + 1).with_lower_letters().equal_to('s');
    for (auto mask = begins.mask(); mask != 0; mask &= mask - 1) {
      const auto place = at + sixteen_bytes::first_of(mask);
      if (is_tag(place)) return place;
    }
  }
  for (; at < html.size(); ++at) {
    if (is_tag(at)) return at;
  }
  return std::string_view::npos;
}

template <class T>
void override_one(std::optional<T>& earlier, const std::optional<T>& later) {
  if (later) earlier = later;
}

}  // namespace

// The properties that can hide text, in groups that do it alike.
enum class StyleDeclarations::Property {
  display,
  visibility,
  opacity,
  color,
  font_size,
  overflow,
  height,
  width,
  place,
};

std::optional<StyleDeclarations::Property> StyleDeclarations::property_of(std::string_view name) {
  struct Named {
    std::string_view name;
    Property property;
  };
  static constexpr auto known = std::to_array<Named>({
      {"display", Property::display},
      {"visibility", Property::visibility},
      {"opacity", Property::opacity},
      {"color", Property::color},
      {"font-size", Property::font_size},
      {"overflow", Property::overflow},
      {"overflow-x", Property::overflow},
      {"overflow-y", Property::overflow},
      {"height", Property::height},
      {"max-height", Property::height},
      {"width", Property::width},
      {"max-width", Property::width},
      {"text-indent", Property::place},
      {"left", Property::place},
      {"top", Property::place},
      {"margin-left", Property::place},
      {"margin-top", Property::place},
  });
  for (const auto& one : known) {
    if (one.name.size() == name.size() && one.name == name) return one.property;
  }
  return std::nullopt;
}

void StyleDeclarations::Facts::declare(Property property, std::string_view value) {
  switch (property) {
    case Property::display: is_display_none = value == "none"; break;
    case Property::visibility: is_invisible = value == "hidden" || value == "collapse"; break;
    case Property::opacity: is_transparent = is_zero(value); break;
    case Property::color: is_colorless = value == "transparent"; break;
    case Property::font_size: has_no_size = is_unreadable_size(value); break;
    case Property::overflow: is_clipped = value == "hidden" || value == "clip"; break;
    case Property::height: has_no_height = is_zero(value); break;
    case Property::width: has_no_width = is_zero(value); break;
    case Property::place: is_far_off = is_far_off.value_or(false) || is_far_off_page(value); break;
  }
}

void StyleDeclarations::Facts::override_with(const Facts& later) {
  override_one(is_display_none, later.is_display_none);
  override_one(is_invisible, later.is_invisible);
  override_one(is_transparent, later.is_transparent);
  override_one(is_colorless, later.is_colorless);
  override_one(is_clipped, later.is_clipped);
  override_one(has_no_height, later.has_no_height);
  override_one(has_no_width, later.has_no_width);
  override_one(is_far_off, later.is_far_off);
  override_one(has_no_size, later.has_no_size);
}

void StyleDeclarations::add(std::string_view css) {
  std::string normal;
  std::string_view rest = normalize(css, normal);
  while (!rest.empty()) {
    auto value = take_until(rest, ';');
    const auto colon = value.find(':');
    if (colon == std::string_view::npos) continue;
    const auto property = property_of(trim(value.substr(0, colon)));
    if (!property) continue;
    value.remove_prefix(colon + 1);
    const auto mark = value.find('!');
    auto& facts = mark == std::string_view::npos ? normal_ : important_;
    facts.declare(*property, trim(value.substr(0, mark)));
  }
}

void StyleDeclarations::add(const StyleDeclarations& later) {
  normal_.override_with(later.normal_);
  important_.override_with(later.important_);
}

StyleVisibility StyleDeclarations::visibility() const {
  auto facts = normal_;
  facts.override_with(important_);
  const auto holds = [](const std::optional<bool>& fact) { return fact.value_or(false); };
  const bool has_no_area = holds(facts.has_no_height) || holds(facts.has_no_width);
  return {.is_gone = holds(facts.is_display_none) || holds(facts.is_transparent) ||
                     holds(facts.is_colorless) || holds(facts.is_far_off) ||
                     (holds(facts.is_clipped) && has_no_area),
          .is_invisible = facts.is_invisible,
          .has_no_size = facts.has_no_size};
}

void StyleSheet::add(std::string_view css) {
  std::string normal;
  std::string_view rest = normalize(css, normal);
  const auto ends = [](sixteen_bytes::Bytes bytes) {
    return bytes.equal_to('{') | bytes.equal_to('}') | bytes.equal_to(';');
  };
  while (!rest.empty()) {
    const auto at = sixteen_bytes::find(rest, 0, ends);
    const auto prelude = trim(rest.substr(0, at));
    const bool opens_block = at < rest.size() && rest[at] == '{';
    rest.remove_prefix(std::min(at + 1, rest.size()));
    // Anything else is a directive such as @import, or the end of a @media block.
    if (!opens_block) continue;
    if (!prelude.starts_with('@')) {
      add_rule(prelude, take_until(rest, '}'));
      continue;
    }
    const bool is_for_any_screen = prelude.starts_with("@media") &&
                                   prelude.find('(') == std::string_view::npos &&
                                   prelude.find("print") == std::string_view::npos;
    if (!is_for_any_screen) skip_block(rest);
  }
}

void StyleSheet::add_rule(std::string_view selectors, std::string_view body) {
  // Most rules have no simple selector.
  std::optional<StyleDeclarations> declarations;
  // Style sheets in mail used to be put into a comment, because old programs would show them.
  if (selectors.starts_with("<!--")) selectors.remove_prefix(4);
  while (!selectors.empty()) {
    const auto selector = trim(take_until(selectors, ','));
    if (!is_simple_selector(selector) || rules_.size() == most_rules) continue;
    if (!declarations) declarations.emplace().add(body);
    rules_[std::string{selector}].add(*declarations);
  }
}

StyleDeclarations StyleSheet::declarations_for(std::string_view name, std::string_view classes,
                                               std::string_view id) const {
  StyleDeclarations out;
  if (rules_.empty()) return out;
  const auto apply = [&](const std::string& selector) {
    const auto rule = rules_.find(selector);
    if (rule != rules_.end()) out.add(rule->second);
  };
  apply(std::string{name});
  std::string list = to_lower_ascii(classes);
  std::ranges::replace_if(
      list, [](char c) { return c == '\t' || c == '\r' || c == '\n'; }, ' ');
  std::string_view rest = list;
  for (std::size_t i = 0; i < most_classes && !rest.empty(); ++i) {
    // "td.preheader", and of that ".preheader".
    const auto selector = std::string{name}.append(".").append(take_until(rest, ' '));
    apply(selector.substr(name.size()));
    apply(selector);
  }
  apply("#" + to_lower_ascii(id));
  return out;
}

StyleSheet style_sheet_of(std::string_view html) {
  StyleSheet sheet;
  // Read only as far as a <style> is to come: most mail has none, and most of the rest has it at
  // the beginning.
  auto next_style = find_style(html, 0);
  HtmlTokenizer tokenizer{html};
  bool is_in_style = false;
  while (next_style != std::string_view::npos) {
    const auto* token = tokenizer.next();
    if (token == nullptr) break;
    if (token->kind == HtmlToken::Kind::text && is_in_style) sheet.add(token->text);
    is_in_style = token->kind == HtmlToken::Kind::start_tag && token->text == "style";
    if (!is_in_style && tokenizer.position() > next_style) {
      next_style = find_style(html, tokenizer.position());
    }
  }
  return sheet;
}

}  // namespace gmail_mcp::mime
