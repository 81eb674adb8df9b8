#pragma once

#include <vector>

#include "operation/operation.h"

/// Every tool, in the order of tools/list. One line here and one file beside it make a tool: MCP,
/// REST, OpenAPI, command line and documentation follow. A listed tool without its file does not
/// link.
#define GMAIL_MCP_TOOLS(X)       \
  X(gmail_check_setup)           \
  X(gmail_init_config)           \
  X(gmail_test_connection)       \
  X(gmail_run_migrations)        \
  X(gmail_get_auth_url)          \
  X(gmail_handle_oauth_callback) \
  X(gmail_list_connections)      \
  X(gmail_check_connection)      \
  X(gmail_disconnect)            \
  X(add_gmail_account)           \
  X(list_gmail_accounts)         \
  X(remove_gmail_account)        \
  X(gmail_search)                \
  X(gmail_get_message)           \
  X(gmail_get_thread)            \
  X(gmail_get_attachment)        \
  X(gmail_list_labels)           \
  X(gmail_list_drafts)           \
  X(gmail_send)                  \
  X(gmail_send_status)           \
  X(gmail_forward)               \
  X(send_email)                  \
  X(gmail_create_draft)          \
  X(gmail_update_draft)          \
  X(gmail_send_draft)            \
  X(gmail_delete_draft)          \
  X(gmail_modify_labels)         \
  X(gmail_batch_modify_labels)   \
  X(gmail_create_label)          \
  X(gmail_update_label)          \
  X(gmail_delete_label)          \
  X(gmail_archive)               \
  X(gmail_trash)                 \
  X(gmail_untrash)               \
  X(fetch_inbox)                 \
  X(get_emails)                  \
  X(search_emails)               \
  X(get_contact)                 \
  X(list_conversations)

namespace gmail_mcp::tools {

#define X(name)                \
  namespace name {             \
  operation::Operation tool(); \
  }
GMAIL_MCP_TOOLS(X)
#undef X

std::vector<operation::Operation> catalog();

}  // namespace gmail_mcp::tools
