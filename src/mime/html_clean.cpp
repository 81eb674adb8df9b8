#include "mime/html_clean.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "mime/html_element.h"
#include "mime/html_link.h"
#include "mime/html_style.h"
#include "mime/html_token.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t deepest = 256;
constexpr std::size_t longest_plain_value = 100;
constexpr std::size_t longest_title = 1'000;
constexpr std::size_t longest_declaration = 200;

constexpr auto written_elements = std::to_array<std::string_view>(
    {"a",          "abbr",    "address", "article", "b",      "bdi",    "bdo", "big",
     "blockquote", "br",      "caption", "center",  "cite",   "code",   "col", "colgroup",
     "dd",         "del",     "dfn",     "div",     "dl",     "dt",     "em",  "figcaption",
     "figure",     "font",    "footer",  "h1",      "h2",     "h3",     "h4",  "h5",
     "h6",         "header",  "hr",      "i",       "img",    "ins",    "kbd", "li",
     "main",       "mark",    "nav",     "ol",      "p",      "pre",    "q",   "s",
     "samp",       "section", "small",   "span",    "strike", "strong", "sub", "sup",
     "table",      "tbody",   "td",      "tfoot",   "th",     "thead",  "tr",  "tt",
     "u",          "ul",      "var",     "wbr"});
static_assert(std::ranges::is_sorted(written_elements));

constexpr auto void_elements = std::to_array<std::string_view>({"br", "col", "hr", "img", "wbr"});

// Outside of its own table such an element would become part of the table around the mail.
constexpr auto parts_of_tables = std::to_array<std::string_view>(
    {"caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"});

// Attributes whose values may have only a few harmless characters.
constexpr auto plain_attributes = std::to_array<std::string_view>(
    {"align", "bgcolor", "border", "cellpadding", "cellspacing", "color", "colspan", "dir", "face",
     "height", "rowspan", "size", "start", "type", "valign", "width"});

// The attributes that the tokenizer shall return.
constexpr auto read_attributes_of_mail = std::to_array<std::string_view>(
    {"align",   "alt", "bgcolor", "border", "cellpadding", "cellspacing", "class",  "color",
     "colspan", "dir", "face",    "height", "hidden",      "href",        "id",     "rowspan",
     "size",    "src", "start",   "style",  "title",       "type",        "valign", "width"});

// Properties of appearance, none of position.
constexpr auto written_properties = std::to_array<std::string_view>({"background",
                                                                     "background-color",
                                                                     "border",
                                                                     "border-bottom",
                                                                     "border-bottom-color",
                                                                     "border-bottom-style",
                                                                     "border-bottom-width",
                                                                     "border-collapse",
                                                                     "border-color",
                                                                     "border-left",
                                                                     "border-left-color",
                                                                     "border-left-style",
                                                                     "border-left-width",
                                                                     "border-radius",
                                                                     "border-right",
                                                                     "border-right-color",
                                                                     "border-right-style",
                                                                     "border-right-width",
                                                                     "border-spacing",
                                                                     "border-style",
                                                                     "border-top",
                                                                     "border-top-color",
                                                                     "border-top-style",
                                                                     "border-top-width",
                                                                     "border-width",
                                                                     "color",
                                                                     "direction",
                                                                     "display",
                                                                     "font",
                                                                     "font-family",
                                                                     "font-size",
                                                                     "font-style",
                                                                     "font-variant",
                                                                     "font-weight",
                                                                     "height",
                                                                     "letter-spacing",
                                                                     "line-height",
                                                                     "list-style-type",
                                                                     "margin",
                                                                     "margin-bottom",
                                                                     "margin-left",
                                                                     "margin-right",
                                                                     "margin-top",
                                                                     "max-width",
                                                                     "min-width",
                                                                     "padding",
                                                                     "padding-bottom",
                                                                     "padding-left",
                                                                     "padding-right",
                                                                     "padding-top",
                                                                     "table-layout",
                                                                     "text-align",
                                                                     "text-decoration",
                                                                     "text-indent",
                                                                     "text-transform",
                                                                     "vertical-align",
                                                                     "white-space",
                                                                     "width",
                                                                     "word-break",
                                                                     "word-spacing",
                                                                     "word-wrap"});
