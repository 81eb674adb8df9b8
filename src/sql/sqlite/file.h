#pragma once

#include <string>

#include "base/log.h"

namespace gmail_mcp::sql::sqlite {

/// Makes sure that the file exists and that only its owner may read it; folders that are missing
/// are created for the owner alone. Errc::misconfigured, naming the path, where that cannot be
/// done.
void prepare_file(const std::string& path, Log& log);

}  // namespace gmail_mcp::sql::sqlite
