#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace gmail_mcp::mcp {

/// Cuts bytes into lines. Pure.
class LineReader {
 public:
  struct Line {
    std::string text;
    bool too_long = false;  // then there is no text
  };

  /// A line beyond `limit` bytes is reported once, as soon as it is, and thrown away to its end.
  explicit LineReader(std::size_t limit) : limit_{limit} {}

  void feed(std::string_view bytes);
  /// No more bytes: what is left without a line break is a line too.
  void finish();
  std::optional<Line> next();

 private:
  std::size_t limit_;
  std::string partial_;
  bool skipping_ = false;
  std::deque<Line> lines_;
};

}  // namespace gmail_mcp::mcp
