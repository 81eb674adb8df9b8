#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace gmail_mcp {

/// A string that must not be seen: a token, a password, a key. It has no operator<<, no comparison
/// and no conversion, so it cannot be logged or put into an error by accident; a review only needs
/// to search for `reveal()`. Its memory is wiped when it is destroyed or replaced.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_{std::move(text)} {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_{std::move(other.text_)} { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  std::size_t size() const { return text_.size(); }

  /// The text itself, borrowed; only for sending it and for encryption.
  const std::string& reveal() const { return text_; }

  /// Compares in time that depends on the lengths only.
  bool equals(std::string_view other) const;

 private:
  void wipe() noexcept;

  std::string text_;
};

}  // namespace gmail_mcp
