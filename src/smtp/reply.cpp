#include "smtp/reply.h"

#include <algorithm>
#include <utility>

namespace gmail_mcp::smtp {

namespace {

constexpr std::size_t max_lines = 200;
constexpr std::size_t kept_text = 4096;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 3463 §2: class "." subject "." detail, at the beginning of the text.
std::string_view enhanced_code(std::string_view text) {
  if (text.size() < 5 || (text[0] != '2' && text[0] != '4' && text[0] != '5') || text[1] != '.') {
    return {};
  }
  std::size_t at = 2;
  for (int number = 0; number < 2; ++number) {
    const auto begin = at;
    while (at < text.size() && at - begin < 4 && is_digit(text[at])) ++at;
    if (at == begin || at - begin > 3) return {};
    if (number == 0) {
      if (at == text.size() || text[at] != '.') return {};
      ++at;
    }
  }
  if (at < text.size() && text[at] != ' ') return {};
  return text.substr(0, at);
}

}  // namespace

ReplyReader::Progress ReplyReader::add(std::string_view line) {
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) {
    return Progress::broken;
  }
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  const char sign = line.size() > 3 ? line[3] : ' ';
  if (code < 200 || code > 599 || (sign != ' ' && sign != '-')) return Progress::broken;
  if (++lines_ > max_lines || (lines_ > 1 && code != reply_.code)) return Progress::broken;
  reply_.code = code;
  auto text = line.substr(std::min<std::size_t>(line.size(), 4));
  const auto enhanced = enhanced_code(text);
  if (!enhanced.empty()) {
    if (reply_.enhanced.empty()) reply_.enhanced = enhanced;
    text.remove_prefix(std::min(text.size(), enhanced.size() + 1));
  }
  if (reply_.text.size() + text.size() < kept_text) reply_.text.append(text).push_back('\n');
  return sign == '-' ? Progress::more : Progress::complete;
}

Reply ReplyReader::take() {
  lines_ = 0;
  return std::exchange(reply_, {});
}

}  // namespace gmail_mcp::smtp
