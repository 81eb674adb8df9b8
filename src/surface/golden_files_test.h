#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

/// Files of the project that a test keeps equal to the code. UPDATE_GOLDEN=1 rewrites them.
namespace gmail_mcp::surface {

inline constexpr const char* how_to_update =
    " differs from what is offered now. If that is intended, run the test with UPDATE_GOLDEN=1 and "
    "review the difference.";

inline bool is_updating() { return std::getenv("UPDATE_GOLDEN") != nullptr; }

// Compilers may write __FILE__ relative to the build directory; from elsewhere look upwards.
inline std::filesystem::path project_folder() {
  namespace files = std::filesystem;
  auto beside = files::path{__FILE__}.parent_path() / "../..";
  if (files::exists(beside / "tests/golden")) return beside;
  for (auto folder = files::current_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    if (files::exists(folder / "tests/golden")) return folder;
  }
  return beside;
}

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream in{path};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream{path} << text;
}

}  // namespace gmail_mcp::surface
