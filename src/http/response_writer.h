#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/message.h"

namespace gmail_mcp::http {

/// How the client learns where an answer ends (RFC 9112 §6.3).
enum class Framing {
  sized,  // Content-Length
  chunked,
  until_close,  // HTTP/1.0 streams
};

struct HeadOptions {
  Framing framing = Framing::sized;
  std::size_t length = 0;  // for sized
  bool keep_alive = true;
  bool http_1_0 = false;  // keep-alive must be said explicitly
  std::string_view date;
};

/// Appends status line and fields, with the empty line. What we say about the connection and the
/// body replaces what `response` says; a line break in a value cannot begin another field. Pure.
void append_head(std::string& out, const Response& response, const HeadOptions& options);

/// Appends `bytes`, not empty, as one chunk.
void append_chunk(std::string& out, std::string_view bytes);

}  // namespace gmail_mcp::http
