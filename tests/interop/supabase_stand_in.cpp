// A Supabase project as far as we need one, for programs that judge it and us:
//
//   supabase_stand_in roles DATABASE            prints what such a project has from the beginning
//   supabase_stand_in script                    prints what gmail-mcp puts into one
//   supabase_stand_in serve CONNECTION          serves the database; prints a line of JSON with the
//                                               address and the keys, and ends with its input
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <string>
#include <vector>

#include "sql/testing/rest_stand_in.h"

using namespace gmail_mcp;

int main(int count, char** words) {
  const std::vector<std::string> arguments{words + 1, words + count};
  if (arguments.size() == 2 && arguments[0] == "roles") {
    std::cout << sql::testing::supabase_roles(arguments[1]);
    return 0;
  }
  if (arguments.size() == 2 && arguments[0] == "serve") {
    const sql::testing::RestStandInOptions options{.connection = arguments[1]};
    const sql::testing::RestStandIn project{options};
    const boost::json::object keys{{"url", project.url()},
                                   {"secret", options.secret_key},
                                   {"publishable", options.publishable_key},
                                   {"service_role", project.token_of("service_role")},
                                   {"anon", project.token_of("anon")},
                                   {"expired", project.token_of("service_role", 1)},
                                   {"unknown", project.token_of("nobody_such")}};
    std::cout << boost::json::serialize(keys) << std::endl;
    std::string line;
    while (std::getline(std::cin, line)) {
    }
    return 0;
  }
  std::cerr << "supabase_stand_in roles DATABASE | serve CONNECTION\n";
  return 1;
}
