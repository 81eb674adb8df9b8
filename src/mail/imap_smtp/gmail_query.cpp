#include "mail/imap_smtp/gmail_query.h"

#include <algorithm>

#include "base/text.h"

namespace gmail_mcp::mail {

namespace {

// The words of a query, lower case, quoted text left out.
std::vector<std::string> words_of(std::string_view query) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : query) {
    if (c == '"') quoted = !quoted;
    if (quoted || c == '"') continue;
    const bool ends = c == ' ' || c == '\t' || c == '(' || c == ')' || c == '{' || c == '}';
    if (ends && !words.back().empty()) words.emplace_back();
    if (c == '{') words.emplace_back("{"), words.emplace_back();
    if (!ends) words.back() += c;
  }
  // Only capitals mean OR.
  for (auto& word : words) {
    if (word != "OR") word = to_lower_ascii(word);
  }
  return words;
}

}  // namespace

SearchReach reach_of(std::string_view query, const std::vector<std::string>& label_ids) {
  SearchReach reach;
  bool has_choice = false;
  bool anywhere = false;
  for (const auto& word : words_of(query)) {
    has_choice |= word == "OR" || word == "{";
    for (const std::string_view prefix : {"in:", "label:", "is:"}) {
      if (!word.starts_with(prefix)) continue;
      const auto where = std::string_view{word}.substr(prefix.size());
      reach.spam |= where == "spam";
      reach.trash |= where == "trash" || where == "bin";
      anywhere |= where == "anywhere";
    }
  }
  for (const auto& id : label_ids) {
    reach.spam |= id == "SPAM";
    reach.trash |= id == "TRASH";
  }
  if (anywhere) return {.all_mail = true, .spam = true, .trash = true};
  // "in:spam OR in:inbox" looks into both.
  reach.all_mail = has_choice || (!reach.spam && !reach.trash);
  return reach;
}

}  // namespace gmail_mcp::mail
