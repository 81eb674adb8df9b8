#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "operation/operation.h"

namespace gmail_mcp::operation {

/// The values of a template's parameters, percent-decoded.
using UriParameters = std::map<std::string, std::string, std::less<>>;

/// Something that can be read by URI. `info.name` is its name; toolset and effect decide who may.
struct Resource {
  std::string_view uri;  // or a template: "gmail://{connection_id}/labels"
  Info info;
  std::string_view mime_type;
  std::function<Task<std::string>(Call&, UriParameters)> read;

  bool is_template() const { return uri.find('{') != std::string_view::npos; }
};

/// The parameters if `uri` matches `pattern`: each `{name}` stands for one non-empty segment.
std::optional<UriParameters> match_uri(std::string_view pattern, std::string_view uri);

}  // namespace gmail_mcp::operation
