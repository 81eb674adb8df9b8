#include "mime/html_style.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/text.h"

namespace gmail_mcp::mime {

namespace {

constexpr double unreadable_pixels = 2.0;  // below this
constexpr double far_off = -500.0;         // in any unit but percent: such text has left the page

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

std::optional<bool> read_font_size(std::string_view value) {
  const auto length = read_length(value);
  if (!length) return value == "inherit" ? std::nullopt : std::optional{false};
  if (length->number == 0.0) return true;
  // Relative to the parent: a part of nothing is nothing.
  if (length->unit == "em" || length->unit == "%") return std::nullopt;
  const bool is_pixels = length->unit == "px" || length->unit == "pt" || length->unit.empty();
  return is_pixels && length->number < unreadable_pixels;
}

std::string without_comments(std::string_view css) {
  std::string out;
  while (true) {
    const auto open = css.find("/*");
    out += css.substr(0, open);
    if (open == std::string_view::npos) return out;
    const auto close = css.find("*/", open + 2);
    if (close == std::string_view::npos) return out;
    css.remove_prefix(close + 2);
  }
}

class StyleReader {
 public:
  void declare(std::string_view property, std::string_view value) {
    if (property == "display") {
      is_display_none_ = value == "none";
    } else if (property == "visibility") {
      visibility_.is_invisible = value == "hidden" || value == "collapse";
    } else if (property == "opacity") {
      is_transparent_ = is_zero(value);
    } else if (property == "color") {
      is_colorless_ = value == "transparent";
    } else if (property == "font-size") {
      visibility_.has_no_size = read_font_size(value);
    } else if (property == "overflow" || property == "overflow-y" || property == "overflow-x") {
      is_clipped_ = value == "hidden" || value == "clip";
    } else if (property == "max-height" || property == "height" || property == "max-width" ||
               property == "width") {
      has_no_area_ = has_no_area_ || is_zero(value);
    } else if (property == "text-indent" || property == "left" || property == "top" ||
               property == "margin-left" || property == "margin-top") {
      const auto length = read_length(value);
      is_far_off_ = is_far_off_ || (length && length->unit != "%" && length->number <= far_off);
    }
  }

  StyleVisibility finish() && {
    visibility_.is_gone = is_display_none_ || is_transparent_ || is_colorless_ || is_far_off_ ||
                          (is_clipped_ && has_no_area_);
    return visibility_;
  }

 private:
  StyleVisibility visibility_;
  bool is_display_none_ = false;
  bool is_transparent_ = false;
  bool is_colorless_ = false;
  bool is_clipped_ = false;
  bool has_no_area_ = false;
  bool is_far_off_ = false;
};

}  // namespace

StyleVisibility read_style(std::string_view style) {
  const auto css = to_lower_ascii(without_comments(style));
  StyleReader reader;
  std::string_view rest = css;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto declaration = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto colon = declaration.find(':');
    if (colon == std::string_view::npos) continue;
    auto value = declaration.substr(colon + 1);
    value = trim(value.substr(0, value.find('!')));  // !important
    reader.declare(trim(declaration.substr(0, colon)), value);
  }
  return std::move(reader).finish();
}

}  // namespace gmail_mcp::mime
