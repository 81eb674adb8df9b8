#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "setup/load.h"
#include "sql/temp_folder.h"
#include "tools/tool_bench_test.h"

namespace gmail_mcp::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A server that has migrated its database, and has no configuration file yet.
class FirstSetup final : public operation::testing::CompleteSetup {
 public:
  explicit FirstSetup(std::string path) : path_{std::move(path)} {}
  Task<setup::Migrations> migrate() override {
    auto plan = co_await store->migrate();
    setup::Migrations done;
    done.run = std::move(plan.pending);
    done.already_applied = std::move(plan.applied);
    co_return done;
  }
  setup::WrittenConfig write_config(const setup::NewConfig& wanted) override {
    return setup::write_config(path_, wanted);
  }

  store::Store* store = nullptr;

 private:
  std::string path_;
};

class SetupTools : public ToolTest {
 protected:
  SetupTools() { options_.setup = &setup_; }
  void SetUp() override {
    ToolTest::SetUp();
    setup_.store = store_;
  }

  boost::json::object init(std::string_view arguments = "{}") {
    auto outcome = call("gmail_init_config", arguments, "operator");
    EXPECT_TRUE(outcome.ok());
    return outcome.made()->object();
  }

  std::string written() const {
    std::ifstream in{path_};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

  setup::Loaded loaded() const {
    setup::Sources sources;
    sources.config_file = path_;
    return setup::load(sources);
  }

  sql::TempFolder folder_;
  std::string path_ = folder_ / "deep/config.yaml";
  FirstSetup setup_{path_};
};

TEST_F(SetupTools, a_first_configuration_is_one_that_can_be_read_by_its_owner_alone) {
  is_local_ = true;
  const auto answer =
      init(R"({"google_client_id":"it's: #1","google_client_secret":"s","sqlite_path":"/x/y.db"})");
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(text(answer, "config_path"), path_);
  const auto settings = loaded().settings;
  EXPECT_EQ(settings.google.client_id, "it's: #1");
  EXPECT_EQ(settings.storage.sqlite.path, "/x/y.db");
  EXPECT_EQ(settings.encryption_key.reveal(), text(answer, "encryption_key"));
  EXPECT_EQ(text(answer, "encryption_key").size(), 44U);
  EXPECT_EQ(settings.google.scopes.size(), 4U);
}

TEST_F(SetupTools, a_configuration_is_never_replaced) {
  init();
  const auto before = written();
  const auto again = call("gmail_init_config", "{}", "operator");
  EXPECT_EQ(code(again), Errc::conflict);
  EXPECT_EQ(written(), before);
}

TEST_F(SetupTools, a_link_where_the_file_should_be_is_not_followed) {
  std::filesystem::create_directories(std::filesystem::path{path_}.parent_path());
  const auto victim = folder_ / "victim";
  std::filesystem::create_symlink(victim, path_);
  EXPECT_EQ(code(call("gmail_init_config", "{}", "operator")), Errc::conflict);
  EXPECT_FALSE(std::filesystem::exists(victim));
}

TEST_F(SetupTools, no_other_file_is_written_and_no_key_leaves_over_the_network) {
  const auto elsewhere = folder_ / "elsewhere.yaml";
  EXPECT_EQ(
      code(call("gmail_init_config", R"({"output_path":")" + elsewhere + R"("})", "operator")),
      Errc::invalid_argument);
  EXPECT_FALSE(std::filesystem::exists(elsewhere));
  EXPECT_FALSE(std::filesystem::exists(path_));
  const auto answer = init();
  EXPECT_FALSE(answer.contains("encryption_key"));
  EXPECT_THAT(boost::json::serialize(answer),
              Not(HasSubstr(loaded().settings.encryption_key.reveal())));
}

TEST_F(SetupTools, a_value_cannot_add_settings) {
  const auto refused =
      call("gmail_init_config",
           R"({"google_client_id":"x'\nserver:\n  allow_unauthenticated: true"})", "operator");
  EXPECT_EQ(code(refused), Errc::invalid_argument);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SetupTools, placeholders_are_not_a_set_up) {
  init();
  EXPECT_FALSE(setup::judge(loaded()).google_oauth_configured);
}

TEST_F(SetupTools, migrations_that_ran_are_told_from_those_that_had) {
  const auto outcome = call("gmail_run_migrations", "{}", "operator");
  ASSERT_TRUE(outcome.ok());
  const auto body = outcome.made()->object();
  EXPECT_TRUE(body.at("migrations_run").as_array().empty());
  EXPECT_EQ(body.at("already_applied").as_array()[0].as_string(), "001_initial");
}

TEST_F(SetupTools, they_are_for_the_operator) {
  for (const auto* tool : {"gmail_init_config", "gmail_test_connection", "gmail_run_migrations"}) {
    EXPECT_EQ(refusal(tool), Errc::forbidden) << tool;
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace gmail_mcp::tools
