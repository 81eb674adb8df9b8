#include "mime/reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "mime/elsewhere.h"
#include "mime/leaf.h"
#include "mime/parameter.h"
#include "mime/transfer.h"

namespace gmail_mcp::mime {

namespace {

using Failure = std::optional<Error>;

Error too_large(std::string_view what) {
  return {Errc::too_large, "The message cannot be read: it " + std::string{what} + ".",
          "Look at it in another mail program."};
}

// The media type in a Content-Type (RFC 2045 §5.2: plain text when it makes no sense).
std::string media_type(const std::string& declared, std::string_view otherwise) {
  const auto slash = declared.find('/');
  const bool is_sound = slash != std::string::npos && slash > 0 && slash + 1 < declared.size();
  if (declared.empty()) return std::string{otherwise};
  return is_sound ? declared : "text/plain";
}

// GMime has a parser too, but without limits: a megabyte of empty parts makes it use 260 MB before
// we could count them. This one checks each limit on the way and leaves only the decoding to GMime.
class MessageReader {
 public:
  MessageReader(std::string_view text, const ReadLimits& limits)
      : text_{text},
        limits_{limits},
        line_end_{text.find('\n') == std::string_view::npos ? '\r' : '\n'} {}

  Failure read(Part& root) {
    const auto first_line = peek_line();
    // The separator of an mbox file; some programs leave it on.
    if (is_mbox_separator(first_line)) skip_line();
    // A message cannot start in the middle of a header.
    const auto blanks = std::min(first_line.find_first_not_of(" \t"), first_line.size());
    if (blanks > 0 && field_name(first_line.substr(blanks))) at_ = blanks;
    return read_part(root, "text/plain", false);
  }

 private:
  static constexpr std::size_t end_of_message = static_cast<std::size_t>(-1);

  // What ended a part's content: a delimiter of boundaries_[boundary], or the end of the text.
  struct Stop {
    std::size_t boundary = end_of_message;
    bool is_closing = false;
  };

  static bool is_mbox_separator(std::string_view line) {
    if (line.starts_with('>')) line.remove_prefix(1);
    // "From : Ann" is a header with a blank that it should not have (RFC 5322 §4.5).
    return line.starts_with("From ") && !trim(line.substr(5)).starts_with(':');
  }

  Failure read_part(Part& part, std::string_view default_type, bool is_alternative) {
    if (++parts_ > limits_.max_parts) return too_large("has too many parts");
    if (auto failure = read_headers(part)) return failure;

    const auto type = parse_parameterized(header(part, "Content-Type"));
    part.mime_type = media_type(type.value, default_type);
    const std::string boundary{type.token("boundary")};
    if (part.mime_type.starts_with("multipart/")) return read_multipart(part, boundary);

    const auto disposition = parse_parameterized(header(part, "Content-Disposition"));
    describe_leaf(part, type, disposition, header(part, "Content-ID"));
    const auto encoding = header(part, "Content-Transfer-Encoding");
    const auto bytes = take_content();
    part.is_text = rule_.is_text(part, is_alternative);
    if (part.is_text) {
      part.content = text_of_leaf(part, decode_text_transfer(encoding, bytes));
      if (!part.filename.empty()) part.as_attached = decode_transfer(encoding, bytes);
    } else {
      part.content = decode_transfer(encoding, bytes);
      unpack_files(part);
    }
    return std::nullopt;
  }

  Failure read_multipart(Part& part, const std::string& boundary) {
    if (boundaries_.size() == limits_.max_depth) return too_large("is nested too deeply");
    const auto index = boundaries_.size();
    boundaries_.push_back(boundary);
    const auto preamble = take_content();

    const bool is_digest = part.mime_type == "multipart/digest";
    const auto* child_type = is_digest ? "message/rfc822" : "text/plain";  // RFC 2046 §5.1.5
    while (stop_.boundary == index && !stop_.is_closing) {
      Part child;
      child.id = (part.id.empty() ? "" : part.id + ".") + std::to_string(part.parts.size());
      const bool is_alternative = part.mime_type == "multipart/alternative";
      if (auto failure = read_part(child, child_type, is_alternative)) return failure;
      part.parts.push_back(std::move(child));
    }
    boundaries_.pop_back();
    if (stop_.boundary == index) take_content();  // the epilogue

    if (part.parts.empty()) {
      part.mime_type = "text/plain";
      part.is_text = rule_.is_text(part, false);
      const auto encoding = header(part, "Content-Transfer-Encoding");
      part.content = text_of_leaf(part, decode_transfer(encoding, preamble));
    }
    return std::nullopt;
  }

