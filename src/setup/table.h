#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/fields.h"

namespace gmail_mcp::setup {

/// One setting: a leaf of the description of `Settings`. Used for loading, `config://schema` and
/// the documents.
struct SettingInfo {
  std::string path;                      // "google.client_id"
  std::vector<std::string> environment;  // ours first, then the other spellings of the documents
  std::string default_text;
  const schema::FieldInfo* field;  // help, bounds, choices

  schema::TypeInfo::Kind kind() const { return field->type->kind; }
};
/// In the order of `Settings`.
const std::vector<SettingInfo>& all_settings();

/// Null if there is none with this path.
const SettingInfo* find_setting(std::string_view path);

}  // namespace gmail_mcp::setup
