#include "operation/operation.h"

#include "base/offload.h"

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
    case Toolset::none: break;
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

Task<schema::Value> decode_and_run(std::unique_ptr<Work> work,
                                   const schema::Description& description, std::string_view name,
                                   Call& call, json::object& arguments) {
  std::size_t bytes = 0;
  for (const auto& one : arguments) bytes += schema::bytes_of(one.value(), worth_a_hop);
  auto decode = [&] {
    auto fault = schema::decode_object(description, work->arguments(), arguments);
    arguments.clear();
    return fault;
  };
  std::optional<schema::Fault> fault;
  if (bytes < worth_a_hop) {
    fault = decode();  // nearly all: without a coroutine
  } else {
    fault = co_await offload(call.work_pool(), bytes, decode);
  }
  if (fault) throw bad_argument(name, *fault);
  co_return co_await work->run(call);
}

}  // namespace gmail_mcp::operation