static_assert(std::ranges::is_sorted(written_properties));

constexpr auto color_functions =
    std::to_array<std::string_view>({"rgb(", "rgba(", "hsl(", "hsla("});

constexpr ElementKinds in_one_line = any_of(ElementKind::phrase, ElementKind::link);
constexpr ElementKinds in_tables = any_of(ElementKind::table, ElementKind::row, ElementKind::cell);

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_plain_value(std::string_view value) {
  return value.size() <= longest_plain_value && std::ranges::all_of(value, [](char c) {
           return is_word_character(c) ||
                  std::string_view{"#%., _-"}.find(c) != std::string_view::npos;
         });
}

// A value made of colours, lengths, fonts and words: no address, no escape.
bool is_harmless_value(std::string_view lower) {
  for (std::size_t at = 0; at < lower.size(); ++at) {
    const char c = lower[at];
    if (c == '(') {
      const auto before = lower.substr(0, at + 1);
      if (std::ranges::none_of(color_functions, [before](std::string_view name) {
            return before.ends_with(name);
          })) {
        return false;
      }
      continue;
    }
    const bool is_known = is_word_character(c) || static_cast<unsigned char>(c) >= 0x80 ||
                          std::string_view{"#%., _-!'\")"}.find(c) != std::string_view::npos;
    if (!is_known) return false;
  }
  return true;
}

std::string clean_declaration(std::string_view declaration) {
  declaration = trim(declaration);
  const auto colon = declaration.find(':');
  if (colon == std::string_view::npos || declaration.size() > longest_declaration) return {};
  const auto property = to_lower_ascii(trim(declaration.substr(0, colon)));
  const auto value = to_lower_ascii(trim(declaration.substr(colon + 1)));
  if (!std::ranges::binary_search(written_properties, property) || !is_harmless_value(value)) {
    return {};
  }
  // A negative margin would lay it over its surroundings.
  const bool moves = property.starts_with("margin") || property == "text-indent";
  if (moves && value.find('-') != std::string::npos) return {};
  return property + ":" + value;
}

std::string clean_style(std::string_view style) {
  std::string out;
  for (std::size_t at = 0; at < style.size();) {
    const auto end = std::min(style.find(';', at), style.size());
    const auto declaration = clean_declaration(style.substr(at, end - at));
    if (!declaration.empty()) out += (out.empty() ? "" : ";") + declaration;
    at = end + 1;
  }
  return out;
}

// Without the characters that mean nothing in HTML.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const bool is_control =
        (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == '\x7F';
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        if (!is_control) out += c;
    }
  }
}

class HtmlCleaner {
 public:
  explicit HtmlCleaner(const std::unordered_map<std::string, std::string>& pictures)
      : pictures_{pictures} {}

  std::optional<CleanHtml> clean(std::string_view html) {
    sheet_ = style_sheet_of(html);
    HtmlTokenizer tokenizer{html, read_attributes_of_mail};
    while (const auto* token = tokenizer.next()) {
      switch (token->kind) {
        case HtmlToken::Kind::text:
          if (!is_hidden()) append_escaped(out_.html, token->text);
          break;
        case HtmlToken::Kind::start_tag: start(*token); break;
        case HtmlToken::Kind::end_tag: end(token->text); break;
      }
      if (is_too_deep_ || out_.html.size() > most_clean_html) return std::nullopt;
    }
    while (!open_.empty()) close_last();
    return std::move(out_);
  }

 private:
  struct Element {
    std::size_t name = 0;  // its hash: long ones cost no more than short ones
    ElementKind kind = ElementKind::phrase;
    bool is_hidden = false;
    std::string_view written;  // the name in its tags; empty: it has none here
  };

  static std::size_t hash_of_name(std::string_view name) {
    return std::hash<std::string_view>{}(name);
  }

