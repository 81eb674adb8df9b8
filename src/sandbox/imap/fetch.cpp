#include "sandbox/imap/fetch.h"
#include "sandbox/imap/date.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/text.h"
#include "sandbox/imap/labels.h"
#include "sandbox/imap/structure.h"
#include "sandbox/imap/write.h"

namespace gmail_mcp::sandbox::imap {

namespace {

Error wrong_item() { return {Errc::invalid_argument, "FETCH asks for what there is not."}; }

constexpr std::array<std::pair<std::string_view, bool FetchItems::*>, 11> simple_items{{
    {"UID", &FetchItems::uid},
    {"FLAGS", &FetchItems::flags},
    {"INTERNALDATE", &FetchItems::internal_date},
    {"RFC822.SIZE", &FetchItems::size},
    {"ENVELOPE", &FetchItems::envelope},
    {"BODY", &FetchItems::body},
    {"BODYSTRUCTURE", &FetchItems::body_structure},
    {"MODSEQ", &FetchItems::modseq},
    {"X-GM-MSGID", &FetchItems::gmail_message_id},
    {"X-GM-THRID", &FetchItems::gmail_thread_id},
    {"X-GM-LABELS", &FetchItems::gmail_labels},
}};

void add_macro(FetchItems& items, bool with_envelope, bool with_body) {
  items.flags = items.internal_date = items.size = true;
  items.envelope |= with_envelope;
  items.body |= with_body;
}

// RFC822, RFC822.HEADER and RFC822.TEXT are other names of sections.
std::optional<Section> old_section(std::string_view name) {
  Section section;
  section.label = to_lower_ascii(name);
  if (section.label == "rfc822")
    section.label = "RFC822";
  else if (section.label == "rfc822.header")
    section.what = Section::What::header;
  else if (section.label == "rfc822.text")
    section.what = Section::What::text;
  else
    return std::nullopt;
  for (char& c : section.label) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return section;
}

std::optional<Error> add_item(const Token& token, FetchItems& items) {
  if (!token.is_atom()) return wrong_item();
  for (const auto& [name, member] : simple_items) {
    if (!token.is(name)) continue;
    items.*member = true;
    return std::nullopt;
  }
  if (auto old = old_section(token.text)) {
    items.marks_seen |= old->what != Section::What::header;
    items.sections.push_back(std::move(*old));
    return std::nullopt;
  }
  const auto bracket = token.text.find('[');
  if (bracket == std::string::npos) return wrong_item();
  const auto word = std::string_view{token.text}.substr(0, bracket);
  const bool peek = equals_ignoring_case(word, "BODY.PEEK");
  if (!peek && !equals_ignoring_case(word, "BODY")) return wrong_item();
  auto section = parse_section(std::string_view{token.text}.substr(bracket));
  if (!section) return std::move(section).error();
  items.marks_seen |= !peek;
  items.sections.push_back(std::move(*section));
  return std::nullopt;
}

// The API's hexadecimal id as IMAP's decimal one.
std::string decimal(std::string_view hex) {
  std::uint64_t value = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  return std::to_string(value);
}

class Row {
 public:
  explicit Row(std::uint32_t number) : text_{fmt::format("* {} FETCH (", number)} {}

  void add(std::string_view name, std::string_view value) {
    if (!first_) text_ += ' ';
    first_ = false;
    text_ += name;
    text_ += ' ';
    text_ += value;
  }

  void add_literal(std::string_view name, std::string_view bytes) {
    add(name, fmt::format("{{{}}}\r\n", bytes.size()));
    if (!first_literal_) first_literal_ = std::pair{text_.size(), bytes.size()};
    text_ += bytes;
  }

  FetchedRow finish() && { return {text_ + ")\r\n", first_literal_}; }

 private:
  std::string text_;
  bool first_ = true;
  std::optional<std::pair<std::size_t, std::size_t>> first_literal_;
};

}  // namespace

Result<FetchItems> parse_items(const Token& token) {
  FetchItems items;
  if (token.is("ALL")) {
    add_macro(items, true, false);
    return items;
  }
  if (token.is("FAST")) {
    add_macro(items, false, false);
    return items;
  }
  if (token.is("FULL")) {
    add_macro(items, true, true);
    return items;
  }
  if (!token.is_list()) {
    if (auto wrong = add_item(token, items)) return std::move(*wrong);
    return items;
  }
  for (const auto& item : token.items) {
    if (auto wrong = add_item(item, items)) return std::move(*wrong);
  }
  if (token.items.empty()) return wrong_item();
  return items;
}

std::string flags_text(const StoredMessage& message, Eyes eyes) {
  std::string out;
  const auto add = [&](std::string_view flag) {
    if (!out.empty()) out += ' ';
    out += flag;
  };
  for (const auto& flag : eyes.book.flags(message)) add(flag);
  if (message.has_label("STARRED")) add("\\Flagged");
  if (message.has_label("DRAFT")) add("\\Draft");
  if (!message.has_label("UNREAD")) add("\\Seen");
  if (eyes.folder.deleted().contains(eyes.folder.uid_of(message))) add("\\Deleted");
  return "(" + out + ")";
}

FetchedRow fetch_row(const StoredMessage& message, std::uint32_t number, const FetchItems& items,
                     Eyes eyes) {
  Row row{number};
  // In Gmail's own order.
  if (items.gmail_thread_id) row.add("X-GM-THRID", decimal(message.thread_id));
  if (items.gmail_message_id) row.add("X-GM-MSGID", decimal(message.id));
  if (items.gmail_labels) {
    row.add("X-GM-LABELS", labels_text(message, eyes.book.mailbox(), eyes.folder.key(), eyes.utf8));
  }
  if (items.uid) row.add("UID", std::to_string(eyes.folder.uid_of(message)));
  const bool needs_text =
      items.size || items.body || items.body_structure || !items.sections.empty();
  std::optional<WireText> text;
  if (needs_text) text.emplace(message);
  if (items.size) row.add("RFC822.SIZE", std::to_string(text->text().size()));
  if (items.modseq) row.add("MODSEQ", fmt::format("({})", message.history_id));
  if (items.internal_date) row.add("INTERNALDATE", date_time(message.internal_date));
  if (items.flags) row.add("FLAGS", flags_text(message, eyes));
  if (items.envelope) row.add("ENVELOPE", envelope_of(message.mail));
  if (items.body) row.add("BODY", structure_of(text->mail(), text->text(), false));
  if (items.body_structure)
    row.add("BODYSTRUCTURE", structure_of(text->mail(), text->text(), true));
  for (const auto& section : items.sections) {
    const auto bytes = section_bytes(section, *text);
    if (bytes) {
      row.add_literal(section.label, *bytes);
    } else {
      row.add(section.label, "NIL");
    }
  }
  return std::move(row).finish();
}

}  // namespace gmail_mcp::sandbox::imap
