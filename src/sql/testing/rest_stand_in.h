#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"
#include "sql/testing/rest_functions.h"

namespace gmail_mcp::sql::testing {

/// What a Supabase project has before anything of ours is in it, to be run once by the owner of a
/// new database: the roles anon, authenticated, service_role and authenticator, their rights on
/// what will be made in `public`, and the extensions' schema. `database` is its name.
std::string supabase_roles(const std::string& database);

struct RestStandInOptions {
  /// libpq's words for the role authenticator.
  std::string connection;
  std::string jwt_secret = "a-secret-of-at-least-thirty-two-characters";
  std::string secret_key = "sb_secret_of_the_stand_in";
  std::string publishable_key = "sb_publishable_of_the_stand_in";
  std::size_t threads = 16;  // and connections
  std::uint16_t port = 0;    // 0: any free one
};

/// Stands in for a Supabase project, as far as `POST /rest/v1/rpc/<function>` reaches: the gateway
/// with its keys, and PostgREST (rest_functions.h), over a real PostgreSQL. On threads of its own;
/// thread-safe.
class RestStandIn {
 public:
  explicit RestStandIn(RestStandInOptions options);
  ~RestStandIn();
  RestStandIn(const RestStandIn&) = delete;
  RestStandIn& operator=(const RestStandIn&) = delete;

  std::string url() const;
  /// The key of the old kind for a role: a token of the project.
  std::string token_of(const std::string& role, std::int64_t expires = 4'102'444'800) const;

  /// The next answers, in their order, without asking the database.
  void answer_next(http::Response response, int times = 1);
  /// The next requests are carried out, and the connection is dropped instead of an answer.
  void drop_next(int times = 1);

  struct Seen {
    std::string method;
    std::string path;
    http::Headers headers;
    std::string body;
  };
  /// All requests so far.
  std::vector<Seen> seen() const;

 private:
  Task<void> serve(http::Exchange& exchange);
  bool recognise(const http::Headers& headers, RestFunctions::Call& call, RestAnswer& refusal);
  RestAnswer answer_to(const Seen& request);

  RestStandInOptions options_;
  RestFunctions functions_;
  std::string anon_key_, service_key_;
  WorkPool pool_;
  SystemClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  http::Router router_;
  boost::asio::io_context loop_{1};
  std::unique_ptr<http::Server> server_;
  mutable std::mutex mutex_;
  std::deque<http::Response> prepared_;
  int drops_ = 0;
  std::vector<Seen> seen_;
  std::thread thread_;
};

}  // namespace gmail_mcp::sql::testing
