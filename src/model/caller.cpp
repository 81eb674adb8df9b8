#include "model/caller.h"

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
  text += credential;
  if (only_user) text += ':' + only_user->str();
  return text;
}

}  // namespace gmail_mcp::model
