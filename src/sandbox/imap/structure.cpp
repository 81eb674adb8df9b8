#include "sandbox/imap/structure.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sandbox/imap/write.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::imap {

namespace {

// As written in the mail: encoded words stay encoded.
std::string_view field(const Part& part, std::string_view name) {
  for (const auto& one : part.headers) {
    if (equals_ignoring_case(one.name, name)) return one.value;
  }
  return {};
}

std::string address_list(std::string_view value) {
  const auto people = parse_addresses(value);
  if (people.empty()) return "NIL";
  std::string out = "(";
  for (const auto& one : people) {
    const auto at = one.email.rfind('@');
    out += "(" + nstring(one.name) + " NIL " + nstring(one.email.substr(0, at)) + " ";
    out += (at == std::string::npos ? "NIL" : nstring(one.email.substr(at + 1))) + ")";
  }
  return out + ")";
}

struct FieldValue {
  std::string value;
  std::vector<std::pair<std::string, std::string>> parameters;  // as written, unquoted
};

// One token or quoted string up to ';'; `at` moves behind it.
std::string take_value(std::string_view text, std::size_t& at) {
  std::string value;
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  const bool quoted = at < text.size() && text[at] == '"';
  if (quoted) ++at;
  for (; at < text.size() && text[at] != (quoted ? '"' : ';'); ++at) {
    if (quoted && text[at] == '\\' && at + 1 < text.size()) ++at;
    value += text[at];
  }
  at = std::min(text.find(';', at), text.size());
  return quoted ? value : std::string{trim(value)};
}

FieldValue split_field(std::string_view text) {
  FieldValue out;
  std::size_t at = 0;
  out.value = take_value(text, at);
  while (at < text.size() && out.parameters.size() < 50) {
    ++at;  // ';'
    const auto equals = text.find('=', at);
    if (equals == std::string_view::npos) break;
    auto name = upper(trim(text.substr(at, equals - at)));
    at = equals + 1;
    out.parameters.emplace_back(std::move(name), take_value(text, at));
  }
  return out;
}

std::string parameter_list(const FieldValue& value) {
  if (value.parameters.empty()) return "NIL";
  std::string out;
  for (const auto& [name, text] : value.parameters) {
    out += (out.empty() ? "(" : " ") + string_of(name) + " " + string_of(text);
  }
  return out + ")";
}

std::string disposition_of(const Part& part) {
  const auto text = field(part, "Content-Disposition");
  if (text.empty()) return "NIL";
  const auto value = split_field(text);
  return "(" + string_of(upper(value.value)) + " " + parameter_list(value) + ")";
}

std::pair<std::string, std::string> type_of(const Part& part) {
  const auto slash = part.mime_type.find('/');
  return {upper(part.mime_type.substr(0, slash)), upper(part.mime_type.substr(slash + 1))};
}

std::string leaf(const Part& part, std::string_view raw, bool extended) {
  const auto [type, subtype] = type_of(part);
  const auto body = raw.substr(part.body_begin, part.body_end - part.body_begin);
  const auto lines = std::to_string(std::count(body.begin(), body.end(), '\n'));
  const auto declared = split_field(field(part, "Content-Type"));
  auto parameters = parameter_list(declared);
  if (declared.parameters.empty() && type == "TEXT") parameters = "(\"CHARSET\" \"us-ascii\")";
  const auto encoding = part.encoding.empty() ? std::string{"7BIT"} : upper(part.encoding);
  std::string out = "(" + string_of(type) + " " + string_of(subtype) + " " + parameters;
  out +=
      " " + nstring(field(part, "Content-ID")) + " " + nstring(field(part, "Content-Description"));
  out += " " + string_of(encoding) + " " + std::to_string(body.size());
  if (part.mime_type == "message/rfc822" && !part.parts.empty()) {
    const auto& inner = part.parts.front();
    out += " " + envelope_of(inner) + " " + structure_of(inner, raw, extended) + " " + lines;
  } else if (type == "TEXT") {
    out += " " + lines;
  }
  if (extended) {
    out += " " + nstring(field(part, "Content-MD5")) + " " + disposition_of(part) + " NIL NIL";
  }
  return out + ")";
}

}  // namespace

std::string envelope_of(const Part& mail) {
  const auto from = field(mail, "From");
  const auto or_from = [&](std::string_view name) {
    const auto own = field(mail, name);
    return address_list(own.empty() ? from : own);
  };
  std::string out = "(" + nstring(field(mail, "Date")) + " " + nstring(field(mail, "Subject"));
  out += " " + address_list(from) + " " + or_from("Sender") + " " + or_from("Reply-To");
  out += " " + address_list(field(mail, "To")) + " " + address_list(field(mail, "Cc"));
  out += " " + address_list(field(mail, "Bcc")) + " " + nstring(field(mail, "In-Reply-To"));
  return out + " " + nstring(field(mail, "Message-ID")) + ")";
}

std::string structure_of(const Part& part, std::string_view raw, bool extended) {
  if (!part.is_multipart()) return leaf(part, raw, extended);
  std::string out = "(";
  for (const auto& child : part.parts) out += structure_of(child, raw, extended);
  // The grammar requires at least one part.
  if (part.parts.empty()) out += "(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 0 0)";
  out += " " + string_of(type_of(part).second);
  if (extended) {
    out += " " + parameter_list(split_field(field(part, "Content-Type")));
    out += " " + disposition_of(part) + " NIL NIL";
  }
  return out + ")";
}

}  // namespace gmail_mcp::sandbox::imap
