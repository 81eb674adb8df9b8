#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/task.h"
#include "operation/operation.h"

namespace gmail_mcp::operation {

/// The values of a template's parameters, percent-decoded.
using UriParameters = std::map<std::string, std::string, std::less<>>;

/// Something that can be read by URI. `info.name` is its name; toolset and effect decide who may
/// read it.
struct Resource {
  std::string_view uri;  // or a template: "gmail://{connection_id}/labels"
  Info info;
  std::string_view mime_type;
  std::function<Task<std::string>(Call&, UriParameters)> read;

  bool is_template() const { return uri.find('{') != std::string_view::npos; }
};

/// A constant text.
Resource document(std::string_view uri, Info info, std::string_view mime_type, std::string text);

template <class Made>
Task<std::string> written(Task<Made> work) {
  const auto made = co_await std::move(work);
  co_return schema::to_json_text(made);
}

/// A resource whose content is the result of `read`, a described struct or a list, as JSON.
template <class Made>
Resource resource(std::string_view uri, Info info, Task<Made> (*read)(Call&, UriParameters)) {
  info.effect = Effect::reads;
  info.idempotent = true;
  return {uri, info, "application/json", [read](Call& call, UriParameters parameters) {
            return written(read(call, std::move(parameters)));
          }};
}

/// The parameters if `uri` matches `pattern`: each `{name}` stands for one non-empty segment.
std::optional<UriParameters> match_uri(std::string_view pattern, std::string_view uri);

}  // namespace gmail_mcp::operation
