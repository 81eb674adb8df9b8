#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace gmail_mcp {

/// An identifier with a type of its own: Id<struct UserTag> and Id<struct ConnectionTag> do not
/// mix. A value; compares and hashes as its text.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_{std::move(text)} {}

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string text_;
};

}  // namespace gmail_mcp

template <class Tag>
struct std::hash<gmail_mcp::Id<Tag>> {
  std::size_t operator()(const gmail_mcp::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
