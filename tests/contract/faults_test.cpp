// faults.json names, for each fault this program must not inherit, the test that would notice it. A
// test that is renamed or lost is missed here.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gmail_mcp {
namespace {

namespace files = std::filesystem;

// Compilers may write __FILE__ relative to the build directory; from elsewhere look upwards.
files::path project_folder() {
  const auto beside = files::path{__FILE__}.parent_path() / "../..";
  if (files::exists(beside / "tests/contract/faults.json")) return beside;
  for (auto folder = files::current_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    if (files::exists(folder / "tests/contract/faults.json")) return folder;
  }
  return beside;
}

std::string text_of(const files::path& path) {
  std::ifstream in{path};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Faults, each_is_watched_by_a_test_of_its_own) {
  const auto folder = project_folder();
  const auto all = boost::json::parse(text_of(folder / "tests/contract/faults.json")).as_object();
  EXPECT_GE(all.size(), 30U);
  for (const auto& [fault, watch] : all) {
    const std::string file{watch.as_array().at(0).as_string()};
    const std::string test{watch.as_array().at(1).as_string()};
    EXPECT_NE(text_of(folder / file).find(", " + test + ")"), std::string::npos)
        << fault << ": " << file << " has no test " << test;
  }
}

}  // namespace
}  // namespace gmail_mcp
