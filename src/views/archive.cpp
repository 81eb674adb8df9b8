#include "views/archive.h"

#include <utility>

namespace gmail_mcp::views {

ArchivedMessage of(operation::ArchivedReading reading) {
  ArchivedMessage out;
  auto& archived = reading.archived;
  static_cast<Message&>(out) = of(std::move(archived.message));
  out.direction = archived.direction == model::Direction::sent ? "sent" : "received";
  out.body_source = std::move(reading.source);
  if (reading.is_cut) out.truncated = true;
  if (reading.hidden_chars > 0) out.hidden_chars = reading.hidden_chars;
  if (reading.is_html_left_out) out.html_left_out = true;
  return out;
}

}  // namespace gmail_mcp::views
