#include "mime/elsewhere.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mime/calendar.h"
#include "mime/charset.h"
#include "mime/cms.h"
#include "mime/header.h"
#include "mime/html_text.h"
#include "mime/reader.h"
#include "mime/tnef.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t most_leaves = 4;
constexpr std::size_t most_blank_html = std::size_t{64} << 10;
constexpr std::size_t most_named_files = 10;
constexpr std::size_t longest_named_file = 200;
constexpr std::size_t longest_shown_header = 1'000;
constexpr int deepest_letter = 3;  // letters within letters that have no text of their own

// In the order in which they are looked for: an encrypted or packed part is the whole letter, a
// calendar file only a last resort.
enum class LeafKind { smime, pgp, tnef, message, calendar };

struct LeafType {
  std::string_view mime_type;
  std::string_view filename;  // or its ending, for parts sent as application/octet-stream
  LeafKind kind;
};

constexpr auto leaf_types = std::to_array<LeafType>({
    {"application/pkcs7-mime", ".p7m", LeafKind::smime},
    {"application/x-pkcs7-mime", ".p7m", LeafKind::smime},
    {"application/pgp-encrypted", {}, LeafKind::pgp},
    {"application/ms-tnef", "winmail.dat", LeafKind::tnef},
    {"application/vnd.ms-tnef", "winmail.dat", LeafKind::tnef},
    {"message/rfc822", ".eml", LeafKind::message},
    {"message/global", ".eml", LeafKind::message},
    {"text/calendar", ".ics", LeafKind::calendar},
    {"application/ics", ".ics", LeafKind::calendar},
});

std::optional<LeafKind> kind_of_leaf(std::string_view mime_type, std::string_view filename) {
  const bool is_any_file = mime_type == "application/octet-stream";
  const auto name = is_any_file ? to_lower_ascii(filename) : std::string{};
  for (const auto& type : leaf_types) {
    if (mime_type == type.mime_type) return type.kind;
    if (is_any_file && !type.filename.empty() && name.ends_with(type.filename)) return type.kind;
  }
  return std::nullopt;
}

struct NamedLeaf {
  const Part* part;
  std::string name;  // as in the list of attachments
};

const Part* part_with_id(const Part& part, std::string_view id) {
  if (part.id == id) return &part;
  for (const auto& child : part.parts) {
    if (const auto* found = part_with_id(child, id)) return found;
  }
  return nullptr;
}

// All leaves of the first kind that occurs.
std::vector<NamedLeaf> leaves_of_one_kind(const Part& root, LeafKind& kind) {
  std::vector<NamedLeaf> found;
  auto infos = attachments(root);
  std::optional<LeafKind> best;
  for (const auto& info : infos) {
    const auto one = kind_of_leaf(info.mime_type, info.filename);
    if (one && (!best || *one < *best)) best = one;
  }
  if (!best) return found;
  kind = *best;
  for (auto& info : infos) {
    if (found.size() == most_leaves) break;
    if (kind_of_leaf(info.mime_type, info.filename) != best) continue;
    const auto* part = part_with_id(root, info.part_id);
    if (part != nullptr) found.push_back({part, std::move(info.filename)});
  }
  return found;
}

// Shortened for use within one line of text.
std::string shown_name(std::string_view name) {
  return decode_words(utf8_prefix(name, longest_named_file));
}

std::string place_line(const std::vector<NamedLeaf>& leaves, std::string_view what) {
  std::string names;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (i > 0) names += i + 1 == leaves.size() ? " and " : ", ";
    names += shown_name(leaves[i].name);
  }
  return "[There is no text outside of " + names + ": " + std::string{what} + ".]";
}

std::string file_names(const Part& root) {
  std::string names;
  std::size_t count = 0;
  for (const auto& info : attachments(root)) {
    if (!info.is_file) continue;
    if (++count > most_named_files) break;
    if (!names.empty()) names += ", ";
    names += shown_name(info.filename);
  }
  return count > most_named_files ? names + " and more" : names;
}

std::string as_text(const Bodies& bodies) {
  const bool is_html = trim(bodies.plain).empty() && bodies.html;
  return is_html ? html_to_text(*bodies.html).text : bodies.plain;
}

FoundText find_text_within(const Part& root, int depth);

// An embedded message as a letter: its own text, or the text found elsewhere in it.
FoundText letter_within(const Part& root, int depth) {
  FoundText found;
  found.bodies = bodies(root);
  if (!are_blank(found.bodies) || depth == deepest_letter) return found;
  return find_text_within(root, depth + 1);
}

FoundText read_smime(const std::vector<NamedLeaf>& leaves, int depth) {
  FoundText found;
  const auto say = [&](std::string_view what) { found.place = place_line(leaves, what); };
  auto cms = read_cms(leaves.front().part->content);
  switch (cms.kind) {
    case Cms::Kind::unknown: say("the message is encrypted or signed with S/MIME"); return found;
    case Cms::Kind::encrypted: say("the message is encrypted with S/MIME"); return found;
    case Cms::Kind::compressed: say("the message is compressed with S/MIME"); return found;
    case Cms::Kind::certificates: say("it only has certificates, of S/MIME"); return found;
    case Cms::Kind::signed_data: break;
  }
  const auto inner = read_message(cms.content);
  if (cms.content.empty() || !inner) {
    say("the message is signed with S/MIME, and too long to be read here");
    return found;
  }
  const auto files = file_names(*inner);
  say("the message is signed with S/MIME, and the signature was not checked" +
      (files.empty() ? "" : "; with it came " + files));
  auto letter = letter_within(*inner, depth);
  if (!letter.place.empty()) found.place += "\n" + letter.place;
  found.source = "smime";
  found.bodies = std::move(letter.bodies);
  return found;
}

