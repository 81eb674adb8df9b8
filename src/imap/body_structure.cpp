#include <utility>

#include "base/text.h"
#include "imap/fetch_response.h"

namespace gmail_mcp::imap {

namespace {

BodyPart::Parameters read_parameters(Scanner& scanner) {
  BodyPart::Parameters parameters;
  if (!scanner.take('(')) {
    if (scanner.nstring()) scanner.fail();  // NIL
    return parameters;
  }
  scanner.blanks();
  while (!scanner.failed() && !scanner.take(')')) {
    auto name = to_lower_ascii(scanner.string());
    scanner.space();
    parameters.emplace_back(std::move(name), scanner.nstring().value_or(""));
    scanner.blanks();
  }
  return parameters;
}

void read_disposition(Scanner& scanner, BodyPart& part) {
  if (!scanner.take('(')) {
    // NIL or, from careless servers, just the word.
    part.disposition = to_lower_ascii(scanner.nstring().value_or(""));
    return;
  }
  part.disposition = to_lower_ascii(scanner.string());
  scanner.blanks();
  if (!scanner.next_is(')')) part.disposition_parameters = read_parameters(scanner);
  scanner.blanks();
  scanner.expect(')');
}

// body-fld-lang, body-fld-loc and anything later extensions add, up to the closing parenthesis.
void skip_rest(Scanner& scanner) {
  scanner.blanks();
  while (!scanner.failed() && !scanner.take(')')) {
    scanner.skip_value();
    scanner.blanks();
  }
}

BodyPart read_part(Scanner& scanner, int depth);

void read_multipart(Scanner& scanner, BodyPart& part, int depth) {
  while (scanner.next_is('(') && !scanner.failed()) {
    part.parts.push_back(read_part(scanner, depth + 1));
    scanner.blanks();
  }
  part.mime_type = "multipart/" + to_lower_ascii(scanner.string());
  scanner.blanks();
  if (!scanner.next_is(')')) part.parameters = read_parameters(scanner);
  scanner.blanks();
  if (!scanner.next_is(')')) read_disposition(scanner, part);
  skip_rest(scanner);
}

void read_leaf(Scanner& scanner, BodyPart& part, int depth) {
  // Gmail sends NIL for a type it could not read.
  const auto type = to_lower_ascii(scanner.nstring().value_or("application"));
  scanner.space();
  const auto subtype = to_lower_ascii(scanner.nstring().value_or("octet-stream"));
  part.mime_type = type + "/" + subtype;
  scanner.space();
  part.parameters = read_parameters(scanner);
  scanner.space();
  part.content_id = scanner.nstring().value_or("");
  scanner.space();
  scanner.nstring();  // description
  scanner.space();
  part.encoding = to_lower_ascii(scanner.nstring().value_or("7bit"));
  scanner.space();
  part.bytes = scanner.number();
  scanner.blanks();
  if (part.mime_type == "message/rfc822" && scanner.next_is('(')) {
    scanner.skip_value();  // the envelope
    scanner.space();
    part.parts.push_back(read_part(scanner, depth + 1));
    scanner.blanks();
  }
  // The number of lines of a text or a message. Extension data never begins with digits, so the
  // number is accepted for any type.
  if (scanner.peek() >= '0' && scanner.peek() <= '9') scanner.number();
  scanner.blanks();
  if (!scanner.next_is(')')) scanner.nstring();  // MD5
  scanner.blanks();
  if (!scanner.next_is(')')) read_disposition(scanner, part);
  skip_rest(scanner);
}

BodyPart read_part(Scanner& scanner, int depth) {
  BodyPart part;
  if (depth > max_structure_depth) scanner.fail();
  scanner.expect('(');
  if (scanner.next_is('(')) {
    read_multipart(scanner, part, depth);
  } else {
    read_leaf(scanner, part, depth);
  }
  return part;
}

// RFC 3501 §6.4.5: the parts of a multipart are numbered from 1; a body that is not a multipart is
// part 1 of the message around it.
void number_parts(BodyPart& part, const std::string& prefix);

void number_body(BodyPart& body, const std::string& message) {
  if (!body.is_multipart()) {
    body.section = message.empty() ? "1" : message + ".1";
    number_parts(body, body.section);
  } else {
    body.section = message;
    number_parts(body, message);
  }
}

void number_parts(BodyPart& part, const std::string& prefix) {
  if (!part.is_multipart()) {
    for (auto& embedded : part.parts) number_body(embedded, part.section);
    return;
  }
  for (std::size_t i = 0; i < part.parts.size(); ++i) {
    auto& child = part.parts[i];
    child.section = prefix.empty() ? std::to_string(i + 1) : prefix + "." + std::to_string(i + 1);
    number_parts(child, child.section);
  }
}

}  // namespace

std::optional<BodyPart> read_body_structure(Scanner& scanner) {
  auto part = read_part(scanner, 0);
  if (scanner.failed()) return std::nullopt;
  number_body(part, "");
  return part;
}

std::string_view parameter(const BodyPart::Parameters& parameters, std::string_view name) {
  for (const auto& [known, value] : parameters) {
    if (known == name) return value;
  }
  return {};
}

}  // namespace gmail_mcp::imap
