#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gmail_mcp::smtp {

/// What a server answered to one command (RFC 5321 §4.2).
struct Reply {
  int code = 0;
  std::string enhanced;  // "5.7.8" (RFC 2034); empty when the server gave none
  std::string text;      // the lines without codes, each with '\n'; cut when very long

  bool is_positive() const { return code >= 200 && code < 300; }
};

/// Puts a reply together from its lines ("534-5.7.9 …", "534 5.7.9 …").
class ReplyReader {
 public:
  enum class Progress { more, complete, broken };

  /// `line` is without its line end.
  Progress add(std::string_view line);

  /// To be called after `complete`; the next line begins another reply.
  Reply take();

 private:
  Reply reply_;
  std::size_t lines_ = 0;
};

}  // namespace gmail_mcp::smtp
