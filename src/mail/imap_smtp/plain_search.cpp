#include "mail/imap_smtp/plain_search.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::size_t most_terms = 50;

struct Term {
  bool negated = false;
  std::string op;  // lower case; empty for a word
  std::string value;
};

// -subject:"two words" → {true, "subject", "two words"}
std::vector<Term> terms_of(std::string_view query) {
  std::vector<Term> terms;
  std::size_t at = 0;
  const auto blank = [&] { return query[at] == ' ' || query[at] == '\t'; };
  while (at < query.size()) {
    if (blank()) {
      ++at;
      continue;
    }
    Term term;
    if (query[at] == '-' && at + 1 < query.size()) {
      term.negated = true;
      ++at;
    }
    bool quoted = false;
    bool was_quoted = false;
    for (; at < query.size() && (quoted || !blank()); ++at) {
      const char c = query[at];
      if (c == '"') {
        quoted = !quoted;
        was_quoted = true;
      } else if (c == ':' && !was_quoted && term.op.empty()) {
        term.op = to_lower_ascii(std::exchange(term.value, {}));
      } else {
        term.value += c;
      }
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

// "2026/02/01" or "2026-02-01" → "1-Feb-2026"
std::optional<std::string> date_key(std::string_view text) {
  std::array<unsigned, 3> numbers{};
  std::size_t count = 0;
  for (const auto& piece : split(text, text.find('/') == std::string_view::npos ? '-' : '/')) {
    if (count == 3 || piece.empty()) return std::nullopt;
    const auto* const end = piece.data() + piece.size();
    const auto [stop, failed] = std::from_chars(piece.data(), end, numbers[count++]);
    if (failed != std::errc{} || stop != end) return std::nullopt;
  }
  const auto [year, month, day] = numbers;
  const bool is_date = count == 3 && year >= 1970 && year < 10'000 && month >= 1 && month <= 12 &&
                       day >= 1 && day <= 31;
  if (!is_date) return std::nullopt;
  return imap_date({std::chrono::year{static_cast<int>(year)}, std::chrono::month{month},
                    std::chrono::day{day}});
}

// "5M", "100k", "1000"
std::optional<std::uint64_t> size_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, number);
  if (failed != std::errc{} || number > 0xffff'ffffU) return std::nullopt;
  const auto unit = to_lower_ascii({stop, static_cast<std::size_t>(end - stop)});
  if (unit == "k" || unit == "kb") return number << 10U;
  if (unit == "m" || unit == "mb") return number << 20U;
  return unit.empty() ? std::optional{number} : std::nullopt;
}

std::string_view text_key(std::string_view op) {
  if (op.empty()) return "TEXT";
  if (op == "from") return "FROM";
  if (op == "to") return "TO";
  if (op == "cc") return "CC";
  if (op == "bcc") return "BCC";
  if (op == "subject") return "SUBJECT";
  if (op == "rfc822msgid") return "HEADER Message-ID";
  return {};
}

std::string_view flag_key(std::string_view state) {
  if (state == "unread") return "UNSEEN";
  if (state == "read") return "SEEN";
  if (state == "starred") return "FLAGGED";
  if (state == "unstarred") return "UNFLAGGED";
  return {};
}

// Dates and sizes; empty when the value is none.
std::optional<std::string> bound_key(std::string_view op, std::string_view value) {
  const bool since = op == "after" || op == "newer";
  if (since || op == "before" || op == "older") {
    const auto date = date_key(value);
    return date ? (since ? "SINCE " : "BEFORE ") + *date : std::string{};
  }
  if (op == "larger" || op == "smaller") {
    const auto size = size_of(value);
    return size ? (op == "larger" ? "LARGER " : "SMALLER ") + std::to_string(*size) : std::string{};
  }
  return std::nullopt;
}

Error cannot(std::string_view what) {
  return {Errc::unsupported,
          "This mail server is not Gmail and cannot search for " + std::string{what} + ".",
          "Use words, from:, to:, subject:, is:unread, is:starred, after:, before:, larger: or "
          "in:folder."};
}

// What is not ours to name in a sentence is not named.
std::string name_of(std::string_view op) {
  for (const std::string_view known :
       {"has", "filename", "label", "category", "older_than", "newer_than", "list", "deliveredto",
        "is", "after", "before", "older", "newer", "larger", "smaller", "around"}) {
    if (op == known) return std::string{known} + ": with this value";
  }
  return "such an operator";
}

}  // namespace

std::string imap_date(std::chrono::year_month_day date) {
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}-{}-{}", static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()));
}

Result<PlainSearch> plain_search(std::string_view query,
                                 const std::vector<std::string>& label_ids) {
  PlainSearch search;
  const auto look_into = [&](std::string folder) {
    const bool agrees = search.folder.empty() || search.folder == folder;
    search.folder = std::move(folder);
    return agrees;
  };
  for (const auto& id : label_ids) {
    if (id == "UNREAD") {
      search.keys.keys("UNSEEN");
    } else if (id == "STARRED") {
      search.keys.keys("FLAGGED");
    } else if (!look_into(id)) {
      return cannot("two folders at once");
    }
  }
  const auto terms = terms_of(query);
  if (terms.size() > most_terms) return cannot("so many words at once");
  for (const auto& term : terms) {
    const bool grouped = term.op.empty() && (term.value == "OR" || term.value == "AND" ||
                                             term.value.find_first_of("(){}") != std::string::npos);
    if (grouped) return cannot("alternatives");
    if (term.value.empty()) return cannot(name_of(term.op));
    if (term.op == "in" && !term.negated) {
      // IMAP searches one folder at a time.
      if (to_lower_ascii(term.value) == "anywhere") return cannot("all folders at once");
      if (!look_into(term.value)) return cannot("two folders at once");
      continue;
    }
    const std::string_view sign = term.negated ? "NOT " : "";
    const auto add = [&](std::string_view key) {
      search.keys.keys(std::string{sign} + std::string{key});
    };
    if (const auto key = text_key(term.op); !key.empty()) {
      search.keys.text(std::string{sign} + std::string{key}, term.value);
    } else if (const auto bound = bound_key(term.op, term.value)) {
      if (bound->empty()) return cannot(name_of(term.op));
      add(*bound);
    } else if (term.op == "is" && !flag_key(to_lower_ascii(term.value)).empty()) {
      add(flag_key(to_lower_ascii(term.value)));
    } else {
      return cannot(name_of(term.op));
    }
  }
  return search;
}

}  // namespace gmail_mcp::mail
