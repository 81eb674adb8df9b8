// faults.json names, for each of the fifty faults this program must not inherit, the tests that
// would notice it: a test by its name, or a referee's claim by its words in the source. One that is
// renamed or lost is missed here.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

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

constexpr int number_of_faults = 50;

bool holds_claim(const std::string& referee, const std::string& words) {
  for (const char* const call : {"claim(", "claim(f", "say("}) {
    for (const char quote : {'"', '\''}) {
      if (referee.find(call + (quote + words) + quote) != std::string::npos) return true;
    }
  }
  return false;
}

bool is_there(const files::path& file, const std::string& title) {
  const auto text = text_of(file);
  if (file.extension() != ".cpp") return holds_claim(text, title);
  return text.find(", " + title + ")") != std::string::npos;
}

TEST(Faults, each_is_watched_by_a_test_of_its_own) {
  const auto folder = project_folder();
  const auto all = boost::json::parse(text_of(folder / "tests/contract/faults.json")).as_object();
  std::set<int> watched;
  for (const auto& [fault, watch] : all) {
    const std::string file{watch.as_array().at(0).as_string()};
    const std::string title{watch.as_array().at(1).as_string()};
    EXPECT_TRUE(is_there(folder / file, title)) << fault << ": " << file << " has no " << title;
    watched.insert(std::stoi(std::string{fault}));
  }
  for (int fault = 1; fault <= number_of_faults; ++fault) {
    EXPECT_TRUE(watched.contains(fault)) << "nothing watches fault " << fault;
  }
}

}  // namespace
}  // namespace gmail_mcp
