#include "sql/testing/guarded_process.h"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace gmail_mcp::sql::testing {

namespace {

namespace fs = std::filesystem;

struct ServerUser {
  uid_t user;
  gid_t group;
};

ServerUser server_user() {
  if (::geteuid() != 0) return {::geteuid(), ::getegid()};
  const auto* nobody = ::getpwnam("nobody");
  if (nobody == nullptr) throw std::runtime_error{"there is no user nobody to run a server as"};
  return {nobody->pw_uid, nobody->pw_gid};
}

// In memory where the system offers that, so that tests do not wait for a disk.
fs::path parent_of_folders() {
  std::error_code ignored;
  if (fs::is_directory("/dev/shm", ignored)) return "/dev/shm";
  return fs::temp_directory_path();
}

// `output`: a file to append to. `input`: a descriptor; closed in this process. Only what may be
// called between fork and exec happens in the child.
pid_t spawn(const std::vector<std::string>& words, const std::string& output, int input) {
  std::vector<char*> pointers;
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  const bool is_root = ::geteuid() == 0;
  const auto [user, group] = server_user();
  const pid_t child = ::fork();
  if (child != 0) {
    ::close(input);
    return child;
  }
  ::dup2(input, STDIN_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  if (is_root && (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0)) {
    ::_exit(126);
  }
  const int log = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::setsid();  // signals for the terminal's group are not for it
  ::execv(pointers.front(), pointers.data());
  ::_exit(127);
}

}  // namespace

ServerFolder::ServerFolder() {
  path_ = (parent_of_folders() / "gmail_mcp_server_XXXXXX").string();
  const auto [user, group] = server_user();
  if (::mkdtemp(path_.data()) == nullptr || ::chown(path_.c_str(), user, group) != 0) {
    throw std::runtime_error{"no folder for a server can be made"};
  }
}

ServerFolder::~ServerFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void ServerFolder::write(const std::string& name, const std::string& text) const {
  const auto path = *this / name;
  const auto [user, group] = server_user();
  std::ofstream{path, std::ios::binary} << text;
  if (::chown(path.c_str(), user, group) != 0 || ::chmod(path.c_str(), 0600) != 0) {
    throw std::runtime_error{path + " cannot be given to the user of the server"};
  }
}

std::string ServerFolder::read(const std::string& name) const {
  std::ifstream file{*this / name, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void run_as_server(const std::vector<std::string>& words, const ServerFolder& folder) {
  const auto child = spawn(words, folder / "log", ::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error{words.front() + " fails: " + folder.read("log")};
  }
}

GuardedProcess::GuardedProcess(const std::vector<std::string>& words, const ServerFolder& folder,
                               const std::string& ends_by)
    : ended_{folder / "ended"} {
  // The guard reads until we write a word, or the pipe ends because we were killed: then there is
  // nobody else to delete the folder.
  constexpr char script[] =
      "folder=$1; signal=$2; shift 2\n"
      "{ \"$@\" </dev/null & echo $! >\"$folder/pid\"; wait $!; : >\"$folder/ended\"; } &\n"
      "read -r word\n"
      "kill -\"$signal\" \"$(cat \"$folder/pid\")\" 2>/dev/null\n"
      "wait\n"
      "[ \"$word\" ] || rm -rf \"$folder\"\n";
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error{"no pipe can be made"};
  fs::remove(ended_);
  std::vector<std::string> all{"/bin/sh", "-c", script, "guard", folder.path(), ends_by};
  all.insert(all.end(), words.begin(), words.end());
  guard_ = spawn(all, folder / "log", ends[0]);
  pipe_ = ends[1];
}

GuardedProcess::~GuardedProcess() {
  constexpr char word[] = "end\n";
  static_cast<void>(!::write(pipe_, word, sizeof word - 1));
  ::close(pipe_);
  int status = 0;
  ::waitpid(guard_, &status, 0);
}

bool GuardedProcess::has_ended() const { return fs::exists(ended_); }

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool known = ::bind(socket, any, size) == 0 && ::getsockname(socket, any, &size) == 0;
  ::close(socket);
  if (!known) throw std::runtime_error{"no port is free"};
  return ntohs(address.sin_port);
}

}  // namespace gmail_mcp::sql::testing