void add_header_line(std::string& text, const Part& root, std::string_view name) {
  const auto value = trim(header(root, name));
  if (value.empty()) return;
  const auto words = decode_words(utf8_prefix(value, longest_shown_header));
  text.append(name).append(": ").append(words).append("\n");
}

std::string attached_message_text(const Part& leaf, int depth) {
  const auto root = read_message(leaf.content);
  if (!root) return "[This message cannot be read: it has too many parts.]\n";
  std::string text;
  for (const auto* name : {"From", "To", "Cc", "Date", "Subject"}) {
    add_header_line(text, *root, name);
  }
  const auto files = file_names(*root);
  if (!files.empty()) text += "Attachments: " + files + "\n";
  const auto letter = letter_within(*root, depth);
  for (const auto& paragraph : {letter.place, as_text(letter.bodies)}) {
    if (!trim(paragraph).empty()) text.append("\n").append(paragraph).append("\n");
  }
  return text;
}

FoundText read_messages(const std::vector<NamedLeaf>& leaves, int depth) {
  FoundText found;
  const bool is_one = leaves.size() == 1;
  found.place = place_line(leaves, is_one ? "it is an attached message" : "attached messages");
  for (const auto& leaf : leaves) {
    if (leaf.part->content.empty()) continue;
    auto& text = found.bodies.plain;
    if (!text.empty()) text += "\n";
    if (!is_one) text += "[Attached message " + shown_name(leaf.name) + ":]\n";
    text += attached_message_text(*leaf.part, depth);
    found.source = "message";
  }
  return found;
}

FoundText read_calendars(const std::vector<NamedLeaf>& leaves) {
  FoundText found;
  found.place = place_line(leaves, "it is a calendar entry");
  std::vector<std::string> texts;
  for (const auto& leaf : leaves) {
    const auto charset = leaf.part->charset.empty() ? "utf-8" : leaf.part->charset;
    auto text = calendar_text(text_to_utf8(leaf.part->content, charset));
    // The same entry often comes twice, once as a file.
    if (text.empty() || std::ranges::find(texts, text) != texts.end()) continue;
    auto& plain = found.bodies.plain;
    if (!plain.empty()) plain += "\n\n";
    plain += text;
    texts.push_back(std::move(text));
    found.source = "calendar";
  }
  return found;
}

FoundText read_winmail(const std::vector<NamedLeaf>& leaves) {
  FoundText found;
  std::string files;
  std::size_t count = 0;
  for (const auto& leaf : leaves) {
    auto tnef = read_tnef(leaf.part->content);
    for (const auto& file : tnef.files) {
      if (file.name.empty() || ++count > most_named_files) continue;
      files.append(files.empty() ? "" : ", ").append(shown_name(file.name));
    }
    Bodies bodies{.plain = std::move(tnef.text), .html = std::move(tnef.html)};
    if (!found.source.empty() || are_blank(bodies)) continue;
    found.source = "tnef";
    found.bodies = std::move(bodies);
  }
  if (count > most_named_files) files += " and more";
  found.place = place_line(leaves, "it is in Outlook's own format, TNEF" +
                                       (files.empty() ? "" : "; with it came " + files));
  return found;
}

FoundText find_text_within(const Part& root, int depth) {
  LeafKind kind{};
  const auto leaves = leaves_of_one_kind(root, kind);
  FoundText found;
  if (leaves.empty()) return found;
  switch (kind) {
    case LeafKind::smime: return read_smime(leaves, depth);
    case LeafKind::message: return read_messages(leaves, depth);
    case LeafKind::calendar: return read_calendars(leaves);
    case LeafKind::tnef: return read_winmail(leaves);
    case LeafKind::pgp:
      // In PGP mail the part of that type has only the version.
      found.place =
          "[There is no text outside of the attachments: the message is encrypted with PGP.]";
      break;
  }
  return found;
}

}  // namespace

bool are_blank(const Bodies& bodies) {
  if (!trim(bodies.plain).empty()) return false;
  if (!bodies.html) return true;
  return bodies.html->size() <= most_blank_html && trim(html_to_text(*bodies.html).text).empty();
}

bool can_have_text(std::string_view mime_type, std::string_view filename) {
  return kind_of_leaf(mime_type, filename).has_value();
}

bool is_package(std::string_view mime_type, std::string_view filename) {
  return kind_of_leaf(mime_type, filename) == LeafKind::tnef;
}

void unpack_files(Part& leaf) {
  if (leaf.content.empty() || !is_package(leaf.mime_type, leaf.filename)) return;
  const auto below = (leaf.id.empty() ? "0" : leaf.id) + ".";
  auto files = read_tnef(leaf.content).files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto& part = leaf.parts.emplace_back();
    part.id = below + std::to_string(i);
    part.mime_type = "application/octet-stream";
    part.filename = decode_words(files[i].name);
    part.disposition = "attachment";
    part.content = std::move(files[i].content);
  }
}

std::vector<const Part*> leaves_with_text(const Part& root) {
  LeafKind kind{};
  std::vector<const Part*> parts;
  for (const auto& leaf : leaves_of_one_kind(root, kind)) parts.push_back(leaf.part);
  return parts;
}

FoundText find_text(const Part& root) { return find_text_within(root, 0); }

}  // namespace gmail_mcp::mime
