#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "crypto/fernet.h"

// Asks Python's `cryptography`, which we did not write, whether our tokens are Fernet. A machine
// without it fails: scripts/setup installs it.
namespace gmail_mcp::crypto {
namespace {

const std::vector<std::string> plaintexts{"",
                                          "a",
                                          "ya29.token",
                                          std::string(16, 'b'),
                                          std::string("nul\0byte", 8),
                                          std::string(5000, '\xff')};

class FernetInterop : public ::testing::Test {
 protected:
  // The lines that the script prints for the lines it is given.
  std::vector<std::string> python(const std::string& verb, const std::vector<std::string>& lines) {
    const auto input = ::testing::TempDir() + "fernet_interop_" + verb + ".txt";
    std::ofstream{input} << join(lines, "\n") << '\n';
    const auto command = "/usr/bin/python3 tests/interop/fernet_python.py " + verb + " " +
                         key_.reveal() + " < '" + input + "'";
    std::FILE* pipe = popen(command.c_str(), "r");
    std::string output;
    char chunk[4096];
    while (std::size_t size = std::fread(chunk, 1, sizeof chunk, pipe)) output.append(chunk, size);
    EXPECT_EQ(WEXITSTATUS(pclose(pipe)), 0) << command;
    std::remove(input.c_str());
    if (!output.empty() && output.back() == '\n') output.pop_back();
    return split(output, '\n');
  }

  Secret key_ = KeyRing::generate();
  KeyRing keys_ = KeyRing::parse({key_}).value();
};

TEST_F(FernetInterop, python_opens_what_we_encrypt) {
  std::vector<std::string> tokens;
  for (const auto& plain : plaintexts) tokens.push_back(keys_.encrypt(plain));
  const auto opened = python("decrypt", tokens);
  ASSERT_EQ(opened.size(), plaintexts.size());
  for (std::size_t i = 0; i < opened.size(); ++i) EXPECT_EQ(from_hex(opened[i]), plaintexts[i]);
}

TEST_F(FernetInterop, we_open_what_python_encrypts) {
  std::vector<std::string> lines;
  for (const auto& plain : plaintexts) lines.push_back(to_hex(plain));
  const auto tokens = python("encrypt", lines);
  ASSERT_EQ(tokens.size(), plaintexts.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    EXPECT_EQ(keys_.decrypt(tokens[i]).value().reveal(), plaintexts[i]);
  }
}

}  // namespace
}  // namespace gmail_mcp::crypto
