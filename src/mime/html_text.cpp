#include "mime/html_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "mime/html_element.h"
#include "mime/html_hiding.h"
#include "mime/html_link.h"
#include "mime/html_style.h"
#include "mime/html_token.h"
#include "mime/text_layout.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t most_open_elements = 256;

constexpr ElementKinds in_line = any_of(ElementKind::phrase, ElementKind::link);
constexpr ElementKinds of_tables = any_of(ElementKind::table, ElementKind::row, ElementKind::cell);

// Names are compared by their hashes, so that a stack of long names costs no more than one of short
// names.
std::size_t hash_of(std::string_view name) { return std::hash<std::string_view>{}(name); }

struct Visibility {
  bool is_gone = false;       // for everything inside
  bool is_invisible = false;  // until an element inside says otherwise
  bool has_no_size = false;   // likewise

  bool is_hidden() const { return is_gone || is_invisible || has_no_size; }
};

struct Element {
  std::size_t name = 0;  // its hash
  ElementKind kind = ElementKind::phrase;
  Visibility visibility;
  bool is_dropped = false;
  std::string link;           // where an <a> leads
  std::optional<int> number;  // of the next item of an <ol>
};

// How many elements of each kind are open.
class OpenKinds {
 public:
  void add(ElementKind kind) {
    ++counts_[static_cast<std::size_t>(kind)];
    open_ |= only(kind);
  }
  void remove(ElementKind kind) {
    if (--counts_[static_cast<std::size_t>(kind)] == 0) open_ &= ~only(kind);
  }
  bool has_any(ElementKinds kinds) const { return (open_ & kinds) != 0; }

 private:
  std::array<std::size_t, number_of_element_kinds> counts_ = {};
  ElementKinds open_ = 0;
};

// Whether the text of a link already shows its address.
bool shows_link(std::string_view text, std::string_view link) {
  const auto without_slash = [](std::string_view s) {
    return s.ends_with('/') ? s.substr(0, s.size() - 1) : s;
  };
  text = without_slash(text);
  link = without_slash(link);
  if (text == link) return true;
  for (const std::string_view scheme : {"https://", "http://", "mailto:"}) {
    if (link.starts_with(scheme) && link.substr(scheme.size()) == text) return true;
  }
  return false;
}

class HtmlReader {
 public:
  explicit HtmlReader(TextLayout::Keeps keeps)
      : layout_{keeps}, is_kept_{keeps == TextLayout::Keeps::text} {}

  HtmlText read(std::string_view html) {
    sheet_ = style_sheet_of(html);
    HtmlTokenizer tokenizer{html};
    while (const auto* token = tokenizer.next()) {
      switch (token->kind) {
        case HtmlToken::Kind::text: add_text(token->text); break;
        case HtmlToken::Kind::start_tag: start(*token); break;
        case HtmlToken::Kind::end_tag: end(token->text); break;
      }
    }
    while (!open_.empty()) close_last();
    const auto hidden = hidden_chars_ + layout_.dropped();
    return {.text = std::move(layout_).finish(), .hidden_chars = hidden};
  }

 private:
  void add_text(std::string_view text) {
    if (is_dropped()) return;
    if (is_hidden()) {
      hidden_chars_ += count_visible(text);
    } else if (preformatted_ > 0) {
      layout_.add_preformatted(text);
    } else {
      layout_.add(text);
    }
    if (has_link() && !is_hidden()) link_text_ += text;
  }

  void start(const HtmlToken& tag) {
    const auto kind = element_kind(tag.text);
    close_implied(kind);
    auto visibility = visibility_of(tag);
    if (kind == ElementKind::unseen) visibility.is_gone = true;
    const bool is_read = !is_dropped() && !visibility.is_hidden();
    switch (kind) {
      case ElementKind::line_break:
        if (is_read) layout_.break_line();
        return;
      case ElementKind::rule:
        if (is_read) add_rule();
        return;
      case ElementKind::image: add_image(tag.attribute("alt"), visibility); return;
      case ElementKind::empty: return;
      default: break;
    }
    Element element;
    element.name = hash_of(tag.text);
    element.kind = kind;
    element.visibility = visibility;
    element.is_dropped = is_dropped() || kind == ElementKind::dropped;
    if (tag.text == "ol") element.number = first_number(tag.attribute("start"));
    if (open_.size() == most_open_elements) {
      open_too_deep(element);
      return;
    }
    if (is_read) begin_layout(element, tag);
    open_kinds_.add(kind);
    ++open_names_[element.name];
    open_.push_back(std::move(element));
  }

