#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace gmail_mcp::sql {

/// A folder that goes with the object, for the files of a test.
class TempFolder {
 public:
  TempFolder() : path_{(std::filesystem::temp_directory_path() / "gmail_mcp_XXXXXX").string()} {
    if (mkdtemp(path_.data()) == nullptr) throw std::system_error{errno, std::generic_category()};
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace gmail_mcp::sql