  // Up to the empty line, or to the first line that is not a header: then the empty line is
  // missing.
  Failure read_headers(Part& part) {
    while (at_ < text_.size()) {
      const auto line = peek_header_line();
      if (find_delimiter(line)) return std::nullopt;
      if (trim(line).empty()) {
        skip_header_line(line);
        return std::nullopt;
      }
      const bool is_continuation = is_blank(line.front());
      if (is_continuation && !part.headers.empty()) {
        // RFC 5322 §2.2.3: unfolding removes the line break and nothing else.
        auto& value = part.headers.back().second;
        value += value.empty() ? trim(line) : line;
      } else if (parts_ == 1 && is_mbox_separator(line)) {
        // Some programs put their own headers before it.
      } else if (auto name = field_name(line)) {
        if (++headers_ > limits_.max_headers) return too_large("has too many header fields");
        const auto value = line.substr(line.find(':') + 1);
        part.headers.emplace_back(*std::move(name), trim(value));
      } else {
        return std::nullopt;
      }
      skip_header_line(line);
    }
    return std::nullopt;
  }

  // Within headers a lone CR ends a line where a field, a fold or the empty line follows.
  std::string_view peek_header_line() const {
    const auto line = peek_line();
    for (auto at = line.find('\r'); at != std::string_view::npos; at = line.find('\r', at + 1)) {
      const auto next = line.substr(at + 1);
      if (at == 0 || next.empty() || next.front() == '\r' || is_blank(next.front()) ||
          begins_field(next)) {
        return line.substr(0, at);
      }
    }
    return line;
  }

  void skip_header_line(std::string_view line) {
    at_ += line.size();
    const auto rest = text_.substr(at_);
    // "\r\r\n" is one end of a line, too.
    const auto returns = std::min(rest.find_first_not_of('\r'), rest.size());
    if (returns < rest.size() && rest[returns] == '\n') {
      at_ += returns + 1;
    } else if (!rest.empty()) {
      ++at_;
    }
  }

  static bool is_blank(char c) { return c == ' ' || c == '\t'; }

  static bool begins_field(std::string_view text) {
    constexpr std::size_t longest_name = 100;
    const auto name = text.substr(0, longest_name);
    const auto end = std::min(name.find_first_of(": \t\r"), name.size());
    return end > 0 && end < name.size() && name[end] == ':';
  }

  static std::optional<std::string> field_name(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto name = trim(line.substr(0, colon));
    const bool is_name = !name.empty() && name.data() == line.data() &&
                         std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7F'; });
    if (!is_name) return std::nullopt;
    return std::string{name};
  }

  // Takes the text up to the next delimiter of any open multipart, without the line break before it
  // (RFC 2046 §5.1.1), and moves past that delimiter.
  std::string_view take_content() {
    const auto begin = at_;
    if (boundaries_.empty()) at_ = text_.size();
    while (at_ < text_.size()) {
      const auto end = at_;
      const auto line = peek_line();
      const auto stop = find_delimiter(line);
      skip_line();
      if (stop) {
        stop_ = *stop;
        return without_line_break(text_.substr(begin, end - begin));
      }
    }
    stop_ = {};
    return text_.substr(begin);
  }

  static std::string_view without_line_break(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
  }

  std::optional<Stop> find_delimiter(std::string_view line) const {
    if (!line.starts_with("--")) return std::nullopt;
    auto found = trim(line).substr(2);
    const bool may_close = found.ends_with("--");
    const auto opened = may_close ? found.substr(0, found.size() - 2) : found;
    for (auto i = boundaries_.size(); i-- > 0;) {
      const auto& boundary = boundaries_[i];
      if (boundary.empty()) continue;
      if (found == boundary) return Stop{i, false};
      if (may_close && opened == boundary) return Stop{i, true};
    }
    return std::nullopt;
  }

  std::string_view peek_line() const {
    auto line = text_.substr(at_, text_.find(line_end_, at_) - at_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  void skip_line() {
    const auto end = text_.find(line_end_, at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  std::string_view text_;
  const ReadLimits& limits_;
  char line_end_;  // CR where there is no LF at all, as old Macs wrote it
  std::size_t at_ = 0;
  std::size_t parts_ = 0;
  std::size_t headers_ = 0;
  std::vector<std::string> boundaries_;  // of the open multiparts, outermost first
  Stop stop_;                            // what ended the last content
  TextRule rule_;
};

}  // namespace

Result<Part> read_message(std::string_view rfc822, const ReadLimits& limits) {
  if (rfc822.size() > limits.max_bytes) return too_large("is too long");
  Part root;
  if (auto failure = MessageReader{rfc822, limits}.read(root)) return *std::move(failure);
  return root;
}

}  // namespace gmail_mcp::mime
