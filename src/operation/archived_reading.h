#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/task.h"
#include "model/archive.h"

namespace gmail_mcp::operation {

/// What a page of the archive shows of one message, and what was done to it.
struct ArchivedReading {
  /// `body_plain` is its readable text with the quoted history (see readable_text), or the
  /// beginning of that; `body_html` is there only where it is short and nothing in the letter is
  /// hidden.
  model::ArchivedMessage archived;
  std::string source;            // of the text: see ReadableText
  std::size_t hidden_chars = 0;  // left out of the text
  bool is_cut = false;           // of the text it is the beginning
  bool is_html_left_out = false;
};

inline constexpr std::size_t most_archived_text = 20'000;   // bytes of one message
inline constexpr std::size_t most_archived_page = 160'000;  // bytes of all texts and HTML of a page

/// Messages as a page shows them, in their order: all texts together have a limit, and long ones
/// give way to short ones. Linear in the bodies; done on the pool where they are long.
Task<std::vector<ArchivedReading>> read_archived(WorkPool* pool,
                                                 std::vector<model::ArchivedMessage> messages);

}  // namespace gmail_mcp::operation
