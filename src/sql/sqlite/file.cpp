#include "sql/sqlite/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace gmail_mcp::sql::sqlite {

namespace fs = std::filesystem;

namespace {

constexpr mode_t owner_only = 0600;
constexpr mode_t owner_only_folder = 0700;

Error cannot(std::string_view what, const fs::path& path, int reason) {
  const auto why = std::generic_category().message(reason);
  return Error{
      Errc::misconfigured, fmt::format("The database file cannot be {}: {}.", what, why),
      fmt::format("Its path is {}: correct the path, or the permissions on it.", path.string())};
}

void create_folders(const fs::path& folder, const fs::path& path) {
  if (folder.empty()) return;
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) return;
  create_folders(folder.parent_path(), path);
  if (mkdir(folder.c_str(), owner_only_folder) != 0 && errno != EEXIST) {
    throw cannot("created", path, errno);
  }
}

void make_private(const std::string& path, Log& log) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return;
  if ((status.st_mode & 0077) == 0 || chmod(path.c_str(), owner_only) == 0) return;
  log.warning("other users of this computer may read the database file", {{"file", path}});
}

}  // namespace

void refuse_folder(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw cannot("opened", path, EISDIR);
}

void prepare_file(const std::string& path, Log& log) {
  create_folders(fs::path{path}.parent_path(), path);
  // Not open(): closing any descriptor of the file would drop the locks that other connections of
  // this process hold on it (POSIX).
  if (mknod(path.c_str(), S_IFREG | owner_only, 0) != 0 && errno != EEXIST) {
    throw cannot("created", path, errno);
  }
  // SQLite gives the files it creates beside the database the mode of the database.
  for (const auto* suffix : {"", "-wal", "-shm"}) make_private(path + suffix, log);
}

KnownFile::KnownFile(std::string path)
    : path_{std::move(path)}, descriptor_{::open(path_.c_str(), O_PATH | O_CLOEXEC)} {}

KnownFile::~KnownFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void KnownFile::check() const {
  if (descriptor_ < 0) return;
  struct stat known {};
  struct stat now {};
  const bool is_known = fstat(descriptor_, &known) == 0;
  const bool is_there = stat(path_.c_str(), &now) == 0;
  const bool is_same = is_known && is_there && known.st_nlink > 0 && known.st_ino == now.st_ino &&
                       known.st_dev == now.st_dev;
  if (is_same) return;
  throw Error{Errc::unavailable,
              is_there ? "The database file was replaced while this program had it open."
                       : "The database file was deleted while this program had it open.",
              fmt::format("What is stored now is lost: stop the program, put the file back at {} "
                          "and start it again.",
                          path_)};
}

}  // namespace gmail_mcp::sql::sqlite
