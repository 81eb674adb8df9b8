#include "google/batch.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/text.h"

namespace gmail_mcp::google {

namespace {

// The boundary parameter of a multipart type (RFC 2046 §5.1.1), quoted or not.
std::optional<std::string> boundary_of(std::string_view content_type) {
  const auto lower = to_lower_ascii(content_type);
  if (!trim(lower).starts_with("multipart/")) return std::nullopt;
  static constexpr std::string_view name = "boundary=";
  const auto at = lower.find(name);
  if (at == std::string::npos) return std::nullopt;
  auto value = content_type.substr(at + name.size());
  const bool quoted = value.starts_with('"');
  if (quoted) value.remove_prefix(1);
  value = value.substr(0, value.find_first_of(quoted ? "\"" : "; \t"));
  if (value.empty()) return std::nullopt;
  return std::string{value};
}

// Takes one line off the front of `text`, without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Takes header fields and the empty line after them off the front of `text`; `add` gets each name
// and value.
template <class Add>
void take_headers(std::string_view& text, Add add) {
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.empty()) return;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    add(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
}

// The texts between the delimiter lines; preamble and epilogue are dropped.
std::vector<std::string_view> split_parts(std::string_view body, const std::string& boundary) {
  const std::string delimiter = "--" + boundary;
  std::vector<std::string_view> parts;
  std::size_t begin = std::string_view::npos;
  for (std::size_t at = body.find(delimiter); at != std::string_view::npos;
       at = body.find(delimiter, at + delimiter.size())) {
    const bool starts_line = at == 0 || body[at - 1] == '\n';
    if (!starts_line) continue;
    if (begin != std::string_view::npos) parts.push_back(body.substr(begin, at - begin));
    auto rest = body.substr(at + delimiter.size());
    if (rest.starts_with("--")) return parts;
    const auto end_of_line = rest.find('\n');
    if (end_of_line == std::string_view::npos) return parts;
    begin = at + delimiter.size() + end_of_line + 1;
  }
  // Cut off: the last part has no end and may be incomplete.
  return parts;
}

// The line end before a delimiter belongs to the delimiter.
std::string_view without_last_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// "<response-i7>" → 6.
std::optional<std::size_t> index_of(std::string_view content_id) {
  static constexpr std::string_view mark = "response-i";
  const auto at = content_id.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  content_id.remove_prefix(at + mark.size());
  std::size_t number = 0;
  const auto [end, failed] =
      std::from_chars(content_id.data(), content_id.data() + content_id.size(), number);
  if (failed != std::errc{} || number == 0) return std::nullopt;
  return number - 1;
}

// "HTTP/1.1 200 OK" → 200; 0 for anything else.
int status_of(std::string_view line) {
  if (!line.starts_with("HTTP/")) return 0;
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  line = trim(line.substr(space));
  int status = 0;
  const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), status);
  return failed == std::errc{} && status >= 100 && status < 600 ? status : 0;
}

BatchAnswer read_answer(std::string_view part) {
  BatchAnswer answer;
  auto line = take_line(part);
  while (line.empty() && !part.empty()) line = take_line(part);
  answer.status = status_of(line);
  if (answer.status == 0) return answer;
  take_headers(part, [&answer](std::string_view name, std::string_view value) {
    answer.headers.add(std::string{name}, std::string{value});
  });
  answer.body = part;
  return answer;
}

}  // namespace

std::string encode_batch(const std::vector<BatchPart>& parts, std::string_view boundary) {
  std::string body;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& part = parts[i];
    body.append("--").append(boundary);
    body.append("\r\nContent-Type: application/http\r\nContent-ID: <i");
    body.append(std::to_string(i + 1)).append(">\r\n\r\n");
    body.append(part.verb()).append(" ").append(part.path).append("\r\n");
    if (!part.json.empty()) {
      body +=
          fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", part.json.size());
    }
    body += "\r\n";
    body += part.json;
    if (!part.json.empty()) body += "\r\n";
  }
  body += fmt::format("--{}--\r\n", boundary);
  return body;
}

std::optional<std::vector<BatchAnswer>> parse_batch(std::string_view content_type,
                                                    std::string_view body, std::size_t count) {
  const auto boundary = boundary_of(content_type);
  if (!boundary) return std::nullopt;
  std::vector<BatchAnswer> answers(count);
  std::size_t position = 0;
  for (auto part : split_parts(body, *boundary)) {
    part = without_last_line_end(part);
    std::optional<std::string_view> content_id;
    take_headers(part, [&content_id](std::string_view name, std::string_view value) {
      if (!content_id && equals_ignoring_case(name, "Content-ID")) content_id = value;
    });
    const auto index = index_of(content_id.value_or("")).value_or(position);
    ++position;
    if (index < count) answers[index] = read_answer(part);
  }
  return answers;
}

}  // namespace gmail_mcp::google