  void end(std::string_view name) {
    // Browsers write a line break here.
    if (name == "br" && !is_dropped() && !is_hidden()) layout_.break_line();
    const auto kind = element_kind(name);
    const auto hash = hash_of(name);
    if (!too_deep_.empty()) {
      close_too_deep(hash);
      return;
    }
    if (!is_open(hash)) return;
    for (auto i = open_.size(); i-- > 0;) {
      if (open_[i].name == hash) {
        while (open_.size() > i) close_last();
        return;
      }
      if (is_barrier(open_[i].kind, kind)) return;
    }
  }

  // An end tag has no effect outside of the block, cell or table that it is in.
  static bool is_barrier(ElementKind open, ElementKind ending) {
    if (open == ElementKind::table) return ending != ElementKind::table;
    if (contains(of_tables, open)) return !contains(of_tables, ending);
    return contains(in_line, ending) && !contains(in_line, open);
  }

  // Start tags that close earlier elements (WHATWG HTML §13.1.2.4).
  void close_implied(ElementKind kind) {
    constexpr auto table_or_cell = any_of(ElementKind::table, ElementKind::cell);
    constexpr auto without_effect =
        any_of(ElementKind::phrase, ElementKind::line_break, ElementKind::image, ElementKind::empty,
               ElementKind::dropped, ElementKind::unseen);
    if (contains(without_effect, kind) || !too_deep_.empty()) return;
    switch (kind) {
      case ElementKind::link: close_open(only(ElementKind::link), table_or_cell); return;
      case ElementKind::cell:
        close_open(only(ElementKind::cell), any_of(ElementKind::table, ElementKind::row));
        return;
      case ElementKind::row:
        close_open(any_of(ElementKind::cell, ElementKind::row), only(ElementKind::table));
        return;
      case ElementKind::option: close_open(only(ElementKind::option), table_or_cell); return;
      case ElementKind::item:
        close_open(only(ElementKind::item), only(ElementKind::list) | table_or_cell);
        break;
      case ElementKind::definition:
        close_open(only(ElementKind::definition),
                   only(ElementKind::definition_list) | table_or_cell);
        break;
      default: break;
    }
    close_open(only(ElementKind::paragraph), table_or_cell);
  }

  // Closes the open elements of these kinds, and what is in them, as far as the nearest barrier.
  void close_open(ElementKinds kinds, ElementKinds barriers) {
    if (!open_kinds_.has_any(kinds)) return;
    auto first = open_.size();
    for (auto i = open_.size(); i-- > 0 && !contains(barriers, open_[i].kind);) {
      if (contains(kinds, open_[i].kind)) first = i;
    }
    while (open_.size() > first) close_last();
  }

  void begin_layout(Element& element, const HtmlToken& tag) {
    switch (element.kind) {
      case ElementKind::link:
        if (is_kept_) element.link = readable_link(tag.attribute("href"));
        link_text_.clear();
        break;
      case ElementKind::block:
      case ElementKind::option:
      case ElementKind::definition_list:
      case ElementKind::definition:
      case ElementKind::table:
      case ElementKind::row: layout_.start_line(); break;
      case ElementKind::paragraph:
      case ElementKind::heading: layout_.start_paragraph(); break;
      case ElementKind::preformatted:
        layout_.start_paragraph();
        ++preformatted_;
        break;
      case ElementKind::quote: layout_.begin_quote(); break;
      case ElementKind::list: layout_.begin_list(); break;
      case ElementKind::item: layout_.begin_item(next_marker()); break;
      case ElementKind::cell: layout_.space(); break;
      default: break;
    }
  }

  void close_last() {
    const auto& element = open_.back();
    open_kinds_.remove(element.kind);
    close_name(element.name);
    if (!element.is_dropped && !element.visibility.is_hidden()) end_layout(element);
    open_.pop_back();
  }

  void end_layout(const Element& element) {
    switch (element.kind) {
      case ElementKind::link: add_link(element); break;
      case ElementKind::block:
      case ElementKind::option:
      case ElementKind::definition_list:
      case ElementKind::definition:
      case ElementKind::table:
      case ElementKind::row: layout_.start_line(); break;
      case ElementKind::paragraph:
      case ElementKind::heading: layout_.start_paragraph(); break;
      case ElementKind::preformatted:
        layout_.start_paragraph();
        --preformatted_;
        break;
      case ElementKind::quote: layout_.end_quote(); break;
      case ElementKind::list: layout_.end_list(); break;
      case ElementKind::item: layout_.end_item(); break;
      case ElementKind::cell: layout_.space(); break;
      default: break;
    }
  }

  void add_link(const Element& element) {
    const auto text = trim(link_text_);
    if (element.link.empty() || text.empty() || shows_link(text, element.link)) return;
    layout_.append_note(" (" + element.link + ")");
  }

