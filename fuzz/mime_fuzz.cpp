// Reads the input as a message and as the value of every kind of header, then writes a message from
// what was read and checks what the readers and the writer promise each other.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "mime/body_source.h"
#include "mime/delivery_status.h"
#include "mime/header.h"
#include "mime/parameter.h"
#include "mime/reader.h"
#include "mime/writer.h"

using namespace gmail_mcp;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_one_line(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\x7F') return false;
  }
  return true;
}

void check_lines(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find("\r\n");
    require(end <= 998);  // npos is not
    require(bytes.substr(0, end).find_first_of("\r\n") == std::string_view::npos);
    bytes.remove_prefix(end + 2);
  }
}

void check_part(const mime::Part& part) {
  require(part.parts.empty() || part.content.empty());
  require(part.mime_type.find('/') != std::string::npos);
  require(is_valid_utf8(part.filename) && is_one_line(part.filename));
  if (part.is_text) require(is_valid_utf8(part.content));
  for (const auto& child : part.parts) check_part(child);
}

// A reply to `root`, as far as its sender lets us.
void check_writer(const mime::Part& root) {
  mime::Draft draft;
  draft.from = {"Ann", "ann@example.org"};
  draft.subject = utf8_prefix(mime::decode_words(mime::header(root, "Subject")), 2000);
  draft.to = {{std::string{utf8_prefix(mime::decode_words(mime::header(root, "From")), 2000)},
               "bob@example.org"}};
  draft.references = mime::parse_message_ids(mime::header(root, "References"));
  draft.text = mime::bodies(root).plain;
  draft.html = mime::bodies(root).html;
  for (const auto& info : mime::attachments(root)) {
    draft.attachments.push_back({std::string{utf8_prefix(info.filename, 2000)}, {}, draft.text});
  }
  const auto bytes = mime::write_message(draft, mime::BccHeader::keep).value();
  check_lines(bytes);
  const auto read = mime::read_message(bytes).value();
  require(mime::decode_words(mime::header(read, "Subject")) == draft.subject);
  require(mime::parse_addresses(mime::header(read, "To")).size() == 1);
  require(mime::attachments(read).size() == draft.attachments.size());
}

void check_addresses(std::string_view text) {
  for (const auto& address : mime::parse_addresses(text)) {
    require(is_valid_utf8(address.name) && is_one_line(address.name));
    require(is_valid_utf8(address.email) && is_one_line(address.email));
    require(is_one_line(mime::format_address(address)));
  }
  const auto one = mime::parse_one_address(text);
  if (one) {
    const auto back = mime::parse_addresses(mime::format_address(*one));
    require(back.size() == 1 && back.front().email == one->email);
  }
}

void check_delivery_status(std::string_view text) {
  const auto statuses = mime::parse_delivery_status(text);
  require(statuses.size() <= 100);
  for (const auto& one : statuses) {
    require(!one.recipient.empty());
    for (const auto* value : {&one.recipient, &one.action, &one.status, &one.diagnostic}) {
      require(is_valid_utf8(*value) && is_one_line(*value));
    }
  }
}

// The body of another message, below another header, is the same to whoever reads it.
void check_body_source(std::string_view text) {
  const auto source = mime::body_source(text);
  require(source.ends_with("\r\n"));
  require(mime::body_source("X-Other: y\r\n" + source) == source);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto root = mime::read_message(text);
  if (root) {
    check_part(*root);
    check_writer(*root);
  }
  const auto words = mime::decode_words(text);
  require(is_valid_utf8(words) && is_one_line(words));
  require(is_valid_utf8(mime::parse_parameterized(text).text("filename")));
  check_addresses(text);
  check_delivery_status(text);
  check_body_source(text);
  mime::parse_date(text);
  return 0;
}
