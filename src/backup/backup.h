#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/task.h"
#include "crypto/fernet.h"
#include "store/store.h"

// A whole store in one file (docs/07-backup-upgrade-keys.md), which every engine writes and reads.
// Its lines are JSON: a head, then for each table its name and columns and an array for each row,
// then the numbers of rows; sealed_lines.h protects them. What is sealed in the database stays
// sealed in the file, mail is in it as it is in the database.
namespace gmail_mcp::backup {

/// Called as rows are written or loaded, with the table and the number so far.
using Progress = std::function<void(std::string_view table, std::int64_t rows)>;

struct Made {
  store::DumpCounts counts;
  std::int64_t left_out = 0;  // rows whose account came or went meanwhile (DumpReader)
  bool is_of_one_moment = true;
  std::int64_t bytes = 0;
};

/// Writes a new file. Servers may go on; memory does not grow with the store. Blocks the thread
/// while it writes. Throws as LineWriter does.
Task<Made> make(store::Store& store, const crypto::KeyRing& keys, std::string path, Timestamp now,
                Progress progress);

/// What a backup says of itself.
struct Contents {
  std::string made_at;
  std::string key;  // the fingerprint of the one that it was made with
  store::DumpCounts counts;
  std::string tag;
};

/// Reads the whole file. Throws invalid_argument when it is no backup, not whole, or not as it was
/// made, and misconfigured when none of these keys is the one that it was made with, or when
/// another version made it.
Contents verify(const std::string& path, const crypto::KeyRing& keys);

/// Verifies the file, then puts everything into the store, whose schema is made, and compares the
/// numbers of rows. If it is interrupted, no server starts with this store before the same restore
/// was run again. Throws `conflict` when the store is not empty.
Task<Contents> restore(store::Store& store, const crypto::KeyRing& keys, std::string path,
                       Progress progress);

}  // namespace gmail_mcp::backup
