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

/// Cuts a byte stream into responses (RFC 3501 §2.2.2, §4.3). Memory follows what has arrived, not
/// what a server announces. Of a FETCH the line may be as long as a stranger who wrote the message
/// wants it (names of attachments in a BODYSTRUCTURE): one beyond `line` is read past and comes as
/// `passed_over`, so that no message takes the connection from all others.
class Framer {
 public:
  /// What stands for a response that was too long: no response means anything by it.
  static constexpr std::string_view passed_over = "* TOOLONG";

  explicit Framer(const FrameLimits& limits) : limits_{limits} {}

  /// Takes from the front of `bytes` what belongs to the response being read. nullopt: it is not
  /// whole yet and `bytes` is empty. After an Error nothing can be read any more.
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
  std::size_t literal_bytes_ = 0;  // of this response, with what their bookkeeping costs
  bool passes_over_ = false;       // `frame_` is too long and only its end is kept
  std::size_t passed_bytes_ = 0;
};

}  // namespace gmail_mcp::imap
