// Plays the conversations of tests/transcripts/smtp; their language is explained in its README.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "net/listen.h"
#include "net/socket_stream.h"
#include "net/testing/self_signed.h"
#include "smtp/submission.h"

namespace gmail_mcp::smtp {
namespace {

using std::chrono::milliseconds;

struct Line {
  int number = 0;
  bool by_server = false;
  std::string text;
};

struct Script {
  Encryption encryption = Encryption::none;
  Login login{"alex@gmail.example", Secret{"abcdefghijklmnop"}, false};
  Letter letter{"alex@gmail.example",
                {"ann@shop.example"},
                "From: alex@gmail.example\r\nSubject: Hi\r\n\r\nHello.\r\n",
                {}};
  bool byte_by_byte = false;
  bool only_sign_in = false;
  std::vector<Line> lines;
  std::string outcome;  // "taken", or a code and a sentence
  long wait = 0;
};

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char sign = text[++i];
    out += sign == 'r' ? '\r' : sign == 'n' ? '\n' : '\0';
  }
  return out;
}

void read_setting(Script& script, const std::string& line) {
  const auto words = split(line, ' ');
  if (line == "encryption implicit") {
    script.encryption = Encryption::implicit;
  } else if (line == "encryption starttls") {
    script.encryption = Encryption::starttls;
  } else if (line == "login bearer") {
    script.login.is_bearer = true;
  } else if (line == "byte by byte") {
    script.byte_by_byte = true;
  } else if (line == "only sign in") {
    script.only_sign_in = true;
  } else if (words[0] == "to") {
    script.letter.to.assign(words.begin() + 1, words.end());
  } else if (line.starts_with("letter of ")) {
    script.letter.bytes = "Subject: x\r\n\r\n";
    script.letter.bytes.resize(static_cast<std::size_t>(std::stol(words.at(2))), 'x');
  } else if (words[0] == "letter") {
    script.letter.bytes = unescaped(line.substr(7));
  } else {
    FAIL() << "what is: " << line;
  }
}

Script read_script(const std::filesystem::path& path) {
  std::ifstream file{path};
  Script script;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const bool spoken = line.starts_with("C: ") || line.starts_with("S: ");
    if (spoken) {
      script.lines.push_back({number, line[0] == 'S', line.substr(3)});
    } else if (line.starts_with("wait ")) {
      script.wait = std::stol(line.substr(5));
    } else if (!line.empty() && line[0] != '#' && script.lines.empty()) {
      read_setting(script, line);
    } else if (!line.empty() && line[0] != '#') {
      script.outcome = line;
    }
  }
  return script;
}

// The letter as RFC 5321 §4.5.2 wants it, written in the simplest way.
std::string doubled_dots(std::string_view letter) {
  std::string out;
  bool line_start = true;
  for (const char c : letter) {
    if (line_start && c == '.') out += '.';
    out += c;
    line_start = c == '\n';
  }
  if (!line_start) out += "\r\n";
  return out;
}

// The server of a script. In the frame of the test.
class Player {
 public:
  Player(boost::asio::io_context& loop, const Script& script)
      : client_left{loop.get_executor()},
        script_{script},
        listener_{net::listen(loop.get_executor(), {})} {}

  std::uint16_t port() const { return listener_->port(); }
  const std::string& certificate() const { return certificate_; }
  const std::string& complaint() const { return complaint_; }

  Event client_left;

  Task<void> play() {
    try {
      std::shared_ptr<const net::TlsContext> tls;
      if (script_.encryption == Encryption::implicit) tls = server_tls();
      auto accepted = co_await listener_->accept(tls);
      stream_ = std::move(accepted.stream);
      for (const auto& line : script_.lines) {
        at_ = line.number;
        if (line.by_server) {
          co_await say(line.text);
        } else {
          co_await hear(line.text);
        }
        if (!stream_) co_return;
      }
    } catch (const std::exception& failure) {
      complaint_ = "line " + std::to_string(at_) + ": " + failure.what();
    }
    stream_.reset();
  }

 private:
  std::shared_ptr<const net::TlsContext> server_tls() const {
    return net::TlsContext::for_server(identity_.certificate_file(), identity_.key_file(), "");
  }

  Task<void> say(std::string text) {
    if (text == "(TLS)") {
      const auto executor = co_await current_executor();
      stream_ = net::make_tls_server_stream(executor, stream_->release(), server_tls());
    } else if (text == "(hangs up)") {
      stream_.reset();
    } else if (text == "(silence)") {
      co_await client_left.wait();  // reading nothing either
    } else {
      // Lines that follow each other go out together, as a server's do.
      waiting_ += text + "\r\n";
      if (!goes_on()) co_await flush();
    }
  }

