#pragma once

#include <string>

#include "sql/supabase/supabase.h"
#include "sql/testing/postgres_server.h"
#include "sql/testing/rest_stand_in.h"

namespace gmail_mcp::sql::testing {

/// A Supabase project for tests: a new database of this process's PostgreSQL, with the stand-in
/// before it. Empty but for what such a project has from the beginning, or a copy of another one.
class StandInProject {
 public:
  StandInProject() : database_{name_in(postgres().new_database())} { be_a_project(); }
  explicit StandInProject(const StandInProject& like)
      : database_{name_in(postgres().new_database(postgres().url(like.database_)))} {
    be_a_project();
  }
  StandInProject& operator=(const StandInProject&) = delete;

  RestStandIn& rest() { return rest_; }
  /// As the SQL editor does, as the owner of everything.
  std::vector<std::string> run(const std::string& sql) const {
    return postgres().ask(database_, "SET search_path = \"$user\", public, extensions; " + sql);
  }
  /// All rows of all tables of `public`, as text.
  std::string rows() const {
    std::string all;
    const auto tables =
        run("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind "
            "= 'r' "
            "AND relname <> 'gmail_mcp_statements'");
    for (const auto& table : tables) {
      for (const auto& row : run("SELECT one::text FROM " + table + " AS one")) all += row + "\n";
    }
    return all;
  }
  SupabaseOptions options() const {
    SupabaseOptions options;
    options.url = rest_.url();
    options.key = Secret{RestStandInOptions{}.secret_key};
    return options;
  }

 private:
  static PostgresServer& postgres() { return PostgresServer::of_this_process(); }
  static std::string name_in(const std::string& url) { return url.substr(url.rfind('/') + 1); }
  void be_a_project() const { postgres().ask(database_, supabase_roles(database_)); }
  RestStandInOptions how() const {
    RestStandInOptions options;
    options.connection =
        "user=authenticator host=127.0.0.1 port=" + std::to_string(postgres().port()) +
        " dbname=" + database_;
    return options;
  }

  std::string database_;
  RestStandIn rest_{how()};
};

}  // namespace gmail_mcp::sql::testing
