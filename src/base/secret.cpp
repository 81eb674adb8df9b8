#include "base/secret.h"

#include <cstddef>

namespace gmail_mcp {

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    text_ = other.text_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
  }
  return *this;
}

bool Secret::equals(std::string_view other) const {
  if (text_.size() != other.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < other.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (text_[i] ^ other[i]));
  }
  return difference == 0;
}

void Secret::wipe() noexcept {
  // volatile, so that the compiler may not drop stores to memory that is about to be freed.
  volatile char* bytes = text_.data();
  for (std::size_t i = 0; i < text_.capacity(); ++i) bytes[i] = 0;
  text_.clear();
}

}  // namespace gmail_mcp