  void add_image(const std::string_view* alternative, const Visibility& visibility) {
    if (alternative == nullptr || trim(*alternative).empty() || is_dropped()) return;
    if (visibility.is_hidden()) {
      hidden_chars_ += count_visible(*alternative);
    } else {
      const auto shown = "[" + std::string{trim(*alternative)} + "]";
      layout_.add(shown);
      if (has_link()) link_text_ += shown;
    }
  }

  void add_rule() {
    layout_.start_line();
    layout_.add("---");
    layout_.start_line();
  }

  static int first_number(const std::string_view* start) {
    int number = 1;
    if (start != nullptr) {
      std::from_chars(start->data(), start->data() + start->size(), number);
    }
    return number;
  }

  std::string next_marker() {
    for (auto list = open_.rbegin(); list != open_.rend(); ++list) {
      if (list->kind != ElementKind::list) continue;
      if (!list->number) break;
      const auto number = *list->number;
      if (number < 1'000'000) ++*list->number;
      return std::to_string(number) + ". ";
    }
    return "- ";
  }

  Visibility visibility_of(const HtmlToken& tag) const {
    auto visibility = current();
    if (tag.attribute("hidden") != nullptr) visibility.is_gone = true;
    const auto value = [&tag](std::string_view name) {
      const auto* found = tag.attribute(name);
      return found == nullptr ? std::string_view{} : *found;
    };
    const auto style = value("style");
    if (style.empty() && sheet_.is_empty()) return visibility;
    auto declarations = sheet_.declarations_for(tag.text, value("class"), value("id"));
    declarations.add(style);
    const auto own = declarations.visibility();
    visibility.is_gone = visibility.is_gone || own.is_gone;
    visibility.is_invisible = own.is_invisible.value_or(visibility.is_invisible);
    visibility.has_no_size = own.has_no_size.value_or(visibility.has_no_size);
    return visibility;
  }

  // Of elements nested deeper than we keep, only the names are kept, and from which one on they are
  // hidden: neither deep nesting nor stray end tags bring hidden text to light.
  void open_too_deep(const Element& element) {
    too_deep_.push_back(element.name);
    const bool is_unseen = element.visibility.is_hidden() || element.is_dropped;
    if (is_unseen && unseen_from_ == 0) unseen_from_ = too_deep_.size();
  }

  void close_too_deep(std::size_t name) {
    if (too_deep_.back() != name) return;
    too_deep_.pop_back();
    if (too_deep_.size() < unseen_from_) unseen_from_ = 0;
  }

  // Forgets that one more element of a name is open. The entries of a few names stay, because the
  // same ones come again and again.
  void close_name(std::size_t name) {
    constexpr std::size_t few = 64;
    const auto found = open_names_.find(name);
    if (--found->second == 0 && open_names_.size() > few) open_names_.erase(found);
  }

  // Asked first, so that a tag that closes nothing does not search all open elements.
  bool is_open(std::size_t name) const {
    const auto found = open_names_.find(name);
    return found != open_names_.end() && found->second > 0;
  }
  Visibility current() const {
    auto visibility = open_.empty() ? Visibility{} : open_.back().visibility;
    if (unseen_from_ > 0) visibility.is_gone = true;
    return visibility;
  }

  // The text of an open link is kept until it is clear whether it shows its address.
  bool has_link() const { return is_kept_ && open_kinds_.has_any(only(ElementKind::link)); }

  bool is_hidden() const { return current().is_hidden(); }
  bool is_dropped() const { return !open_.empty() && open_.back().is_dropped; }

  StyleSheet sheet_;
  TextLayout layout_;
  bool is_kept_;  // the text; otherwise only hidden characters are counted
  std::vector<Element> open_;
  std::unordered_map<std::size_t, std::size_t> open_names_;  // how many of each in open_
  OpenKinds open_kinds_;                                     // likewise
  std::string link_text_;                                    // of the last <a>
  std::vector<std::size_t> too_deep_;                        // names of open elements beyond open_
  std::size_t unseen_from_ = 0;  // the first hidden one of them, counted from 1
  std::size_t preformatted_ = 0;
  std::size_t hidden_chars_ = 0;
};

HtmlText read_html(std::string_view html, TextLayout::Keeps keeps) {
  const auto beginning = utf8_prefix(html, most_html);
  HtmlReader reader{keeps};
  auto text =
      is_valid_utf8(beginning) ? reader.read(beginning) : reader.read(repair_utf8(beginning));
  text.is_cut = beginning.size() < html.size();
  return text;
}

}  // namespace

HtmlText html_to_text(std::string_view html) { return read_html(html, TextLayout::Keeps::text); }

std::size_t count_hidden_chars(std::string_view html) {
  if (!may_hide_text(html)) return 0;
  return read_html(html, TextLayout::Keeps::only_the_count).hidden_chars;
}

}  // namespace gmail_mcp::mime
