#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/fields.h"

namespace gmail_mcp::setup {

/// One setting: a leaf of what `Settings` says of itself. Loading, `config://schema` and the
/// documents read it here.
struct SettingInfo {
  std::string path;                      // "google.client_id"
  std::vector<std::string> environment;  // ours first, then the other spellings of the documents
  std::string default_text;
  const schema::FieldInfo* field;  // help, bounds, choices

  schema::TypeInfo::Kind kind() const { return field->type->kind; }
};
/// In the order of `Settings`.
const std::vector<SettingInfo>& all_settings();

/// Null: there is none with this path.
const SettingInfo* find_setting(std::string_view path);

}  // namespace gmail_mcp::setup
