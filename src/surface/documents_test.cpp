// The generated parts of docs/: every setting from the settings struct, every tool from the
// catalog. UPDATE_GOLDEN=1 rewrites them, between their marks.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "setup/table.h"
#include "surface/golden_files_test.h"
#include "tools/catalog.h"

namespace gmail_mcp::surface {
namespace {

namespace json = boost::json;

constexpr std::string_view begin_mark = "<!-- begin: generated -->\n";
constexpr std::string_view end_mark = "<!-- end: generated -->\n";

void expect_generated(const std::string& document, const std::string& part) {
  const auto path = project_folder() / "docs" / document;
  auto text = text_of(path);
  const auto begin = text.find(begin_mark);
  const auto end = text.find(end_mark);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end)
      << document << " has no place for its generated part";
  const auto at = begin + begin_mark.size();
  const bool is_same = text.substr(at, end - at) == part;
  if (!is_same && is_updating()) {
    text.replace(at, end - at, part);
    write_file(path, text);
    return;
  }
  EXPECT_TRUE(is_same) << document << how_to_update;
}

// Escapes what would end a cell or begin markup.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(std::string_view text) { return "`" + std::string{text} + "`"; }

std::string codes(const std::vector<std::string>& all, const char* between) {
  std::vector<std::string> out;
  out.reserve(all.size());
  for (const auto& one : all) out.push_back(code(one));
  return join(out, between);
}

// ---------------------------------------------------------------- settings

std::string type_of(const setup::SettingInfo& setting) {
  using Kind = schema::TypeInfo::Kind;
  switch (setting.kind()) {
    case Kind::boolean: return "boolean";
    case Kind::integer: return "integer";
    case Kind::number: return "number";
    case Kind::list: return "list";
    case Kind::secret: return "secret";
    default: return "string";
  }
}

std::string value_of(const setup::SettingInfo& setting) {
  const auto& choices = setting.field->type->choices();
  auto out = choices.empty() ? type_of(setting) : codes({choices.begin(), choices.end()}, " or ");
  const auto& traits = setting.field->traits;
  if (traits.min && traits.max) {
    out += fmt::format(", {} to {}{}", *traits.min, *traits.max,
                       type_of(setting) == "string" ? " characters" : "");
  }
  return out;
}

std::string row_of(const setup::SettingInfo& setting) {
  std::vector<std::string> names;
  for (const auto& name : setting.environment) {
    if (name.find("__") == std::string::npos) names.push_back(name);
  }
  const auto items = split(setting.default_text, ' ');
  const bool is_list = setting.kind() == schema::TypeInfo::Kind::list;
  const auto standard = is_list ? codes(items, " ") : code(setting.default_text);
  return fmt::format("| `{}` | {} | {} | {} | {} |\n", setting.path, codes(names, "<br>"),
                     value_of(setting), setting.default_text.empty() ? "" : standard,
                     cell(setting.field->traits.help));
}

std::string settings_part() {
  std::vector<std::pair<std::string, std::string>> groups;  // in order, with their rows
  for (const auto& setting : setup::all_settings()) {
    const auto dot = setting.path.rfind('.');
    const auto name = dot == std::string::npos ? "General" : code(setting.path.substr(0, dot));
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& one) { return one.first == name; });
    if (group == groups.end()) group = groups.emplace(groups.end(), name, "");
    group->second += row_of(setting);
  }
  std::string out;
  for (const auto& [name, rows] : groups) {
    out += fmt::format("\n### {}\n\n| setting | environment | value | default | |\n", name);
    out += "|---|---|---|---|---|\n" + rows;
  }
  return out + "\n";
}

TEST(Documents, configuration_lists_every_setting) {
  expect_generated("configuration.md", settings_part());
}

// ---------------------------------------------------------------- tools

