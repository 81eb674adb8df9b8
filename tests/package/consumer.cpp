// Starts the program that find_package found, as a test of another project would.
#include <cstdio>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::FILE* program = popen((std::string{argv[1]} + " --version").c_str(), "r");
  if (program == nullptr) return 1;
  std::string printed;
  for (int c; (c = std::fgetc(program)) != EOF;) printed += static_cast<char>(c);
  const bool ended_well = pclose(program) == 0;
  std::cout << argv[1] << ": " << printed;
  return ended_well && printed.find(argv[2]) != std::string::npos ? 0 : 1;
}
