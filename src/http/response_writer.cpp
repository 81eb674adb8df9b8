#include "http/response_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace gmail_mcp::http {

namespace {

void append_number(std::string& out, std::size_t value, int base = 10) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(digits.data(), end);
}

bool is_ours(std::string_view name) {
  switch (name.size()) {
    case 4: return equals_ignoring_case(name, "date");
    case 10:
      return equals_ignoring_case(name, "connection") || equals_ignoring_case(name, "keep-alive");
    case 14: return equals_ignoring_case(name, "content-length");
    case 17: return equals_ignoring_case(name, "transfer-encoding");
    default: return false;
  }
}

bool would_break_line(char c) { return c == '\r' || c == '\n' || c == '\0'; }

// Looks at all of it, because without a way out of the loop that is several bytes at a time.
bool has_control(std::string_view value) {
  bool found = false;
  for (const char c : value) found |= static_cast<unsigned char>(c) < ' ';
  return found;
}

bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
}

}  // namespace

void append_head(std::string& out, const Response& response, const HeadOptions& options) {
  if (response.status == 200) {
    out += "HTTP/1.1 200 OK\r\nDate: ";
  } else {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(response.status));
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\nDate: ";
  }
  out += options.date;
  out += "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (is_ours(name) || !is_token(name)) continue;
    out += name;
    out += ": ";
    const auto begin = out.size();
    out += value;
    if (has_control(value)) {
      std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), would_break_line,
                      ' ');
    }
    out += "\r\n";
  }
  switch (options.framing) {
    case Framing::sized:
      // RFC 9110 §8.6: these have no body and must not have the field.
      if (response.status < 200 || response.status == 204 || response.status == 304) break;
      out += "Content-Length: ";
      append_number(out, options.length);
      out += "\r\n";
      break;
    case Framing::chunked: out += "Transfer-Encoding: chunked\r\n"; break;
    case Framing::until_close: break;
  }
  if (!options.keep_alive) {
    out += "Connection: close\r\n";
  } else if (options.http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

void append_chunk(std::string& out, std::string_view bytes) {
  append_number(out, bytes.size(), 16);
  out += "\r\n";
  out += bytes;
  out += "\r\n";
}

}  // namespace gmail_mcp::http
