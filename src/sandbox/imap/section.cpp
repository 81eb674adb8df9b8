#include "sandbox/imap/section.h"

#include <algorithm>

#include "base/text.h"
#include "sandbox/imap/token.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::imap {

namespace {

bool has_bare_lf(std::string_view text) {
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') return true;
  }
  return false;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

Error no_section() { return {Errc::invalid_argument, "That is no section of a message."}; }

// "1.2.HEADER" without the field list: the numbers, then a word.
bool read_spec(std::string_view spec, Section& section) {
  while (!spec.empty()) {
    const auto dot = std::min(spec.find('.'), spec.size());
    const auto number = read_number<std::size_t>(spec.substr(0, dot));
    if (!number) break;
    if (*number == 0 || section.path.size() >= 50) return false;
    section.path.push_back(*number);
    if (dot + 1 == spec.size()) return false;
    spec.remove_prefix(std::min(dot + 1, spec.size()));
  }
  const auto word = to_lower_ascii(spec);
  if (word.empty())
    section.what = Section::What::all;
  else if (word == "header")
    section.what = Section::What::header;
  else if (word == "header.fields")
    section.what = Section::What::fields;
  else if (word == "header.fields.not")
    section.what = Section::What::fields_not;
  else if (word == "text")
    section.what = Section::What::text;
  else if (word == "mime" && !section.path.empty())
    section.what = Section::What::mime;
  else
    return false;
  return true;
}

// "<0.10>"
bool read_window(std::string_view text, Section& section) {
  if (text.empty()) return true;
  if (!text.starts_with('<') || !text.ends_with('>')) return false;
  text = text.substr(1, text.size() - 2);
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  const auto offset = read_number<std::size_t>(text.substr(0, dot));
  const auto count = read_number<std::size_t>(text.substr(dot + 1));
  if (!offset || !count || *count == 0) return false;
  section.window = Section::Window{*offset, *count};
  return true;
}

bool read_fields(std::string_view text, Section& section) {
  RawCommand raw;
  raw.text = "t c " + std::string{text};
  std::string tag;
  const auto read = parse_command(raw, tag);
  if (!read || read->arguments.size() != 1 || !read->arguments.front().is_list()) return false;
  for (const auto& name : read->arguments.front().items) {
    if (name.is_list()) return false;
    section.fields.push_back(name.text);
  }
  return !section.fields.empty();
}

// The header's lines whose field is (not) among the names, and the empty line.
std::string chosen_fields(std::string_view head, const Section& section) {
  const bool want = section.what == Section::What::fields;
  std::string out;
  bool keep = false;
  for (std::size_t at = 0; at < head.size();) {
    const auto end = std::min(head.find('\n', at), head.size() - 1) + 1;
    const auto line = head.substr(at, end - at);
    at = end;
    if (trim(line).empty()) break;
    if (line.front() != ' ' && line.front() != '\t') {
      const auto name = trim(line.substr(0, line.find(':')));
      const bool named =
          std::any_of(section.fields.begin(), section.fields.end(),
                      [&](const auto& field) { return equals_ignoring_case(field, name); });
      keep = named == want;
    }
    if (keep) out += line;
  }
  return out + "\r\n";
}

// A message's own header and text: of the whole, or of the message inside a message/rfc822 part.
const Part* message_at(const Part& root, const std::vector<std::size_t>& path) {
  if (path.empty()) return &root;
  const auto* part = part_at(root, path);
  if (part == nullptr || part->mime_type != "message/rfc822" || part->parts.empty()) return nullptr;
  return &part->parts.front();
}

}  // namespace

WireText::WireText(const StoredMessage& message) : message_{message} {
  if (has_bare_lf(message.raw)) converted_ = with_crlf(message.raw);
  text_ = converted_.empty() ? std::string_view{message.raw} : std::string_view{converted_};
}

const Part& WireText::mail() {
  if (converted_.empty()) return message_.mail;
  if (!parsed_) parsed_ = parse_mail(text_);
  return *parsed_;
}

Result<Section> parse_section(std::string_view text) {
  Section section;
  const auto close = text.rfind(']');
  if (!text.starts_with('[') || close == std::string_view::npos) return no_section();
  const auto inside = text.substr(1, close - 1);
  const auto blank = std::min(inside.find(' '), inside.size());
  if (!read_spec(inside.substr(0, blank), section)) return no_section();
  if (!read_window(text.substr(close + 1), section)) return no_section();
  const bool wants_fields =
      section.what == Section::What::fields || section.what == Section::What::fields_not;
  if (wants_fields != (blank < inside.size())) return no_section();
  if (wants_fields && !read_fields(inside.substr(blank + 1), section)) return no_section();
  section.label = "BODY[" + std::string{inside} + "]";
  if (section.window) section.label += "<" + std::to_string(section.window->offset) + ">";
  return section;
}

const Part* part_at(const Part& root, const std::vector<std::size_t>& path) {
  const auto* part = &root;
  bool is_message = true;  // the numbers that follow count the parts of a message
  for (const auto number : path) {
    if (part->mime_type == "message/rfc822" && !part->parts.empty() && !is_message) {
      part = &part->parts.front();
      is_message = true;
    }
    if (part->is_multipart()) {
      if (number > part->parts.size()) return nullptr;
      part = &part->parts[number - 1];
    } else if (!is_message || number != 1) {
      return nullptr;
    }
    is_message = false;
  }
  return part;
}

std::optional<std::string> section_bytes(const Section& section, WireText& message) {
  const auto text = message.text();
  std::string_view bytes;
  std::string made;
  if (section.what == Section::What::all && section.path.empty()) {
    bytes = text;
  } else if (section.what == Section::What::all || section.what == Section::What::mime) {
    const auto* part = part_at(message.mail(), section.path);
    if (part == nullptr) return std::nullopt;
    bytes = section.what == Section::What::all
                ? text.substr(part->body_begin, part->body_end - part->body_begin)
                : text.substr(part->head_begin, part->body_begin - part->head_begin);
  } else {
    const auto* whole = message_at(message.mail(), section.path);
    if (whole == nullptr) return std::nullopt;
    const auto head = text.substr(whole->head_begin, whole->body_begin - whole->head_begin);
    if (section.what == Section::What::header) {
      bytes = head;
    } else if (section.what == Section::What::text) {
      bytes = text.substr(whole->body_begin, whole->body_end - whole->body_begin);
    } else {
      made = chosen_fields(head, section);
      bytes = made;
    }
  }
  if (section.window) {
    bytes = bytes.substr(std::min(section.window->offset, bytes.size()));
    bytes = bytes.substr(0, section.window->count);
  }
  return std::string{bytes};
}

}  // namespace gmail_mcp::sandbox::imap
