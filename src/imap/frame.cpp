#include "imap/frame.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace gmail_mcp::imap {

namespace {

// A server may send many empty literals; what they cost us counts as well.
constexpr std::size_t cost_of_literal = 64;
// Longer than any literal's announcement.
constexpr std::size_t kept_end = 64;

Error too_long() {
  return Error{Errc::too_large, "The mail server sent more than is accepted at once.",
               "Ask for less: a smaller page, or another message."};
}

bool begins(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && equals_ignoring_case(text.substr(0, word.size()), word);
}

}  // namespace

// Free text for people may end like a literal: `* OK ready {5}`. Only data has literals.
bool Framer::has_literals() const {
  const std::string_view text = frame_.text;
  if (!text.starts_with("* ")) return false;
  // Looks only at the length of these words, because this is called for each literal.
  static constexpr std::string_view free[] = {"OK", "NO", "BAD", "BYE", "PREAUTH"};
  const auto start = text.substr(2, std::string_view{"PREAUTH "}.size());
  const auto word = start.substr(0, start.find(' '));
  return std::none_of(std::begin(free), std::end(free),
                      [&](std::string_view one) { return equals_ignoring_case(word, one); });
}

bool Framer::is_fetch() const {
  const std::string_view text = frame_.text;
  const auto word = text.find_first_not_of("0123456789", 2);
  return text.starts_with("* ") && word != std::string_view::npos && word > 2 &&
         begins(text.substr(word), " FETCH ");
}

// Only the end of the text is kept, which says whether a literal follows.
void Framer::pass_over() {
  auto& text = frame_.text;
  passes_over_ = true;
  frame_.literals = {};
  if (text.size() <= 2 * kept_end) return;
  passed_bytes_ += text.size() - kept_end;
  text = "* FETCH " + text.substr(text.size() - kept_end);
}

// Removes `{n}` or `~{n}` (RFC 3516) from the end of the text.
std::optional<std::size_t> Framer::announced_literal() {
  auto& text = frame_.text;
  if (!text.ends_with('}')) return std::nullopt;
  const auto open = text.rfind('{');
  if (open == std::string::npos || open + 2 >= text.size()) return std::nullopt;
  std::size_t size = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [stop, failed] = std::from_chars(text.data() + open + 1, end, size);
  if (stop != end || failed == std::errc::invalid_argument) return std::nullopt;
  if (failed != std::errc{}) size = limits_.literal + 1;
  text.resize(open > 0 && text[open - 1] == '~' ? open - 1 : open);
  return size;
}

Result<std::optional<Frame>> Framer::take(std::string_view& bytes) {
  while (!bytes.empty()) {
    if (literal_left_ > 0) {
      const auto count = std::min(literal_left_, bytes.size());
      if (!passes_over_) frame_.literals.back().append(bytes.substr(0, count));
      literal_left_ -= count;
      bytes.remove_prefix(count);
      continue;
    }
    const auto line_end = bytes.find('\n');
    const auto piece = bytes.substr(0, line_end);
    const auto before = frame_.text.size();
    frame_.text += piece;
    std::replace(frame_.text.begin() + static_cast<std::ptrdiff_t>(before), frame_.text.end(),
                 Frame::literal_mark, '?');
    const bool is_search = begins(frame_.text, "* SEARCH") || begins(frame_.text, "* ESEARCH");
    const auto longest = is_search ? limits_.search_line : limits_.line;
    if (frame_.text.size() > longest && !passes_over_ && !is_fetch()) return too_long();
    if (frame_.text.size() > longest || passes_over_) pass_over();
    if (passed_bytes_ > limits_.response) return too_long();
    if (line_end == std::string_view::npos) {
      bytes = {};
      break;
    }
    bytes.remove_prefix(line_end + 1);
    if (frame_.text.ends_with('\r')) frame_.text.pop_back();
    if (has_literals()) {
      if (const auto size = announced_literal()) {
        literal_bytes_ += cost_of_literal;
        if (*size > limits_.literal || *size + literal_bytes_ > limits_.response) return too_long();
        literal_bytes_ += *size;
        literal_left_ = *size;
        frame_.text += Frame::literal_mark;
        if (!passes_over_) frame_.literals.emplace_back();
        continue;
      }
    }
    literal_bytes_ = 0;
    passed_bytes_ = 0;
    if (std::exchange(passes_over_, false)) frame_ = {.text = std::string{passed_over}};
    return std::optional{std::exchange(frame_, {})};
  }
  return std::optional<Frame>{};
}

}  // namespace gmail_mcp::imap
