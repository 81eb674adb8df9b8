// Our client's understanding of IMAP, judged by a server that we did not write.
#include <gtest/gtest.h>

#include "imap/client.h"
#include "imap/testing/dovecot.h"

namespace gmail_mcp::imap {
namespace {

using testing::Dovecot;
using namespace std::chrono_literals;

constexpr std::string_view letter =
    "From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: Gr=?utf-8?q?=C3=BC?=\r\n"
    "Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    "--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello gr\xc3\xbc\xc3\x9f dich\r\n"
    "--x\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "QUJD\r\n--x--\r\n";

class DovecotTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { shared() = std::make_unique<Dovecot>(); }
  static void TearDownTestSuite() { shared().reset(); }
  static std::unique_ptr<Dovecot>& shared() {
    static std::unique_ptr<Dovecot> one;
    return one;
  }

  Dovecot& dovecot() { return *shared(); }

  Task<std::unique_ptr<Client>> connect(Encryption encryption = Encryption::implicit) {
    auto server = dovecot().server(encryption);
    auto tls = net::TlsContext::for_client(server.ca_file);
    co_return co_await Client::connect(std::move(server), std::move(tls));
  }

  Login login() {
    return {.address = dovecot().address(), .secret = Secret{std::string{Dovecot::password}}};
  }

  Task<std::unique_ptr<Client>> enter() {
    auto client = co_await connect();
    auto who = login();
    co_await client->login(std::move(who));
    co_return client;
  }

  // A folder of its own for each test.
  Task<std::string> folder(Client& client) {
    const auto* about = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string{"Größe & "} + about->name();
    co_await client.create_folder(name);
    co_return name;
  }

  template <class T>
  T run(Task<T> task) {
    boost::asio::io_context loop;
    return run_to_end(loop, std::move(task));
  }
};

// The code of the Error `task` throws; nullopt if it throws none.
Task<std::optional<Errc>> failure(Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const Error& error) {
    co_return error.code;
  }
  co_return std::nullopt;
}

TEST_F(DovecotTest, TakesOurLoginOverTlsAndOverStarttls) {
  const auto way_in = [&](Encryption encryption) -> Task<bool> {
    auto client = co_await connect(encryption);
    auto who = login();
    co_await client->login(std::move(who));
    const bool has_moved_in = client->can("UIDPLUS");
    co_await client->logout();
    co_return has_moved_in && !client->is_open();
  };
  EXPECT_TRUE(run(way_in(Encryption::implicit)));
  EXPECT_TRUE(run(way_in(Encryption::starttls)));
}

TEST_F(DovecotTest, ACertificateOfAnotherAuthorityIsRefused) {
  const auto wrong = [&]() -> Task<std::optional<Errc>> {
    const net::testing::SelfSigned other;
    auto server = dovecot().server();
    auto tls = net::TlsContext::for_client(other.certificate_file());
    try {
      co_await Client::connect(std::move(server), std::move(tls));
    } catch (const Error& error) {
      co_return error.code;
    }
    co_return std::nullopt;
  };
  EXPECT_EQ(run(wrong()), Errc::misconfigured);
}

TEST_F(DovecotTest, AWrongPasswordAndAForgedTokenAreRefusedAndTheConnectionStaysInStep) {
  const auto refused = [&]() -> Task<void> {
    auto client = co_await connect();
    auto wrong = login();
    wrong.secret = Secret{"abcd efgh ijkl mnop"};
    auto attempt = client->login(std::move(wrong));
    EXPECT_EQ(co_await failure(std::move(attempt)), Errc::unauthenticated);
    auto forged = login();
    forged.secret = Secret{Dovecot::forged_token()};
    forged.is_bearer = true;
    auto second = client->login(std::move(forged));
    EXPECT_EQ(co_await failure(std::move(second)), Errc::unauthenticated);
    auto token = login();
    token.secret = Secret{dovecot().token()};
    token.is_bearer = true;
    co_await client->login(std::move(token));
    co_await client->noop();
  };
  boost::asio::io_context loop;
  run_to_end(loop, refused());
}

TEST_F(DovecotTest, TooManyConnectionsAreNotAWrongPassword) {
  const auto many = [&]() -> Task<std::optional<Errc>> {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(co_await enter());
    auto one_more = co_await connect();
    auto who = login();
    auto attempt = one_more->login(std::move(who));
    auto code = co_await failure(std::move(attempt));
    for (auto& client : clients) co_await client->logout();
    co_return code;
  };
  EXPECT_EQ(run(many()), Errc::rate_limited);
}

TEST_F(DovecotTest, FoldersAreFoundByTheirUse) {
  const auto look = [&]() -> Task<std::vector<Folder>> {
    auto client = co_await enter();
    co_return co_await client->folders(true);
  };
  const auto folders = run(look());
  ASSERT_NE(find(folders, SpecialUse::drafts), nullptr);
  EXPECT_EQ(find(folders, SpecialUse::drafts)->name, "Entwürfe");
  ASSERT_NE(find(folders, SpecialUse::inbox), nullptr);
  ASSERT_TRUE(find(folders, SpecialUse::inbox)->status);
  EXPECT_NE(find(folders, SpecialUse::inbox)->status->uid_validity, 0U);
  EXPECT_NE(find(folders, SpecialUse::inbox)->status->highest_modseq, 0U);
}

