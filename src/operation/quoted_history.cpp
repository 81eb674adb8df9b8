#include "operation/quoted_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "mime/subject.h"

namespace gmail_mcp::operation {

namespace {

using Lines = std::vector<std::string_view>;

// Mail programs do not write longer lines of this kind.
constexpr std::size_t longest_mark = 500;
// A line that says who wrote may be wrapped, and so may the header lines of a quoted message.
constexpr std::size_t most_attribution_lines = 4;
constexpr std::size_t most_header_lines = 12;
constexpr std::size_t usual_line = 64;

constexpr auto verbs = std::to_array<std::string_view>(
    {"wrote",       "schrieb",   "a écrit", "écrivait", "escribió", "ha scritto",
     "escreveu",    "schreef",   "skrev",   "napisał",  "napsal",   "пишет",
     "написал",     "kirjoitti", "yazdı",   "írta",     "έγραψε",   "a scris",
     "va escriure", "пише",      "写道",    "寫道",     "작성",     "書きました"});
constexpr auto forward_marks = std::to_array<std::string_view>(
    {"forwarded message", "forwarded by", "weitergeleitete nachricht", "message transféré",
     "mensaje reenviado", "messaggio inoltrato", "mensagem encaminhada", "doorgestuurd bericht",
     "vidarebefordrat meddelande", "przekazana wiadomość", "пересылаемое сообщение", "转发的邮件"});
// Phrases by which an author says that the answers are inside the quotation.
constexpr auto pointers_below = std::to_array<std::string_view>(
    {"below",        "inline",     "in line",  "in-line",       "in red",    "in blue",
     "in green",     "in bold",    "in caps",  "in colo",       "in purple", "between",
     "interspersed", "embedded",   "within",   "in the text",   "comments",  "answers",
     "responses",    "my replies", "unten",    "in rot",        "in blau",   "im text",
     "antworten",    "ci-dessous", "en rouge", "dans le texte", "abajo",     "en rojo",
     "sotto",        "in rosso",   "abaixo",   "em vermelho",   "hieronder", "in rood",
     "nedan",        "i rött",     "poniżej",  "ниже"});

template <std::size_t n>
bool has_any(std::string_view lower, const std::array<std::string_view, n>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return lower.find(word) != std::string_view::npos;
  });
}

