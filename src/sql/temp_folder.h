#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace gmail_mcp::sql {

/// A folder for the files of a test, deleted with the object; in memory where the system offers
/// that, so that tests do not wait for a disk.
class TempFolder {
 public:
  TempFolder() : path_{(parent() / "gmail_mcp_XXXXXX").string()} {
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
  static std::filesystem::path parent() {
    std::error_code ignored;
    std::filesystem::path in_memory = "/dev/shm";
    if (std::filesystem::is_directory(in_memory, ignored)) return in_memory;
    return std::filesystem::temp_directory_path();
  }

  std::string path_;
};

}  // namespace gmail_mcp::sql