  void start(const HtmlToken& tag) {
    const auto kind = element_kind(tag.text);
    close_implied(kind);
    const bool is_unseen = kind == ElementKind::dropped || kind == ElementKind::unseen;
    const bool hides = is_hidden() || is_unseen || is_hidden_by_style(tag);
    const auto* known = std::ranges::lower_bound(written_elements, tag.text);
    const bool is_known = known != written_elements.end() && *known == tag.text;
    const bool is_lost_part = is_one_of(parts_of_tables, tag.text) && open_tables_ == 0;
    const bool is_written = is_known && !hides && !is_lost_part;
    const bool is_void = is_one_of(void_elements, tag.text);
    if (is_written && tag.text == "img") {
      write_picture(tag);
    } else if (is_written) {
      write_tag(*known, tag);
    }
    if (is_void || kind == ElementKind::empty) return;
    is_too_deep_ = open_.size() == deepest;
    Element element;
    element.name = hash_of_name(tag.text);
    element.kind = kind;
    element.is_hidden = hides;
    if (is_written) element.written = *known;
    if (is_written && kind == ElementKind::table) ++open_tables_;
    ++open_names_[element.name];
    open_.push_back(element);
  }

  void end(std::string_view name) {
    if (name == "br" && !is_hidden()) out_.html += "<br>";
    const auto hash = hash_of_name(name);
    if (!open_names_.contains(hash)) return;
    const auto kind = element_kind(name);
    for (auto i = open_.size(); i-- > 0;) {
      if (open_[i].name == hash) {
        while (open_.size() > i) close_last();
        return;
      }
      if (is_wall(open_[i].kind, kind)) return;
    }
  }

  // An end tag has no effect outside of the block, cell or table that it is in.
  static bool is_wall(ElementKind open, ElementKind ending) {
    if (open == ElementKind::table) return ending != ElementKind::table;
    if (contains(in_tables, open)) return !contains(in_tables, ending);
    return contains(in_one_line, ending) && !contains(in_one_line, open);
  }

  // Start tags that close earlier elements (WHATWG HTML §13.1.2.4): what a browser closes there
  // must not be closed again at the end.
  void close_implied(ElementKind kind) {
    constexpr auto table_or_cell = any_of(ElementKind::table, ElementKind::cell);
    switch (kind) {
      case ElementKind::phrase:
      case ElementKind::line_break:
      case ElementKind::image:
      case ElementKind::empty:
      case ElementKind::dropped:
      case ElementKind::unseen: return;
      case ElementKind::link: close_within(only(ElementKind::link), table_or_cell); return;
      case ElementKind::cell:
        close_within(only(ElementKind::cell), any_of(ElementKind::table, ElementKind::row));
        return;
      case ElementKind::row:
        close_within(any_of(ElementKind::cell, ElementKind::row), only(ElementKind::table));
        return;
      case ElementKind::item:
        close_within(only(ElementKind::item), only(ElementKind::list) | table_or_cell);
        break;
      case ElementKind::definition:
        close_within(only(ElementKind::definition),
                     only(ElementKind::definition_list) | table_or_cell);
        break;
      default: break;
    }
    close_within(only(ElementKind::paragraph), table_or_cell);
  }

  // Closes the open elements of these kinds, and what is in them, as far as the nearest wall.
  void close_within(ElementKinds kinds, ElementKinds walls) {
    auto first = open_.size();
    for (auto i = open_.size(); i-- > 0 && !contains(walls, open_[i].kind);) {
      if (contains(kinds, open_[i].kind)) first = i;
    }
    while (open_.size() > first) close_last();
  }

  void close_last() {
    const auto element = open_.back();
    open_.pop_back();
    if (--open_names_[element.name] == 0) open_names_.erase(element.name);
    if (element.written.empty()) return;
    if (element.kind == ElementKind::table) --open_tables_;
    out_.html.append("</").append(element.written).append(">");
  }

