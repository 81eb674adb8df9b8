#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::imap {

/// One response as it came, without its final line break. Where a literal stood, `text` has a NUL;
/// NULs that a server sent are question marks.
struct Frame {
  static constexpr char literal_mark = '\0';

  std::string text;
  std::vector<std::string> literals;
};

struct FrameLimits {
  std::size_t line = std::size_t{1} << 20;          // text, without the literals
  std::size_t search_line = std::size_t{16} << 20;  // of SEARCH and ESEARCH, whose lines are long
  std::size_t literal = std::size_t{64} << 20;
  std::size_t response = std::size_t{96} << 20;
};

/// Cuts a byte stream into responses (RFC 3501 §2.2.2, §4.3). Memory grows with what has arrived,
/// not with what a server announces. The line of a FETCH can be as long as the message's sender
/// likes (file names in a BODYSTRUCTURE): one longer than `line` is skipped and returned as
/// `passed_over`, so that one message cannot end the connection for all others.
class Framer {
 public:
  /// Stands for a response that was too long; no server sends such a response.
  static constexpr std::string_view passed_over = "* TOOLONG";

  explicit Framer(const FrameLimits& limits) : limits_{limits} {}

  /// Takes the bytes of the current response from the front of `bytes`. nullopt: it is not complete
  /// yet and `bytes` is empty. After an Error nothing more can be read.
  Result<std::optional<Frame>> take(std::string_view& bytes);

  /// True between two responses.
  bool is_between() const { return frame_.text.empty() && literal_left_ == 0; }

 private:
  bool has_literals() const;
  bool is_fetch() const;
  void pass_over();
  std::optional<std::size_t> announced_literal();

  FrameLimits limits_;
  Frame frame_;
  std::size_t literal_left_ = 0;
  std::size_t literal_bytes_ = 0;  // of this response, bookkeeping included
  bool passes_over_ = false;       // `frame_` is too long and only its end is kept
  std::size_t passed_bytes_ = 0;
};

}  // namespace gmail_mcp::imap
