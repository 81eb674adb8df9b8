#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"
#include "mime/address.h"
#include "mime/encoded_word.h"
#include "mime/header.h"

// parse_addresses, for mail that has arrived; the addresses that callers name are checked in
// address.cpp.
namespace gmail_mcp::mime {

namespace {

constexpr std::size_t most_addresses = 10'000;
constexpr std::size_t longest_bare_name = 2;  // pieces of "Doe, John, Jr. <j@example.org>"

bool is_space_or_tab(char c) { return c == ' ' || c == '\t'; }
bool is_control_character(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }

// What ends a run of text in a list; "=" may begin an encoded word.
constexpr auto run_ends = [] {
  std::array<bool, 256> ends{};
  for (const char c : std::string_view{"\"(<>[,;:="}) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}();

bool ends_run(char c) { return run_ends[static_cast<unsigned char>(c)]; }

// Those within the quotes of "ann lee"@shop.example belong to the address.
void drop_blanks(std::string& text) {
  bool is_quoted = false;
  std::erase_if(text, [&](char c) {
    if (c == '"') is_quoted = !is_quoted;
    return is_control_character(c) || (is_space_or_tab(c) && !is_quoted);
  });
}

// The text between two commas.
struct ListPiece {
  std::string phrase;        // display name or bare address: quotation marks removed, words as sent
  std::string spec;          // the same with quotation marks, in case it is an address
  bool has_at_sign = false;  // in spec
  std::string comment;
  std::optional<std::string> angle;  // inside <…>
  std::size_t angle_end = 0;         // in phrase: what follows <…>

  bool empty() const { return phrase.empty() && spec.empty() && comment.empty() && !angle; }

  // Ready for the next piece, with the memory of this one.
  void clear() {
    phrase.clear();
    spec.clear();
    has_at_sign = false;
    comment.clear();
    angle.reset();
    angle_end = 0;
  }

  void add_to_spec(std::string_view raw) {
    spec += raw;
    has_at_sign = has_at_sign || raw.find('@') != std::string_view::npos;
  }
};

// Reads an address list in one pass. A quotation mark or bracket without its partner is skipped,
// and from then on none of its kind is looked for, so that input made of openings only is read in
// linear time.
class AddressListReader {
 public:
  explicit AddressListReader(std::string_view text) : text_{text}, words_{text} {}

  std::vector<Address> read() {
    while (at_ < text_.size() && addresses_.size() < most_addresses) step();
    finish_piece();
    flush_bare_names();
    return std::move(addresses_);
  }

 private:
  void step() {
    switch (text_[at_]) {
      case '"': read_quoted(); return;
      case '(': read_comment(); return;
      case '<': read_angle(); return;
      case '[': read_literal(); return;
      case ',':
      case ';':
        ++at_;
        finish_piece();
        return;
      case ':':
        ++at_;
        // The name of a group, or "mailto:". After an address it can only be a mistake.
        if (!piece_.has_at_sign && !piece_.angle) piece_.clear();
        return;
      case '>': ++at_; return;
      default: read_text();
    }
  }

  void read_text() {
    if (const auto word = words_.read(at_)) {
      const auto raw = text_.substr(at_, word->size);
      piece_.phrase += raw;
      piece_.add_to_spec(raw);
      at_ += word->size;
      return;
    }
    auto end = at_ + 1;
    while (end < text_.size() && !ends_run(text_[end])) ++end;
    const auto run = text_.substr(at_, end - at_);
    const auto phrase_before = piece_.phrase.size();
    const auto spec_before = piece_.spec.size();
    piece_.phrase += run;
    piece_.add_to_spec(run);
    if (run.find('\t') != std::string_view::npos) {
      std::replace(piece_.phrase.begin() + static_cast<std::ptrdiff_t>(phrase_before),
                   piece_.phrase.end(), '\t', ' ');
      std::replace(piece_.spec.begin() + static_cast<std::ptrdiff_t>(spec_before),
                   piece_.spec.end(), '\t', ' ');
    }
    at_ = end;
  }

  void read_quoted() {
    const auto close = has_quotes_ ? find_close('"') : std::string_view::npos;
    if (close == std::string_view::npos) {
      has_quotes_ = false;
      ++at_;
      return;
    }
    const auto raw = text_.substr(at_, close + 1 - at_);
    piece_.add_to_spec(raw);
    for (std::size_t i = 1; i + 1 < raw.size(); ++i) {
      if (raw[i] == '\\' && i + 2 < raw.size()) ++i;
      piece_.phrase += raw[i];
    }
    at_ = close + 1;
  }

  void read_comment() {
    const auto close = has_comments_ ? find_comment_end() : std::string_view::npos;
    if (close == std::string_view::npos) {
      has_comments_ = false;
      ++at_;
      return;
    }
    if (piece_.comment.empty()) piece_.comment = text_.substr(at_ + 1, close - at_ - 1);
    at_ = close + 1;
  }

