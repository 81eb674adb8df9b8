// A Supabase project as far as gmail-mcp needs one, over a PostgreSQL server of its own, for
// programs that judge us and it. Prints a line of JSON with the address and the keys, reads
// commands, a line each, answers each with a line of JSON, and ends with its input:
//
//   run SQL        as the owner does in the SQL editor: {"rows": first column of the last
//   statement}
//                  or {"error": what the server says}
//   script         runs what `gmail-mcp migrate --print` prints
//   seen           the requests since the last time: [{"method", "path", "headers", "body"}]
//   answer STATUS  the next request is answered with this status and nothing else
//   drop           the next request is carried out, and its connection dropped
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <exception>
#include <iostream>
#include <string>

#include "sql/testing/stand_in_project.h"
#include "store/open.h"

using namespace gmail_mcp;
namespace json = boost::json;

namespace {

json::array list_of(const std::vector<sql::testing::RestStandIn::Seen>& seen, std::size_t from) {
  json::array list;
  for (std::size_t i = from; i < seen.size(); ++i) {
    json::array headers;
    for (const auto& [name, value] : seen[i].headers) headers.push_back(json::array{name, value});
    list.push_back(json::object{{"method", seen[i].method},
                                {"path", seen[i].path},
                                {"headers", std::move(headers)},
                                {"body", seen[i].body}});
  }
  return list;
}

json::value rows_of(const std::vector<std::string>& rows) {
  return json::object{{"rows", json::array(rows.begin(), rows.end())}};
}

}  // namespace

int main() {
  sql::testing::StandInProject project;
  auto& rest = project.rest();
  const sql::testing::RestStandInOptions keys;
  const json::object about{{"url", rest.url()},
                           {"secret", keys.secret_key},
                           {"publishable", keys.publishable_key},
                           {"service_role", rest.token_of("service_role")},
                           {"anon", rest.token_of("anon")},
                           {"authenticated", rest.token_of("authenticated")},
                           {"expired", rest.token_of("service_role", 1)}};
  std::cout << json::serialize(about) << std::endl;
  std::size_t told = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const auto command = line.substr(0, line.find(' '));
    const auto rest_of_line = line.size() > command.size() ? line.substr(command.size() + 1) : "";
    json::value answer = json::object{};
    try {
      if (command == "run") answer = rows_of(project.run(rest_of_line));
      if (command == "script") project.run(store::migration_script(store::SupabaseProject{}, {}));
      if (command == "drop") rest.drop_next();
      if (command == "answer") {
        http::Response response;
        response.status = std::stoi(rest_of_line);
        rest.answer_next(std::move(response));
      }
      if (command == "seen") {
        const auto seen = rest.seen();
        answer = list_of(seen, told);
        told = seen.size();
      }
    } catch (const std::exception& error) {
      answer = json::object{{"error", error.what()}};
    }
    std::cout << json::serialize(answer) << std::endl;
  }
  return 0;
}
