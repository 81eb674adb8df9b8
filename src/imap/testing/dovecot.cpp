#include "imap/testing/dovecot.h"

#include <arpa/inet.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <thread>

#include "crypto/base64.h"
#include "crypto/digest.h"

namespace gmail_mcp::imap::testing {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view token_key = "only for this test, and long enough";

void write(const fs::path& path, std::string_view text) {
  std::ofstream{path, std::ios::binary} << text;
}

std::string read(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      ::bind(descriptor, any, size) == 0 && ::getsockname(descriptor, any, &size) == 0;
  ::close(descriptor);
  if (!bound) throw std::runtime_error{"no port is free"};
  return ntohs(address.sin_port);
}

bool answers(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  const bool connected =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(descriptor);
  return connected;
}

std::string filled(std::string text, const std::map<std::string, std::string>& words) {
  for (const auto& [word, value] : words) {
    const auto mark = "@" + word + "@";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
      text.replace(at, mark.size(), value);
      at += value.size();
    }
  }
  return text;
}

std::string jwt(const std::string& address, std::string_view key) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const auto head = crypto::base64url_encode(R"({"alg":"HS256","typ":"JWT","kid":"default"})");
  const auto body = crypto::base64url_encode(R"({"sub":")" + address + R"(","email":")" + address +
                                             R"(","iat":)" + std::to_string(now - 60) +
                                             R"(,"exp":)" + std::to_string(now + 3600) + "}");
  const auto signature = crypto::base64url_encode(crypto::hmac_sha256(key, head + "." + body));
  return head + "." + body + "." + signature;
}

std::string user_name(uid_t uid) {
  const auto* entry = ::getpwuid(uid);
  return entry != nullptr ? entry->pw_name : std::to_string(uid);
}

std::string group_name(gid_t gid) {
  const auto* entry = ::getgrgid(gid);
  return entry != nullptr ? entry->gr_name : std::to_string(gid);
}

}  // namespace

Dovecot::Dovecot(std::string address) : address_{std::move(address)} {
  std::string pattern = (fs::temp_directory_path() / "dovecot-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"no temporary folder"};
  folder_ = pattern;
  const fs::path folder = folder_;
  ::chmod(folder_.c_str(), 0755);
  port_ = free_port();
  port_tls_ = free_port();
  // Dovecot refuses mail owned by root; any other user can only own it themselves.
  const bool is_root = ::geteuid() == 0;
  const auto me = user_name(::geteuid());
  const auto us = group_name(::getegid());
  fs::create_directories(folder / "run");
  fs::create_directories(folder / "mail");
  fs::create_directories(folder / "keys" / "default" / "HS256");
  write(folder / "keys" / "default" / "HS256" / "default", crypto::base64_encode(token_key));
  write(folder / "users", address_ + ":{PLAIN}" + std::string{password} + "::::::\n");
  write(folder / "oauth2.conf",
        "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix=" + folder_ +
            "/keys/\nusername_attribute = email\n"
            "username_format = %u\n");
  const std::map<std::string, std::string> words{{"DIR", folder_},
                                                 {"PORT", std::to_string(port_)},
                                                 {"PORT_TLS", std::to_string(port_tls_)},
                                                 {"CERTIFICATE", certificate_.certificate_file()},
                                                 {"KEY", certificate_.key_file()},
                                                 {"USER", is_root ? "mail" : me},
                                                 {"GROUP", is_root ? "mail" : us},
                                                 {"INTERNAL", is_root ? "dovecot" : me},
                                                 {"INTERNAL_GROUP", is_root ? "dovecot" : us},
                                                 {"LOGIN", is_root ? "dovenull" : me}};
  write(folder / "dovecot.conf", filled(read("tests/referees/dovecot/dovecot.conf"), words));
  if (is_root) {
    const auto* mail = ::getpwnam("mail");
    const auto path = (folder / "mail").string();
    if (mail == nullptr || ::chown(path.c_str(), mail->pw_uid, mail->pw_gid) != 0) {
      throw std::runtime_error{"the owner of the mail folder cannot be changed"};
    }
  }
  process_ = ::fork();
  if (process_ == 0) {
    const auto conf = (folder / "dovecot.conf").string();
    ::setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    ::execlp("dovecot", "dovecot", "-F", "-c", conf.c_str(), nullptr);
    ::_exit(127);
  }
  // Only so that a hang ends.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{300};
  while (!answers(port_tls_)) {
    int status = 0;
    const bool has_ended = ::waitpid(process_, &status, WNOHANG) == process_;
    if (has_ended) process_ = -1;
    if (has_ended || std::chrono::steady_clock::now() > until) {
      throw std::runtime_error{"Dovecot (package dovecot-imapd) does not start: " + log()};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

Dovecot::~Dovecot() {
  if (process_ > 0) {
    ::kill(process_, SIGTERM);
    int status = 0;
    ::waitpid(process_, &status, 0);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Server Dovecot::server(Encryption encryption) const {
  const auto port = encryption == Encryption::implicit ? port_tls_ : port_;
  return {.host = "localhost",
          .port = port,
          .encryption = encryption,
          .ca_file = certificate_.certificate_file()};
}

std::string Dovecot::token() const { return jwt(address_, token_key); }
std::string Dovecot::forged_token() { return jwt("ann@example.org", "another key"); }

void Dovecot::deliver(std::string_view rfc822, std::string_view folder) const {
  static int count = 0;
  const auto number = std::to_string(++count);
  auto maildir = fs::path{folder_} / "mail" / address_ / "Maildir";
  if (!folder.empty()) maildir /= "." + std::string{folder};
  const auto* mail = ::geteuid() == 0 ? ::getpwnam("mail") : ::getpwuid(::geteuid());
  for (const auto& path : {fs::path{folder_} / "mail" / address_, maildir, maildir / "tmp",
                           maildir / "new", maildir / "cur"}) {
    fs::create_directories(path);
    if (::chown(path.c_str(), mail->pw_uid, mail->pw_gid) != 0) break;
  }
  const auto name = "1700000000.M" + number + ".test";
  const auto aside = maildir / "tmp" / name;
  write(aside, rfc822);
  if (::chown(aside.c_str(), mail->pw_uid, mail->pw_gid) != 0) {
    throw std::runtime_error{"the owner of the letter cannot be changed"};
  }
  fs::rename(aside, maildir / "new" / name);
}

std::string Dovecot::log() const { return read(fs::path{folder_} / "dovecot.log"); }

}  // namespace gmail_mcp::imap::testing
