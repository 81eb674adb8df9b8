#include "tools/history_arguments.h"

#include "operation/archived_reading.h"
#include "operation/call.h"

namespace gmail_mcp::tools {

Task<std::vector<views::ArchivedMessage>> archived_views(
    operation::Call& call, std::vector<model::ArchivedMessage> messages) {
  auto readings = co_await operation::read_archived(call.work_pool(), std::move(messages));
  std::vector<views::ArchivedMessage> out;
  out.reserve(readings.size());
  for (auto& one : readings) out.push_back(views::of(std::move(one)));
  co_return out;
}

Task<ArchivedPage> archived_page(operation::Call& call, store::ArchivePage page) {
  ArchivedPage out;
  out.messages = co_await archived_views(call, std::move(page.messages));
  if (!page.next_cursor.empty()) out.next_cursor = std::move(page.next_cursor);
  co_return out;
}

}  // namespace gmail_mcp::tools
