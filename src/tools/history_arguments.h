#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/archive.h"
#include "operation/call.h"
#include "schema/fields.h"
#include "tools/arguments.h"
#include "views/archive.h"

// What the tools of the local archive share.
namespace gmail_mcp::tools {

template <class Args>
auto cursor_field(std::string Args::*member) {
  return schema::field("cursor", member, "next_cursor of the page before").at_most(64);
}

Task<std::vector<views::ArchivedMessage>> archived_views(
    operation::Call& call, std::vector<model::ArchivedMessage> messages);

struct ArchivedPage {
  std::vector<views::ArchivedMessage> messages;
  std::optional<std::string> next_cursor;

  static auto fields() {
    return schema::Fields{schema::field("messages", &ArchivedPage::messages),
                          schema::field("next_cursor", &ArchivedPage::next_cursor)};
  }
};

}  // namespace gmail_mcp::tools
