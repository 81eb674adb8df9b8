#pragma once

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

// Lines of text in a file that a stranger cannot change unnoticed: gzip (RFC 1952), so that `zcat`
// shows them, and as the last line a tag that depends on all others and on a key. The tag of a line
// is HMAC-SHA256(key, tag of the line before ‖ line), beginning with 32 zero bytes.
namespace gmail_mcp::backup {

/// The tag of all lines so far.
class LineTag {
 public:
  explicit LineTag(Secret key) : key_{std::move(key)} {}

  void add(std::string_view line);
  std::string hex() const;

 private:
  Secret key_;
  std::string tag_ = std::string(32, '\0');
};

/// Writes a new file, of mode 0600. It has another name until it is whole, and goes if it does not
/// become that. Throws `conflict` if there is a file of its name, and `unavailable`, with the path
/// in the hint, when it cannot be written.
class LineWriter {
 public:
  LineWriter(std::string path, Secret key);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  ~LineWriter();

  /// Without a line break in it.
  void add(std::string_view line);
  /// Writes the tag, waits until everything is on the disk, and gives the file its name. Returns
  /// its size in bytes.
  std::int64_t finish();

 private:
  void put(std::string_view text);
  void close();
  [[noreturn]] void fail(int error) const;

  std::string path_, part_;
  int descriptor_ = -1;
  gzFile file_ = nullptr;
  LineTag tag_;
};

/// Reads what LineWriter has written. Throws `not_found` when there is no such file and
/// `invalid_argument` when it is no such file, with the path in the hint. Memory stays bounded,
/// whatever the file holds.
class LineReader {
 public:
  explicit LineReader(std::string path);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  /// nullopt: the file has ended, in the middle of a line perhaps (`ended_early`).
  std::optional<std::string> next();
  bool ended_early() const { return ended_early_; }

 private:
  bool fill();
  [[noreturn]] void refuse(std::string_view why) const;

  std::string path_;
  gzFile file_ = nullptr;
  std::string buffer_;
  std::size_t begin_ = 0;
  bool ended_early_ = false;
};

}  // namespace gmail_mcp::backup