  void write_tag(std::string_view name, const HtmlToken& tag) {
    out_.html.append("<").append(name);
    for (const auto plain : plain_attributes) {
      const auto* value = tag.attribute(plain);
      if (value != nullptr && is_plain_value(*value)) write_attribute(plain, *value);
    }
    const auto* title = tag.attribute("title");
    if (title != nullptr && title->size() <= longest_title) write_attribute("title", *title);
    if (const auto* style = tag.attribute("style")) {
      const auto clean = clean_style(*style);
      if (!clean.empty()) write_attribute("style", clean);
    }
    if (name == "a") {
      const auto link = readable_link(tag.attribute("href"));
      if (!link.empty()) write_attribute("href", link);
    }
    out_.html += ">";
  }

  void write_attribute(std::string_view name, std::string_view value) {
    out_.html.append(" ").append(name).append("=\"");
    append_escaped(out_.html, value);
    out_.html += '"';
  }

  void write_picture(const HtmlToken& tag) {
    const auto is_dot = [&tag](std::string_view side) {
      const auto* size = tag.attribute(side);
      return size != nullptr && (trim(*size) == "1" || trim(*size) == "0");
    };
    if (is_dot("width") || is_dot("height")) return;
    const auto source = source_of(tag.attribute("src"));
    const auto* alternative = tag.attribute("alt");
    const bool is_described = alternative != nullptr && !trim(*alternative).empty() &&
                              alternative->size() <= longest_title;
    if (source.empty()) {
      if (is_described) append_escaped(out_.html, "[" + std::string{*alternative} + "]");
      return;
    }
    out_.html += "<img";
    write_attribute("src", source);
    if (is_described) write_attribute("alt", *alternative);
    for (const auto plain : plain_attributes) {
      const auto* value = tag.attribute(plain);
      if (value != nullptr && is_plain_value(*value)) write_attribute(plain, *value);
    }
    if (const auto* style = tag.attribute("style")) {
      const auto clean = clean_style(*style);
      if (!clean.empty()) write_attribute("style", clean);
    }
    out_.html += ">";
  }

  std::string source_of(const std::string_view* src) {
    if (src == nullptr) return {};
    const auto trimmed = trim(*src);
    if (equals_ignoring_case(trimmed.substr(0, 4), "cid:")) {
      const std::string_view named = trimmed.substr(4);
      auto id = percent_decode(named).value_or(std::string{named});
      auto found = pictures_.find(id);
      if (found == pictures_.end()) found = pictures_.find(id = std::string{named});
      if (found == pictures_.end()) return {};
      out_.pictures.insert(std::move(id));
      return "cid:" + found->second;
    }
    auto link = readable_link(src);
    return equals_ignoring_case(std::string_view{link}.substr(0, 4), "http") ? link : std::string{};
  }

  bool is_hidden_by_style(const HtmlToken& tag) const {
    if (tag.attribute("hidden") != nullptr) return true;
    const auto value = [&tag](std::string_view name) {
      const auto* found = tag.attribute(name);
      return found == nullptr ? std::string_view{} : *found;
    };
    auto declarations = sheet_.declarations_for(tag.text, value("class"), value("id"));
    declarations.add(value("style"));
    const auto visibility = declarations.visibility();
    return visibility.is_gone || visibility.is_invisible.value_or(false);
  }

  bool is_hidden() const { return !open_.empty() && open_.back().is_hidden; }

  const std::unordered_map<std::string, std::string>& pictures_;
  CleanHtml out_;
  StyleSheet sheet_;
  std::vector<Element> open_;
  std::unordered_map<std::size_t, std::size_t> open_names_;  // how many of each in open_
  std::size_t open_tables_ = 0;                              // that are written
  bool is_too_deep_ = false;
};

}  // namespace

std::optional<CleanHtml> clean_html(std::string_view html,
                                    const std::unordered_map<std::string, std::string>& pictures) {
  if (html.size() > most_clean_html) return std::nullopt;
  return HtmlCleaner{pictures}.clean(repair_utf8(html));
}

std::string text_as_html(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    // HTML would make one blank of several.
    const auto indent = std::min(line.find_first_not_of(' '), line.size());
    for (std::size_t i = 0; i < indent; ++i) out += "&nbsp;";
    append_escaped(out, line.substr(indent));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!text.empty()) out += "<br>\n";
  }
  return out;
}

}  // namespace gmail_mcp::mime