TEST_F(DovecotTest, ALetterIsAppendedReadSearchedFlaggedMovedAndRemoved) {
  const auto life = [&]() -> Task<void> {
    auto client = co_await enter();
    const auto place = co_await folder(*client);
    const std::string bytes{letter};
    std::vector<std::string> draft{"\\Draft"};
    const Timestamp date = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2};
    const auto appended = co_await client->append(place, bytes, std::move(draft), date);
    EXPECT_TRUE(appended && appended->uid == 1);
    const auto opened = co_await client->select(place);
    EXPECT_EQ(opened.exists, 1U);
    EXPECT_EQ(opened.uid_validity, appended->uid_validity);

    FetchItems items;
    items.flags = items.internal_date = items.size = items.modseq = items.structure = true;
    items.sections = {"", "HEADER", "1", "2", "2.MIME"};
    const UidSet first{1};
    auto messages = co_await client->fetch(first, items);
    EXPECT_EQ(messages.size(), 1U);
    const auto& message = messages.at(0);
    EXPECT_EQ(*message.section(""), bytes);
    EXPECT_EQ(message.size, bytes.size());
    EXPECT_EQ(message.internal_date, date);
    EXPECT_TRUE(message.has_flag("\\Draft"));
    EXPECT_FALSE(message.has_flag("\\Seen"));  // we only peeked
    EXPECT_TRUE(message.modseq.has_value());
    EXPECT_EQ(*message.section("2"), "QUJD");
    EXPECT_EQ(message.structure->parts.at(1).section, "2");
    EXPECT_EQ(message.structure->parts.at(1).mime_type, "application/pdf");

    Search words;
    words.text("BODY", "grüß dich").text("HEADER Message-ID", "<1@example.org>");
    const auto found = co_await client->search(words);
    EXPECT_EQ(found, first);

    std::vector<std::string> seen{"\\Seen"};
    const auto before = co_await client->status(place);
    co_await client->store_flags(first, StoreMode::add, seen);
    FetchItems changes;
    changes.flags = true;
    changes.changed_since = before.highest_modseq;
    auto changed = co_await client->fetch(first, changes);
    EXPECT_EQ(changed.size(), 1U);
    EXPECT_TRUE(changed.at(0).has_flag("\\Seen"));

    const auto moved = co_await client->move(first, "Papierkorb");
    EXPECT_EQ(moved.uids.size(), 1U);
    const auto left = co_await client->status(place);
    EXPECT_EQ(left.messages, 0U);
    co_await client->select("Papierkorb");
    const UidSet there{moved.uids.at(0).second};
    std::vector<std::string> deleted{"\\Deleted"};
    co_await client->store_flags(there, StoreMode::add, deleted);
    co_await client->expunge(there);
    Search all;
    all.keys("ALL");
    const auto rest = co_await client->search(all);
    EXPECT_FALSE(rest.contains(there.lowest()));
  };
  boost::asio::io_context loop;
  run_to_end(loop, life());
}

TEST_F(DovecotTest, CallsThatOverlapAreAnsweredEachWithItsOwn) {
  const auto overlap = [&]() -> Task<std::vector<FolderStatus>> {
    auto client = co_await enter();
    const std::string bytes{letter};
    const auto place = co_await folder(*client);
    co_await client->append(place, bytes);
    std::vector<Task<FolderStatus>> asks;
    for (int i = 0; i < 20; ++i) {
      asks.push_back(client->status(place));
      asks.push_back(client->status("Gesendet"));
    }
    co_return co_await run_all(std::move(asks));
  };
  const auto all = run(overlap());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].messages, i % 2 == 0 ? 1U : 0U);
}

TEST_F(DovecotTest, WhoWaitsIsToldOfNewMail) {
  const auto wait = [&]() -> Task<bool> {
    auto waiting = co_await enter();
    auto other = co_await enter();
    co_await waiting->examine("INBOX");
    const auto executor = co_await current_executor();
    bool changed = false;
    TaskGroup group{executor};
    const auto idle = [&]() -> Task<void> { changed = co_await waiting->idle(60s); };
    group.spawn(idle());
    std::string news{letter};
    co_await other->append("INBOX", std::move(news));
    co_await group.join();
    co_return changed;
  };
  EXPECT_TRUE(run(wait()));
}

TEST_F(DovecotTest, SpeaksCompressedToo) {
  const auto squeeze = [&]() -> Task<void> {
    auto client = co_await enter();
    const bool is_compressed = co_await client->compress();
    EXPECT_TRUE(is_compressed);
    const auto place = co_await folder(*client);
    std::string bytes{letter};
    for (int i = 0; i < 50'000; ++i) bytes += std::to_string(i * 7919) + "\r\n";
    co_await client->append(place, bytes);
    co_await client->examine(place);
    FetchItems whole;
    whole.sections.emplace_back();
    const UidSet first{1};
    auto messages = co_await client->fetch(first, whole);
    EXPECT_EQ(messages.size(), 1U);
    EXPECT_EQ(*messages.at(0).section(""), bytes);
  };
  boost::asio::io_context loop;
  run_to_end(loop, squeeze());
}

}  // namespace
}  // namespace gmail_mcp::imap
