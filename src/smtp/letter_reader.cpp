#include "smtp/letter_reader.h"

#include <algorithm>
#include <cstring>

namespace gmail_mcp::smtp {

std::size_t LetterReader::read(std::span<char> into) {
  std::size_t filled = 0;
  const auto put = [&](std::string_view bytes) {
    std::copy(bytes.begin(), bytes.end(), into.begin() + static_cast<std::ptrdiff_t>(filled));
    filled += bytes.size();
  };
  // Each round writes what fits and at most a dot and a line end more.
  while (filled + 3 < into.size()) {
    if (rest_.empty()) {
      if (needs_line_end_ && !at_line_start_) put("\r\n");
      needs_line_end_ = false;
      break;
    }
    if (at_line_start_ && rest_.front() == '.') put(".");
    auto piece = rest_.substr(0, into.size() - filled - 2);
    const void* feed = std::memchr(piece.data(), '\n', piece.size());
    if (feed != nullptr) {
      piece =
          piece.substr(0, static_cast<std::size_t>(static_cast<const char*>(feed) - piece.data()));
    }
    const void* bare = std::memchr(piece.data(), '\r', piece.size());
    if (bare != nullptr) {
      piece =
          piece.substr(0, static_cast<std::size_t>(static_cast<const char*>(bare) - piece.data()));
    }
    put(piece);
    rest_.remove_prefix(piece.size());
    at_line_start_ = false;
    if (bare == nullptr && feed == nullptr) continue;
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
    rest_.remove_prefix(1);
    put("\r\n");
    at_line_start_ = true;
  }
  return filled;
}

}  // namespace gmail_mcp::smtp
