#include "mime/header.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "mime/charset.h"
#include "mime/encoded_word.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t longest_message_id = 900;
constexpr std::size_t most_message_ids = 1000;

bool is_fold(char c) { return c == '\r' || c == '\n'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }

bool is_plain_in_id(char c) { return c > ' ' && c < '\x7F' && c != '<' && c != '>'; }

// Collects a header's text: runs of plain text and runs of encoded words.
class WordJoiner {
 public:
  void add_text(std::string_view text) {
    if (text.empty()) return;
    // Blanks between two encoded words are only separators (RFC 2047 §6.2).
    blanks_ = trim(text).empty() && !bytes_.empty();
    if (!blanks_) flush();
    pending_ += text;
  }

  void add_word(const EncodedWord& word) {
    if (blanks_) pending_.clear();
    blanks_ = false;
    if (!pending_.empty() || !equals_ignoring_case(word.charset, charset_)) flush();
    // Neighbours in one charset are joined before conversion, because many senders split in the
    // middle of a character.
    charset_ = word.charset;
    bytes_ += decode_bytes(word);
  }

  std::string finish() && {
    flush();
    return std::move(out_);
  }

 private:
  void flush() {
    make_utf8(bytes_, charset_);
    out_ += bytes_;
    bytes_.clear();
    make_utf8(pending_, {});
    out_ += pending_;
    pending_.clear();
  }

  std::string out_;
  std::string bytes_;  // of encoded words, in charset_
  std::string charset_;
  std::string pending_;  // plain text after them
  bool blanks_ = false;  // pending_ is only blanks after an encoded word
};

std::optional<std::string> read_message_id(std::string_view inner) {
  std::string id = "<";
  id.reserve(inner.size() + 2);
  // As almost all are.
  if (!inner.empty() && std::ranges::all_of(inner, is_plain_in_id)) {
    if (inner.size() + 2 > longest_message_id) return std::nullopt;
    return std::move((id += inner) += '>');
  }
  bool is_folded = false;  // blanks of a fold are dropped; others belong to the id
  bool has_any = false;
  for (const char c : inner) {
    const bool is_blank = c == ' ' || c == '\t';
    if (is_fold(c) || (is_folded && is_blank)) {
      is_folded = true;
      continue;
    }
    is_folded = false;
    if ((c < ' ' && !is_blank) || c >= '\x7F' || c == '<' || c == '>') return std::nullopt;
    has_any = has_any || !is_blank;
    id += is_blank ? ' ' : c;
  }
  if (!has_any || id.size() + 1 > longest_message_id) return std::nullopt;
  return id + ">";
}

}  // namespace

std::string decode_words(std::string_view raw) {
  const bool is_plain = printable_ascii_prefix(raw) == raw.size();
  if (is_plain && raw.find("=?") == std::string_view::npos) return std::string{raw};
  std::string unfolded{raw};
  std::erase_if(unfolded, is_fold);

  EncodedWordReader reader{unfolded};
  WordJoiner joiner;
  const std::string_view text = unfolded;
  std::size_t text_begin = 0;
  auto at = text.find("=?");
  while (at != std::string_view::npos) {
    const auto word = reader.read(at);
    if (!word) {
      at = text.find("=?", at + 2);
      continue;
    }
    joiner.add_text(text.substr(text_begin, at - text_begin));
    joiner.add_word(*word);
    text_begin = at + word->size;
    at = text.find("=?", text_begin);
  }
  joiner.add_text(text.substr(text_begin));

  auto out = std::move(joiner).finish();
  std::ranges::replace_if(out, is_control, ' ');
  return out;
}

std::vector<std::string> parse_message_ids(std::string_view raw) {
  std::vector<std::string> ids;
  const auto add = [&ids](std::string_view inner) {
    auto id = read_message_id(inner);
    if (id) ids.push_back(*std::move(id));
  };
  auto open = raw.find('<');
  if (open == std::string_view::npos) {
    // Some programs forget the brackets.
    const auto bare = trim(raw);
    if (bare.find('@') != std::string_view::npos && bare.find_first_of(" \t") == bare.npos) {
      add(bare);
    }
    return ids;
  }
  while (open != std::string_view::npos) {
    const auto close = raw.find_first_of("<>", open + 1);
    if (close == std::string_view::npos) break;
    if (raw[close] == '>') add(raw.substr(open + 1, close - open - 1));
    open = raw.find('<', close);
  }
  if (ids.size() > most_message_ids) {
    ids.erase(ids.begin(), ids.end() - static_cast<std::ptrdiff_t>(most_message_ids));
  }
  return ids;
}

}  // namespace gmail_mcp::mime
