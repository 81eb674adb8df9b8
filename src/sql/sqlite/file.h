#pragma once

#include <string>

#include "base/log.h"

namespace gmail_mcp::sql::sqlite {

/// Makes sure that the file exists and that only its owner may read it; folders that are missing
/// are created for the owner alone. Errc::misconfigured, naming the path, where that cannot be
/// done.
void prepare_file(const std::string& path, Log& log);

/// The file that has this path at the moment, to be known again. Keeps it from being forgotten:
/// another file of the same number would else look like it.
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
  int descriptor_ = -1;  // by O_PATH: closing it drops no lock
};

}  // namespace gmail_mcp::sql::sqlite
