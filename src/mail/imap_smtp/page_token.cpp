#include "mail/imap_smtp/page_token.h"

#include <charconv>

#include "base/text.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::string_view prefix = "p1";
constexpr std::size_t most_marks = 64;

bool read_number(std::string_view text, std::uint32_t& number) {
  const auto* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, number);
  return failed == std::errc{} && stop == end;
}

}  // namespace

std::string write_page_token(const std::vector<PageMark>& marks) {
  std::string token{prefix};
  for (const auto& mark : marks) {
    token += '-' + std::to_string(mark.uid_validity) + '.' + std::to_string(mark.below);
  }
  return token;
}

std::optional<std::vector<PageMark>> read_page_token(std::string_view token) {
  const auto pieces = split(token, '-');
  if (pieces.size() < 2 || pieces.size() > most_marks || pieces[0] != prefix) return std::nullopt;
  std::vector<PageMark> marks;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const auto dot = pieces[i].find('.');
    PageMark mark;
    if (dot == std::string::npos ||
        !read_number(std::string_view{pieces[i]}.substr(0, dot), mark.uid_validity) ||
        !read_number(std::string_view{pieces[i]}.substr(dot + 1), mark.below) || mark.below == 0) {
      return std::nullopt;
    }
    marks.push_back(mark);
  }
  return marks;
}

}  // namespace gmail_mcp::mail
