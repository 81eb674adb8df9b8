#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/offload.h"
#include "base/task.h"
#include "operation/call.h"
#include "schema/value.h"

namespace gmail_mcp::operation {

namespace json = boost::json;

/// What an operation does to the world. Zero is the strictest, so that forgetting is safe.
enum class Effect { destroys, sends, changes, reads };

/// `pages` is no toolset of tools: what the person on our pages does, and nobody else.
enum class Toolset { setup, connections, accounts, read, write, organize, history, pages };
std::string_view to_string(Toolset toolset);

/// What a surface shows of an operation. Strings are constants.
struct Info {
  std::string_view name;
  std::string_view title;
  std::string_view description;  // when to use it, its limits, whether it can be undone
  Toolset toolset = Toolset::setup;
  Effect effect = Effect::destroys;
  bool idempotent = false;  // repeating with the same arguments changes nothing more
  bool open_world = true;   // talks to Google or to other people
};

/// A tool, to every surface: MCP, REST, OpenAPI, CLI and documentation are derived from it.
struct Operation {
  Info info;
  json::object input_schema;
  json::object output_schema;
  const schema::Description* arguments = nullptr;

  /// Decodes the arguments, which outlive it, and works. They are empty then: what was long in them
  /// is not kept twice. Decoding failures come before anything happens.
  std::function<Task<schema::Value>(Call&, json::object& arguments)> invoke;

  /// The keys of its contract a failure carries beside the error object; may be empty.
  std::function<json::object(Errc)> failure_keys;
};

/// A failed decoding as the error callers see.
Error bad_argument(std::string_view operation, const schema::Fault& fault);

/// The work of an operation: decodes and runs. Arguments may be a whole mail with its
/// attachments in base64, so that who decodes them depends on their size.
template <class Args, class Output>
Task<schema::Value> decode_and_run(Task<Output> (*run)(Call&, Args), std::string_view name,
                                   Call& call, json::object& arguments, std::size_t bytes) {
  Args args;
  auto decode = [&] {
    auto fault = schema::decode_object(schema::describe<Args>(), &args, arguments);
    arguments.clear();
    return fault;
  };
  const auto fault = co_await offload(call.work_pool(), bytes, decode);
  if (fault) throw bad_argument(name, *fault);
  auto output = co_await run(call, std::move(args));
  co_return schema::Value{std::move(output)};
}

/// Makes an Operation of a declaration and a coroutine `run(Call&, Args) → Task<Output>`.
template <class Args, class Output>
Operation operation(Info info, Task<Output> (*run)(Call&, Args),
                    std::function<json::object(Errc)> failure_keys = {}) {
  Operation made;
  made.info = info;
  made.arguments = &schema::describe<Args>();
  made.input_schema = schema::input_schema(*made.arguments);
  made.output_schema = schema::output_schema(schema::describe<Output>());
  made.failure_keys = std::move(failure_keys);
  const auto name = info.name;
  made.invoke = [run, name](Call& call, json::object& arguments) -> Task<schema::Value> {
    std::size_t bytes = 0;
    for (const auto& one : arguments) bytes += schema::bytes_of(one.value(), worth_a_hop);
    return decode_and_run(run, name, call, arguments, bytes);
  };
  return made;
}

}  // namespace gmail_mcp::operation
