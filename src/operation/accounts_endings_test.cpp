#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "accounts/testing/google.h"
#include "operation/testing/house_bench.h"
#include "sql/temp_folder.h"
#include "sql/testing/forwarding_database.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::operation {
namespace {

using accounts::testing::Google;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// How many more steps the process lives: writes, and requests to Google.
struct Life {
  std::optional<int> steps;
  bool is_over = false;

  void take_step() {
    is_over = is_over || steps == 0;
    if (steps) --*steps;
    check();
  }
  void check() const {
    if (is_over) throw Error{Errc::unavailable, "The process is gone."};
  }
};

class MortalDatabase final : public sql::testing::ForwardingDatabase {
 public:
  MortalDatabase(std::unique_ptr<sql::Database> inner, Life& life)
      : ForwardingDatabase{std::move(inner)}, life_{life} {}

  Task<sql::Rows> read(sql::Statement statement) override {
    life_.check();
    return ForwardingDatabase::read(std::move(statement));
  }
  Task<sql::Rows> write(sql::Statement statement) override {
    life_.take_step();
    return ForwardingDatabase::write(std::move(statement));
  }
  Task<std::vector<sql::Rows>> atomically(std::vector<sql::Statement> statements,
                                          sql::Urgency urgency) override {
    life_.take_step();
    return ForwardingDatabase::atomically(std::move(statements), urgency);
  }

 private:
  Life& life_;
};

class MortalGoogle final : public http::Client {
 public:
  MortalGoogle(Google& google, Life& life) : google_{google}, life_{life} {}

  Task<http::ClientResponse> send(http::ClientRequest request) override {
    life_.take_step();
    return google_.send(std::move(request));
  }
  Task<http::ClientResponse> send_once(http::ClientRequest request) override {
    return send(std::move(request));
  }

 private:
  Google& google_;
  Life& life_;
};

// One run of the program over a database file, as far as it takes part in removing.
class ProgramRun {
 public:
  ProgramRun(const std::string& path, Google& google, Clock& clock)
      : google_{google},
        clock_{clock},
        store_{clock, *log_, {.path = path}, [this](std::unique_ptr<sql::Database> database) {
                 return std::make_unique<MortalDatabase>(std::move(database), life);
               }} {
    testing::HouseOptions over;
    over.store = store_.get();
    over.oauth = &oauth_;
    house_.emplace(loop, clock_, *log_, over);
  }

  testing::HouseBench& house() { return *house_; }
  Accounts& accounts() { return house_->accounts; }
  void remove(const model::Connection& one) {
    auto call = house_->call();
    run(accounts().remove(call, one.id.str()));
  }
  Accounts::RemovedUser remove_user(model::ExternalUserId user) {
    auto call = house_->call();
    return run(accounts().remove_user(call, std::move(user)));
  }
  model::Disconnected disconnect(const model::Connection& one, bool keep_archive) {
    auto call = house_->call();
    return run(accounts().disconnect(call, one.id.str(), true, keep_archive));
  }

  template <class T>
  T run(Task<T> task) {
    return run_to_end(loop, std::move(task));
  }
  void run(Task<void> task) { run_to_end(loop, std::move(task)); }

  model::Connection connect(model::ConnectionKind kind = model::ConnectionKind::oauth) {
    const auto ann = run(store_->users().get_or_create(all, model::ExternalUserId{"ann"}));
    store::NewCredential credential;
    credential.user_id = ann.id;
    credential.gmail_address = "ann@gmail.com";
    credential.kind = kind;
    credential.google_sub = "sub-ann";
    credential.ciphertexts.access_token = keys_.encrypt("access");
    credential.ciphertexts.refresh_token = keys_.encrypt("refresh");
    return run(store_->connections().save(all, credential));
  }

  // Ann's account with two letters in its archive and one that was sent.
  model::Connection fill(model::ConnectionKind kind = model::ConnectionKind::oauth) {
    auto saved = connect(kind);
    run(store_->archive().begin(all, saved.id));
    store::ArchiveStep step;
    for (int number = 0; number < 2; ++number) {
      store::NewArchived letter;
      letter.archived.message.id = model::MessageId{std::to_string(number)};
      letter.archived.message.thread_id = model::ThreadId{"t"};
      letter.correspondents = {{.name = "", .email = "bob@x.com"}};
      step.added.push_back(std::move(letter));
    }
    const auto seen = run(store_->archive().state(all, saved.id)).value();
    EXPECT_TRUE(run(store_->archive().commit(all, saved.id, seen, std::move(step))).is_stored);
    store::SendRecord sent;
    sent.id = "one";
    sent.user_id = saved.user_id;
    sent.connection_id = saved.id;
    run(store_->sends().begin(all, std::move(sent), {}));
    return saved;
  }

