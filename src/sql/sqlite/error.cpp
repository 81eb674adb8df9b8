#include "sql/sqlite/error.h"

#include <sqlite3.h>

#include <chrono>

namespace gmail_mcp::sql::sqlite {

namespace {

Error translate(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Error{Errc::conflict, "Such an entry exists already.", "Read it again."};
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Error{Errc::conflict, "What the entry belongs to has been removed meanwhile.",
                   "Read it again."};
    default: break;
  }
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error{Errc::unavailable, "The database is busy: another process is writing to it.",
                   "Try again in a moment."}
          .with_retry_after(std::chrono::seconds{1});
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Error{Errc::misconfigured, "The database is read-only.",
                   "Let the user that runs this program write to the database file and to its "
                   "folder."};
    case SQLITE_CANTOPEN:
      return Error{Errc::misconfigured, "The database file cannot be opened.",
                   "Let the user that runs this program read and write the database file and its "
                   "folder."};
    case SQLITE_NOTADB:
      return Error{Errc::misconfigured, "The database file is not a SQLite database.",
                   "Configure another path, or move the file away."};
    case SQLITE_CORRUPT:
      return Error{Errc::misconfigured, "The database file is damaged.",
                   "Stop the program and restore the file from a backup."};
    case SQLITE_FULL:
      return Error{Errc::unavailable, "The disk that holds the database is full.",
                   "Make room on it."};
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
      return Error{Errc::unavailable,
                   "The disk that holds the database does not answer as it should.",
                   "Look at the log of the system."};
    case SQLITE_NOMEM: return Error{Errc::unavailable, "There is no memory left for the database."};
    default: return Error{Errc::internal, "The database refused a statement."};
  }
}

}  // namespace

Error error_of(int code, std::string detail) {
  return translate(code).with_detail(std::move(detail));
}

}  // namespace gmail_mcp::sql::sqlite
