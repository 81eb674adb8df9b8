#include "operation/config_schema.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"
#include "setup/table.h"

namespace gmail_mcp::operation {

namespace {

std::string indent(std::size_t levels) { return std::string(2 * levels, ' '); }

std::string shown_default(const setup::SettingInfo& setting) {
  using Kind = schema::TypeInfo::Kind;
  if (setting.kind() == Kind::secret) return "\"\"  # a secret";
  if (setting.kind() == Kind::list) {
    std::string list;
    for (const auto& item : split(setting.default_text, ' ')) {
      if (item.empty()) continue;
      list += list.empty() ? "" : ", ";
      list += item;
    }
    return "[" + list + "]";
  }
  if (setting.kind() == Kind::string && setting.default_text.empty()) return "\"\"";
  return setting.default_text;
}

void write_comments(std::string& out, const setup::SettingInfo& setting, std::size_t levels) {
  const auto pad = indent(levels);
  out += fmt::format("{}# {}\n", pad, setting.field->traits.help);
  if (const auto& all = setting.field->type->choices(); !all.empty()) {
    const std::vector<std::string> choices(all.begin(), all.end());
    out += fmt::format("{}# one of: {}\n", pad, join(choices, ", "));
  }
  out += fmt::format("{}# env: {}\n", pad, join(setting.environment, ", "));
}

}  // namespace

std::string config_schema() {
  std::string out =
      "# gmail-mcp settings. Precedence: flag > environment > env file > this file > default.\n"
      "# Secrets may be given as files: the environment name with _FILE.\n";
  std::vector<std::string> open;
  for (const auto& setting : setup::all_settings()) {
    auto path = split(setting.path, '.');
    const auto name = path.back();
    path.pop_back();
    std::size_t common = 0;
    while (common < open.size() && common < path.size() && open[common] == path[common]) ++common;
    open.resize(common);
    for (; common < path.size(); ++common) {
      out += fmt::format("{}{}:\n", indent(common), path[common]);
      open.push_back(path[common]);
    }
    write_comments(out, setting, open.size());
    out += fmt::format("{}{}: {}\n", indent(open.size()), name, shown_default(setting));
  }
  return out;
}

}  // namespace gmail_mcp::operation
