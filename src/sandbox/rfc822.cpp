#include "sandbox/rfc822.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "crypto/base64.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr int deepest_part = 20;
constexpr std::size_t most_parts = 1000;

// One line without its end; moves `at` behind the end.
std::string_view next_line(std::string_view raw, std::size_t& at, std::size_t end) {
  auto stop = raw.find('\n', at);
  if (stop == std::string_view::npos || stop >= end) stop = end;
  auto line = raw.substr(at, stop - at);
  at = std::min(stop + 1, end);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// The same for a head, where a lone CR ends a line, too.
std::string_view next_head_line(std::string_view raw, std::size_t& at, std::size_t end) {
  const auto stop = std::min(raw.find_first_of("\r\n", at), end);
  const auto line = raw.substr(at, stop - at);
  const auto behind = std::min(raw.find_first_not_of('\r', stop), end);
  const bool ends_with_lf = behind < end && raw[behind] == '\n';
  at = std::min((ends_with_lf ? behind : stop) + 1, end);
  return line;
}

std::string_view raw_header(const Part& part, std::string_view name) {
  for (const auto& field : part.headers) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

struct Parameterized {
  std::string value;  // lower case
  std::vector<std::pair<std::string, std::string>> parameters;
};

// A token or quoted string up to ';'.
std::string take_value(std::string_view text, std::size_t& at) {
  std::string value;
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      value += text[at];
    }
    at = std::min(text.find(';', at), text.size());
    return value;
  }
  const auto stop = std::min(text.find(';', at), text.size());
  value = trim(text.substr(at, stop - at));
  at = stop;
  return value;
}

// RFC 2231: "utf-8'en'na%C3%AFve".
std::string decode_extended(const std::string& value) {
  const auto first = value.find('\'');
  const auto second = first == std::string::npos ? first : value.find('\'', first + 1);
  if (second == std::string::npos) return value;
  const auto bytes = percent_decode(std::string_view{value}.substr(second + 1));
  return bytes ? to_utf8(*bytes, std::string_view{value}.substr(0, first)) : value;
}

Parameterized read_parameters(std::string_view text) {
  Parameterized out;
  std::size_t at = std::min(text.find(';'), text.size());
  out.value = to_lower_ascii(trim(text.substr(0, at)));
  // name*0, name*1 … in the order of the text, which has been right in every mail so far.
  std::vector<std::pair<std::string, std::string>> extended;
  while (at < text.size()) {
    ++at;
    const auto equals = text.find('=', at);
    const auto semicolon = text.find(';', at);
    if (equals == std::string_view::npos) break;
    if (semicolon < equals) {
      at = semicolon;
      continue;
    }
    auto name = to_lower_ascii(trim(text.substr(at, equals - at)));
    at = equals + 1;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    auto value = take_value(text, at);
    const auto star = name.find('*');
    if (star == std::string::npos) {
      out.parameters.emplace_back(std::move(name), decode_words(value));
      continue;
    }
    name.resize(star);
    const auto same = std::find_if(extended.begin(), extended.end(),
                                   [&](const auto& entry) { return entry.first == name; });
    if (same == extended.end()) {
      extended.emplace_back(std::move(name), std::move(value));
    } else {
      same->second += value;
    }
  }
  // The extended form of a name comes before the plain one (RFC 6266 §4.3).
  for (auto& [name, value] : extended) {
    out.parameters.emplace(out.parameters.begin(), std::move(name), decode_extended(value));
  }
  return out;
}

std::string_view parameter_of(const Parameterized& field, std::string_view name) {
  for (const auto& [key, value] : field.parameters) {
    if (key == name) return value;
  }
  return {};
}

std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
      continue;
    }
    const auto digits = text.substr(i + 1, 2);
    if (const auto byte = digits.size() == 2 ? from_hex(digits) : std::nullopt) {
      out += *byte;
      i += 2;
      continue;
    }
    const auto eol = text.find('\n', i);
    if (eol != std::string_view::npos && trim(text.substr(i + 1, eol - i)).empty()) {
      i = eol;  // a soft line break
    } else {
      out += '=';
    }
  }
  return out;
}

// Text that was declared base64 but not encoded: no line of base64 has a blank between two
// characters.
bool is_prose(std::string_view text) {
  const auto begin = trim(text);
  return trim(begin.substr(0, begin.find('\n'))).find(' ') != std::string_view::npos;
}

std::string decode_base64_body(std::string_view text) {
  if (is_prose(text)) return std::string{text};
  std::string letters;
  letters.reserve(text.size());
  for (const char c : text) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                        (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (letter) letters += c;
  }
  if (letters.size() % 4 == 1) letters.pop_back();
  return crypto::base64_decode(letters).value_or("");
}

class PartReader {
 public:
  explicit PartReader(std::string_view raw) : raw_{raw} {}

  Part read(std::size_t begin, std::size_t end, std::string id, int depth,
            std::string_view type = "text/plain") {
    ++parts_;
    Part part;
    part.mime_type = type;
    part.id = std::move(id);
    part.head_begin = begin;
    part.body_begin = read_head(raw_, begin, end, part.headers);
    part.body_end = end;
    classify(part);
    if (part.is_multipart() && depth < deepest_part) {
      read_children(part, depth);
    } else {
      if (part.is_multipart()) part.mime_type = "application/octet-stream";
      part.size = decoded_body(part, raw_).size();
      const bool plain = part.encoding != "base64" && part.encoding != "quoted-printable";
      if (part.mime_type == "message/rfc822" && plain && depth < deepest_part) {
        part.parts.push_back(read(part.body_begin, end, child_id(part, 0), depth + 1));
      }
    }
    return part;
  }

