#include "mime/message_body.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "mime/gmime_library.h"
#include "mime/parameter.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t longest_smtp_line = 998;  // RFC 5322 §2.1.1, without the line break
// Room for those who upload the message and write around it in place.
constexpr std::size_t room_of_envelope = 1024;

std::string with_unix_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (true) {
    const auto end = std::min(text.find('\r'), text.size());
    out += text.substr(0, end);
    if (end == text.size()) return out;
    const bool is_pair = end + 1 < text.size() && text[end + 1] == '\n';
    if (!is_pair) out += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string with_network_lines(std::string_view unix_text) {
  std::string out;
  out.reserve(unix_text.size() + unix_text.size() / 32);
  for (const char c : unix_text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

// Whether it can travel as it is: "7bit" (RFC 2045 §2.7).
bool is_seven_bit(std::string_view unix_text) {
  const bool is_ascii =
      ascii_prefix(unix_text) == unix_text.size() && unix_text.find('\0') == std::string_view::npos;
  if (!is_ascii) return false;
  while (!unix_text.empty()) {
    const auto end = std::min(unix_text.find('\n'), unix_text.size());
    if (end > longest_smtp_line) return false;
    unix_text.remove_prefix(std::min(end + 1, unix_text.size()));
  }
  return true;
}

// GLib's view of bytes that it does not own and that outlive it. GMime only reads them.
class BorrowedBytes {
 public:
  explicit BorrowedBytes(std::string_view bytes)
      : array_{g_byte_array_new_take(reinterpret_cast<guint8*>(const_cast<char*>(bytes.data())),
                                     bytes.size())} {}
  ~BorrowedBytes() { g_byte_array_free(array_, FALSE); }
  BorrowedBytes(const BorrowedBytes&) = delete;
  BorrowedBytes& operator=(const BorrowedBytes&) = delete;

  Owned<GMimeStream> stream() const {
    Owned<GMimeStream> out{g_mime_stream_mem_new_with_byte_array(array_)};
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(out.get()), FALSE);
    return out;
  }

 private:
  GByteArray* array_;
};

// So that long content is copied only once.
using Contents = std::deque<BorrowedBytes>;

Owned<GMimeObject> new_part(const std::string& mime_type, GMimeContentEncoding encoding,
                            const Owned<GMimeStream>& stream) {
  const auto slash = mime_type.find('/');
  Owned<GMimeObject> part{GMIME_OBJECT(g_mime_part_new_with_type(
      mime_type.substr(0, slash).c_str(), mime_type.substr(slash + 1).c_str()))};
  const Owned<GMimeDataWrapper> wrapper{
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT)};
  g_mime_part_set_content(GMIME_PART(part.get()), wrapper.get());
  g_mime_part_set_content_encoding(GMIME_PART(part.get()), encoding);
  return part;
}

Owned<GMimeObject> text_part(const std::string& mime_type, std::string_view text) {
  auto content = with_unix_lines(text);
  if (!content.ends_with('\n')) content += '\n';
  auto encoding = GMIME_CONTENT_ENCODING_7BIT;
  if (!is_seven_bit(content)) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
    encoding = g_mime_utils_best_encoding(bytes, content.size());
  }
  // Line breaks inside base64 are not translated on the way, so they have to be CRLF (RFC 2046
  // §4.1.1).
  if (encoding == GMIME_CONTENT_ENCODING_BASE64) content = with_network_lines(content);
  const Owned<GMimeStream> copy{g_mime_stream_mem_new_with_buffer(content.data(), content.size())};
  auto part = new_part(mime_type, encoding, copy);
  g_mime_object_set_content_type_parameter(part.get(), "charset", "utf-8");
  return part;
}

