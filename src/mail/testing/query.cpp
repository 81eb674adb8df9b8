#include "mail/testing/query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace gmail_mcp::mail::memory {

namespace {

constexpr std::array<std::string_view, 14> operators{
    "from", "to", "cc",  "bcc",         "subject", "filename", "label",
    "in",   "is", "has", "rfc822msgid", "after",   "before",   "newer_than"};

bool is_operator(std::string_view name) {
  return name == "older_than" ||
         std::find(operators.begin(), operators.end(), name) != operators.end();
}

bool contains(std::string_view text, std::string_view lower_needle) {
  return to_lower_ascii(text).find(lower_needle) != std::string::npos;
}

bool any_contains(const std::vector<model::Address>& list, std::string_view needle) {
  return std::any_of(list.begin(), list.end(), [&](const model::Address& one) {
    return contains(one.name, needle) || contains(one.email, needle);
  });
}

// In a query a label may be written in any case.
bool is_labelled(const model::Message& message, std::string_view id) {
  return std::any_of(message.labels.begin(), message.labels.end(),
                     [&](const std::string& label) { return equals_ignoring_case(label, id); });
}

// label: goes by name, with "-" for blanks and slashes; in: and is: by system label.
bool has_label_named(const Searchable& subject, std::string_view name) {
  for (const auto& label : subject.labels) {
    auto written = to_lower_ascii(label.name);
    std::replace_if(
        written.begin(), written.end(), [](char c) { return c == ' ' || c == '/'; }, '-');
    const bool named = written == name || to_lower_ascii(label.name) == name;
    if (named && is_labelled(subject.message, label.id.str())) return true;
  }
  return false;
}

// Seconds since 1970, or 2026/01/02 with '/' or '-'.
std::optional<Timestamp> moment(std::string_view text) {
  long long seconds = 0;
  const auto* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, seconds).ptr == end) {
    return Timestamp{std::chrono::seconds{seconds}};
  }
  std::string iso{text};
  std::replace(iso.begin(), iso.end(), '/', '-');
  auto parsed = parse_iso8601(iso);
  if (!parsed) return std::nullopt;
  return *parsed;
}

// "3d", "2m", "1y".
std::optional<std::chrono::hours> age(std::string_view text) {
  int count = 0;
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, count);
  if (parsed.ec != std::errc{} || parsed.ptr + 1 != end) return std::nullopt;
  switch (*parsed.ptr) {
    case 'd': return std::chrono::days{count};
    case 'm': return std::chrono::days{30 * count};
    case 'y': return std::chrono::days{365 * count};
    default: return std::nullopt;
  }
}

bool is_in(std::string_view place, const Searchable& subject) {
  const auto& message = subject.message;
  if (place == "anywhere") return true;
  if (place == "read") return !is_labelled(message, "UNREAD");
  if (place == "drafts") return is_labelled(message, "DRAFT");
  return is_labelled(message, place) || has_label_named(subject, place);
}

bool mentions(const model::Message& message, std::string_view needle) {
  return contains(message.subject, needle) || contains(message.body_plain, needle) ||
         contains(message.body_html.value_or(""), needle) || contains(message.from.name, needle) ||
         contains(message.from.email, needle) || any_contains(message.to, needle) ||
         any_contains(message.cc, needle);
}

}  // namespace

Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!(text = trim(text)).empty()) {
    Term term;
    if (text.front() == '-') {
      term.wanted = false;
      text.remove_prefix(1);
    }
    const auto colon = text.find_first_of(": \"");
    if (colon != std::string_view::npos && text[colon] == ':') {
      term.name = to_lower_ascii(text.substr(0, colon));
      if (!is_operator(term.name)) {
        return Error{Errc::unsupported, "This mailbox does not know that search operator.",
                     "Search for words, or with from:, to:, subject:, label:, is: and the like."};
      }
      text.remove_prefix(colon + 1);
    }
    const bool quoted = text.starts_with('"');
    if (quoted) text.remove_prefix(1);
    const auto end = text.find(quoted ? '"' : ' ');
    term.value = to_lower_ascii(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!term.value.empty()) query.terms_.push_back(std::move(term));
  }
  return query;
}

bool Query::matches(const Searchable& subject, Timestamp now) const {
  return std::all_of(terms_.begin(), terms_.end(),
                     [&](const Term& term) { return holds(term, subject, now) == term.wanted; });
}

bool Query::reaches(std::string_view label) const {
  return std::any_of(terms_.begin(), terms_.end(), [&](const Term& term) {
    const bool names_place = term.name == "in" || term.name == "is" || term.name == "label";
    return term.wanted && names_place &&
           (term.value == "anywhere" || equals_ignoring_case(term.value, label));
  });
}

bool Query::holds(const Term& term, const Searchable& subject, Timestamp now) {
  const auto& message = subject.message;
  const auto& name = term.name;
  const auto& value = term.value;
  if (name.empty()) return mentions(message, value);
  if (name == "from") return any_contains({message.from}, value);
  if (name == "to") return any_contains(message.to, value);
  if (name == "cc") return any_contains(message.cc, value);
  if (name == "bcc") return any_contains(message.bcc, value);
  if (name == "subject") return contains(message.subject, value);
  if (name == "label" || name == "in" || name == "is") return is_in(value, subject);
  if (name == "has") return value == "attachment" && message.has_attachments;
  if (name == "rfc822msgid") {
    return to_lower_ascii(trim(message.message_id_header)) == "<" + value + ">" ||
           to_lower_ascii(trim(message.message_id_header)) == value;
  }
  if (name == "filename") {
    return std::any_of(message.attachments.begin(), message.attachments.end(),
                       [&](const auto& one) { return contains(one.filename, value); });
  }
  if (name == "after" || name == "before") {
    const auto then = moment(value);
    return then && (name == "after" ? message.date >= *then : message.date < *then);
  }
  const auto span = age(value);
  return span && (message.date >= now - *span) == (name == "newer_than");
}

}  // namespace gmail_mcp::mail::memory
