#include "store/sql/sqlite_archive.h"

#include <gtest/gtest.h>

#include "base/testing/loop_turns.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::store {
namespace {

class SqliteArchiveNumbers : public ::testing::Test {
 protected:
  model::ConnectionId connect(const std::string& user) {
    const auto known =
        run_to_end(loop_, store_->users().get_or_create(everybody_, model::ExternalUserId{user}));
    NewCredential credential;
    credential.user_id = known.id;
    credential.gmail_address = user + "@gmail.com";
    credential.kind = model::ConnectionKind::app_password;
    credential.ciphertexts.app_password = "sealed";
    return run_to_end(loop_, store_->connections().save(everybody_, std::move(credential))).id;
  }
  bool begin(const model::ConnectionId& id) {
    return run_to_end(loop_, store_->archive().begin(everybody_, id));
  }
  std::int64_t highest_number() {
    sql::Statement statement{sql::Sql{"SELECT max(account) FROM archives"}};
    const sql::Rows rows = run_to_end(loop_, store_.database->read(std::move(statement)));
    return rows[0][0].integer();
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  model::Access everybody_ = model::Access::system("test");
  testing::TestStore store_{clock_, *log_};
};

TEST_F(SqliteArchiveNumbers, are_not_used_up_by_archives_that_exist) {
  const auto ann = connect("ann");
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(begin(ann));
  EXPECT_TRUE(begin(connect("bob")));
  EXPECT_EQ(highest_number(), 2);
  EXPECT_FALSE(begin(model::ConnectionId{"00000000-0000-4000-8000-000000000000"}));
}

// A step of long letters is read and copied into statements on the syncing loop; the rest of that
// loop has turns in between.
using SqliteArchiveSteps = SqliteArchiveNumbers;

TEST_F(SqliteArchiveSteps, long_ones_are_prepared_in_many_turns_of_the_loop) {
  const auto ann = connect("ann");
  ASSERT_TRUE(begin(ann));
  std::string word = "日本語の手紙です。";
  const auto text = growth::repeated(word, std::size_t{64} << 10);
  int round = 0;
  const auto step_of = [&](int letters) {
    ArchiveStep step;
    for (int i = 0; i < letters; ++i) {
      NewArchived letter;
      letter.archived.message.id =
          model::MessageId{std::to_string(round) + "-" + std::to_string(i)};
      letter.archived.message.thread_id = model::ThreadId{"t"};
      letter.archived.message.body_plain = text;
      step.added.push_back(std::move(letter));
    }
    ++round;
    return step;
  };
  const auto commit = [&](ArchiveStep step) -> Task<void> {
    auto seen = co_await store_->archive().state(everybody_, ann);
    const auto done =
        co_await store_->archive().commit(everybody_, ann, std::move(*seen), std::move(step));
    EXPECT_TRUE(done.is_stored);
  };
  const growth::WorkMeter meter;
  double least = 100;
  for (int i = 0; i < 5 && least > 3; ++i) {
    const auto few = growth::most_in_one_turn(loop_, meter, commit(step_of(8)));
    const auto many = growth::most_in_one_turn(loop_, meter, commit(step_of(64)));
    least = std::min(least, many / few);
  }
  EXPECT_LE(least, 3) << "eight times as many letters make a turn so much longer";
}

}  // namespace
}  // namespace gmail_mcp::store
