#include "mcp/line_reader.h"

#include <utility>

namespace gmail_mcp::mcp {

void LineReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (!skipping_ && partial_.size() + piece.size() > limit_) {
      skipping_ = true;
      std::string{}.swap(partial_);  // assigning would keep its memory
      lines_.push_back({{}, true});
    }
    if (!skipping_) partial_ += piece;
    if (end == std::string_view::npos) return;
    if (!std::exchange(skipping_, false)) lines_.push_back({std::exchange(partial_, {}), false});
    bytes.remove_prefix(end + 1);
  }
}

void LineReader::finish() {
  if (!partial_.empty()) lines_.push_back({std::exchange(partial_, {}), false});
}

std::optional<LineReader::Line> LineReader::next() {
  if (lines_.empty()) return std::nullopt;
  auto line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

}  // namespace gmail_mcp::mcp
