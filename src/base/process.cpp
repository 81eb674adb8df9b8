#include "base/process.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/text.h"

namespace gmail_mcp {

namespace {

std::string first_line(const std::string& path) {
  std::ifstream in{path};
  std::string line;
  std::getline(in, line);
  return line;
}

// Field 22 of /proc/<pid>/stat (proc(5)); the second field may hold spaces and parentheses.
std::string start_time(std::string_view pid) {
  const auto stat = first_line("/proc/" + std::string{pid} + "/stat");
  const auto close = stat.rfind(')');
  if (close == std::string::npos) return {};
  std::istringstream rest{stat.substr(close + 1)};
  std::string field;
  for (int i = 3; i <= 22 && rest >> field; ++i) {
  }
  return field;
}

// The number of the pid namespace: "pid:[4026531836]" is how /proc writes it (namespaces(7)).
std::string place_of_pids() {
  struct stat status {};
  return ::stat("/proc/self/ns/pid", &status) == 0 ? std::to_string(status.st_ino) : "";
}

std::string boot() { return first_line("/proc/sys/kernel/random/boot_id"); }

}  // namespace

std::string this_process() {
  const auto pid = std::to_string(::getpid());
  return boot() + ":" + pid + ":" + start_time(pid) + ":" + place_of_pids();
}

bool may_be_running(std::string_view process) {
  const auto parts = split(process.substr(0, process.find('/')), ':');
  if (parts.size() != 4 || parts[0] != boot() || parts[3] != place_of_pids()) return true;
  return start_time(parts[1]) == parts[2];
}

}  // namespace gmail_mcp