// `attachment` and `contents` outlive the part.
Owned<GMimeObject> attachment_part(Attachment& attachment, Contents& contents) {
  const auto declared = parse_parameterized(attachment.mime_type);
  auto mime_type = declared.value.empty() ? "application/octet-stream" : declared.value;
  auto encoding = GMIME_CONTENT_ENCODING_BASE64;
  // An embedded message must not be encoded (RFC 2046 §5.2.1): it goes as it is, or as a file.
  if (mime_type.starts_with("message/")) {
    auto unix_content = with_unix_lines(attachment.content);
    if (is_seven_bit(unix_content)) {
      attachment.content = std::move(unix_content);
      encoding = GMIME_CONTENT_ENCODING_7BIT;
    } else {
      mime_type = "application/octet-stream";
    }
  }
  auto part = new_part(mime_type, encoding, contents.emplace_back(attachment.content).stream());
  for (const char* name : {"charset", "method"}) {
    const std::string value{declared.token(name)};
    if (value.empty()) continue;
    g_mime_object_set_content_type_parameter(part.get(), name, value.c_str());
  }
  g_mime_object_set_disposition(part.get(), attachment.is_inline ? "inline" : "attachment");
  if (!attachment.content_id.empty()) {
    g_mime_object_set_content_id(part.get(), attachment.content_id.c_str());
  }
  if (!attachment.filename.empty()) {
    auto* disposition = g_mime_object_get_content_disposition(part.get());
    g_mime_content_disposition_set_parameter(disposition, "filename", attachment.filename.c_str());
    auto* parameters = g_mime_content_disposition_get_parameters(disposition);
    g_mime_param_set_charset(g_mime_param_list_get_parameter(parameters, "filename"), "utf-8");
  }
  return part;
}

Owned<GMimeObject> new_multipart(const char* subtype) {
  Owned<GMimeObject> multipart{GMIME_OBJECT(g_mime_multipart_new_with_subtype(subtype))};
  g_mime_multipart_set_boundary(GMIME_MULTIPART(multipart.get()), nullptr);  // a random one
  return multipart;
}

void add_part(const Owned<GMimeObject>& multipart, Owned<GMimeObject> part) {
  g_mime_multipart_add(GMIME_MULTIPART(multipart.get()), part.get());
}

bool is_in_html(const Attachment& attachment) {
  return attachment.is_inline && !attachment.content_id.empty();
}

// The HTML with the pictures in it.
Owned<GMimeObject> html_part(Draft& draft, Contents& contents) {
  auto html = text_part("text/html", *draft.html);
  if (std::ranges::none_of(draft.attachments, is_in_html)) return html;
  auto related = new_multipart("related");
  g_mime_object_set_content_type_parameter(related.get(), "type", "text/html");
  add_part(related, std::move(html));
  for (auto& one : draft.attachments) {
    if (is_in_html(one)) add_part(related, attachment_part(one, contents));
  }
  return related;
}

Owned<GMimeObject> build_tree(Draft& draft, Contents& contents) {
  auto text = text_part("text/plain", draft.text);
  if (draft.html) {
    auto both = new_multipart("alternative");
    add_part(both, std::move(text));
    add_part(both, html_part(draft, contents));
    text = std::move(both);
  }
  const auto is_apart = [&draft](const Attachment& one) { return !draft.html || !is_in_html(one); };
  if (std::ranges::none_of(draft.attachments, is_apart)) return text;
  auto all = new_multipart("mixed");
  add_part(all, std::move(text));
  for (auto& one : draft.attachments) {
    if (is_apart(one)) add_part(all, attachment_part(one, contents));
  }
  return all;
}

// The size in base64, with line ends (RFC 2045 §6.8) and the headers of each part.
std::size_t room_for(const Draft& draft) {
  std::size_t room = draft.text.size() + (draft.html ? draft.html->size() : 0) + 4096;
  for (const auto& one : draft.attachments) room += one.content.size() / 54 * 74 + 1024;
  return room;
}

}  // namespace

std::string write_body(std::string_view head, Draft draft) {
  start_gmime();
  // Allocated in full at once: a buffer that grows by doubling would take three times the memory.
  auto* written = g_byte_array_sized_new(static_cast<guint>(head.size() + room_for(draft)));
  const Owned<GMimeStream> stream{g_mime_stream_mem_new_with_byte_array(written)};

  const std::unique_ptr<GMimeFormatOptions,
                        decltype([](GMimeFormatOptions* o) { g_mime_format_options_free(o); })>
      format{g_mime_format_options_new()};
  g_mime_format_options_set_newline_format(format.get(), GMIME_NEWLINE_FORMAT_DOS);
  g_mime_format_options_set_param_encoding_method(format.get(),
                                                  GMIME_PARAM_ENCODING_METHOD_RFC2231);
  g_mime_stream_write(stream.get(), head.data(), head.size());
  {
    Contents contents;
    const auto tree = build_tree(draft, contents);
    g_mime_object_write_to_stream(tree.get(), format.get(), stream.get());
  }
  draft.attachments.clear();
  const std::string_view bytes{reinterpret_cast<const char*>(written->data), written->len};
  const std::string_view end = bytes.ends_with("\r\n") ? "" : "\r\n";
  std::string out;
  out.reserve(bytes.size() + end.size() + room_of_envelope);
  out.append(bytes).append(end);
  return out;
}

}  // namespace gmail_mcp::mime
