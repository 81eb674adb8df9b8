#include "mime/subject.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace gmail_mcp::mime {

namespace {

constexpr auto forward_prefixes = std::to_array<std::string_view>(
    {"fw",  "fwd", "wg", "tr",  "rv",   "vb",   "i",    "vs",   "vl",     "pd",        "doorst",
     "enc", "ilt", "fs", "trs", "转发", "轉寄", "転送", "전달", "пересл", "továbbítás"});
constexpr auto reply_prefixes = std::to_array<std::string_view>(
    {"re", "aw",   "sv",   "antw", "odp",  "r",    "rif", "res", "ynt", "bls", "atb",
     "vá", "回复", "答复", "回覆", "返信", "답장", "на",  "ha",  "απ",  "השב"});

constexpr std::string_view wide_colon = "：";
constexpr std::size_t longest_prefix = 40;

template <std::size_t n>
bool is_among(const std::array<std::string_view, n>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct SubjectWord {
  SubjectPrefix prefix = SubjectPrefix::none;
  std::size_t size = 0;  // with its colon
};

// "Re[2] :" of "Re[2] : Lunch"; empty unless a mail program writes such a word.
SubjectWord first_word(std::string_view subject) {
  const auto beginning = subject.substr(0, longest_prefix);
  const auto narrow = beginning.find(':');
  const auto wide = beginning.find(wide_colon);
  const auto end = std::min(narrow, wide);
  if (end == std::string_view::npos) return {};
  auto word = trim(beginning.substr(0, end));
  if (word.ends_with(']') || word.ends_with(')')) word = word.substr(0, word.find_first_of("[("));
  const auto lower = to_lower_ascii(trim(word));
  SubjectWord found;
  if (is_among(forward_prefixes, lower)) found.prefix = SubjectPrefix::forward;
  if (is_among(reply_prefixes, lower)) found.prefix = SubjectPrefix::reply;
  if (found.prefix != SubjectPrefix::none)
    found.size = end + (end == narrow ? 1 : wide_colon.size());
  return found;
}

// "[list]" of "[list] Lunch"; empty if there is none.
std::string_view list_tag(std::string_view subject) {
  const auto end = subject.starts_with('[') ? subject.find(']') : std::string_view::npos;
  return end == std::string_view::npos ? std::string_view{} : subject.substr(0, end + 1);
}

}  // namespace

SubjectPrefix subject_prefix(std::string_view subject) {
  subject = trim(subject);
  for (auto tag = list_tag(subject); !tag.empty(); tag = list_tag(subject)) {
    subject = trim(subject.substr(tag.size()));
  }
  return first_word(subject).prefix;
}

std::string without_forward_prefixes(std::string_view subject) {
  std::string kept;
  for (subject = trim(subject); !subject.empty(); subject = trim(subject)) {
    const auto tag = list_tag(subject);
    const auto word = tag.empty() ? first_word(subject) : SubjectWord{};
    const auto size = tag.empty() ? word.size : tag.size();
    if (size == 0) break;
    if (word.prefix != SubjectPrefix::forward) {
      kept.append(trim(subject.substr(0, size))).append(" ");
    }
    subject.remove_prefix(size);
  }
  kept.append(subject);
  return std::string{trim(kept)};
}

}  // namespace gmail_mcp::mime
