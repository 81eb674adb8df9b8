#pragma once

#include <string>
#include <string_view>

#include "model/message.h"
#include "schema/fields.h"

namespace gmail_mcp::tools {

/// The connection argument of every tool: one id space, two spellings.
template <class Args>
auto connection_field(std::string Args::*member) {
  return schema::required("connection_id", member, "From gmail_list_connections")
      .alias("account_id")
      .range(1, 64);
}

/// The same, shown under the name that gmail-mcp-multiuser uses.
template <class Args>
auto account_field(std::string Args::*member) {
  return schema::required("account_id", member, "From list_gmail_accounts")
      .alias("connection_id")
      .range(1, 64);
}

struct ConnectionArgs {
  std::string connection_id;

  static auto fields() { return schema::Fields{connection_field(&ConnectionArgs::connection_id)}; }
};

/// The arguments of the tools for one message.
struct MessageArgs {
  std::string connection_id;
  std::string message_id;

  static auto fields() {
    return schema::Fields{
        connection_field(&MessageArgs::connection_id),
        schema::required("message_id", &MessageArgs::message_id, "From gmail_search")};
  }
};

/// The result of a tool that has nothing more to report.
struct Done {
  bool success = true;

  static auto fields() { return schema::Fields{schema::field("success", &Done::success)}; }
};

/// Ids can be put into a path: [A-Za-z0-9_.-]{1,256}, never "." or "..". Throws invalid_argument
/// that names the argument and does not repeat the value.
void check_id(std::string_view argument, std::string_view id);

template <class SomeId>
SomeId checked(std::string_view argument, std::string id) {
  check_id(argument, id);
  return SomeId{std::move(id)};
}

}  // namespace gmail_mcp::tools
