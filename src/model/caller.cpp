#include "model/caller.h"

#include <algorithm>

namespace gmail_mcp::model {

std::string Caller::identity() const {
  std::string text;
  switch (kind) {
    case CallerKind::flow: text = "flow"; break;
    case CallerKind::user: text = "user"; break;
    case CallerKind::application: text = "application"; break;
    case CallerKind::operator_: text = "operator"; break;
  }
  text += ':';
  // The colon separates the parts, so a credential's name has none (store/sql/audit.cpp reads it
  // as well).
  const auto name = text.insert(text.end(), credential.begin(), credential.end());
  std::replace(name, text.end(), ':', '.');
  if (only_user) text += ':' + only_user->str();
  return text;
}

std::string Caller::shareholder() const {
  return only_user ? "user:" + only_user->str() : identity();
}

bool is_limited_to(std::string_view identity, std::string_view user) {
  // kind:credential:user, of which only the user may have colons.
  const auto first = identity.find(':');
  if (first == std::string_view::npos) return false;
  const auto second = identity.find(':', first + 1);
  return second != std::string_view::npos && identity.substr(second + 1) == user;
}

}  // namespace gmail_mcp::model