  // Google no longer accepts its consent.
  void lose(const model::Connection& one) {
    EXPECT_TRUE(run(store_->connections().require_reconnect(all, one.id, one.version,
                                                            store::CredentialLoss::refused)));
  }
  bool has_archive(const model::Connection& one) {
    return run(store_->archive().state(all, one.id)).has_value();
  }

  std::int64_t rows_of(sql::Sql count) {
    sql::Statement statement{count};
    return run(store_.database->read(std::move(statement)))[0][0].integer();
  }

  std::string ciphertexts_of(const model::ConnectionId& id) {
    const auto stored = run(store_->connections().credential(all, id)).value();
    return stored.ciphertexts.access_token + stored.ciphertexts.refresh_token;
  }

  std::vector<model::Connection> listed() {
    store::ConnectionFilter filter;
    filter.include_inactive = true;
    return run(store_->connections().list(all, filter));
  }

  // Names everything that is left of it.
  std::vector<std::string> left(const model::Connection& removed) {
    auto all_left = kept(removed);
    for (const auto& one : listed()) all_left.push_back("listed " + one.gmail_address);
    return all_left;
  }

  // Names what is left of its mail; the number of its sends of the day is still known.
  std::vector<std::string> kept(const model::Connection& removed) {
    auto all_left = unfinished_or_stored();
    const auto name = house_->services.policy.spent_as(removed).front();
    const auto spent =
        run(store_->sends().count_spent(name, clock_.now() - std::chrono::hours{24}));
    if (spent != 1) all_left.push_back("spent " + std::to_string(spent) + ", not 1");
    return all_left;
  }

  std::vector<std::string> unfinished_or_stored() {
    std::vector<std::string> all_left;
    for (const auto& one : run(store_->connections().endings(all))) {
      all_left.push_back("unfinished " + one.connection.gmail_address);
    }
    for (const auto& one : run(store_->archive().archived(all))) {
      all_left.push_back("archive of " + one.str());
    }
    sql::Statement count{"SELECT count(*) FROM archive_messages"};
    const auto messages = run(store_.database->read(std::move(count)))[0][0].integer();
    if (messages > 0) all_left.emplace_back("messages");
    if (run(store_->sends().find(all, "one"))) all_left.emplace_back("what was sent");
    return all_left;
  }

  boost::asio::io_context loop;
  Life life;
  model::Access all = model::Access::system("test");

