// A database of the version before archives told what they miss, with what its faults left in it,
// ends after the upgrade as a fresh sync would have it.
#include <boost/json.hpp>

#include "tests/contract/archived_upstream.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr std::size_t old_steps =
    3;  // of the schema: 001_initial, 002_kinds_and_sends, 003_archive

constexpr sql::Sql schema_of =
    "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY 1";

// What later steps brought.
constexpr sql::Sql newer_schema[] = {
    "DROP INDEX idx_sends_lost",
    "DROP INDEX idx_connections_expiring",
    "DROP INDEX idx_connections_ending",
    "DROP TABLE IF EXISTS held_sends",
    "DROP TABLE IF EXISTS user_tokens",
    "DROP TABLE IF EXISTS client_grants",
    "DROP TABLE IF EXISTS sign_in_requests",
    "DROP TABLE IF EXISTS mcp_session_watches",
    "DROP TABLE IF EXISTS mcp_sessions",
    "DROP TRIGGER connection_changed",
    "DROP TRIGGER connection_gone",
    "DROP TRIGGER scrubbing_begun",
    "DROP TABLE news",
    "DROP TABLE tries",
    "DROP TABLE spending",
    "DROP INDEX idx_leases_holder",
    "DROP TABLE spent_sends",
    "ALTER TABLE audit DROP COLUMN asked_for",
    "ALTER TABLE connections DROP COLUMN last_ok_at",
    "ALTER TABLE connections DROP COLUMN last_error_at",
    "ALTER TABLE connections DROP COLUMN last_error",
    "DROP TRIGGER archive_message_gone",
    "ALTER TABLE connections DROP COLUMN lost_at",
    "ALTER TABLE connections DROP COLUMN erasing",
    "DROP INDEX idx_archive_readings",
    "DROP INDEX idx_archive_spots",
    "ALTER TABLE archive_messages DROP COLUMN reading",
    "ALTER TABLE archive_messages DROP COLUMN uid",
    "ALTER TABLE archive_messages DROP COLUMN folder",
    "DELETE FROM schema_migrations WHERE version >= '004'",
};

class Upgrade : public ArchivedUpstream {
 protected:
  void TearDown() override { EXPECT_TRUE(was_old_) << "nothing was upgraded"; }

  void write(sql::Sql text) {
    sql::Statement statement{text};
    run(store_.database->write(std::move(statement)));
  }
  std::vector<std::string> schema(sql::Database& database) {
    std::vector<std::string> lines;
    sql::Statement statement{schema_of};
    for (const auto& row : run(database.read(std::move(statement)))) lines.push_back(row[0].text());
    return lines;
  }

  /// Everything as the earlier version had it: the schema and the cursor. What it wrote of messages
  /// without attachments is the same to this day.
  void age() {
    was_old_ = true;
    set_cursor(as_written_before(cursor()));
    for (const auto& text : newer_schema) write(text);
    const auto old = sql::open_sqlite({.path = ":memory:"}, *log_);
    run(sql::migrate(*old, store::sqlite_dialect().migrations.first(old_steps), clock_));
    EXPECT_EQ(schema(*store_.database), schema(*old));
  }
  void upgrade() { run(store_->migrate()); }

  // How far a fresh sync gets.
  std::string cursor_of_a_fresh_sync() {
    const auto feed = open_feed();
    std::string at;
    for (bool is_last = false; !is_last;) {
      const auto step = run(feed->next(at, 50));
      at = step.cursor;
      is_last = step.is_last;
    }
    run(feed->rest());
    return at;
  }

  // IMAP: how far each folder was followed, and nothing of what was left out. REST: history and
  // page alone.
  std::string as_written_before(const std::string& now) const {
    if (now.empty()) return now;
    auto value = boost::json::parse(now);
    if (!is_imap()) {
      value.as_array().resize(3);
      return boost::json::serialize(value);
    }
    auto& object = value.as_object();
    object["imap"] = 1;
    for (const auto* name : {"walking", "spared", "retried", "one_by_one"}) object.erase(name);
    for (auto& folder : object["folders"].as_array()) folder.as_array().resize(7);
    return boost::json::serialize(value);
  }

 private:
  bool was_old_ = false;
};

using OverImap = Upgrade;

