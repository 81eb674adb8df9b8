#include "operation/archived_reading.h"

#include <algorithm>
#include <utility>

#include "base/offload.h"
#include "base/text.h"
#include "mime/address.h"
#include "operation/body.h"

namespace gmail_mcp::operation {

namespace {

ArchivedReading reading_of(model::ArchivedMessage archived) {
  ArchivedReading out;
  auto& message = archived.message;
  auto readable = readable_text(message, Quotes::keep);
  message.body_plain = std::move(readable.text);
  message.from_name_misleads = mime::is_misleading_name(message.from.name, message.from.email);
  out.source = std::move(readable.source);
  out.hidden_chars = readable.hidden_chars;
  out.archived = std::move(archived);
  return out;
}

// The limit of each text so that all together fit into a page: short ones stay whole.
std::size_t longest_that_fit(const std::vector<ArchivedReading>& readings) {
  std::vector<std::size_t> sizes;
  sizes.reserve(readings.size());
  for (const auto& one : readings) sizes.push_back(one.archived.message.body_plain.size());
  std::sort(sizes.begin(), sizes.end());
  auto room = most_archived_page;
  auto left = sizes.size();
  for (const auto size : sizes) {
    const auto share = std::min(room / left, most_archived_text);
    if (size > share) return share;
    room -= size;
    --left;
  }
  return most_archived_text;
}

std::vector<ArchivedReading> page_of_readings(std::vector<model::ArchivedMessage> messages) {
  std::vector<ArchivedReading> page;
  page.reserve(messages.size());
  for (auto& one : messages) page.push_back(reading_of(std::move(one)));
  const auto longest = longest_that_fit(page);
  auto room = most_archived_page;
  for (auto& one : page) {
    auto& text = one.archived.message.body_plain;
    one.is_cut = text.size() > longest;
    if (one.is_cut) text = std::string{utf8_prefix(text, longest)};
    room -= text.size();
  }
  for (auto& one : page) {
    auto& html = one.archived.message.body_html;
    if (!html) continue;
    const bool is_shown = one.hidden_chars == 0 && html->size() <= std::min(room, longest);
    if (is_shown) {
      room -= html->size();
    } else {
      html.reset();
      one.is_html_left_out = true;
    }
  }
  return page;
}

}  // namespace

Task<std::vector<ArchivedReading>> read_archived(WorkPool* pool,
                                                 std::vector<model::ArchivedMessage> messages) {
  std::size_t bytes = 0;
  for (const auto& one : messages) bytes += work_of_reading(one.message);
  auto work = [&] { return page_of_readings(std::move(messages)); };
  co_return co_await offload(pool, bytes, work);
}

}  // namespace gmail_mcp::operation
