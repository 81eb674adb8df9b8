// The envelope and the letter itself.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/caught.h"
#include "smtp/letter_reader.h"
#include "smtp/session.h"

namespace gmail_mcp::smtp {

namespace {

constexpr std::size_t block = std::size_t{64} << 10;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// An address with a line break could write commands of its own into the envelope.
void check_address(std::string_view address) {
  const bool plain = std::none_of(address.begin(), address.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '<' || c == '>' || c == 0x7f;
  });
  if (!plain || address.empty() || address.size() > 254) {
    throw Error{Errc::invalid_argument, "An address of the message is not usable.",
                "Write addresses as name@example.org."};
  }
}

}  // namespace

std::string Session::mail_from(const Letter& letter) const {
  std::string line = "MAIL FROM:<" + letter.from + ">";
  if (can_.size) line += " SIZE=" + std::to_string(letter.bytes.size());
  if (can_.eight_bit && !is_ascii(letter.bytes)) line += " BODY=8BITMIME";
  const bool plain =
      is_ascii(letter.from) &&
      std::all_of(letter.to.begin(), letter.to.end(), [](const auto& to) { return is_ascii(to); });
  if (!plain) {
    if (!can_.utf8) {
      throw Error{Errc::invalid_argument,
                  "The mail server takes no addresses with letters beyond ASCII.",
                  "Use another address of the recipient."};
    }
    line += " SMTPUTF8";
  }
  return line;
}

Task<void> Session::envelope(const Letter& letter) {
  check_address(letter.from);
  for (const auto& to : letter.to) check_address(to);
  if (can_.max_size > 0 && letter.bytes.size() > can_.max_size) {
    Reply as_if;
    as_if.code = 552;
    as_if.enhanced = "5.3.4";
    throw explain(Stage::sender, as_if);
  }
  std::string lines = mail_from(letter) + "\r\n";
  // All at once where the server allows it (RFC 2920): one round trip for the whole envelope.
  std::size_t sent = 0;
  const auto add = [&] { lines += "RCPT TO:<" + letter.to[sent++] + ">\r\n"; };
  while (can_.pipelining && sent < letter.to.size()) add();
  co_await write(lines, patience_.reply);
  auto answer = co_await reply(patience_.reply);
  if (!answer.is_positive()) throw explain(Stage::sender, answer);
  for (std::size_t i = 0; i < letter.to.size(); ++i) {
    if (sent == i) {
      lines.clear();
      add();
      co_await write(lines, patience_.reply);
    }
    answer = co_await reply(patience_.reply);
    // One refused recipient stops the letter for all: no one shall get a letter that the others did
    // not.
    if (!answer.is_positive()) throw explain(Stage::recipient, answer, i + 1);
  }
}

Task<void> Session::hand_in(const Letter& letter) {
  co_await envelope(letter);
  const auto answer = co_await command("DATA");
  if (answer.code != 354) throw explain(Stage::letter, answer);
  co_await body(letter.bytes);
  co_await verdict(letter);
}

Task<void> Session::body(std::string_view bytes) {
  std::vector<char> buffer(block);
  LetterReader reader{bytes};
  while (const auto count = reader.read(buffer)) {
    const std::string_view piece{buffer.data(), count};
    auto writing = with_deadline(patience_.block, stream_->write(piece));
    const auto failed = co_await caught(std::move(writing));
    // Before the end of the letter a server says something only to refuse it.
    if (!hears() && !failed) continue;
    // Named first: g++ 12 destroys what `?:` makes within an awaited call twice.
    std::string why{"early reply"};
    if (failed) why = failed->message;
    co_await hear_out(std::move(why));
  }
}

bool Session::hears() {
  std::array<char, 1024> piece;
  const auto progress = stream_->try_read(piece);
  unread_.append(piece.data(), progress.bytes);
  return progress.bytes > 0 || progress.state == net::Stream::State::ended ||
         progress.state == net::Stream::State::failed;
}

Task<void> Session::hear_out(std::string why) {
  Reply answer;
  try {
    answer = co_await reply(patience_.goodbye);
  } catch (const Error&) {
    throw broken(std::move(why));
  }
  if (answer.code >= 400) throw explain(Stage::letter, answer);
  throw broken(std::move(why));
}

Task<void> Session::verdict(const Letter& letter) {
  std::optional<Reply> answer;
  std::string why = "no verdict";
  try {
    // The dot is sent apart from the letter, so that before this line nothing can have happened.
    co_await write(final_dot, patience_.block);
    if (letter.handed_over) letter.handed_over();
    answer = co_await reply(patience_.verdict);
  } catch (const Error& failure) {
    why = failure.message;
  }
  if (answer && answer->is_positive()) co_return;
  if (answer && answer->code >= 400) throw explain(Stage::letter, *answer);
  throw Error{Errc::outcome_unknown,
              "The mail server got the whole message, but did not say whether it took it.",
              "Look into the Sent folder before sending it again."}
      .with_detail(std::move(why));
}

}  // namespace gmail_mcp::smtp
