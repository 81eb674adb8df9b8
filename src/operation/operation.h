#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"
#include "operation/call.h"
#include "operation/decision.h"
#include "schema/value.h"

namespace gmail_mcp::operation {

namespace json = boost::json;

/// What an operation does to the world. Zero is the strictest, so that forgetting is safe.
enum class Effect { destroys, sends, changes, reads };

/// `none`: not offered as a tool (operation/own_work.h).
enum class Toolset { setup, connections, accounts, read, write, organize, history, none };
std::string_view to_string(Toolset toolset);

/// What a door shows of an operation. Strings are constants.
struct Info {
  std::string_view name;
  std::string_view title;
  std::string_view description;  // when to use it, its limits, whether it can be undone
  Toolset toolset = Toolset::setup;
  Effect effect = Effect::destroys;
  bool idempotent = false;  // repeating with the same arguments changes nothing more
  bool open_world = true;   // talks to Google or to other people
};

/// A tool: MCP, REST, OpenAPI, CLI and documentation are derived from it.
struct Operation {
  Info info;
  json::object input_schema;
  json::object output_schema;
  const schema::Description* arguments = nullptr;

  /// Decodes the arguments, which outlive it, and works. It empties them, so that long values are
  /// not kept twice. Decoding failures come before anything happens. Returns the struct that the
  /// tool made.
  std::function<Task<schema::Value>(Call&, json::object& arguments)> invoke;

  /// For a tool whose effect a person may have to approve: hears their answer, and returns what
  /// became of it. Empty for others.
  std::function<Task<schema::Value>(Call&, Decision)> resume;

  /// Keys of its contract that a failure has beside the error object; may be empty.
  std::function<json::object(Errc)> failure_keys;
};

/// A failed decoding, as the error that callers see.
Error bad_argument(std::string_view operation, const schema::Fault& fault);

/// One call of an operation, independent of its types: holds the decoded arguments and runs.
class Work {
 public:
  virtual ~Work() = default;
  virtual void* arguments() = 0;
  /// To be called after the arguments were decoded.
  virtual Task<schema::Value> run(Call& call) = 0;
};

template <class Args, class Output>
class WorkOf final : public Work {
 public:
  explicit WorkOf(Task<Output> (*run)(Call&, Args)) : run_{run} {}
  void* arguments() override { return &args_; }
  Task<schema::Value> run(Call& call) override {
    auto output = co_await run_(call, std::move(args_));
    co_return schema::Value{std::move(output)};
  }

 private:
  Args args_;
  Task<Output> (*run_)(Call&, Args);
};

/// Large arguments are decoded on the pool: they may be a whole mail with attachments in base64.
Task<schema::Value> decode_and_run(std::unique_ptr<Work> work,
                                   const schema::Description& description, std::string_view name,
                                   Call& call, json::object& arguments);

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
  made.invoke = [run, name = info.name](Call& call, json::object& arguments) {
    auto work = std::make_unique<WorkOf<Args, Output>>(run);
    return decode_and_run(std::move(work), schema::describe<Args>(), name, call, arguments);
  };
  return made;
}

}  // namespace gmail_mcp::operation