 private:
  static std::string child_id(const Part& part, std::size_t index) {
    return part.id.empty() ? std::to_string(index) : part.id + "." + std::to_string(index);
  }

  static void classify(Part& part) {
    auto type = read_parameters(raw_header(part, "Content-Type"));
    if (type.value.find('/') != std::string::npos) part.mime_type = std::move(type.value);
    const auto disposition = read_parameters(raw_header(part, "Content-Disposition"));
    part.filename = parameter_of(disposition, "filename");
    if (part.filename.empty()) part.filename = parameter_of(type, "name");
    part.parameters = std::move(type.parameters);
    const auto encoding = trim(raw_header(part, "Content-Transfer-Encoding"));
    part.encoding = to_lower_ascii(encoding.substr(0, encoding.find_first_of(" ;(")));
    part.is_attachment = !part.is_multipart() && (disposition.value == "attachment" ||
                                                  !part.filename.empty() || !part.is_text());
  }

  void read_children(Part& part, int depth) {
    const Range body{part.body_begin, part.body_end};
    // RFC 2046 §5.1.5.
    const auto* child_type = part.mime_type == "multipart/digest" ? "message/rfc822" : "text/plain";
    for (const auto& range : multipart_ranges(raw_, body, part.parameter("boundary"))) {
      if (parts_ >= most_parts) return;
      auto id = child_id(part, part.parts.size());
      part.parts.push_back(read(range.begin, range.end, std::move(id), depth + 1, child_type));
    }
  }

  std::string_view raw_;
  std::size_t parts_ = 0;
};

}  // namespace

std::string_view Part::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

Part parse_mail(std::string_view raw) { return PartReader{raw}.read(0, raw.size(), "", 0); }

std::string parameter_value(std::string_view field, std::string_view name) {
  return std::string{parameter_of(read_parameters(field), name)};
}

std::size_t read_head(std::string_view raw, std::size_t begin, std::size_t end,
                      std::vector<HeaderField>& fields) {
  std::size_t at = begin;
  while (at < end) {
    const std::size_t line_begin = at;
    const auto line = next_head_line(raw, at, end);
    if (line.empty()) return at;
    if ((line.front() == ' ' || line.front() == '\t') && !fields.empty()) {
      fields.back().value += line;
      continue;
    }
    const auto colon = line.find(':');
    // A line that is not a field ends the head: the rest is body.
    if (colon == std::string_view::npos || colon == 0) return line_begin;
    fields.push_back(HeaderField{std::string{trim(line.substr(0, colon))},
                                 std::string{trim(line.substr(colon + 1))}});
  }
  return end;
}

std::vector<Range> multipart_ranges(std::string_view raw, Range body, std::string_view boundary) {
  std::vector<Range> ranges;
  if (boundary.empty()) return ranges;
  const auto marker = "--" + std::string{boundary};
  std::optional<std::size_t> begin;
  const auto close = [&](std::size_t end) {
    if (!begin) return;
    // The line break in front of a boundary belongs to the boundary.
    if (end > *begin && raw[end - 1] == '\n') --end;
    if (end > *begin && raw[end - 1] == '\r') --end;
    ranges.push_back(Range{*begin, end});
  };
  std::size_t at = body.begin;
  while (at < body.end) {
    const std::size_t line_begin = at;
    const auto line = next_line(raw, at, body.end);
    if (!line.starts_with(marker)) continue;
    const auto rest = trim(line.substr(marker.size()));
    if (!rest.empty() && rest != "--") continue;
    close(line_begin);
    begin = at;
    if (rest == "--") return ranges;
  }
  if (begin && *begin < body.end) close(body.end);
  return ranges;
}

std::string header(const Part& part, std::string_view name) {
  return decode_words(raw_header(part, name));
}

std::vector<Address> addresses(const Part& part, std::string_view name) {
  return parse_addresses(raw_header(part, name));
}

std::string decoded_body(const Part& part, std::string_view raw) {
  const auto body = raw.substr(part.body_begin, part.body_end - part.body_begin);
  if (part.encoding == "base64") return decode_base64_body(body);
  if (part.encoding == "quoted-printable") return decode_quoted_printable(body);
  return std::string{body};
}

std::string text_body(const Part& part, std::string_view raw) {
  return to_utf8(decoded_body(part, raw), part.parameter("charset"));
}

std::string inline_body(const Part& part, std::string_view raw) {
  const auto charset = part.parameter("charset");
  auto bytes = decoded_body(part, raw);
  const bool is_unicode =
      equals_ignoring_case(charset, "utf-8") || bytes.starts_with("\xEF\xBB\xBF");
  return is_unicode || !knows_charset(charset) ? bytes : to_utf8(bytes, charset);
}

std::vector<std::string> message_ids(std::string_view value) {
  std::vector<std::string> ids;
  for (std::size_t open = value.find('<'); open != std::string_view::npos;
       open = value.find('<', open + 1)) {
    const auto close = value.find('>', open);
    if (close == std::string_view::npos) break;
    ids.emplace_back(value.substr(open + 1, close - open - 1));
  }
  return ids;
}

std::string without_header(std::string_view raw, std::string_view name) {
  std::string out;
  out.reserve(raw.size());
  bool dropping = false;
  std::size_t at = 0;
  while (at < raw.size()) {
    const std::size_t begin = at;
    const auto line = next_line(raw, at, raw.size());
    if (line.empty()) {
      out += raw.substr(begin);
      break;
    }
    if (line.front() != ' ' && line.front() != '\t') {
      dropping = equals_ignoring_case(trim(line.substr(0, line.find(':'))), name);
    }
    if (!dropping) out += raw.substr(begin, at - begin);
  }
  return out;
}

}  // namespace gmail_mcp::sandbox
