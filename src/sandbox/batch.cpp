#include "sandbox/batch.h"

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/random.h"
#include "sandbox/rfc822.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr std::size_t max_parts = 100;

bool is_content_header(std::string_view name) {
  return to_lower_ascii(name).starts_with("content-");
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return trim(line);
}

Result<ApiRequest> read_inner(std::string_view text, const ApiRequest& outer) {
  const Error bad{Errc::invalid_argument, "Failed to parse batch request, error: 0 items parsed."};
  ApiRequest request;
  const auto words = split(take_line(text), ' ');
  if (words.size() < 2 || !words[1].starts_with('/')) return bad;
  request.verb = words[0];
  const auto question = words[1].find('?');
  request.path = words[1].substr(0, question);
  if (question != std::string::npos) request.query = words[1].substr(question + 1);
  if (!outer.query.empty()) {
    request.query += (request.query.empty() ? "" : "&") + outer.query;
  }
  std::vector<HeaderField> fields;
  const auto body_begin = read_head(text, 0, text.size(), fields);
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  for (const auto& [name, value] : outer.headers) {
    if (!is_content_header(name) && request.headers.find(name) == nullptr) {
      request.headers.add(name, value);
    }
  }
  request.body = trim(text.substr(body_begin));
  return request;
}

std::string response_id(const std::string& content_id) {
  if (content_id.starts_with('<')) return "<response-" + content_id.substr(1);
  return "response-" + content_id;
}

}  // namespace

Result<std::vector<BatchPart>> read_batch(const ApiRequest& outer) {
  const auto type = outer.headers.get("Content-Type");
  const auto boundary = parameter_value(type, "boundary");
  const std::string_view body = outer.body;
  if (!to_lower_ascii(type).starts_with("multipart/mixed") || boundary.empty()) {
    return Error{Errc::invalid_argument, "Failed to parse batch request, error: no boundary."};
  }
  std::vector<BatchPart> parts;
  for (const auto& range : multipart_ranges(body, Range{0, body.size()}, boundary)) {
    if (parts.size() == max_parts) {
      return Error{Errc::invalid_argument,
                   "The batch request exceeds the maximum of 100 calls in a single batch request."};
    }
    std::vector<HeaderField> fields;
    const auto begin = read_head(body, range.begin, range.end, fields);
    BatchPart part;
    for (const auto& [name, value] : fields) {
      if (equals_ignoring_case(name, "Content-ID")) part.content_id = value;
    }
    auto request = read_inner(body.substr(begin, range.end - begin), outer);
    if (!request) return std::move(request).error();
    part.request = std::move(*request);
    parts.push_back(std::move(part));
  }
  if (parts.empty()) {
    return Error{Errc::invalid_argument, "Failed to parse batch request, error: 0 items parsed."};
  }
  return parts;
}

std::string to_http(const http::Response& response) {
  auto text =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status, http::reason_phrase(response.status));
  for (const auto& [name, value] : response.headers) text += fmt::format("{}: {}\r\n", name, value);
  if (response.status != 204) text += fmt::format("Content-Length: {}\r\n", response.body.size());
  return text + "\r\n" + response.body;
}

http::Response write_batch(const std::vector<BatchPart>& parts,
                           const std::vector<http::Response>& answers) {
  const auto boundary = "batch_" + crypto::random_token(18);
  http::Response response;
  response.headers.add("Content-Type", "multipart/mixed; boundary=" + boundary);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    response.body += fmt::format("--{}\r\nContent-Type: application/http\r\n", boundary);
    if (!parts[i].content_id.empty()) {
      response.body += fmt::format("Content-ID: {}\r\n", response_id(parts[i].content_id));
    }
    response.body += "\r\n" + to_http(answers[i]) + "\r\n";
  }
  response.body += fmt::format("--{}--\r\n", boundary);
  return response;
}

}  // namespace gmail_mcp::sandbox