std::string type_of(const json::object& schema) {
  if (const auto* either = schema.if_contains("anyOf")) {
    std::vector<std::string> all;
    for (const auto& one : either->as_array()) all.push_back(type_of(one.as_object()));
    return join(all, " or ");
  }
  const auto* choices = schema.if_contains("enum");
  if (choices != nullptr) {
    std::vector<std::string> all;
    for (const auto& one : choices->as_array()) {
      all.push_back(code(one.as_string()));
    }
    return join(all, " or ");
  }
  const auto* type = schema.if_contains("type");
  auto out = type == nullptr ? std::string{"any value"} : std::string{type->as_string()};
  const auto bounds = [&](const char* least, const char* most, const char* unit) {
    const auto* min = schema.if_contains(least);
    const auto* max = schema.if_contains(most);
    if (min != nullptr && max != nullptr) {
      out += fmt::format(", {} to {}{}", json::serialize(*min), json::serialize(*max), unit);
    } else if (max != nullptr) {
      out += fmt::format(", at most {}{}", json::serialize(*max), unit);
    } else if (min != nullptr) {
      out += fmt::format(", at least {}{}", json::serialize(*min), unit);
    }
  };
  bounds("minimum", "maximum", "");
  bounds("minLength", "maxLength", " characters");
  bounds("minItems", "maxItems", " entries");
  return out;
}

bool requires_argument(const json::object& schema, std::string_view name) {
  const auto* names = schema.if_contains("required");
  if (names == nullptr) return false;
  for (const auto& one : names->as_array()) {
    if (one.as_string() == name) return true;
  }
  return false;
}

void write_arguments(std::string& out, const json::object& schema) {
  const auto& properties = schema.at("properties").as_object();
  if (properties.empty()) {
    out += "No arguments.\n\n";
    return;
  }
  out += "| argument | type | default | |\n|---|---|---|---|\n";
  for (const auto& [name, value] : properties) {
    const auto& one = value.as_object();
    const auto* standard = one.if_contains("default");
    const auto* help = one.if_contains("description");
    std::string fallback = standard == nullptr ? "" : code(json::serialize(*standard));
    if (requires_argument(schema, name)) fallback = "required";
    out += fmt::format("| `{}` | {} | {} | {} |\n", std::string_view{name}, type_of(one), fallback,
                       help == nullptr ? "" : cell(help->as_string()));
  }
  out += "\n";
}

void write_result(std::string& out, const json::object& schema) {
  std::vector<std::string> keys;
  for (const auto& [name, value] : schema.at("properties").as_object()) {
    keys.push_back(fmt::format("`{}` ({})", std::string_view{name}, type_of(value.as_object())));
  }
  out += "Result: " + join(keys, ", ") + ".\n";
}

std::string_view effect_of(const operation::Info& tool) {
  switch (tool.effect) {
    case operation::Effect::reads: return "reads";
    case operation::Effect::changes: return "changes";
    case operation::Effect::sends: return "sends mail";
    case operation::Effect::destroys: return "destroys";
  }
  return "";
}

std::string tools_part() {
  std::string out;
  std::optional<operation::Toolset> open;
  for (const auto set :
       {operation::Toolset::setup, operation::Toolset::connections, operation::Toolset::accounts,
        operation::Toolset::read, operation::Toolset::write, operation::Toolset::organize,
        operation::Toolset::history}) {
    for (const auto& tool : tools::catalog()) {
      if (tool.info.toolset != set) continue;
      if (open != set) out += fmt::format("\n## Toolset `{}`\n", operation::to_string(set));
      open = set;
      out += fmt::format("\n### `{}`\n\n**{}** ({}{}). {}\n\n", tool.info.name, tool.info.title,
                         effect_of(tool.info), tool.info.idempotent ? "; may be repeated" : "",
                         tool.info.description);
      write_arguments(out, tool.input_schema);
      write_result(out, tool.output_schema);
    }
  }
  return out + "\n";
}

TEST(Documents, tools_lists_every_tool) { expect_generated("tools.md", tools_part()); }

}  // namespace
}  // namespace gmail_mcp::surface
