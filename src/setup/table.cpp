#include "setup/table.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "setup/settings.h"

namespace gmail_mcp::setup {

namespace json = boost::json;
using schema::Description;
using schema::FieldInfo;

namespace {

std::string upper(std::string_view text, std::string_view dot) {
  std::string out = "GMAIL_MCP_";
  for (const char c : text) {
    if (c == '.') {
      out += dot;
    } else {
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return out;
}

std::vector<std::string> environment_names(const std::string& path, const FieldInfo& field) {
  std::vector<std::string> names{upper(path, "_")};
  if (path.find('.') != std::string::npos) names.push_back(upper(path, "__"));
  for (const auto name : field.traits.env) names.emplace_back(name);
  return names;
}

// 8000, true, or "a b" for a list of two.
std::string text_of_default(const json::value& value) {
  if (value.is_null()) return {};
  if (const auto* text = value.if_string()) return std::string{*text};
  if (!value.is_array()) return json::serialize(value);
  std::vector<std::string> items;
  for (const auto& item : value.get_array()) items.push_back(text_of_default(item));
  return join(items, " ");
}

void collect(const Description& description, const std::string& parent,
             std::vector<SettingInfo>& out) {
  for (const auto& field : description.fields) {
    const auto path = parent + std::string{field.traits.name};
    if (field.type->kind == schema::TypeInfo::Kind::described) {
      collect(field.type->nested(), path + ".", out);
      continue;
    }
    out.push_back({.path = path,
                   .environment = environment_names(path, field),
                   .default_text = text_of_default(description.defaults.at(field.traits.name)),
                   .field = &field});
  }
}

}  // namespace

const std::vector<SettingInfo>& all_settings() {
  static const auto all = [] {
    std::vector<SettingInfo> out;
    collect(schema::describe<Settings>(), "", out);
    return out;
  }();
  return all;
}

const SettingInfo* find_setting(std::string_view path) {
  const auto& all = all_settings();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [path](const SettingInfo& one) { return one.path == path; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace gmail_mcp::setup
