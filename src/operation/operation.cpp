#include "operation/operation.h"

namespace gmail_mcp::operation {

std::string_view to_string(Toolset toolset) {
  switch (toolset) {
    case Toolset::setup: return "setup";
    case Toolset::connections: return "connections";
    case Toolset::accounts: return "accounts";
    case Toolset::read: return "read";
    case Toolset::write: return "write";
    case Toolset::organize: return "organize";
    case Toolset::history: return "history";
    case Toolset::pages: return "pages";
  }
  return "";
}

Error bad_argument(std::string_view operation, const schema::Fault& fault) {
  if (fault.path.empty()) {
    return Error{Errc::invalid_argument,
                 "The arguments of " + std::string{operation} + " " + fault.problem + "."};
  }
  return Error{
      Errc::invalid_argument,
      "The argument " + fault.path + " of " + std::string{operation} + " " + fault.problem + ".",
      "Correct that argument and call again."};
}

}  // namespace gmail_mcp::operation
