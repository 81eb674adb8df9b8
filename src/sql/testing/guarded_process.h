#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace gmail_mcp::sql::testing {

/// A folder for a server of a test, owned by the user that the server runs as: `nobody` when we are
/// root, whom such servers refuse. Deleted with the object and, when this process is killed, by the
/// guard of the server.
class ServerFolder {
 public:
  ServerFolder();
  ~ServerFolder();
  ServerFolder(const ServerFolder&) = delete;
  ServerFolder& operator=(const ServerFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// A file of that user that nobody else may read.
  void write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;

 private:
  std::string path_;
};

/// Runs a program to its end as the user of such folders. Throws with the end of its output when it
/// fails.
void run_as_server(const std::vector<std::string>& words, const ServerFolder& folder);

/// A server that ends with this object, and also when this process is killed: a guard, which waits
/// for the end of a pipe from us, ends it and deletes the folder.
class GuardedProcess {
 public:
  /// Its output is appended to the file `log` of the folder. `ends_by`: the name of the signal at
  /// which it ends soon.
  GuardedProcess(const std::vector<std::string>& words, const ServerFolder& folder,
                 const std::string& ends_by);
  ~GuardedProcess();
  GuardedProcess(const GuardedProcess&) = delete;
  GuardedProcess& operator=(const GuardedProcess&) = delete;

  /// By itself: it could not start, or was killed.
  bool has_ended() const;

 private:
  std::string ended_;  // a file that the guard makes then
  pid_t guard_ = -1;
  int pipe_ = -1;
};

/// A port of 127.0.0.1 that nobody uses.
int free_port();

}  // namespace gmail_mcp::sql::testing
