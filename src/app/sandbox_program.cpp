#include "app/sandbox_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <utility>

#include "base/error.h"

namespace gmail_mcp::app {

namespace {

namespace files = std::filesystem;
namespace asio = boost::asio;
namespace json = boost::json;

constexpr const char* loopback = "127.0.0.1";
constexpr std::chrono::milliseconds until_it_listens{20'000};
constexpr std::chrono::milliseconds until_it_ends{5'000};

std::string program() {
  std::error_code failed;
  const auto own = files::read_symlink("/proc/self/exe", failed);
  const auto beside = own.parent_path() / "gmail-mcp-sandbox";
  if (!failed && files::exists(beside, failed)) return beside.string();
  throw Error{Errc::misconfigured, "The sandbox is not installed.",
              "It is the program gmail-mcp-sandbox, in the same folder as gmail-mcp."};
}

std::vector<std::string> words_of(const setup::LogSettings& log,
                                  std::vector<std::string> arguments) {
  std::vector<std::string> words{
      program(), "--log-level",
      std::string{enum_names(log.level)[static_cast<std::size_t>(log.level)]}, "--log-format",
      std::string{enum_names(log.format)[static_cast<std::size_t>(log.format)]}};
  for (auto& one : arguments) words.push_back(std::move(one));
  return words;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

Error not_started(std::string why) {
  return Error{Errc::misconfigured, "The sandbox cannot be started.",
               "Its own lines of the log, if there are any, say why."}
      .with_detail(std::move(why));
}

bool is_ready(int descriptor, std::chrono::milliseconds limit) {
  pollfd one{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, static_cast<int>(limit.count())) == 1;
}

}  // namespace

void become_sandbox(const setup::LogSettings& log, std::vector<std::string> arguments) {
  auto words = words_of(log, std::move(arguments));
  auto pointers = pointers_to(words);
  ::execv(words.front().c_str(), pointers.data());
  throw not_started("execv failed");
}

SandboxProgram::SandboxProgram(const setup::LogSettings& log, const Secret& grant_key,
                               int log_descriptor)
    : child_{words_of(log, {"--attached", "--host", loopback, "--port", "0"}), log_descriptor} {
  place_.host = loopback;
  const auto key = grant_key.reveal() + "\n";
  const bool told = ::send(child_.line(), key.data(), key.size(), MSG_NOSIGNAL) >= 0;
  boost::system::error_code failed;
  const auto said = json::parse(told ? child_.hear_line() : std::string{}, failed);
  const auto* where = failed ? nullptr : said.if_object();
  if (where == nullptr) throw not_started("it did not say where it listens");
  place_.url = std::string{where->at("url").as_string()};
  place_.imap_port = where->at("imap_port").to_number<std::uint16_t>();
  place_.smtp_port = where->at("smtp_port").to_number<std::uint16_t>();
  place_.client_id = std::string{where->at("client_id").as_string()};
  place_.client_secret = std::string{where->at("client_secret").as_string()};
}

SandboxProgram::Child::Child(std::vector<std::string> words, int log_descriptor) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw not_started("socketpair failed");
  }
  line_ = ends[0];
  auto pointers = pointers_to(words);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, log_descriptor, STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  const int failed =
      ::posix_spawn(&pid_, words.front().c_str(), &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed == 0) return;
  ::close(line_);
  throw not_started("posix_spawn failed");
}

std::string SandboxProgram::Child::hear_line() const {
  std::string line;
  char c = 0;
  while (is_ready(line_, until_it_listens) && ::read(line_, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

// The child sends only that one line, so the next thing to read is its end.
Task<void> SandboxProgram::until_gone() const {
  const auto executor = co_await current_executor();
  asio::posix::basic_stream_descriptor<Executor> line{executor, ::dup(child_.line())};
  char c = 0;
  do {
    co_await line.async_wait(asio::posix::descriptor_base::wait_read, use_task);
  } while (::recv(child_.line(), &c, 1, MSG_DONTWAIT) > 0);
}

SandboxProgram::Child::~Child() {
  ::shutdown(line_, SHUT_WR);
  // Its end of the socket closes when it ends.
  if (!is_ready(line_, until_it_ends)) ::kill(pid_, SIGKILL);
  ::close(line_);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace gmail_mcp::app
