// PostgreSQL's archive finds what SQLite's finds, in the same order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "base/log.h"
#include "base/testing/growth.h"
#include "sql/postgres/postgres.h"
#include "sql/testing/postgres_server.h"
#include "store/sql/dialect.h"
#include "store/sql/sql_store.h"
#include "store/testing/test_store.h"
#include "tests/contract/made_up_mail.h"

namespace gmail_mcp::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

#ifdef GMAIL_MCP_FAST_STEPS
constexpr std::size_t letter_count = 20'000;
constexpr int query_count = 2'000;
#else
constexpr std::size_t letter_count = 3'000;
constexpr int query_count = 700;
#endif

// One account of a store, and how it is searched.
class Searched {
 public:
  explicit Searched(std::unique_ptr<Store> store) : store_{std::move(store)} {
    run_to_end(loop_, store_->migrate());
    const auto user =
        run_to_end(loop_, store_->users().get_or_create(everyone_, model::ExternalUserId{"ann"}));
    NewCredential credential;
    credential.user_id = user.id;
    credential.gmail_address = "ann@gmail.com";
    id_ = run_to_end(loop_, store_->connections().save(everyone_, credential)).id;
    run_to_end(loop_, store_->archive().begin(everyone_, id_));
  }

  void add(const std::vector<NewArchived>& letters) {
    constexpr std::size_t letters_a_step = 200;
    for (std::size_t at = 0; at < letters.size(); at += letters_a_step) {
      const auto seen = run_to_end(loop_, store_->archive().state(everyone_, id_)).value();
      ArchiveStep step;
      step.added.assign(letters.begin() + static_cast<std::ptrdiff_t>(at),
                        letters.begin() + static_cast<std::ptrdiff_t>(
                                              std::min(at + letters_a_step, letters.size())));
      const auto done =
          run_to_end(loop_, store_->archive().commit(everyone_, id_, seen, std::move(step)));
      EXPECT_TRUE(done.is_stored);
    }
  }

  // The ids of the first `pages` pages.
  std::vector<std::string> find(const SearchQuery& query, std::int64_t page_size = 40,
                                int pages = 2) {
    std::vector<std::string> ids;
    std::string cursor;
    do {
      const auto page =
          run_to_end(loop_, store_->archive().search(everyone_, id_, query, page_size, cursor));
      for (const auto& one : page.messages) ids.push_back(one.message.id.str());
      cursor = page.next_cursor;
    } while (!cursor.empty() && --pages > 0);
    return ids;
  }
  std::vector<std::string> find(std::string_view text) { return find(parse_search(text).value()); }

 private:
  boost::asio::io_context loop_;
  model::Access everyone_ = model::Access::system("test");
  std::unique_ptr<Store> store_;
  model::ConnectionId id_;
};

class SearchParity : public ::testing::Test {
 protected:
  ~SearchParity() override { server().drop_database(url_); }

  static sql::testing::PostgresServer& server() {
    return sql::testing::PostgresServer::of_this_process();
  }
  std::unique_ptr<Store> open_postgres_store() {
    sql::PostgresOptions options;
    options.url = url_;
    return open_sql_store(sql::open_postgres(std::move(options), *log_), clock_, *log_,
                          postgres_dialect());
  }
  void add(const std::vector<NewArchived>& letters) {
    std::thread beside{[&] { sqlite_->add(letters); }};
    postgres_->add(letters);
    beside.join();
  }

  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  std::string url_ = server().new_database();
  std::unique_ptr<Searched> sqlite_ =
      std::make_unique<Searched>(testing::TestStore{clock_, *log_}.take());
  std::unique_ptr<Searched> postgres_ = std::make_unique<Searched>(open_postgres_store());
};

TEST_F(SearchParity, whatever_is_looked_for_is_found_alike_and_in_the_same_order) {
  MadeUpMail mail{20261129};
  std::vector<NewArchived> letters;
  for (std::size_t i = 0; i < letter_count; ++i) letters.push_back(mail.letter(i));
  add(letters);
  int asked = 0;
  int found_something = 0;
  int different = 0;
  while (asked < query_count) {
    const auto text = mail.query(letters);
    const auto query = parse_search(text);
    if (!query) continue;  // an operator that the archive does not have
    ++asked;
    const auto here = sqlite_->find(*query);
    const auto there = postgres_->find(*query);
    if (!here.empty()) ++found_something;
    if (here == there) continue;
    ++different;
    ADD_FAILURE() << text << '\n'
                  << ::testing::PrintToString(here) << '\n'
                  << ::testing::PrintToString(there);
    if (different == 20) break;
  }
  EXPECT_EQ(different, 0);
  EXPECT_GT(found_something, asked / 2);
}

// The exceptions. What stands here is all that was found to differ.

// PostgreSQL counts the places of words to 16,383 and keeps 255 places of a word. In a longer
// message a phrase is found where its words are, wherever they are.
TEST_F(SearchParity, in_very_long_messages_the_words_of_a_phrase_are_enough) {
  MadeUpMail mail{1};
  auto longer = mail.letter(1);
  longer.archived.message.labels = {"INBOX"};
  longer.text = "first of all";
  for (int i = 0; i < 20'000; ++i) *longer.text += " w" + std::to_string(i);
  *longer.text += " at the end";
  auto often = mail.letter(2);
  often.archived.message.labels = {"INBOX"};
  often.text = "start";
  for (int i = 0; i < 300; ++i) *often.text += " again";
  *often.text += " stop";
  add({longer, often});
  for (const auto* both : {"\"first of all\"", "\"w19998 w19999 at the end\"", "\"again stop\"",
                           "\"start again\"", "w10", "subject:w10", "first -w17000"}) {
    EXPECT_EQ(sqlite_->find(both), postgres_->find(both)) << both;
  }
  EXPECT_THAT(sqlite_->find("\"end the first\""), IsEmpty());
  EXPECT_THAT(postgres_->find("\"end the first\""), ElementsAre("1"));
  EXPECT_THAT(sqlite_->find("\"stop start\""), IsEmpty());
  EXPECT_THAT(postgres_->find("\"stop start\""), ElementsAre("2"));
}

// A tsvector has less than a megabyte. Of a message with more different words the first are found;
// all of it is kept.
TEST_F(SearchParity, in_a_message_with_a_hundred_thousand_words_the_last_are_not_found) {
  MadeUpMail mail{1};
  auto list = mail.letter(1);
  list.archived.message.labels = {"INBOX"};
  list.text.reset();
  auto& body = list.archived.message.body_plain;
  body.clear();
  for (int i = 100'000; i < 200'000; ++i) body += "number" + std::to_string(i) + " ";
  add({list});
  EXPECT_THAT(postgres_->find("number150000"), ElementsAre("1"));
  EXPECT_THAT(sqlite_->find("number199999"), ElementsAre("1"));
  EXPECT_THAT(postgres_->find("number199999"), IsEmpty());
}

// Scripts and signs that Unicode has gained since version 6.1, whose tables FTS5 has, may be
// letters to one and signs to the other; search_words_test counts them. What is no UTF-8 is
// replaced in PostgreSQL; mail that is read is UTF-8 before it comes to the archive.

}  // namespace
}  // namespace gmail_mcp::store
