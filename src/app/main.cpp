#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <sstream>

#include "app/command_line.h"
#include "app/start.h"
#include "app/verbs/all.h"

namespace gmail_mcp::app {
namespace {

// Without this, a request's memory at the end of glibc's heap, or in a mapping of its own, is
// returned to the kernel and faulted in again by the next request. Up to 2 MiB at the heap's end
// stay; larger pieces than 1 MiB are mapped, and returned when they are freed.
void keep_freed_memory() {
  mallopt(M_TRIM_THRESHOLD, 2 << 20);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  // The loop's heap and one for all other threads: what each of them freed in a heap of its own
  // would serve nobody else, and in the loop's it would lie between what lives long.
  mallopt(M_ARENA_MAX, 2);
}

// A core file would contain keys, tokens, passwords and mail. A limit of 0 keeps files away, but
// the kernel still hands the dump to a program that core_pattern names; 1 forbids that, too, and is
// less than any file needs. Debuggers can still attach. The debug preset leaves the limit as it is.
void leave_no_core_file() {
#ifndef GMAIL_MCP_CORE_FILES
  rlimit least{1, 1};
  if (::setrlimit(RLIMIT_CORE, &least) == 0) return;
  least = {0, 0};  // if the limit is 0 already, 1 would raise it
  ::setrlimit(RLIMIT_CORE, &least);
#endif
}

// The soft limit is 1,024 almost everywhere, for the sake of programs that call select(). Each
// caller and each connection to a mail server takes one, and when they run out, calls fail.
void use_all_descriptors() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

// Debian's libcurl brings GnuTLS along, for protocols that we do not speak. It would set itself up
// as soon as it is loaded, which is half a megabyte; whoever does use it calls
// gnutls_global_init().
void leave_gnutls_alone() { ::setenv("GNUTLS_NO_IMPLICIT_INIT", "1", 0); }

}  // namespace
}  // namespace gmail_mcp::app

int main(int argc, char** argv) {
  using namespace gmail_mcp;
  app::leave_no_core_file();
  app::use_all_descriptors();
  app::keep_freed_memory();
  app::leave_gnutls_alone();
  // A client that goes away must be an error of one write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::ostringstream complaint;
  auto parsed = app::parse_command_line(argc, argv, app::all_verbs(), complaint);
  if (const auto* status = std::get_if<int>(&parsed)) {
    return *status == 0 ? 0 : app::refuse_command_line(argc, argv, complaint.str());
  }
  const auto& line = std::get<app::CommandLine>(parsed);
  try {
    return line.verb.run(line.words);
  } catch (const Error& error) {
    return app::fail(line, error);
  } catch (const std::exception&) {
    return app::fail(line,
                     Error{Errc::internal, "Something went wrong inside gmail-mcp.",
                           "Run it again with GMAIL_MCP_LOG_LEVEL=debug and report what it says."});
  }
}