Lines lines_of(std::string_view text) {
  Lines lines;
  lines.reserve(1 + text.size() / usual_line);
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool is_reply(const model::Message& message) {
  const auto prefix = mime::subject_prefix(message.subject);
  if (prefix == mime::SubjectPrefix::forward) return false;
  return !message.in_reply_to.empty() || !message.references.empty() ||
         prefix == mime::SubjectPrefix::reply;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool has_time(std::string_view text) {
  for (std::size_t at = 1; at + 2 < text.size(); ++at) {
    const bool is_between = text[at] == ':' || text[at] == '.' || text[at] == 'h';
    if (is_between && is_digit(text[at - 1]) && is_digit(text[at + 1]) && is_digit(text[at + 2])) {
      return true;
    }
  }
  return false;
}

bool has_address(std::string_view text) {
  const auto at = text.find('@');
  const auto is_part = [](char c) { return c != ' ' && c != '<' && c != '>'; };
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && is_part(text[at - 1]) &&
         is_part(text[at + 1]);
}

// "On Mon, 23 Nov 2026 at 10:00, Ann <ann@example.org> wrote:", in any of the languages.
bool is_attribution(std::string_view text) {
  constexpr std::string_view wide_colon = "：";
  text = trim(text);
  if (text.ends_with(wide_colon)) {
    text.remove_suffix(wide_colon.size());
  } else if (text.ends_with(':')) {
    text.remove_suffix(1);
  } else {
    return false;
  }
  text = trim(text);
  const auto lower = to_lower_ascii(text);
  if (!has_any(lower, verbs)) return text.ends_with('>') && has_address(text) && has_time(text);
  return has_address(text) || has_time(text) || lower.starts_with("on ");
}

bool is_end_of_sentence(std::string_view line) {
  return line.ends_with('.') || line.ends_with('!') || line.ends_with('?') || line.ends_with(':');
}

bool is_quoted(std::string_view line) { return trim(line).starts_with('>'); }

std::string_view without_mark(std::string_view line) {
  line = trim(line);
  return line.starts_with('>') ? trim(line.substr(1)) : line;
}

// Whether the paragraph that ends before `end` is an attribution, of one or a few lines.
bool ends_with_attribution(const Lines& lines, std::size_t end) {
  while (end > 0 && trim(lines[end - 1]).empty()) --end;
  std::string joined;
  for (std::size_t count = 1; count <= most_attribution_lines && count <= end; ++count) {
    const auto line = trim(lines[end - count]);
    if (line.empty() || line.size() > longest_mark) return false;
    if (count > 1 && is_end_of_sentence(line)) return false;
    joined = joined.empty() ? std::string{line} : fmt::format("{} {}", line, joined);
    if (is_attribution(joined)) return true;
  }
  return false;
}

// Apple puts it within the quotation.
bool begins_with_attribution(const Lines& lines, std::size_t begin) {
  std::string joined;
  for (std::size_t at = begin; at < lines.size() && at < begin + most_attribution_lines; ++at) {
    const auto line = without_mark(lines[at]);
    if (line.empty() || line.starts_with('>') || line.size() > longest_mark) return false;
    joined += fmt::format("{}{}", joined.empty() ? "" : " ", line);
    if (is_attribution(joined)) return true;
  }
  return false;
}

// Where the quoted lines that a mail program put at the end begin; lines.size() if there are none.
std::size_t marked_history(const Lines& lines) {
  std::size_t begin = lines.size();
  bool has_first_depth = false;  // not so in ">>> import sys"
  while (begin > 0) {
    const auto line = trim(lines[begin - 1]);
    if (!line.empty() && !line.starts_with('>')) break;
    has_first_depth = has_first_depth || (!line.empty() && !trim(line.substr(1)).starts_with('>'));
    --begin;
  }
  std::size_t first = begin;
  while (first < lines.size() && trim(lines[first]).empty()) ++first;
  const bool is_history = has_first_depth && (ends_with_attribution(lines, begin) ||
                                              begins_with_attribution(lines, first));
  return is_history ? begin : lines.size();
}

// "Sent" of "*Sent:* Monday", in lower case.
std::string field_of(std::string_view line) {
  while (line.starts_with('*')) line.remove_prefix(1);
  constexpr std::size_t longest_name = 10;
  const auto colon = line.substr(0, longest_name).find(':');
  return colon == std::string_view::npos ? "" : to_lower_ascii(trim(line.substr(0, colon)));
}

// The header of a message that Outlook quotes: from whom, when, to whom and about what.
bool begins_unmarked_history(const Lines& lines, std::size_t at) {
  const auto from = trim(lines[at]);
  if (field_of(from) != "from" || !has_address(from.substr(0, longest_mark))) return false;
  bool has_date = false;
  bool has_to = false;
  bool has_subject = false;
  for (auto i = at + 1; i < lines.size() && i < at + most_header_lines; ++i) {
    const auto line = trim(lines[i]);
    if (line.empty()) break;
    const auto field = field_of(line);
    has_date = has_date || field == "sent" || field == "date";
    has_to = has_to || field == "to";
    has_subject = has_subject || field == "subject";
  }
  return has_date && has_to && has_subject;
}

bool is_forward_mark(std::string_view line) {
  line = trim(line);
  if (line.size() > longest_mark) return false;
  const bool is_ruled = line.starts_with('-') || line.starts_with('_') || line.ends_with(':');
  return is_ruled && has_any(to_lower_ascii(line), forward_marks);
}

// Whether there may be answers inside unmarked history, where nothing would mark them.
bool may_hold_answers(const Lines& lines, std::size_t begin, const model::Message& message) {
  for (std::size_t at = 0; at < begin; ++at) {
    if (has_any(to_lower_ascii(lines[at]), pointers_below)) return true;
  }
  // Outlook marks comments by the name of their author.
  const auto mark = fmt::format("[{}]", message.from.name);
  bool was_quoted = false;
  for (auto at = begin; at < lines.size(); ++at) {
    if (!message.from.name.empty() && lines[at].find(mark) != std::string_view::npos) return true;
    if (is_quoted(lines[at])) {
      was_quoted = true;
    } else if (was_quoted && !trim(lines[at]).empty()) {
      return true;
    }
  }
  return false;
}

// Where the history at the end begins; lines.size() if there is none.
std::size_t history_begin(const Lines& lines, const model::Message& message) {
  auto begin = marked_history(lines);
  for (std::size_t at = 0; at < begin; ++at) {
    if (is_forward_mark(lines[at])) return lines.size();
    if (!begins_unmarked_history(lines, at)) continue;
    if (may_hold_answers(lines, at, message)) return lines.size();
    const auto before = at > 0 ? to_lower_ascii(trim(lines[at - 1])) : std::string{};
    const bool has_rule = before.starts_with("-----") && before.ends_with("-----");
    return has_rule ? at - 1 : at;
  }
  return begin;
}

}  // namespace

std::string fold_history(std::string text, const model::Message& message,
                         std::size_t& folded_lines) {
  if (!is_reply(message)) return text;
  const auto lines = lines_of(text);
  const auto begin = history_begin(lines, message);
  std::size_t own = 0;
  std::size_t count = 0;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (!trim(lines[at]).empty()) ++(at < begin ? own : count);
  }
  // A message that is only a quotation is kept whole.
  if (own == 0 || count < 2) return text;
  folded_lines = count;
  text.resize(static_cast<std::size_t>(lines[begin].data() - text.data()));
  fmt::format_to(std::back_inserter(text), "[{} quoted lines folded]", count);
  return text;
}

}  // namespace gmail_mcp::operation
