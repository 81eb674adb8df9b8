#include "mail/imap_smtp/outline.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "mail/message_reader.h"
#include "mime/elsewhere.h"
#include "mime/html_text.h"
#include "mime/leaf.h"
#include "mime/parameter.h"
#include "mime/reader.h"
#include "mime/transfer.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::size_t outline_snippet_bytes = 200;
constexpr std::size_t deepest = 100;
// The most that is read of a leaf, in base64.
constexpr std::uint64_t most_encoded = std::uint64_t{mime::most_of_leaf} / 3 * 4;

// Rebuilds a header field that the server took apart, so that one reader handles RFC 2231's names
// ("filename*0*").
mime::ParameterizedValue field(std::string_view value, const imap::BodyPart::Parameters& given) {
  std::string text{value};
  for (const auto& [name, content] : given) {
    text += "; " + name + '=';
    const bool is_extended = name.ends_with('*');
    if (!is_extended) text += '"';
    for (const char c : content) {
      if (!is_extended && (c == '"' || c == '\\')) text += '\\';
      text += c;
    }
    if (!is_extended) text += '"';
  }
  return mime::parse_parameterized(text);
}

// Everything but headers, content and parts.
mime::Part described(const imap::BodyPart& node, std::string id) {
  mime::Part part;
  part.id = std::move(id);
  part.mime_type = node.mime_type.empty() ? "text/plain" : node.mime_type;
  if (node.is_multipart()) return part;
  const auto type = field(node.mime_type, node.parameters);
  const auto disposition = field(node.disposition, node.disposition_parameters);
  mime::describe_leaf(part, type, disposition, node.content_id);
  return part;
}

std::string child_id(std::string_view parent, std::size_t place) {
  const auto number = std::to_string(place);
  return parent.empty() ? number : std::string{parent} + '.' + number;
}

class Tree {
 public:
  mime::Part part(const imap::BodyPart& node, std::string id, std::size_t depth = 0,
                  bool is_alternative = false) {
    auto part = described(node, std::move(id));
    // An embedded message counts as one file, whatever is in it.
    if (!node.is_multipart() || depth == deepest) {
      part.is_text = rule_.is_text(part, is_alternative);
      return part;
    }
    const bool has_forms = part.mime_type == "multipart/alternative";
    part.parts.reserve(node.parts.size());
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
      part.parts.push_back(this->part(node.parts[i], child_id(part.id, i), depth + 1, has_forms));
    }
    return part;
  }

 private:
  mime::TextRule rule_;
};

// Calls `visit(node, part id)` for each leaf, in order.
template <class Visit>
void each_leaf(const imap::BodyPart& node, const std::string& id, std::size_t depth,
               const Visit& visit) {
  if (!node.is_multipart() || depth == deepest) return visit(node, id);
  for (std::size_t i = 0; i < node.parts.size(); ++i) {
    each_leaf(node.parts[i], child_id(id, i), depth + 1, visit);
  }
}

template <class Visit>
void each_part(mime::Part& part, const Visit& visit) {
  visit(part);
  for (auto& child : part.parts) each_part(child, visit);
}

constexpr std::string_view whole_text = "TEXT";

// For a multipart without its boundary, servers report one empty part.
bool may_have_no_parts(const imap::BodyPart& structure) {
  if (!structure.is_multipart() || structure.parts.size() > 1) return false;
  return structure.parts.empty() ||
         (!structure.parts.front().is_multipart() && structure.parts.front().bytes == 0);
}

// Like mime::read_message(): it counts as a text.
void take_whole_text(mime::Part& root, const imap::BodyPart& structure, std::string_view text) {
  const std::string boundary{imap::parameter(structure.parameters, "boundary")};
  if (!boundary.empty() && text.find("--" + boundary) != std::string_view::npos) return;
  root.mime_type = "text/plain";
  root.is_text = true;
  root.parts.clear();
  const auto encoding = mime::header(root, "Content-Transfer-Encoding");
  root.content = mime::text_of_leaf(root, mime::decode_transfer(encoding, text));
}

// Such texts may well be blank: an empty line, or a document with styles only.
bool are_hardly_texts(const imap::BodyPart& structure, const TextSections& texts) {
  constexpr std::uint64_t short_text = 16;
  constexpr std::uint64_t short_html = 4096;
  const auto all_below = [&](const std::vector<std::string>& sections, std::uint64_t most) {
    return std::all_of(sections.begin(), sections.end(), [&](const std::string& section) {
      const auto* node = find_section(structure, section);
      return node == nullptr || node->bytes <= most;
    });
  };
  const bool is_html = texts.plain.empty();
  return is_html ? all_below(texts.html, short_html) : all_below(texts.plain, short_text);
}

std::size_t bytes_of(const imap::BodyPart& node) {
  // A fixed cost for each node of the tree, whatever is in it.
  std::size_t bytes = 64 + node.disposition.size() + node.content_id.size();
  for (const auto* list : {&node.parameters, &node.disposition_parameters}) {
    for (const auto& [name, value] : *list) bytes += name.size() + value.size();
  }
  for (const auto& child : node.parts) bytes += bytes_of(child);
  return bytes;
}

}  // namespace

mime::Part outline(const imap::BodyPart& structure, std::string_view header) {
  auto root = Tree{}.part(structure, {});
  auto read = mime::read_message(header);
  if (read) root.headers = std::move(read->headers);
  return root;
}

const imap::BodyPart* find_structure(const imap::BodyPart& structure, std::string_view part_id) {
  const imap::BodyPart* found = nullptr;
  each_leaf(structure, {}, 0, [&](const imap::BodyPart& node, const std::string& id) {
    if (found == nullptr && id == part_id) found = &node;
  });
  return found;
}

