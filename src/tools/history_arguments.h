#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/archive.h"
#include "operation/history.h"
#include "schema/fields.h"
#include "tools/arguments.h"
#include "views/archive.h"

// Shared by the tools of the local archive.
namespace gmail_mcp::tools {

/// The page of a list; its fields are the last ones of the Args that derive from it.
struct PageArgs {
  int limit = 20;
  std::string cursor;
};

template <class Args>
schema::Fields<Args> page_fields(std::string_view what_a_page_holds) {
  return schema::Fields<Args>{schema::Fields{
      schema::field("limit", &PageArgs::limit, what_a_page_holds).range(1, 100),
      schema::field("cursor", &PageArgs::cursor, "next_cursor of the page before").at_most(64)}};
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

Task<ArchivedPage> archived_page(operation::Call& call, store::ArchivePage page);

}  // namespace gmail_mcp::tools
