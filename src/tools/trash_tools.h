#pragma once

#include <string>
#include <vector>

#include "operation/call.h"
#include "tools/arguments.h"
#include "tools/changes_view.h"

namespace gmail_mcp::tools {

/// The arguments of gmail_trash and gmail_untrash.
struct TrashArgs {
  std::string connection_id;
  std::vector<std::string> message_ids;

  static auto fields() {
    return schema::Fields{
        connection_field(&TrashArgs::connection_id),
        schema::required("message_ids", &TrashArgs::message_ids, "From gmail_search")
            .alias("message_id")
            .one_or_many()
            .range(1, 1'000),
    };
  }
};

struct TrashOutput {
  bool success = true;
  std::int64_t changed = 0, failed = 0;
  std::vector<ChangeView> results;  // for several messages

  static auto fields() {
    using schema::field;
    return schema::Fields{field("success", &TrashOutput::success),
                          field("changed", &TrashOutput::changed),
                          field("failed", &TrashOutput::failed),
                          field("results", &TrashOutput::results).omit_empty()};
  }
};

/// For one message `one` is called, and its failure fails the call; for several the corresponding
/// labels are changed, and each message has its own result.
struct TrashChange {
  Task<void> (mail::Mailbox::*one)(model::MessageId id) = nullptr;
  std::vector<std::string> add_labels, remove_labels;
};
Task<TrashOutput> change_trash(operation::Call& call, TrashArgs args, TrashChange change);

}  // namespace gmail_mcp::tools