 private:
  Google& google_;
  Clock& clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  MortalGoogle mortal_google_{google_, life};
  google::OAuthClient client_{"client-id", Secret{"client-secret"}};
  google::OAuthApi oauth_{mortal_google_, Google::endpoints(), client_};
  crypto::KeyRing keys_ = crypto::KeyRing::parse({Secret{std::string(43, 'A') + "="}}).value();
  store::testing::TestStore store_;
  std::optional<testing::HouseBench> house_;
};

TEST(Removal, cut_after_any_step_is_finished_by_the_next_run) {
  int step = 0;
  for (bool was_cut = true; was_cut; ++step) {
    SCOPED_TRACE("cut after step " + std::to_string(step));
    const sql::TempFolder folder;
    const auto path = folder / "mail.db";
    ManualClock clock;
    Google google;
    model::Connection removed;
    {
      ProgramRun first{path, google, clock};
      removed = first.fill();
      first.life.steps = step;
      try {
        first.remove(removed);
      } catch (const Error&) {
      }
      was_cut = first.life.is_over;
    }
    ProgramRun next{path, google, clock};
    if (step == 0) {
      EXPECT_EQ(next.listed().size(), 1U) << "nothing was begun";
      continue;
    }
    EXPECT_THAT(next.listed(), IsEmpty());
    next.run(next.accounts().finish_endings());
    EXPECT_THAT(next.left(removed), IsEmpty());
    EXPECT_THAT(google.revoked, Contains("refresh"));
    next.run(next.accounts().finish_endings());
    EXPECT_THAT(next.left(removed), IsEmpty()) << "finished twice";
  }
  EXPECT_GE(step, 6) << "mark, revoke, erase, archive, row";
}

// A disconnect leaves the row, but no access to the mailbox, neither here nor at Google, and none
// of its mail.
TEST(Removal, a_disconnect_cut_after_any_step_is_finished_by_the_next_run) {
  int step = 0;
  for (bool was_cut = true; was_cut; ++step) {
    SCOPED_TRACE("cut after step " + std::to_string(step));
    const sql::TempFolder folder;
    const auto path = folder / "mail.db";
    ManualClock clock;
    Google google;
    model::Connection one;
    {
      ProgramRun first{path, google, clock};
      one = first.fill();
      first.life.steps = step;
      try {
        first.disconnect(one, false);
      } catch (const Error&) {
      }
      was_cut = first.life.is_over;
    }
    ProgramRun next{path, google, clock};
    if (step == 0) continue;
    next.run(next.accounts().finish_endings());
    ASSERT_EQ(next.listed().size(), 1U);
    const auto left = next.listed().front();
    EXPECT_EQ(left.status, model::ConnectionStatus::disconnected);
    EXPECT_EQ(next.ciphertexts_of(left.id), "");
    EXPECT_THAT(next.kept(one), IsEmpty());
    EXPECT_THAT(google.revoked, Contains("refresh"));
    google.revoked.clear();
    next.run(next.accounts().finish_endings());
    EXPECT_THAT(google.revoked, IsEmpty()) << "nothing is left to revoke";
  }
  EXPECT_GE(step, 7) << "mark, revoke, erase, archive, sends, mark taken back";
}

TEST(Removal, an_archive_that_is_to_be_kept_outlives_the_disconnect_and_nothing_else_does) {
  const sql::TempFolder folder;
  ManualClock clock;
  Google google;
  ProgramRun program{folder / "mail.db", google, clock};
  const auto one = program.fill();
  const auto ended = program.disconnect(one, true);
  EXPECT_TRUE(ended.archive_kept);
  program.run(program.accounts().finish_endings());
  EXPECT_TRUE(program.has_archive(one));
  EXPECT_THAT(program.kept(one), ElementsAre(StartsWith("archive of"), "messages"));
  const auto again = program.disconnect(one, false);
  EXPECT_FALSE(again.archive_kept);
  EXPECT_THAT(program.kept(one), IsEmpty()) << "who ends it once more may still decide so";
}

TEST(Removal, what_is_kept_of_a_lost_connection_is_erased_after_seven_days_whatever_is_cut) {
  int step = 0;
  for (bool was_cut = true; was_cut; ++step) {
    SCOPED_TRACE("cut after step " + std::to_string(step));
    const sql::TempFolder folder;
    const auto path = folder / "mail.db";
    ManualClock clock;
    Google google;
    model::Connection lost;
    {
      ProgramRun first{path, google, clock};
      lost = first.fill();
      first.lose(lost);
      clock.advance(grace_of_lost_connections - std::chrono::minutes{1});
      first.run(first.accounts().finish_endings());
      EXPECT_TRUE(first.has_archive(lost)) << "the person may connect again";
      clock.advance(std::chrono::minutes{2});
      first.life.steps = step;
      first.run(first.accounts().finish_endings());
      was_cut = first.life.is_over;
    }
    ProgramRun next{path, google, clock};
    next.run(next.accounts().finish_endings());
    ASSERT_EQ(next.listed().size(), 1U);
    EXPECT_EQ(next.listed().front().status, model::ConnectionStatus::reconnect_required);
    EXPECT_THAT(next.unfinished_or_stored(), IsEmpty());
    EXPECT_THAT(google.revoked, IsEmpty()) << "Google has ended it already";
  }
  EXPECT_GE(step, 5) << "mark, archive, sends, mark taken back";
}

TEST(Removal, a_lost_connection_that_is_connected_again_keeps_its_archive) {
  const sql::TempFolder folder;
  ManualClock clock;
  Google google;
  ProgramRun program{folder / "mail.db", google, clock};
  const auto lost = program.fill();
  program.lose(lost);
  clock.advance(std::chrono::days{6});
  program.connect();
  clock.advance(std::chrono::days{6});
  program.run(program.accounts().finish_endings());
  EXPECT_TRUE(program.has_archive(lost));
}

// Nobody requested an archive for an account connected with Google, and its mail may be too old for
// one.
TEST(Removal, an_archive_ends_when_google_takes_an_app_passwords_place_whatever_is_cut) {
  int step = 0;
  for (bool was_cut = true; was_cut; ++step) {
    SCOPED_TRACE("cut after step " + std::to_string(step));
    const sql::TempFolder folder;
    const auto path = folder / "mail.db";
    ManualClock clock;
    Google google;
    model::Connection one;
    {
      ProgramRun first{path, google, clock};
      one = first.fill(model::ConnectionKind::app_password);
      first.life.steps = step;
      try {
        first.run(first.accounts().connected(first.connect(), Accounts::Verified::yes));
      } catch (const Error&) {
      }
      was_cut = first.life.is_over;
      EXPECT_TRUE(was_cut || !first.has_archive(one)) << "at once";
    }
    ProgramRun next{path, google, clock};
    next.run(next.accounts().finish_endings());
    ASSERT_EQ(next.listed().size(), 1U);
    EXPECT_EQ(next.listed().front().id, one.id);
    EXPECT_TRUE(next.listed().front().is_active());
    if (step < 2) continue;  // the user's row, or the connection's: it is of the kind it was
    EXPECT_THAT(next.unfinished_or_stored(), ElementsAre("what was sent"));
    EXPECT_EQ(next.house().asked_to_follow.size(), was_cut ? 1U : 0U) << "under its new rules";
    EXPECT_TRUE(next.run(next.house().store.archive().begin(next.all, one.id)));
  }
  EXPECT_GE(step, 4) << "save, archive, mark taken back";
}

TEST(Removal, an_archive_goes_on_when_an_app_password_takes_googles_place) {
  const sql::TempFolder folder;
  ManualClock clock;
  Google google;
  ProgramRun program{folder / "mail.db", google, clock};
  const auto one = program.fill();
  program.run(program.accounts().connected(program.connect(model::ConnectionKind::app_password),
                                           Accounts::Verified::yes));
  program.run(program.accounts().finish_endings());
  EXPECT_TRUE(program.has_archive(one));
}

TEST(Removal, an_account_that_was_added_again_meanwhile_is_not_removed) {
  const sql::TempFolder folder;
  ManualClock clock;
  Google google;
  ProgramRun first{folder / "mail.db", google, clock};
  const auto removed = first.fill();
  first.life.steps = 1;
  EXPECT_THROW(first.remove(removed), Error);
  ProgramRun next{folder / "mail.db", google, clock};
  next.connect();
  next.run(next.accounts().finish_endings());
  EXPECT_EQ(next.listed().size(), 1U);
  EXPECT_TRUE(next.listed().front().is_active());
}

TEST(Removal, what_fails_while_it_is_finished_is_left_to_the_next_time) {
  const sql::TempFolder folder;
  ManualClock clock;
  Google google;
  ProgramRun first{folder / "mail.db", google, clock};
  const auto removed = first.fill();
  first.life.steps = 1;
  EXPECT_THROW(first.remove(removed), Error);
  ProgramRun next{folder / "mail.db", google, clock};
  next.life.steps = 2;
  EXPECT_NO_THROW(next.run(next.accounts().finish_endings()));
  ProgramRun last{folder / "mail.db", google, clock};
  last.run(last.accounts().finish_endings());
  EXPECT_THAT(last.left(removed), IsEmpty());
}

TEST(Removal, of_a_deleted_user_nothing_is_left_whatever_cut_it_before) {
  const model::ExternalUserId ann{"ann"};
  int step = 0;
  for (bool was_cut = true; was_cut; ++step) {
    SCOPED_TRACE("cut after step " + std::to_string(step));
    const sql::TempFolder folder;
    const auto path = folder / "mail.db";
    ManualClock clock;
    Google google;
    {
      ProgramRun first{path, google, clock};
      first.fill();
      first.life.steps = step;
      try {
        EXPECT_EQ(first.remove_user(ann).accounts, 1U);
      } catch (const Error&) {
      }
      was_cut = first.life.is_over;
    }
    ProgramRun next{path, google, clock};
    if (next.run(next.house().store.users().find(next.all, ann))) {
      next.remove_user(ann);
    }
    EXPECT_THAT(next.listed(), IsEmpty());
    EXPECT_THAT(next.unfinished_or_stored(), IsEmpty());
    EXPECT_EQ(next.rows_of("SELECT count(*) FROM users"), 0);
    EXPECT_EQ(next.rows_of("SELECT count(*) FROM spent_sends"), 0);
    EXPECT_THAT(google.revoked, Contains("refresh"));
  }
  EXPECT_GE(step, 8) << "mark, revoke, erase, archive, row, numbers, user";
}

}  // namespace
}  // namespace gmail_mcp::operation
