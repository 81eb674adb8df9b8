// Runs the tests of a floor, or those of the folders that are named:
//
//     world_test imap mime --gtest_filter='Codec*'
//
// With one folder named and GTEST_OUTPUT a directory, the results are <folder>_test.xml.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <set>
#include <string>
#include <string_view>

namespace {

/// "imap" of ".../src/imap/client_test.cpp"; "" of what is not in src/.
std::string folder_of(std::string_view file) {
  const auto src = file.rfind("src/");
  if (src == std::string_view::npos) return "";
  const auto rest = file.substr(src + 4);
  return std::string{rest.substr(0, rest.find('/'))};
}

/// Adds to the filter that no other folder's tests run. False when that cannot be said by a filter.
bool leave_only(const std::set<std::string>& folders) {
  const auto& all = *testing::UnitTest::GetInstance();
  std::set<std::string> wanted;
  std::set<std::string> others;
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const auto& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const auto& test = *suite.GetTestInfo(j);
      const bool is_wanted = folders.contains(folder_of(test.file()));
      (is_wanted ? wanted : others).insert(std::string{suite.name()} + "." + test.name());
    }
  }
  if (wanted.empty()) {
    std::cerr << "no tests of these folders are in this program\n";
    return false;
  }
  std::string excluded;
  for (const auto& name : others) {
    if (wanted.contains(name)) {
      std::cerr << name << " is in two folders: one of them needs another name\n";
      return false;
    }
    excluded += ":" + name;
  }
  std::string filter = GTEST_FLAG_GET(filter);
  if (filter.find('-') == std::string::npos) filter += '-';
  filter += excluded;
  GTEST_FLAG_SET(filter, filter);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::set<std::string> folders;
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] != '-') folders.insert(argv[i]);
  }
  // Where the results go is settled by InitGoogleMock.
  std::string output = GTEST_FLAG_GET(output);
  if (folders.size() == 1 && output.ends_with('/')) {
    output += *folders.begin() + "_test.xml";
    GTEST_FLAG_SET(output, output);
  }
  testing::InitGoogleMock(&argc, argv);
  if (!folders.empty() && !leave_only(folders)) return EXIT_FAILURE;
  return RUN_ALL_TESTS();
}
