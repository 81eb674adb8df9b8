#include "app/run_mark.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <sstream>

#include "base/text.h"

namespace gmail_mcp::app {

namespace {

constexpr int line_bytes = 64;
constexpr int most_lines = 256;

off_t place_of(int line) { return off_t{line} * line_bytes; }

// A lock of the open file, not of the process, so that it is separate from SQLite's locks and from
// a second RunMark.
bool lock(int file, int line, short kind) {
  struct flock range {};
  range.l_type = kind;
  range.l_whence = SEEK_SET;
  range.l_start = place_of(line);
  range.l_len = line_bytes;
  return ::fcntl(file, F_OFD_SETLK, &range) == 0;
}

std::string read_line(int file, int line) {
  std::array<char, line_bytes> bytes{};
  const auto count = ::pread(file, bytes.data(), bytes.size(), place_of(line));
  if (count <= 0) return {};
  return std::string{trim({bytes.data(), static_cast<std::size_t>(count)})};
}

bool write_line(int file, int line, std::string text) {
  text.resize(line_bytes - 1, ' ');
  text += '\n';
  return ::pwrite(file, text.data(), text.size(), place_of(line)) == line_bytes;
}

}  // namespace

RunMark::RunMark(const std::optional<std::string>& database) {
  if (!database) return;
  path_ = *database + "-runs";
  file_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
}

RunMark::~RunMark() {
  if (line_ >= 0) write_line(file_, line_, "");
  if (file_ >= 0) ::close(file_);
}

std::vector<RunMark::Lost> RunMark::take_lost() {
  std::vector<Lost> all;
  struct stat found {};
  if (file_ < 0 || ::fstat(file_, &found) != 0) return all;
  for (int line = 0; line < most_lines && place_of(line) < found.st_size; ++line) {
    if (line == line_ || !lock(file_, line, F_WRLCK)) continue;
    if (const auto text = read_line(file_, line); !text.empty()) {
      Lost one;
      std::istringstream words{text};
      words >> one.begun_at >> one.transport >> one.process;
      all.push_back(std::move(one));
      write_line(file_, line, "");
    }
    lock(file_, line, F_UNLCK);
  }
  return all;
}

void RunMark::begin(const std::string& transport, Timestamp now) {
  if (path_.empty() || line_ >= 0) return;
  if (file_ < 0) file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file_ < 0) return;
  for (int line = 0; line < most_lines; ++line) {
    if (!lock(file_, line, F_WRLCK)) continue;
    // A line that was left behind since then is reported by the next start.
    const bool is_free = read_line(file_, line).empty();
    const auto text = to_iso8601(now) + ' ' + transport + ' ' + std::to_string(::getpid());
    if (is_free && write_line(file_, line, text)) {
      line_ = line;
      return;
    }
    lock(file_, line, F_UNLCK);
  }
}

}  // namespace gmail_mcp::app
