#include "sandbox/imap/labels.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "sandbox/imap/modified_utf7.h"
#include "sandbox/imap/write.h"

namespace gmail_mcp::sandbox::imap {

namespace {

using Name = std::pair<std::string_view, std::string_view>;

// A label id and its name in X-GM-LABELS; other accepted names follow the first.
constexpr std::array<Name, 10> system_names{{{"INBOX", "\\Inbox"},
                                             {"SENT", "\\Sent"},
                                             {"DRAFT", "\\Draft"},
                                             {"STARRED", "\\Starred"},
                                             {"IMPORTANT", "\\Important"},
                                             {"TRASH", "\\Trash"},
                                             {"SPAM", "\\Spam"},
                                             {"DRAFT", "\\Drafts"},
                                             {"SPAM", "\\Junk"},
                                             {"STARRED", "\\Flagged"}}};

std::string shown(const Label& label, bool utf8) {
  if (label.is_system) {
    const auto name = std::find_if(system_names.begin(), system_names.end(),
                                   [&](const Name& one) { return one.first == label.id; });
    // A quoted string with the backslash escaped, unlike a flag.
    return name == system_names.end() ? "" : string_of(name->second);
  }
  if (!utf8) return astring(to_modified_utf7(label.name));
  const bool ascii = std::all_of(label.name.begin(), label.name.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) return astring(label.name);
  std::string out = "\"";  // raw UTF-8, quoted (RFC 6855)
  for (const char c : label.name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string labels_text(const StoredMessage& message, const Mailbox& mailbox, std::string_view key,
                        bool utf8) {
  std::string out;
  for (const auto& id : message.labels) {
    if (id == key) continue;
    const auto* label = mailbox.find_label(id);
    if (label == nullptr) continue;
    const auto text = shown(*label, utf8);
    if (text.empty()) continue;
    if (!out.empty()) out += ' ';
    out += text;
  }
  return "(" + out + ")";
}

std::optional<std::string> label_id(const Mailbox& mailbox, std::string_view name) {
  for (const auto& [id, text] : system_names) {
    if (equals_ignoring_case(text, name)) return std::string{id};
  }
  for (const auto& label : mailbox.labels()) {
    if (!label.is_system && equals_ignoring_case(label.name, name)) return label.id;
  }
  return std::nullopt;
}

Result<std::string> label_id_or_new(Mailbox& mailbox, std::string_view name) {
  if (auto known = label_id(mailbox, name)) return std::move(*known);
  Label label;
  label.name = name;
  auto made = mailbox.create_label(std::move(label));
  if (!made) return std::move(made).error();
  return (*made)->id;
}

}  // namespace gmail_mcp::sandbox::imap