const imap::BodyPart* find_section(const imap::BodyPart& structure, std::string_view section) {
  const imap::BodyPart* found = nullptr;
  each_leaf(structure, {}, 0, [&](const imap::BodyPart& node, const std::string&) {
    if (found == nullptr && node.section == section) found = &node;
  });
  return found;
}

TextSections text_sections(const imap::BodyPart& structure) {
  if (may_have_no_parts(structure))
    return {.plain = {std::string{whole_text}}, .html = {}, .elsewhere = {}};
  const auto root = Tree{}.part(structure, {});
  std::unordered_map<std::string, std::string> sections;
  each_leaf(structure, {}, 0, [&](const imap::BodyPart& node, const std::string& id) {
    sections.emplace(id, node.section);
  });
  const auto parts = mime::text_parts(root);
  TextSections found;
  for (const auto* part : parts.plain) found.plain.push_back(sections.at(part->id));
  for (const auto* part : parts.html) found.html.push_back(sections.at(part->id));
  std::unordered_set<std::string> wanted;
  if (are_hardly_texts(structure, found)) {
    for (const auto* part : mime::leaves_with_text(root)) wanted.insert(part->id);
  }
  for (const auto& info : mime::attachments(root)) {
    const bool is_package = mime::is_package(info.mime_type, info.filename);
    if (!is_package && !wanted.contains(info.part_id)) continue;
    const auto& section = sections.at(info.part_id);
    const auto* node = find_section(structure, section);
    if (node != nullptr && node->bytes <= most_encoded) found.elsewhere.push_back(section);
  }
  return found;
}

std::vector<std::string> TextSections::all() const {
  auto list = plain;
  for (const auto& section : html) {
    if (std::find(plain.begin(), plain.end(), section) == plain.end()) list.push_back(section);
  }
  list.insert(list.end(), elsewhere.begin(), elsewhere.end());
  return list;
}

std::string decode_file(const imap::BodyPart& part, std::string_view bytes) {
  return mime::decode_transfer(part.encoding, bytes);
}

std::int64_t decoded_size(const imap::BodyPart& part) {
  if (part.encoding != "base64") return static_cast<std::int64_t>(part.bytes);
  constexpr std::uint64_t line = 78;  // 76 characters and CRLF
  const auto characters = part.bytes - std::min(part.bytes, part.bytes / line * 2);
  return static_cast<std::int64_t>(characters / 4 * 3);
}

std::string snippet_of(std::string_view plain, std::string_view html) {
  // Even with styles before them, the first words are within this much.
  constexpr std::size_t most_html_before = std::size_t{256} << 10;
  std::string from_html;
  if (trim(plain).empty() && !html.empty()) {
    from_html = mime::html_to_text(utf8_prefix(html, most_html_before)).text;
    plain = from_html;
  }
  std::string line;
  for (const char c : plain) {
    const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!is_blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
    if (line.size() > 2 * outline_snippet_bytes) break;
  }
  return std::string{trim(utf8_prefix(line, outline_snippet_bytes))};
}

std::size_t bytes_of(const imap::Fetched& fetched) {
  auto bytes = fetched.structure ? bytes_of(*fetched.structure) : 0;
  for (const auto& section : fetched.sections) bytes += section.bytes.size();
  return bytes;
}

model::Message message_of_source(std::string_view rfc822) {
  auto part = mime::read_message(rfc822);
  if (!part) part = mime::read_message(rfc822.substr(0, rfc822.find("\r\n\r\n")));
  if (!part) return {};
  auto message = take_message(*part);
  message.snippet = snippet_of(message.body_plain, message.body_html.value_or(""));
  return message;
}

model::Message message_of(const imap::Fetched& fetched) {
  const auto* source = fetched.section("");
  if (!fetched.structure && source != nullptr) return message_of_source(*source);
  const auto* header = fetched.section("HEADER");
  const imap::BodyPart nothing{.section = "1", .mime_type = "text/plain"};
  const auto& structure = fetched.structure ? *fetched.structure : nothing;
  auto root = outline(structure, header == nullptr ? std::string_view{} : *header);
  // Looked up in a table, because a message may have very many parts.
  std::unordered_map<std::string_view, std::string_view> sections;
  for (const auto& section : fetched.sections) sections.emplace(section.name, section.bytes);
  std::unordered_map<std::string, const imap::BodyPart*> leaves;
  each_leaf(structure, {}, 0,
            [&](const imap::BodyPart& node, const std::string& id) { leaves.emplace(id, &node); });
  bool has_html = false;
  each_part(root, [&](mime::Part& part) {
    const auto leaf = leaves.find(part.id);
    if (leaf == leaves.end()) return;
    const auto bytes = sections.find(leaf->second->section);
    if (bytes == sections.end()) return;
    const auto& encoding = leaf->second->encoding;
    part.content =
        part.is_text ? mime::text_of_leaf(part, mime::decode_text_transfer(encoding, bytes->second))
                     : mime::decode_transfer(encoding, bytes->second);
    if (!part.is_text) mime::unpack_files(part);
    has_html = has_html || part.mime_type == "text/html";
  });
  const auto* text = fetched.section(whole_text);
  if (text != nullptr && may_have_no_parts(structure)) take_whole_text(root, structure, *text);
  auto message = take_message(root);
  if (!has_html && message.text_source.empty()) message.body_html.reset();
  message.snippet = snippet_of(message.body_plain, message.body_html.value_or(""));
  for (auto& attachment : message.attachments) {
    const bool is_whole = !structure.is_multipart() && attachment.id == "0";
    const auto leaf = leaves.find(is_whole ? std::string{} : attachment.id);
    if (leaf != leaves.end()) attachment.size = decoded_size(*leaf->second);
  }
  return message;
}

}  // namespace gmail_mcp::mail
