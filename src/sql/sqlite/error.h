#pragma once

#include <string>

#include "base/error.h"

namespace gmail_mcp::sql::sqlite {

/// What an (extended) result code of SQLite means for the caller. `detail` is for the log.
Error error_of(int code, std::string detail);

}  // namespace gmail_mcp::sql::sqlite