TEST_P(OverImap, of_an_archive_with_lost_mail_and_ghosts_ends_as_a_fresh_one) {
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
  // Lost: answers left them out, and so they were taken for gone.
  moods().left_out = {ids[3], ids[29]};
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_THAT(archived(), SizeIs(28));
  clear_faults();
  // Ghosts: removed while a walk was about to begin, which then took them for seen.
  for (const auto& id : {ids[10], ids[11]}) EXPECT_TRUE(upstream().remove(id).has_value());
  set_cursor(cursor_of_a_fresh_sync());
  age();

  upgrade();
  EXPECT_THAT(archived(), SizeIs(28));
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_THAT(archived(), SizeIs(28));
  EXPECT_EQ(archived(), freshly_archived());
  // Once: what was healed is not read again. What an earlier version read is read anew behind the
  // answer, so that several calls may see a part of it.
  std::uint64_t fetched = 1;
  for (int calls = 0; fetched > 0 && calls < 20; ++calls) {
    clock_.advance(2min);
    sandbox().reset_counters();
    EXPECT_EQ(sync(), std::nullopt);
    fetched = sandbox().counters().imap_messages_fetched;
  }
  EXPECT_EQ(fetched, 0U);
}

TEST_P(OverImap, of_a_walk_that_stood_before_a_message_goes_on) {
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
  EXPECT_EQ(sync(), std::nullopt);
  age();
  // It began at the newest and got as far as the twentieth.
  auto value = boost::json::parse(cursor()).as_object();
  auto& folder = value["folders"].as_array()[0].as_array();
  folder[4] = 0;
  folder[5] = 20;
  set_cursor(boost::json::serialize(value));
  write("DELETE FROM archive_messages WHERE CAST(substr(subject, 8) AS INTEGER) < 19");
  EXPECT_THAT(archived(), SizeIs(11));
  deliver("after it stood still");
  EXPECT_TRUE(upstream().remove(ids[25]).has_value());

  upgrade();
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_THAT(archived(), SizeIs(30));
  EXPECT_EQ(archived(), freshly_archived());
}

INSTANTIATE_TEST_SUITE_P(Ways, OverImap, ::testing::Values(Way::gmail_imap, Way::plain_imap),
                         [](const auto& way) { return name_of(way.param); });

using OverRest = Upgrade;

TEST_P(OverRest, of_a_page_token_that_google_refuses_by_now_goes_on) {
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
  EXPECT_EQ(sync(), std::nullopt);
  const auto history = boost::json::parse(cursor()).as_array()[1];
  for (const auto* place : {"walk", "since"}) {
    SCOPED_TRACE(place);
    age();
    set_cursor(boost::json::serialize(boost::json::array{place, history, "an old token"}));
    deliver(std::string{"after "} + place);
    upgrade();
    EXPECT_EQ(sync(), std::nullopt);
    EXPECT_EQ(archived(), freshly_archived());
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, OverRest, ::testing::Values(Way::rest),
                         [](const auto& way) { return name_of(way.param); });

TEST_P(Upgrade, of_a_removal_that_was_cut_leaves_nothing_behind_when_the_account_is_added_again) {
  // It disconnected, erased the archive piece by piece, and then the row.
  for (const int pieces : {0, 1, 3}) {
    SCOPED_TRACE(pieces);
    std::vector<std::string> ids;
    for (int i = 0; i < 30; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
    EXPECT_EQ(sync(), std::nullopt);
    const auto whole = archived().size();
    age();
    write(
        "UPDATE connections SET status = 'disconnected', is_active = FALSE, version = version + 1, "
        "token_expires_at = NULL, refresh_lease_until = NULL");
    write(
        "UPDATE connections SET access_token_encrypted = NULL, refresh_token_encrypted = NULL, "
        "app_password_encrypted = NULL");
    for (int i = 0; i < pieces; ++i) {
      EXPECT_TRUE(run(store_->archive().erase(all_, connection_.id, 5)));
    }
    EXPECT_THAT(archived(), SizeIs(whole - static_cast<std::size_t>(5 * pieces)));
    // Of what is left one goes, and one comes.
    EXPECT_TRUE(upstream().remove(ids[29]).has_value());
    deliver("after the removal");

    upgrade();
    connection_ = connect("ann");
    if (pieces == 0) clock_.advance(61min);  // nothing was erased yet: it goes on where it was
    EXPECT_EQ(sync(), std::nullopt);
    EXPECT_EQ(archived(), freshly_archived());
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, Upgrade,
                         ::testing::Values(Way::gmail_imap, Way::plain_imap, Way::rest),
                         [](const auto& way) { return name_of(way.param); });

}  // namespace
}  // namespace gmail_mcp::mail
