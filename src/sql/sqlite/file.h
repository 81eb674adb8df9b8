#pragma once

#include <string>

#include "base/log.h"

namespace gmail_mcp::sql::sqlite {

/// Throws Errc::misconfigured, naming the path, if a folder has it.
void refuse_folder(const std::string& path);

/// Makes sure that the file exists and that only its owner may read it; missing folders are created
/// for the owner only. Errc::misconfigured, naming the path, if that is not possible.
void prepare_file(const std::string& path, Log& log);

/// Remembers which file has this path at the moment. Holds it open, so that its inode number is not
/// given to another file, which would then look the same.
class KnownFile {
 public:
  explicit KnownFile(std::string path);
  ~KnownFile();
  KnownFile(const KnownFile&) = delete;
  KnownFile& operator=(const KnownFile&) = delete;

  /// Throws Errc::unavailable when the path has no file now, or another.
  void check() const;

 private:
  std::string path_;
  int descriptor_ = -1;  // opened with O_PATH: closing it drops no lock
};

}  // namespace gmail_mcp::sql::sqlite