  void read_angle() {
    if (piece_.angle) finish_piece_before_angle();
    while (at_ < text_.size() && text_[at_] == '<') ++at_;
    const auto begin = at_;
    std::size_t address_begin = begin;
    bool is_quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\' && is_quoted) ++at_;
      if (c == '"') is_quoted = !is_quoted;
      if (is_quoted) continue;
      // <@relay,@other:ann@example.org>: the route (RFC 5322 §4.4) is not part of the address.
      const bool is_route = address_begin == begin && begin < text_.size() && text_[begin] == '@';
      if (c == ':' && is_route) address_begin = at_ + 1;
      if (c == '>' || c == '<' || c == ';' || (c == ',' && !is_route)) break;
    }
    at_ = std::min(at_, text_.size());
    std::string inside{text_.substr(address_begin, at_ - address_begin)};
    drop_blanks(inside);
    piece_.angle = std::move(inside);
    piece_.angle_end = piece_.phrase.size();
    if (at_ < text_.size() && text_[at_] == '>') ++at_;
  }

  // The address literal of ann@[192.0.2.1]: its colons are no group.
  void read_literal() {
    const auto close = has_literals_ ? text_.find(']', at_) : std::string_view::npos;
    if (close == std::string_view::npos) has_literals_ = false;
    const auto end = has_literals_ ? close + 1 : at_ + 1;
    const auto raw = text_.substr(at_, end - at_);
    piece_.phrase += raw;
    piece_.add_to_spec(raw);
    at_ = end;
  }

  std::size_t find_close(char quote) const {
    for (auto i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  std::size_t find_comment_end() const {
    std::size_t depth = 0;
    for (auto i = at_; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '(') {
        ++depth;
      } else if (text_[i] == ')' && --depth == 0) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  // "Ann <a@example.org> Bob <b@example.org>": the comma is missing, and the name Bob belongs to
  // the second address.
  void finish_piece_before_angle() {
    auto name = piece_.phrase.substr(piece_.angle_end);
    piece_.phrase.resize(piece_.angle_end);
    finish_piece();
    piece_.phrase = std::move(name);
  }

  void finish_piece() {
    if (piece_.empty()) return;
    if (piece_.angle) {
      finish_angle();
    } else if (piece_.has_at_sign) {
      finish_bare_address(piece_);
    } else if (!trim(piece_.phrase).empty()) {
      bare_names_.push_back(piece_.phrase);
      if (bare_names_.size() > longest_bare_name) flush_bare_name();
    }
    piece_.clear();
  }

  void finish_angle() {
    auto email = *std::move(piece_.angle);
    if (trim(piece_.phrase).empty()) {
      flush_bare_names();
      add(piece_.comment, std::move(email));
    } else if (bare_names_.empty()) {
      add(piece_.phrase, std::move(email));
    } else {
      std::string name;
      for (const auto& bare : bare_names_) name += bare + ",";
      bare_names_.clear();
      add(name + piece_.phrase, std::move(email));
    }
  }

  void finish_bare_address(const ListPiece& piece) {
    flush_bare_names();
    // "ann @ example.org" is one address; in "Ann Lee ann@example.org" the name lost its brackets.
    std::string spec;
    for (const char c : trim(piece.spec)) {
      if (c == '@') spec.erase(spec.find_last_not_of(' ') + 1);
      if (c == ' ' && spec.ends_with('@')) continue;
      spec += c;
    }
    const auto at_sign = spec.rfind('@');
    const bool is_quoted = spec.find('"') != std::string::npos;
    const auto blank = is_quoted ? std::string::npos : spec.find_last_of(' ', at_sign);
    const auto begin = blank == std::string::npos ? 0 : blank + 1;
    auto email = spec.substr(begin);
    if (!is_quoted) email = email.substr(0, email.find(' '));
    drop_blanks(email);
    const auto name = begin > 0 ? spec.substr(0, begin) : piece.comment;
    add(name, std::move(email));
  }

  void flush_bare_names() {
    while (!bare_names_.empty()) flush_bare_name();
  }

  // "root" is an address of the local host, "Ann Lee" is a person without one.
  void flush_bare_name() {
    const auto text = std::string{trim(bare_names_.front())};
    bare_names_.erase(bare_names_.begin());
    const bool is_word = std::ranges::none_of(text, is_space_or_tab) && !text.starts_with("=?");
    if (is_word) {
      add({}, text);
    } else {
      add(text, {});
    }
  }

  void add(std::string_view name, std::string email) {
    if (addresses_.size() == most_addresses) return;
    const bool is_plain = printable_ascii_prefix(email) == email.size();
    if (!is_plain) {
      std::erase_if(email, is_control_character);
      email = repair_utf8(email);
    }
    addresses_.push_back({std::string{trim(decode_words(name))}, std::move(email)});
  }

  std::string_view text_;
  EncodedWordReader words_;
  std::size_t at_ = 0;
  bool has_quotes_ = true;
  bool has_comments_ = true;
  bool has_literals_ = true;
  ListPiece piece_;
  std::vector<std::string> bare_names_;  // few: longest_bare_name
  std::vector<Address> addresses_;
};

}  // namespace

std::vector<Address> parse_addresses(std::string_view raw) {
  const bool is_folded = raw.find('\r') != raw.npos || raw.find('\n') != raw.npos;
  if (!is_folded) return AddressListReader{raw}.read();
  std::string unfolded{raw};
  std::erase_if(unfolded, [](char c) { return c == '\r' || c == '\n'; });
  return AddressListReader{unfolded}.read();
}

}  // namespace gmail_mcp::mime
