#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/postgres/handle.h"

namespace gmail_mcp::sql::testing {

/// An answer of PostgREST.
struct RestAnswer {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// PostgREST's error body and headers. Empty details or hint are null.
RestAnswer rest_error(int status, std::string_view code, std::string_view message,
                      std::string_view details = {}, std::string_view hint = {});

/// The part of PostgREST that calls functions: its cache of the schema `public`, and what it runs
/// for a call. Blocking and thread-safe; each call under way uses a connection of its own.
///
/// The facts are from PostgREST's documentation and from test/spec/Feature/Query/RpcSpec.hs; the
/// statements, from what its documentation says of transactions. No code of it is used. Left out:
/// filters, embedding, hints at names that are alike, media types other than JSON.
class RestFunctions {
 public:
  /// `connection`: libpq's words for a role that may become the others.
  explicit RestFunctions(std::string connection);
  ~RestFunctions();

  struct Call {
    bool reads_only = false;  // GET
    std::string name;
    std::string role;
    bool is_logged_in = false;   // it came with a token: 403 instead of 401
    boost::json::object claims;  // of the token
    std::string body;            // of POST
    std::vector<std::pair<std::string, std::string>> arguments;  // of GET
  };
  RestAnswer call(const Call& call);

 private:
  using Connection = postgres::ConnectionHandle;
  struct Parameter {
    std::string name;  // empty: unnamed
    std::string type;
    bool is_required = true;
  };
  struct Function {
    std::string name;
    std::vector<Parameter> parameters;
    bool is_void = false;
    bool is_set = false;
    bool is_composite = false;
  };

  Connection take();
  void give_back(Connection connection);
  Connection connect() const;
  void look_again();
  std::optional<Function> find(const Call& call, const std::vector<std::string>& keys,
                               bool& takes_body);
  static RestAnswer run(PGconn* connection, const Call& call, const Function& function,
                        bool takes_body, const std::vector<std::string>& keys);

  std::string words_;
  std::mutex mutex_;
  Connection listener_;
  std::vector<Function> known_;
  std::vector<Connection> idle_;
};

}  // namespace gmail_mcp::sql::testing