  bool goes_on() const {
    for (const auto& line : script_.lines) {
      if (line.number > at_) return line.by_server && line.text[0] != '(';
    }
    return false;
  }

  Task<void> flush() {
    const auto out = std::exchange(waiting_, {});
    if (!script_.byte_by_byte) {
      co_await stream_->write(out);
      co_return;
    }
    for (const char c : out) co_await stream_->write(std::string_view{&c, 1});
  }

  Task<void> hear(std::string text) {
    if (text == "(leaves)") {
      std::array<char, 65536> piece;
      try {
        while (co_await stream_->read_some(piece) > 0) {
          if (script_.letter.bytes.size() < 100'000) throw std::runtime_error{"it says more"};
        }
      } catch (const Error&) {  // a reset is as good as an end
      }
      co_return;
    }
    std::string wanted = text + "\r\n";
    if (text == "(part of the letter)") wanted = script_.letter.bytes.substr(0, 1);
    if (text == "(letter)") wanted = doubled_dots(script_.letter.bytes);
    while (heard_.size() < wanted.size()) {
      std::array<char, 4096> piece;
      const auto count = co_await stream_->read_some(piece);
      if (count == 0) throw std::runtime_error{"it has left, having said: " + heard_};
      heard_.append(piece.data(), count);
      if (text[0] != '(' && heard_.find('\n') < wanted.size() - 1) break;
    }
    if (!heard_.starts_with(wanted)) throw std::runtime_error{"it says: " + heard_.substr(0, 300)};
    heard_.erase(0, wanted.size());
  }

  const Script& script_;
  std::unique_ptr<net::Listener> listener_;
  net::testing::SelfSigned identity_{"localhost"};
  std::string certificate_ = identity_.certificate_file();
  std::unique_ptr<net::Stream> stream_;
  std::string waiting_;
  std::string heard_;
  std::string complaint_;
  int at_ = 0;
};

Patience patience_for(const Script& script) {
  Patience patience;
  bool after_dot = false;
  bool in_letter = false;
  for (const auto& line : script.lines) {
    after_dot |= line.text == ".";
    in_letter |= line.text == "(part of the letter)";
    if (line.text != "(silence)") continue;
    // Patience is short only where the server stays silent: a slow machine must not look like that.
    if (after_dot) {
      patience.verdict = milliseconds{30};
    } else if (in_letter) {
      patience.block = milliseconds{300};
      patience.goodbye = milliseconds{30};
    } else {
      patience.reply = milliseconds{2'000};
    }
  }
  return patience;
}

Task<void> hand_in(Player& player, const Script& script, std::string& outcome, long& wait) {
  Server server;
  server.host = "localhost";
  server.port = player.port();
  server.encryption = script.encryption;
  server.ca_file = player.certificate();
  try {
    Submission submission{server, patience_for(script)};
    if (script.only_sign_in) {
      co_await submission.verify(script.login);
    } else {
      co_await submission.submit(script.login, script.letter);
    }
    outcome = "taken";
  } catch (const Error& error) {
    outcome = std::string{to_string(error.code)} + " " + error.message;
    wait = error.retry_after ? error.retry_after->count() : 0;
    EXPECT_FALSE(error.hint.empty());
    EXPECT_EQ((error.message + error.hint + error.detail).find("gsmtp"), std::string::npos);
  }
  player.client_left.set();
}

class SmtpTranscript : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(SmtpTranscript, goes_as_written) {
  const auto script = read_script(GetParam());
  ASSERT_FALSE(script.outcome.empty());
  boost::asio::io_context loop;
  Player player{loop, script};
  std::string outcome;
  long wait = 0;
  std::vector<Task<void>> both;
  both.push_back(player.play());
  both.push_back(hand_in(player, script, outcome, wait));
  run_to_end(loop, run_all(std::move(both)));
  EXPECT_EQ(player.complaint(), "");
  EXPECT_EQ(outcome, script.outcome);
  EXPECT_EQ(wait, script.wait);
}

std::vector<std::filesystem::path> all_scripts() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator{"tests/transcripts/smtp"}) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

INSTANTIATE_TEST_SUITE_P(All, SmtpTranscript, ::testing::ValuesIn(all_scripts()),
                         [](const auto& row) {
                           auto name = row.param.stem().string();
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace gmail_mcp::smtp
