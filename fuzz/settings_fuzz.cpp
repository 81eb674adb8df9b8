// Whatever somebody writes into the configuration, the env file, DATABASE_URL or a flag: the
// settings are loaded, or one sentence says what is wrong, and in it is nothing that a variable
// held.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "setup/load.h"
#include "setup/table.h"

namespace {

void require(bool truth) {
  if (!truth) std::abort();
}

// A file that is nowhere: what was written last is all it holds.
class MemoryFile {
 public:
  MemoryFile() : file_{::memfd_create("settings", 0)} { require(file_ >= 0); }

  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }
  void write(std::string_view text) const {
    require(::ftruncate(file_, 0) == 0);
    require(::pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }

 private:
  int file_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace setup = gmail_mcp::setup;
  static const MemoryFile file;
  static const auto known = setup::all_settings();
  const std::string held = "what-a-variable-held";
  if (size < 2) return 0;
  const std::string text{reinterpret_cast<const char*>(data) + 2, size - 2};

  setup::Sources sources;
  sources.read_working_directory = false;
  sources.environment = {{"SECRET", held}, {"GMAIL_MCP_GOOGLE_CLIENT_SECRET", held}};
  switch (data[0] % 4) {
    case 0:
      file.write(text);
      sources.config_file = file.path();
      break;
    case 1:
      file.write(text);
      sources.env_file = file.path();
      break;
    case 2: sources.environment["DATABASE_URL"] = text; break;
    default: sources.flags = {{known[data[1] % known.size()].path, text}}; break;
  }
  try {
    setup::load(sources);
  } catch (const gmail_mcp::Error& error) {
    require(error.code == gmail_mcp::Errc::misconfigured);
    require(!error.message.empty() && !error.hint.empty());
    if (text.find(held) == std::string::npos) {
      require(error.message.find(held) == std::string::npos);
      require(error.hint.find(held) == std::string::npos);
    }
  }
  return 0;
}
