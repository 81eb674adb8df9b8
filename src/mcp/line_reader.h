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
    bool too_long = false;  // if true, there is no text
  };

  /// A line longer than `limit` bytes is reported once, as soon as that is known, and the rest of
  /// it is dropped.
  explicit LineReader(std::size_t limit) : limit_{limit} {}

  void feed(std::string_view bytes);
  /// No more bytes follow: a rest without a line break is a line too.
  void finish();
  std::optional<Line> next();

 private:
  std::size_t limit_;
  std::string partial_;
  bool skipping_ = false;
  std::deque<Line> lines_;
};

}  // namespace gmail_mcp::mcp
