#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gmail_mcp::mime {

/// In an attribute "&copy=1" stays as it is: part of a query.
enum class ReferenceContext { text, attribute };

/// Character references as characters (WHATWG HTML §13.2.5.72): numbers and the names of HTML 4.
std::string decode_references(std::string_view text, ReferenceContext context);

struct HtmlToken {
  enum class Kind { text, start_tag, end_tag };

  Kind kind = Kind::text;
  std::string_view text;  // decoded characters, or the tag's name in lower case

  /// The attributes that the tokenizer was asked for, decoded; the first of each name, as in a
  /// browser.
  std::vector<std::pair<std::string_view, std::string_view>> attributes;

  /// nullptr if the tag does not have it.
  const std::string_view* attribute(std::string_view name) const;
};

/// Cuts HTML into text and tags as browsers do (WHATWG HTML §13.2.5): comments, declarations and
/// unfinished tags give no token, and the content of <script>, <style> and the like is one text.
/// Linear in time and memory on any input. Borrows `html`, which has to be UTF-8.
class HtmlTokenizer {
 public:
  /// Returns the attributes that matter for reading the text.
  explicit HtmlTokenizer(std::string_view html) : HtmlTokenizer{html, attributes_of_text} {}
  /// Returns the attributes named in `wanted`, in lower case; the names must outlive the tokens.
  HtmlTokenizer(std::string_view html, std::span<const std::string_view> wanted)
      : html_{html}, wanted_{wanted} {}

  /// nullptr at the end. The token, with all that it tells, lasts until the next call.
  const HtmlToken* next();
  /// How many bytes of the document were read for the tokens so far.
  std::size_t position() const { return at_; }

 private:
  // nullptr for markup that gives no token.
  const HtmlToken* read_markup();
  const HtmlToken* read_tag(std::size_t name_begin, HtmlToken::Kind kind);
  const HtmlToken* text_token(std::string_view text);
  bool read_attributes();
  std::string_view decoded(std::string_view text, ReferenceContext context);
  std::string_view read_attribute_value();
  std::string_view take_until(std::size_t end);
  std::size_t find_raw_text_end() const;
  void skip_blanks();
  void skip_comment();
  void skip_past(char c);

  static constexpr std::array<std::string_view, 7> attributes_of_text{
      "alt", "class", "hidden", "href", "id", "start", "style"};

  std::string_view html_;
  std::span<const std::string_view> wanted_;
  std::size_t at_ = 0;
  HtmlToken token_;
  std::string name_;                // of the tag
  std::list<std::string> decoded_;  // what token_ borrows and html_ does not have
  std::string raw_text_of_;         // the element whose content is not markup; empty outside of one
};

}  // namespace gmail_mcp::mime
