// Lists of messages of which not everything can be read, at a Dovecot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/base64.h"
#include "imap/testing/dovecot.h"
#include "mail/imap_smtp/imap_smtp.h"

namespace gmail_mcp::mail {
namespace {

using imap::testing::Dovecot;
using ::testing::EndsWith;
using ::testing::SizeIs;

class DovecotPassword final : public accounts::PasswordSource {
 public:
  Task<Secret> password() override { co_return Secret{std::string{Dovecot::password}}; }
  Task<Error> refused(Secret) override {
    const Error refusal{Errc::reconnect_required, "Refused."};
    co_return refusal;
  }
};

const std::string head = "From: Ann <ann@example.org>\r\nMIME-Version: 1.0\r\n";
constexpr const char* goes_on = "[The text goes on; read this message by itself.]";

std::string letter(const std::string& subject) {
  return head + "Subject: " + subject + "\r\nContent-Type: text/plain\r\n\r\nHello\r\n";
}

// Its BODYSTRUCTURE alone is some 60 KB.
std::string with_endless_names() {
  auto text = head + "Subject: names\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n";
  for (int i = 0; i < 60; ++i) {
    text += "--x\r\nContent-Type: text/plain; name=\"" + std::string(900, 'n') + "\"\r\n\r\nx\r\n";
  }
  return text + "--x--\r\n";
}

std::string in_base64(const std::string& type, const std::string& content) {
  auto text = head + "Subject: long\r\nContent-Type: " + type +
              "\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  const auto encoded = crypto::base64_encode(content);
  for (std::size_t at = 0; at < encoded.size(); at += 76) text += encoded.substr(at, 76) + "\r\n";
  return text;
}

class ImapSearchTest : public ::testing::Test {
 protected:
  MessagePage search(bool include_body) {
    SessionOptions options;
    options.server = dovecot_.server();
    options.limits.line = longest_line_;
    Sessions sessions{loop_.get_executor(), options, clock_, *log_};
    smtp::Server nowhere;
    nowhere.host = "127.0.0.1";
    nowhere.port = 1;
    nowhere.encryption = smtp::Encryption::none;
    smtp::Submission submission{nowhere};
    const ImapSmtp shared{.sessions = sessions, .submission = submission, .clock = clock_};
    auto mailbox = open_imap_smtp(shared, std::make_shared<DovecotPassword>(), dovecot_.address());
    MessagePage page;
    const auto all = [&]() -> Task<void> {
      std::exception_ptr failure;
      try {
        Query query;
        query.include_body = include_body;
        page = co_await mailbox->search(std::move(query));
      } catch (...) {
        failure = std::current_exception();
      }
      mailbox.reset();
      co_await sessions.close();
      if (failure) std::rethrow_exception(failure);
    };
    run_to_end(loop_, all());
    return page;
  }

  std::size_t longest_line_ = std::size_t{1} << 20;
  boost::asio::io_context loop_;
  Dovecot dovecot_;
  SystemClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
};

TEST_F(ImapSearchTest, AMessageWhoseStructureIsTooLongIsReadFromItsSource) {
  dovecot_.deliver(letter("first"));
  dovecot_.deliver(with_endless_names());
  dovecot_.deliver(letter("last"));
  const auto all = search(true);
  ASSERT_THAT(all.messages, SizeIs(3));
  EXPECT_THAT(all.omitted, SizeIs(0));

  longest_line_ = 20'000;
  const auto page = search(true);
  ASSERT_THAT(page.messages, SizeIs(3));
  EXPECT_THAT(page.omitted, SizeIs(0));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(page.messages[i].id, all.messages[i].id);
    EXPECT_EQ(page.messages[i].subject, all.messages[i].subject);
    EXPECT_EQ(page.messages[i].labels, all.messages[i].labels);
    EXPECT_EQ(page.messages[i].body_plain, all.messages[i].body_plain);
    EXPECT_EQ(page.messages[i].attachments.size(), all.messages[i].attachments.size());
  }
}

// 256 KiB of a text are fetched in a list.
TEST_F(ImapSearchTest, ATextCutByItsEncodedLengthSaysThatItGoesOn) {
  dovecot_.deliver(in_base64("text/plain", std::string(230'000, 'x')));
  auto page = search(true);
  ASSERT_THAT(page.messages, SizeIs(1));
  EXPECT_LT(page.messages[0].body_plain.size(), 230'000U);
  EXPECT_THAT(page.messages[0].body_plain, EndsWith(goes_on));
}

TEST_F(ImapSearchTest, HtmlThatIsCutWithinATagSaysThatItGoesOn) {
  dovecot_.deliver(in_base64(
      "text/html", "<p>Hello</p><a href=\"" + std::string(230'000, 'x') + "\">there</a>"));
  const auto page = search(true);
  ASSERT_THAT(page.messages, SizeIs(1));
  EXPECT_EQ(page.messages[0].body_html, std::string{"<p>Hello</p><p>"} + goes_on + "</p>");
}

TEST_F(ImapSearchTest, ATextThatIsWholeDoesNotSaySoHoweverLongItIsDecoded) {
  // Each byte of Latin-1 becomes two: as octets it is short, as text it is not.
  const auto text = head +
                    "Subject: x\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
                    "Content-Transfer-Encoding: 8bit\r\n\r\n";
  std::string body;
  for (int i = 0; i < 2'500; ++i) body += std::string(70, '\xe4') + "\r\n";
  dovecot_.deliver(text + body);
  const auto page = search(true);
  ASSERT_THAT(page.messages, SizeIs(1));
  EXPECT_GT(page.messages[0].body_plain.size(), std::size_t{256} << 10);
  EXPECT_THAT(page.messages[0].body_plain, ::testing::Not(EndsWith(goes_on)));
}

}  // namespace
}  // namespace gmail_mcp::mail
