#include "mime/message_body.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
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
constexpr std::size_t longest_piece = std::size_t{32} << 10;  // that is encoded at a time

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

// GMime escapes, quotes and folds parameters, and knows the encodings; what lies around them is
// written here, because each of its streams and filters copies everything once more.
using Format =
    std::unique_ptr<GMimeFormatOptions,
                    decltype([](GMimeFormatOptions* o) { g_mime_format_options_free(o); })>;

Format network_format() {
  Format format{g_mime_format_options_new()};
  g_mime_format_options_set_newline_format(format.get(), GMIME_NEWLINE_FORMAT_DOS);
  g_mime_format_options_set_param_encoding_method(format.get(),
                                                  GMIME_PARAM_ENCODING_METHOD_RFC2231);
  return format;
}

std::string_view name_of(GMimeContentEncoding encoding) {
  switch (encoding) {
    case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE: return "quoted-printable";
    case GMIME_CONTENT_ENCODING_BASE64: return "base64";
    default: return "7bit";
  }
}

// Writes the body of one draft, and frees its attachments on the way.
class BodyWriter {
 public:
  BodyWriter(std::string& out, Draft& draft) : out_{out}, draft_{draft} {}

  void write() {
    const auto is_apart = [this](const Attachment& one) { return !is_in_html(one); };
    if (std::ranges::none_of(draft_.attachments, is_apart)) return texts();
    const auto mixed = begin_multipart("mixed", nullptr);
    begin_part(mixed);
    texts();
    end_part();
    for (auto& one : draft_.attachments) {
      if (!is_apart(one)) continue;
      begin_part(mixed);
      attachment(one);
      end_part();
    }
    end_multipart(mixed);
  }

 private:
  bool is_in_html(const Attachment& one) const {
    return draft_.html && one.is_inline && !one.content_id.empty();
  }

  void texts() {
    if (!draft_.html) return text("text/plain", draft_.text);
    const auto both = begin_multipart("alternative", nullptr);
    begin_part(both);
    text("text/plain", draft_.text);
    end_part();
    begin_part(both);
    html();
    end_part();
    end_multipart(both);
  }

  // The HTML with the pictures in it.
  void html() {
    const auto is_picture = [this](const Attachment& one) { return is_in_html(one); };
    if (std::ranges::none_of(draft_.attachments, is_picture)) {
      return text("text/html", *draft_.html);
    }
    const auto related = begin_multipart("related", "text/html");
    begin_part(related);
    text("text/html", *draft_.html);
    end_part();
    for (auto& one : draft_.attachments) {
      if (!is_picture(one)) continue;
      begin_part(related);
      attachment(one);
      end_part();
    }
    end_multipart(related);
  }

  void text(std::string_view mime_type, std::string_view text) {
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
    out_.append("Content-Type: ").append(mime_type).append("; charset=utf-8\r\n");
    out_.append("Content-Transfer-Encoding: ").append(name_of(encoding)).append("\r\n\r\n");
    encoded(content, encoding);
  }

  void attachment(Attachment& attachment) {
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
    const auto slash = mime_type.find('/');
    const Owned<GMimeObject> part{GMIME_OBJECT(g_mime_part_new_with_type(
        mime_type.substr(0, slash).c_str(), mime_type.substr(slash + 1).c_str()))};
    g_mime_part_set_content_encoding(GMIME_PART(part.get()), encoding);
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
      g_mime_content_disposition_set_parameter(disposition, "filename",
                                               attachment.filename.c_str());
      auto* parameters = g_mime_content_disposition_get_parameters(disposition);
      g_mime_param_set_charset(g_mime_param_list_get_parameter(parameters, "filename"), "utf-8");
    }
    headers_of(part);
    encoded(attachment.content, encoding);
    std::string{}.swap(attachment.content);
  }

  // Returns its boundary. `type`: of the part that is shown (RFC 2387), or null.
  std::string begin_multipart(const char* subtype, const char* type) {
    const Owned<GMimeObject> multipart{GMIME_OBJECT(g_mime_multipart_new_with_subtype(subtype))};
    g_mime_multipart_set_boundary(GMIME_MULTIPART(multipart.get()), nullptr);  // a random one
    if (type != nullptr) g_mime_object_set_content_type_parameter(multipart.get(), "type", type);
    headers_of(multipart);
    return g_mime_multipart_get_boundary(GMIME_MULTIPART(multipart.get()));
  }

  void begin_part(const std::string& boundary) {
    out_.append("--").append(boundary).append("\r\n");
  }

  // The line break before a boundary belongs to that (RFC 2046 §5.1.1).
  void end_part() { out_ += "\r\n"; }

  void end_multipart(const std::string& boundary) {
    out_.append("--").append(boundary).append("--\r\n");
  }

  void headers_of(const Owned<GMimeObject>& object) {
    const OwnedText headers{g_mime_object_get_headers(object.get(), format_.get())};
    out_.append(headers.get()).append("\r\n");
  }

  // In pieces, so that no encoded copy of a long content is made.
  void encoded(std::string_view content, GMimeContentEncoding encoding) {
    if (encoding == GMIME_CONTENT_ENCODING_7BIT) return network_lines(content);
    GMimeEncoding state;
    g_mime_encoding_init_encode(&state, encoding);
    const auto room = g_mime_encoding_outlen(&state, std::min(content.size(), longest_piece));
    std::string piece(room, '\0');
    do {
      const auto taken = content.substr(0, longest_piece);
      content.remove_prefix(taken.size());
      const bool is_last = content.empty();
      const auto written =
          is_last ? g_mime_encoding_flush(&state, taken.data(), taken.size(), piece.data())
                  : g_mime_encoding_step(&state, taken.data(), taken.size(), piece.data());
      network_lines(std::string_view{piece}.substr(0, written));
    } while (!content.empty());
  }

  void network_lines(std::string_view unix_text) {
    while (!unix_text.empty()) {
      const auto end = unix_text.find('\n');
      out_.append(unix_text.substr(0, end));
      if (end == std::string_view::npos) return;
      out_ += "\r\n";
      unix_text.remove_prefix(end + 1);
    }
  }

  std::string& out_;
  Draft& draft_;
  Format format_ = network_format();
};

// The size in base64, with line ends (RFC 2045 §6.8) and the headers of each part. Texts take no
// more than half as much again, but for those of nearly nothing but line ends.
std::size_t room_for(const Draft& draft) {
  const auto texts = draft.text.size() + (draft.html ? draft.html->size() : 0);
  std::size_t room = texts + texts / 2 + 4096;
  for (const auto& one : draft.attachments) room += one.content.size() / 54 * 74 + 1024;
  return room;
}

}  // namespace

std::string write_body(std::string_view head, Draft draft) {
  start_gmime();
  // Allocated in full at once: a text that grows by doubling would take three times the memory.
  std::string out;
  out.reserve(head.size() + room_for(draft) + room_of_envelope);
  out.append(head);
  BodyWriter{out, draft}.write();
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

}  // namespace gmail_mcp::mime
