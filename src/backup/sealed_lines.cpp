#include "backup/sealed_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace gmail_mcp::backup {

namespace {

// Fast: a backup has to keep up with the disk, and mail shrinks to a third at once.
constexpr char write_mode[] = "wb3";
constexpr unsigned zlib_buffer = 256U << 10;
constexpr std::size_t most_read_at_once = std::size_t{64} << 10;
// A message's texts have their own limits, far below.
constexpr std::size_t longest_line = std::size_t{256} << 20;

}  // namespace

void LineTag::add(std::string_view line) {
  std::string both;
  both.reserve(tag_.size() + line.size());
  both += tag_;
  both += line;
  tag_ = crypto::hmac_sha256(key_.reveal(), both);
}

std::string LineTag::hex() const { return to_hex(tag_); }

// ------------------------------------------------------------------------------------ writing

LineWriter::LineWriter(std::string path, Secret key)
    : path_{std::move(path)}, part_{path_ + ".part"}, tag_{std::move(key)} {
  if (std::filesystem::exists(std::filesystem::symlink_status(path_))) {
    throw Error{Errc::conflict, "There is a file of this name already, and it was not changed.",
                "Name another one than " + path_ + "."};
  }
  // What an interrupted backup has left is begun anew.
  ::unlink(part_.c_str());
  descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor_ < 0) fail(errno);
  // zlib closes its own descriptor; this one is for the disk.
  const int for_zlib = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
  file_ = for_zlib < 0 ? nullptr : ::gzdopen(for_zlib, write_mode);
  if (file_ == nullptr) fail(ENOMEM);
  ::gzbuffer(file_, zlib_buffer);
}

LineWriter::~LineWriter() {
  const bool is_unfinished = descriptor_ >= 0;
  if (file_ != nullptr) ::gzclose_w(file_);
  if (!is_unfinished) return;
  ::close(descriptor_);
  ::unlink(part_.c_str());
}

void LineWriter::fail(int error) const {
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    throw Error{Errc::unavailable, "The disk that is to hold the backup is full.",
                "Nothing was left behind at " + path_ + ": make room, or name a file elsewhere."};
  }
  throw Error{Errc::unavailable, "The backup file cannot be written.",
              path_ + ": " + std::strerror(error) + "."};
}

void LineWriter::put(std::string_view text) {
  if (text.empty()) return;
  errno = 0;
  if (::gzwrite(file_, text.data(), static_cast<unsigned>(text.size())) <= 0) {
    fail(errno == 0 ? EIO : errno);
  }
}

void LineWriter::add(std::string_view line) {
  tag_.add(line);
  put(line);
  put("\n");
}

std::int64_t LineWriter::finish() {
  put("{\"tag\":\"" + tag_.hex() + "\"}\n");
  errno = 0;
  if (::gzclose_w(std::exchange(file_, nullptr)) != Z_OK) fail(errno == 0 ? EIO : errno);
  struct stat status {};
  if (::fsync(descriptor_) != 0 || ::fstat(descriptor_, &status) != 0) fail(errno);
  // Unlike rename, this does not replace a file that was made meanwhile.
  if (::link(part_.c_str(), path_.c_str()) != 0) fail(errno);
  ::unlink(part_.c_str());
  ::close(std::exchange(descriptor_, -1));
  return status.st_size;
}

// ------------------------------------------------------------------------------------ reading

LineReader::LineReader(std::string path) : path_{std::move(path)} {
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw Error{Errc::not_found, "The backup file cannot be read.",
                path_ + ": " + std::strerror(errno) + "."};
  }
  file_ = ::gzdopen(descriptor, "rb");
  if (file_ == nullptr) {
    ::close(descriptor);
    throw Error{Errc::unavailable, "There is no memory left to read the backup."};
  }
  ::gzbuffer(file_, zlib_buffer);
  if (::gzdirect(file_) == 1) {
    ::gzclose_r(std::exchange(file_, nullptr));
    refuse("This is not a backup of gmail-mcp.");
  }
}

LineReader::~LineReader() {
  if (file_ != nullptr) ::gzclose_r(file_);
}

void LineReader::refuse(std::string_view why) const {
  throw Error{Errc::invalid_argument, std::string{why}, "It is the file " + path_ + "."};
}

// False at the end.
bool LineReader::fill() {
  buffer_.erase(0, std::exchange(begin_, 0));
  if (buffer_.size() > longest_line) refuse("This is not a backup of gmail-mcp.");
  const auto size = buffer_.size();
  buffer_.resize(size + most_read_at_once);
  const int count = ::gzread(file_, buffer_.data() + size, most_read_at_once);
  buffer_.resize(size + static_cast<std::size_t>(std::max(count, 0)));
  if (count > 0) return true;
  int error = Z_OK;
  ::gzerror(file_, &error);
  if (error == Z_DATA_ERROR) refuse("The backup is damaged, or was changed after it was made.");
  if (error == Z_ERRNO) refuse("The backup file cannot be read.");
  if (error == Z_BUF_ERROR || !buffer_.empty()) ended_early_ = true;
  return false;
}

std::optional<std::string> LineReader::next() {
  std::size_t looked_at = 0;
  while (true) {
    const auto end = buffer_.find('\n', begin_ + looked_at);
    if (end != std::string::npos) {
      auto line = buffer_.substr(begin_, end - begin_);
      begin_ = end + 1;
      return line;
    }
    looked_at = buffer_.size() - begin_;
    if (!fill()) return std::nullopt;
  }
}

}  // namespace gmail_mcp::backup
