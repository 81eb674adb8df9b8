#include "setup/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "setup/database_url.h"
#include "setup/report.h"

namespace gmail_mcp::setup {
namespace {

constexpr const char* key = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";

class Loading : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path{testing::TempDir()} /
              ("settings-" + std::to_string(::getpid()) + "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    sources_.read_working_directory = false;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::ofstream{path} << text;
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path.string();
  }

  Settings settings() { return load(sources_).settings; }
  Error error() {
    try {
      load(sources_);
    } catch (const Error& thrown) {
      return thrown;
    }
    return Error{Errc::internal, ""};
  }
  std::string failure() { return error().message; }

  std::filesystem::path folder_;
  Sources sources_;
};

TEST_F(Loading, nothing_at_all_gives_the_defaults) {
  const auto all = settings();
  EXPECT_EQ(all.server.port, 8000);
  EXPECT_EQ(all.storage.type, StorageType::sqlite);
  EXPECT_EQ(all.google.scopes.size(), 4U);
  EXPECT_FALSE(all.has_google_client());
}

// Fails as for the home of another user, which even root could otherwise read.
TEST_F(Loading, a_home_that_cannot_be_looked_into_has_no_configuration) {
  sources_.environment["HOME"] = "/" + std::string(300, 'x');
  EXPECT_EQ(settings().server.port, 8000);
}

TEST_F(Loading, flags_beat_the_environment_beats_the_env_file_beats_yaml) {
  sources_.config_file = write("c.yaml", "server: {port: 1, host: a}\nuser: y\n");
  EXPECT_EQ(settings().server.port, 1);
  sources_.env_file = write("e.env", "export GMAIL_MCP_SERVER_PORT=2\nGMAIL_MCP_USER='f'\n");
  EXPECT_EQ(settings().server.port, 2);
  EXPECT_EQ(settings().user, "f");
  sources_.environment["PORT"] = "3";
  EXPECT_EQ(settings().server.port, 3);
  sources_.environment["GMAIL_MCP_SERVER_PORT"] = "4";
  EXPECT_EQ(settings().server.port, 4);
  sources_.flags.emplace_back("server.port", "5");
  EXPECT_EQ(settings().server.port, 5);
  EXPECT_EQ(settings().server.host, "a");
}

TEST_F(Loading, every_spelling_of_both_documents_is_read) {
  sources_.environment = {{"GMAIL_MCP_GOOGLE__CLIENT_ID", "id"},
                          {"GMAIL_MCP_GOOGLE_CLIENT_SECRET", "secret"},
                          {"ENCRYPTION_KEY", key},
                          {"GMAIL_MCP_DATABASE_TYPE", "SQLite"},
                          {"GMAIL_MCP_SQLITE_PATH", "/tmp/x.db"},
                          {"GMAIL_MCP_GOOGLE_SCOPES", "gmail.readonly, gmail.send"},
                          {"GMAIL_MCP_LOG_LEVEL", "INFO"},
                          {"GMAIL_MCP_LOG_FORMAT", "json"},
                          {"INBOX_POLL_INTERVAL_SECONDS", "30"},
                          {"GMAIL_MCP_PUBLIC_URL", "https://mail.example.org/"}};
  const auto all = settings();
  EXPECT_TRUE(all.has_google_client());
  EXPECT_EQ(all.encryption_key.reveal(), key);
  EXPECT_EQ(all.storage.sqlite.path, "/tmp/x.db");
  EXPECT_EQ(all.google.scopes.size(), 2U);
  EXPECT_EQ(all.log.format, LogFormat::json);
  EXPECT_EQ(all.mail.poll_interval_seconds, 30);
  EXPECT_EQ(all.effective_redirect_uris().front(), "https://mail.example.org/oauth/callback");
  EXPECT_FALSE(all.public_url_is_loopback());
}

TEST_F(Loading, that_nobody_will_be_let_in_is_said_before_the_start) {
  const auto warned = [this] {
    const auto all = judge(load(sources_)).warnings;
    return std::any_of(all.begin(), all.end(), [](const std::string& one) {
      return one.find("GMAIL_MCP_SERVER_AUTH_TOKEN") != std::string::npos &&
             one.find("Authorization: Bearer") != std::string::npos;
    });
  };
  EXPECT_FALSE(warned());
  sources_.flags = {{"server.host", "0.0.0.0"}};
  EXPECT_TRUE(warned());
  sources_.environment["GMAIL_MCP_SERVER_AUTH_TOKEN"] = "a-token-of-some-length";
  EXPECT_FALSE(warned());
  sources_.environment = {{"GMAIL_MCP_PUBLIC_URL", "https://mail.example.org"}};
  sources_.flags.clear();
  EXPECT_TRUE(warned());
}

TEST_F(Loading, the_redirect_uri_nobody_gave_is_the_guides) {
  for (const auto* host : {"", "127.0.0.1", "localhost", "::1", "0.0.0.0"}) {
    if (*host != '\0') sources_.environment["GMAIL_MCP_SERVER_HOST"] = host;
    EXPECT_EQ(settings().effective_redirect_uris().front(), "http://localhost:8000/oauth/callback")
        << host;
  }
  sources_.environment["GMAIL_MCP_SERVER_HOST"] = "192.0.2.1";
  EXPECT_EQ(settings().effective_redirect_uris().front(), "http://192.0.2.1:8000/oauth/callback");
}

TEST_F(Loading, a_name_that_only_begins_like_loopback_is_not_loopback) {
  const std::pair<const char*, bool> urls[] = {{"http://localhost:8080", true},
                                               {"http://127.0.0.2/", true},
                                               {"http://[::1]:8080", true},
                                               {"http://127.0.0.1.evil.example", false},
                                               {"http://127.example:8080", false}};
  for (const auto& [url, is_loopback] : urls) {
    sources_.environment["GMAIL_MCP_PUBLIC_URL"] = url;
    EXPECT_EQ(settings().public_url_is_loopback(), is_loopback) << url;
  }
}

TEST_F(Loading, a_secret_may_live_in_a_file_of_its_own) {
  sources_.environment["GMAIL_MCP_ENCRYPTION_KEY_FILE"] = write("key", std::string{key} + "\n");
  EXPECT_EQ(settings().encryption_key.reveal(), key);
}

TEST_F(Loading, a_wrong_value_is_named_with_its_place_and_never_echoed) {
  sources_.environment["GMAIL_MCP_SERVER_PORT"] = "hunter2";
  EXPECT_EQ(failure(),
            "The setting server.port (environment GMAIL_MCP_SERVER_PORT) must be a whole number.");
  sources_.environment.clear();
  sources_.config_file = write("c.yaml", "storage:\n  type: oracle\n");
  EXPECT_EQ(failure(), "The setting storage.type (" + *sources_.config_file +
                           " line 2) must be one of: sqlite, supabase, postgres.");
}

TEST_F(Loading, a_key_of_the_wrong_length_is_named_and_never_echoed) {
  sources_.environment["GMAIL_MCP_ENCRYPTION_KEY"] = "hunter2!";
  EXPECT_NE(failure().find("GMAIL_MCP_ENCRYPTION_KEY"), std::string::npos) << failure();
  EXPECT_EQ(failure().find("hunter2"), std::string::npos);
}

TEST_F(Loading, of_several_keys_the_wrong_one_is_named) {
  sources_.environment["GMAIL_MCP_ENCRYPTION_KEY"] = key;
  sources_.environment["GMAIL_MCP_PREVIOUS_ENCRYPTION_KEYS"] = "hunter2!";
  EXPECT_NE(failure().find("GMAIL_MCP_PREVIOUS_ENCRYPTION_KEYS"), std::string::npos) << failure();
  EXPECT_EQ(failure().find("hunter2"), std::string::npos);
}

TEST_F(Loading, an_unknown_key_is_an_error_that_names_key_and_line) {
  sources_.config_file = write("c.yaml", "user: me\nserver:\n  prot: 1\n");
  EXPECT_EQ(failure(),
            "The setting server.prot (" + *sources_.config_file + " line 3) is not known.");
}

TEST_F(Loading, a_path_is_no_key) {
  for (const auto* text : {"server.port: 8181", "server: {rate_limit.per_user: 7}",
                           "server.rate_limit: {per_user: 3}", "database.sqlite_path: p"}) {
    sources_.config_file = write("c.yaml", text);
    EXPECT_NE(failure().find("is not known"), std::string::npos) << text << ": " << failure();
  }
}

TEST_F(Loading, broken_yaml_says_where_and_echoes_nothing) {
  sources_.config_file = write("c.yaml", "google: {client_secret: GOCSPX-canary\n  x: ]");
  EXPECT_NE(failure().find("is not valid YAML"), std::string::npos) << failure();
  EXPECT_EQ(failure().find("canary"), std::string::npos);
}

TEST_F(Loading, a_missing_file_that_was_asked_for_is_an_error) {
  sources_.config_file = (folder_ / "none.yaml").string();
  EXPECT_EQ(failure(), "The configuration file cannot be read.");
}

TEST_F(Loading, yaml_may_name_environment_variables_and_the_documents_other_layout) {
  sources_.environment["MY_KEY"] = key;
  sources_.config_file =
      write("c.yaml", "encryption: {key: '${MY_KEY}'}\ndatabase: {type: sqlite, sqlite_path: p}\n");
  EXPECT_EQ(settings().encryption_key.reveal(), key);
  EXPECT_EQ(settings().storage.sqlite.path, "p");
}

TEST_F(Loading, an_unknown_key_of_the_other_layout_is_told_with_those_known_there) {
  sources_.config_file = write("c.yaml", "database: {type: sqlite, sqlitepath: p}\n");
  EXPECT_EQ(failure(),
            "The setting database.sqlitepath (" + *sources_.config_file + " line 1) is not known.");
  EXPECT_NE(error().hint.find("sqlite_path"), std::string::npos) << error().hint;
  sources_.config_file = write("c.yaml", "encryption: 1\n");
  EXPECT_NE(failure().find("must hold named settings"), std::string::npos) << failure();
}

TEST_F(Loading, a_bare_host_counts_in_an_env_file_only) {
  sources_.environment["HOST"] = "shell.example";
  EXPECT_EQ(settings().server.host, "127.0.0.1");
  sources_.env_file = write("e.env", "HOST=0.0.0.0\n");
  EXPECT_EQ(settings().server.host, "0.0.0.0");
}

TEST_F(Loading, a_misspelt_variable_is_an_error_that_names_the_right_one) {
  for (const char* name : {"GMAIL_MCP_SERVER_AUTHTOKEN", "GMAIL_MCP_ENCRYPTON_KEY",
                           "GMAIL_MCP_GOOGLE_CLIENT_SECRET_FIL"}) {
    sources_.environment = {{name, "hunter2hunter2"}};
    const auto told = error();
    EXPECT_NE(told.message.find(name), std::string::npos) << told.message;
    EXPECT_NE(told.hint.find("GMAIL_MCP_"), std::string::npos) << told.hint;
    EXPECT_EQ(told.message.find("hunter2"), std::string::npos);
  }
  sources_.environment.clear();
  sources_.env_file = write("e.env", "GMAIL_MCP_SERVER_PROT=1\n");
  EXPECT_EQ(failure(), "The variable GMAIL_MCP_SERVER_PROT (env file) is no setting.");
}

TEST_F(Loading, a_variable_that_resembles_no_setting_is_warned_of_and_others_uses_are_not) {
  sources_.environment = {{"GMAIL_MCP_FAVOURITE_COLOUR", "blue"},
                          // Kubernetes sets these for a service of our name.
                          {"GMAIL_MCP_SERVICE_HOST", "10.0.0.1"},
                          {"GMAIL_MCP_PORT_8000_TCP", "tcp://10.0.0.1:8000"},
                          {"GMAIL_MCP_OF_MINE", "me"},
                          {"GMAIL_MCP_IMPORT_KEY", "k"},
                          {"OTHER_PROGRAM_X", "y"}};
  sources_.config_file = write("c.yaml", "user: ${GMAIL_MCP_OF_MINE}\n");
  const auto loaded = load(sources_);
  ASSERT_EQ(loaded.warnings.size(), 1U) << join(loaded.warnings, " | ");
  EXPECT_NE(loaded.warnings[0].find("GMAIL_MCP_FAVOURITE_COLOUR"), std::string::npos);
}

TEST_F(Loading, every_file_with_settings_that_everybody_may_read_is_warned_of) {
  const auto open_to_all = [](const std::string& path) {
    std::filesystem::permissions(path, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    return path;
  };
  sources_.env_file = open_to_all(write("e.env", "GMAIL_MCP_USER=f\n"));
  sources_.config_file = open_to_all(write("c.yaml", "user: y\n"));
  sources_.environment["GMAIL_MCP_ENCRYPTION_KEY_FILE"] = open_to_all(write("key", key));
  const auto warnings = join(load(sources_).warnings, "\n");
  for (const char* name : {"e.env", "c.yaml", "key"}) {
    EXPECT_NE(warnings.find(name), std::string::npos) << name << " in " << warnings;
  }
}

TEST_F(Loading, a_token_that_can_be_guessed_is_refused_and_never_echoed) {
  for (const char* name : {"GMAIL_MCP_SERVER_AUTH_TOKEN", "GMAIL_MCP_SERVER_OPERATOR_TOKEN"}) {
    sources_.environment = {{name, "hunte"}};
    EXPECT_NE(failure().find(name), std::string::npos) << failure();
    EXPECT_EQ(failure().find("hunte"), std::string::npos);
    sources_.environment = {{name, "hunter22"}};
    EXPECT_EQ(failure(), "");
  }
}

TEST_F(Loading, a_configuration_that_is_not_there_yet_is_where_the_first_one_goes) {
  const auto path = (folder_ / "new.yaml").string();
  sources_.environment["GMAIL_MCP_CONFIG"] = path;
  const auto loaded = load(sources_);
  EXPECT_EQ(loaded.new_config_path, path);
  EXPECT_EQ(loaded.config_path, "");
  EXPECT_EQ(loaded.missing_config_path, path);
  const auto judged = judge(loaded);
  EXPECT_NE(join(judged.issues, " ").find(path), std::string::npos);
  EXPECT_FALSE(judged.ready);
}

TEST_F(Loading, a_database_in_memory_is_warned_of) {
  sources_.environment = {{"GMAIL_MCP_ENCRYPTION_KEY", key},
                          {"GMAIL_MCP_STORAGE_SQLITE_PATH", ":memory:"}};
  EXPECT_NE(join(judge(load(sources_)).warnings, " ").find("memory"), std::string::npos);
}

TEST_F(Loading,
       whether_mail_at_google_is_archived_is_one_of_three_words_or_what_was_written_before) {
  const auto read = [this](const std::string& word) {
    sources_.environment["GMAIL_MCP_ARCHIVE_OAUTH"] = word;
    return load(sources_).settings.archive.oauth;
  };
  EXPECT_EQ(load(sources_).settings.archive.oauth, OauthArchive::ask);
  EXPECT_EQ(read("off"), OauthArchive::off);
  EXPECT_EQ(read("ask"), OauthArchive::ask);
  EXPECT_EQ(read("on"), OauthArchive::on);
  for (const auto* yes : {"true", "True", "yes", "1"}) EXPECT_EQ(read(yes), OauthArchive::on);
  for (const auto* no : {"false", "FALSE", "no", "0"}) EXPECT_EQ(read(no), OauthArchive::ask);
  sources_.environment["GMAIL_MCP_ARCHIVE_OAUTH"] = "sometimes";
  EXPECT_THROW(load(sources_), Error);
  sources_.environment.erase("GMAIL_MCP_ARCHIVE_OAUTH");
  sources_.config_file = write("c.yaml", "archive:\n  oauth: true\n");
  EXPECT_EQ(load(sources_).settings.archive.oauth, OauthArchive::on);
  sources_.config_file = write("c.yaml", "archive:\n  oauth: false\n");
  EXPECT_EQ(load(sources_).settings.archive.oauth, OauthArchive::ask);
  sources_.config_file = write("c.yaml", "archive:\n  oauth: off\n");
  EXPECT_EQ(load(sources_).settings.archive.oauth, OauthArchive::off);
}

TEST_F(Loading, of_two_retentions_the_shorter_counts_for_accounts_at_google) {
  ArchiveSettings archive;
  EXPECT_EQ(archive.days_of_oauth(), 30);
  archive.retention_days = 7;
  EXPECT_EQ(archive.days_of_oauth(), 7);
  archive.retention_days = 365;
  EXPECT_EQ(archive.days_of_oauth(), 30);
  archive.oauth_retention_days = 0;
  EXPECT_EQ(archive.days_of_oauth(), 365);
  archive.retention_days = 0;
  EXPECT_EQ(archive.days_of_oauth(), 0);
}

TEST_F(Loading, options_of_a_database_url_are_no_part_of_the_files_name) {
  sources_.environment["DATABASE_URL"] = "sqlite:///z.db?check_same_thread=false";
  const auto loaded = load(sources_);
  EXPECT_EQ(loaded.settings.storage.sqlite.path, "z.db");
  EXPECT_NE(join(loaded.warnings, " ").find("DATABASE_URL"), std::string::npos);
  EXPECT_EQ(join(loaded.warnings, " ").find("check_same"), std::string::npos) << "may be a secret";
}

TEST(DatabaseUrls, are_read_as_sqlalchemy_writes_them) {
  EXPECT_EQ(parse_database_url("sqlite:///:memory:")->sqlite_path, ":memory:");
  EXPECT_EQ(parse_database_url("sqlite+aiosqlite:///a.db?timeout=5&x=y")->sqlite_path, "a.db");
  EXPECT_FALSE(parse_database_url("sqlite:///file:a.db?mode=memory&uri=true").has_value());
  EXPECT_FALSE(parse_database_url("sqlite:///?timeout=5").has_value());
  EXPECT_EQ(parse_database_url("postgresql://h/d?sslmode=require")->postgres_url.reveal(),
            "postgresql://h/d?sslmode=require");
  EXPECT_EQ(parse_database_url("sqlite:///rel.db")->sqlite_path, "rel.db");
  EXPECT_EQ(parse_database_url("sqlite+aiosqlite:////abs/a.db")->sqlite_path, "/abs/a.db");
  EXPECT_EQ(parse_database_url("postgresql+asyncpg://u:p@h/d")->postgres_url.reveal(),
            "postgresql://u:p@h/d");
  EXPECT_FALSE(parse_database_url("mysql://x").has_value());
}

TEST(PostgresUrls, are_made_into_those_that_libpq_reads) {
  const auto url = [](std::string_view text) {
    return read_postgres_url(text)->postgres_url.reveal();
  };
  EXPECT_EQ(url("postgres://u:p@h:6543/d"), "postgresql://u:p@h:6543/d");
  EXPECT_EQ(url("postgresql+asyncpg://h/d?ssl=require"), "postgresql://h/d?sslmode=require");
  EXPECT_EQ(url("postgresql+psycopg2://h/d?ssl=false"), "postgresql://h/d?sslmode=disable");
  EXPECT_EQ(url("postgresql:///d?host=/run/postgresql"), "postgresql:///d?host=/run/postgresql");
  const auto of_prisma =
      read_postgres_url("postgresql://h/d?pgbouncer=true&sslmode=require&connection_limit=1&x");
  EXPECT_EQ(of_prisma->postgres_url.reveal(), "postgresql://h/d?sslmode=require");
  EXPECT_EQ(join(of_prisma->left_out, " "), "pgbouncer connection_limit x");
  EXPECT_EQ(url("postgresql://h/d?options=-csearch_path%3Da"), "postgresql://h/d");
  for (const char* text : {"", "h/d", "mysql://h/d", "postgresql://", "postgresqls://h/d"}) {
    EXPECT_FALSE(read_postgres_url(text).has_value()) << text;
  }
}

TEST_F(Loading, a_storage_on_a_server_is_named_by_its_settings) {
  sources_.environment = {{"DATABASE_URL", "postgresql+asyncpg://u:p@db.example/mail?ssl=require"},
                          {"GMAIL_MCP_STORAGE_POSTGRES_CONNECTIONS", "3"}};
  const auto postgres = std::get<store::PostgresServer>(settings().storage.where().value());
  EXPECT_EQ(postgres.url.reveal(), "postgresql://u:p@db.example/mail?sslmode=require");
  EXPECT_EQ(postgres.connections, 3);

  sources_.environment = {{"GMAIL_MCP_STORAGE_TYPE", "supabase"},
                          {"GMAIL_MCP_STORAGE_SUPABASE_URL", "https://abc.supabase.co/rest/v1/"},
                          {"GMAIL_MCP_SUPABASE_SERVICE_KEY_FILE", write("key", "sb_secret_x\n")}};
  const auto supabase = std::get<store::SupabaseProject>(settings().storage.where().value());
  EXPECT_EQ(supabase.url, "https://abc.supabase.co");
  EXPECT_EQ(supabase.key.reveal(), "sb_secret_x");

  sources_.environment = {
      {"DATABASE_URL_FILE", write("url", "postgresql://u:p@h/d?pgbouncer=true\n")}};
  const auto loaded = load(sources_);
  EXPECT_EQ(loaded.settings.storage.type, StorageType::postgres);
  EXPECT_NE(join(loaded.warnings, " ").find("pgbouncer"), std::string::npos);
}

TEST_F(Loading, a_database_url_that_another_setting_overrules_is_warned_of) {
  sources_.environment = {{"DATABASE_URL", "postgresql://u:canary@h/d"},
                          {"GMAIL_MCP_STORAGE_TYPE", "sqlite"}};
  const auto loaded = load(sources_);
  EXPECT_EQ(loaded.settings.storage.type, StorageType::sqlite);
  const auto warnings = join(loaded.warnings, " ");
  EXPECT_NE(warnings.find("GMAIL_MCP_STORAGE_TYPE"), std::string::npos) << warnings;
  EXPECT_EQ(warnings.find("canary"), std::string::npos);
}

TEST_F(Loading, a_storage_that_is_not_named_whole_says_what_to_set) {
  const std::pair<std::map<std::string, std::string>, std::string> rows[] = {
      {{{"GMAIL_MCP_STORAGE_TYPE", "postgres"}}, "GMAIL_MCP_STORAGE_POSTGRES_URL"},
      {{{"GMAIL_MCP_STORAGE_TYPE", "postgres"}, {"GMAIL_MCP_POSTGRES_URL", "YOUR_POSTGRES_URL"}},
       "GMAIL_MCP_STORAGE_POSTGRES_URL"},
      {{{"GMAIL_MCP_STORAGE_TYPE", "postgres"}, {"GMAIL_MCP_POSTGRES_URL", "canary@h/d"}},
       "GMAIL_MCP_STORAGE_POSTGRES_URL"},
      {{{"GMAIL_MCP_STORAGE_TYPE", "supabase"}, {"GMAIL_MCP_SUPABASE_URL", "https://a.b"}},
       "GMAIL_MCP_STORAGE_SUPABASE_KEY"},
      {{{"GMAIL_MCP_STORAGE_TYPE", "supabase"},
        {"GMAIL_MCP_SUPABASE_URL", "http://a.b"},
        {"GMAIL_MCP_SUPABASE_KEY", "canary"}},
       "https"},
      {{{"GMAIL_MCP_STORAGE_TYPE", "supabase"},
        {"GMAIL_MCP_SUPABASE_URL", "https://a.b"},
        {"GMAIL_MCP_SUPABASE_KEY", "sb_publishable_canary"}},
       "publishable"},
  };
  for (const auto& [environment, wanted] : rows) {
    sources_.environment = environment;
    const auto issues = join(judge(load(sources_)).issues, " ");
    EXPECT_NE(issues.find(wanted), std::string::npos) << issues;
    EXPECT_EQ(issues.find("canary"), std::string::npos) << issues;
  }
}

TEST_F(Loading, nobody_signs_in_before_somebody_is_named_who_may) {
  const std::map<std::string, std::string> whole{
      {"ENCRYPTION_KEY", key},
      {"GMAIL_MCP_GOOGLE_CLIENT_ID", "id"},
      {"GMAIL_MCP_GOOGLE_CLIENT_SECRET", "secret"},
      {"GMAIL_MCP_PUBLIC_URL", "https://mail.example.org"},
      {"GMAIL_MCP_SERVER_SIGN_IN_ENABLED", "true"},
      {"GMAIL_MCP_SERVER_SIGN_IN_ALLOWED_DOMAINS", "example.org"}};
  const auto issues_with = [&](const std::string& name, const std::string& value) {
    sources_.environment = whole;
    sources_.environment[name] = value;
    return join(judge(load(sources_)).issues, " ");
  };
  EXPECT_EQ(issues_with("GMAIL_MCP_USER", "ann"), "");
  const std::pair<std::pair<std::string, std::string>, std::string> rows[] = {
      {{"GMAIL_MCP_SERVER_SIGN_IN_ALLOWED_DOMAINS", ""}, "nobody may sign in"},
      {{"GMAIL_MCP_PUBLIC_URL", "http://mail.example.org"}, "needs an https address"},
      {{"GMAIL_MCP_PUBLIC_URL", "https://mail.example.org/gmail"}, "at the root of its host"},
      {{"GMAIL_MCP_GOOGLE_REDIRECT_URI", "https://app.example.org/cb"}, "our own page"},
  };
  for (const auto& [setting, wanted] : rows) {
    const auto issues = issues_with(setting.first, setting.second);
    EXPECT_NE(issues.find(wanted), std::string::npos) << setting.first << ": " << issues;
  }
  EXPECT_NE(issues_with("GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED", "true"), "");
  EXPECT_EQ(issues_with("GMAIL_MCP_SERVER_SIGN_IN_ALLOWED_ADDRESSES", "*"), "");
  const auto warnings = join(judge(load(sources_)).warnings, " ");
  EXPECT_NE(warnings.find("ANYBODY"), std::string::npos) << warnings;
}

TEST_F(Loading, sign_in_over_a_proxy_that_is_not_trusted_is_warned_about) {
  const std::map<std::string, std::string> whole{
      {"GMAIL_MCP_PUBLIC_URL", "https://mail.example.org"},
      {"GMAIL_MCP_SERVER_SIGN_IN_ENABLED", "true"}};
  const auto warns_with = [&](const std::string& name, const std::string& value) {
    sources_.environment = whole;
    sources_.environment[name] = value;
    const auto warnings = join(judge(load(sources_)).warnings, " ");
    return warnings.find("over a proxy that GMAIL_MCP_SERVER_TRUSTED_PROXIES") != std::string::npos;
  };
  EXPECT_TRUE(warns_with("GMAIL_MCP_USER", "ann"));
  EXPECT_FALSE(warns_with("GMAIL_MCP_SERVER_TRUSTED_PROXIES", "10.0.0.7"));
  EXPECT_FALSE(warns_with("GMAIL_MCP_SERVER_TLS_CERT", "/etc/cert.pem"));
  EXPECT_FALSE(warns_with("GMAIL_MCP_PUBLIC_URL", "http://localhost:8080"));
  EXPECT_FALSE(warns_with("GMAIL_MCP_SERVER_SIGN_IN_ENABLED", "false"));
}

}  // namespace
}  // namespace gmail_mcp::setup
