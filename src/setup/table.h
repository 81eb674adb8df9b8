#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::setup {

/// One setting: a leaf of what `Settings` says of itself. Loading, `config://schema` and the
/// documents read it here.
struct SettingInfo {
  std::string path;                      // "google.client_id"
  std::vector<std::string> environment;  // ours first, then the other spellings of the documents
  std::string type;
  std::string default_text;
  std::string help;
  bool is_secret = false;
  bool is_list = false;
  std::vector<std::string_view> choices;
  std::optional<std::int64_t> min, max;  // of a number; of the length of a string or list
};
/// In the order of `Settings`.
const std::vector<SettingInfo>& all_settings();

/// Null: there is none with this path.
const SettingInfo* find_setting(std::string_view path);

}  // namespace gmail_mcp::setup
