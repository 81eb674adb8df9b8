#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sandbox/mailbox.h"

namespace gmail_mcp::sandbox::imap {

/// A message as it is sent: every line ends with CRLF, whatever line ends it arrived with.
class WireText {
 public:
  explicit WireText(const StoredMessage& message);
  std::string_view text() const { return text_; }
  /// Its parts, with offsets into text().
  const Part& mail();

 private:
  const StoredMessage& message_;
  std::string converted_;  // empty if it was good as it is
  std::string_view text_;
  std::optional<Part> parsed_;
};

/// The contents of the brackets of BODY[…], and what follows them.
struct Section {
  std::vector<std::size_t> path;  // part numbers from 1
  enum class What { all, header, fields, fields_not, text, mime } what = What::all;
  std::vector<std::string> fields;
  struct Window {
    std::size_t offset = 0, count = 0;
  };
  std::optional<Window> window;
  std::string label;  // "BODY[1.2]<0>": how the answer names it
};

/// "[HEADER.FIELDS (To)]<0.10>": what follows BODY or BODY.PEEK.
Result<Section> parse_section(std::string_view text);

/// nullopt when the message has no such part.
std::optional<std::string> section_bytes(const Section& section, WireText& message);

/// The part at `path`; nullptr if there is none.
const Part* part_at(const Part& root, const std::vector<std::size_t>& path);

}  // namespace gmail_mcp::sandbox::imap
