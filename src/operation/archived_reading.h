#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/task.h"
#include "model/archive.h"

namespace gmail_mcp::operation {

/// One message as a page of the archive shows it, and what was left out.
struct ArchivedReading {
  /// `body_plain` is its readable text with the quoted history (see readable_text), or the
  /// beginning of that; `body_html` is only set if it is short and nothing in the letter is hidden.
  model::ArchivedMessage archived;
  std::string source;            // of the text: see ReadableText
  std::size_t hidden_chars = 0;  // left out of the text
  bool is_cut = false;           // the text is only the beginning
  bool is_html_left_out = false;
};

inline constexpr std::size_t most_archived_text = 20'000;   // bytes of one message
inline constexpr std::size_t most_archived_page = 160'000;  // bytes of all texts and HTML of a page

/// The messages as a page shows them, in the same order. All texts together have a limit; long ones
/// are cut before short ones. Linear in the bodies; long ones are read on the pool.
Task<std::vector<ArchivedReading>> read_archived(WorkPool* pool,
                                                 std::vector<model::ArchivedMessage> messages);

}  // namespace gmail_mcp::operation
