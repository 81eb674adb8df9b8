// Stands in for libFuzzer where it is not built: `fuzz_replay SUBJECT FOLDER…` runs the fuzz target
// of that subject over every file of the folders, so that each input that once found a bug stays a
// test for every compiler.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#define FUZZ_TARGET(subject, function) \
  extern "C" int function(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.h"
#undef FUZZ_TARGET

namespace {

using Target = int (*)(const std::uint8_t* data, std::size_t size);

Target target_of(std::string_view wanted) {
#define FUZZ_TARGET(subject, function) \
  if (wanted == #subject) return function;
#include "fuzz_targets.h"
#undef FUZZ_TARGET
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  const Target target = argc > 1 ? target_of(argv[1]) : nullptr;
  if (target == nullptr) {
    std::cerr << "usage: fuzz_replay SUBJECT FOLDER...\n";
    return EXIT_FAILURE;
  }
  std::size_t inputs = 0;
  // The empty input is in every corpus, written down or not.
  target(nullptr, 0);
  for (int i = 2; i < argc; ++i) {
    const std::filesystem::path folder = argv[i];
    if (!std::filesystem::is_directory(folder)) {
      std::cerr << "no corpus at " << folder << '\n';
      return EXIT_FAILURE;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      ++inputs;
    }
  }
  std::cout << inputs << " inputs replayed\n";
  return EXIT_SUCCESS;
}
