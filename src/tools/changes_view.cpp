#include "tools/changes_view.h"

#include <unordered_set>
#include <utility>

#include "tools/arguments.h"

namespace gmail_mcp::tools {

ChangeView view(mail::Change change) {
  ChangeView view;
  view.id = change.id.str();
  view.success = !change.failure;
  if (change.failure) {
    view.code = to_string(change.failure->code);
    view.error = std::move(change.failure->message);
  }
  return view;
}

std::vector<model::MessageId> each_once(std::vector<std::string> texts) {
  std::vector<model::MessageId> ids;
  std::unordered_set<std::string> seen;
  for (auto& text : texts) {
    if (!seen.insert(text).second) continue;
    ids.push_back(checked<model::MessageId>("message_ids", std::move(text)));
  }
  return ids;
}

}  // namespace gmail_mcp::tools
