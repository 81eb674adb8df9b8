#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/message.h"
#include "schema/fields.h"

// What the resources of the local archive share.
namespace gmail_mcp::resources {

inline constexpr std::int64_t most_listed = 100;  // the tools go on from there

struct PersonView {
  std::string name;
  std::string email;

  static auto fields() {
    return schema::Fields{schema::field("name", &PersonView::name),
                          schema::field("email", &PersonView::email)};
  }
};

inline std::vector<PersonView> people(std::vector<model::Mailbox> mailboxes) {
  std::vector<PersonView> out;
  for (auto& one : mailboxes) out.push_back({std::move(one.name), std::move(one.email)});
  return out;
}

}  // namespace gmail_mcp::resources
