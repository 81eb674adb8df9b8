// A file that somebody gives for a backup: four times as much may take four times as long, not
// more.
#include "base/testing/growth.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "backup/backup.h"
#include "base/error.h"
#include "sql/temp_folder.h"

namespace gmail_mcp::backup {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::repeated;

TEST(Growth, BackupFiles) {
  const sql::TempFolder folder;
  const auto ring = crypto::KeyRing::parse({crypto::KeyRing::generate()}).value();
  const auto head =
      "{\"gmail_mcp_backup\":1,\"made_at\":\"\",\"key\":\"" + ring.fingerprints().front() + "\"}\n";
  for (const std::string unit : {"[]\n", "\n", "a", "{\"tag\":", "\xFF"}) {
    for (const auto& begin : {head, std::string{}}) {
      expect_linear(
          begin + unit, 16 * growing_text,
          [&](std::size_t n) {
            const auto path = folder / (std::to_string(n) + ".backup");
            const auto text = begin + repeated(unit, n);
            gzFile file = ::gzopen(path.c_str(), "wb1");
            ::gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
            ::gzclose(file);
            return path;
          },
          [&](const std::string& path) {
            try {
              verify(path, ring);
              ADD_FAILURE() << "it was taken for a backup";
            } catch (const Error& error) {
              EXPECT_EQ(error.code, Errc::invalid_argument);
            }
          });
    }
  }
}

}  // namespace
}  // namespace gmail_mcp::backup
