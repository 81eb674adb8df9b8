#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "store/archive.h"

namespace gmail_mcp::store {

/// Mail such as people get, in a dozen languages, made up: with the frequencies of words that
/// language has, and with addresses, links, dates, numbers of orders, names of files, apostrophes,
/// quotes, emoji and remains of HTML between them. The same for the same seed.
class MadeUpMail {
 public:
  explicit MadeUpMail(unsigned seed) : random_{seed} {}

  /// `number` is its id, and the later the larger.
  NewArchived letter(std::size_t number);

  /// What somebody might type who looks for one of these letters, or for none.
  std::string query(const std::vector<NewArchived>& letters);

 private:
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_);
  }
  bool chance(double share) {
    return std::uniform_real_distribution<double>{0, 1}(random_) < share;
  }
  template <class List>
  auto& one_of(const List& list) {
    return list[below(std::size(list))];
  }
  std::string word(std::size_t language);
  std::string special();
  std::string text(std::size_t language, std::size_t words);
  model::Address person();
  std::string term(const NewArchived& letter);
  std::string condition(const NewArchived& letter);

  std::mt19937 random_;
};

}  // namespace gmail_mcp::store
