#pragma once

namespace gmail_mcp::sql::sqlite {

/// The name, for sqlite3_open_v2, of a file system that passes everything on to the usual one
/// (https://www.sqlite.org/vfs.html, 2.3), but gathers what is written to the write-ahead log until
/// it has to be in the file. SQLite writes each page by two calls, of 24 and 4,096 bytes, and a
/// transaction of ours changes dozens of pages.
///
/// It has to be in the file before SQLite tells other connections of it. With "synchronous = FULL"
/// SQLite has the log synchronized before that, and so only such connections may use this. A
/// failure to write shows when the log is synchronized. Thread-safe.
const char* gathering_file_system();

}  // namespace gmail_mcp::sql::sqlite
