#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::mail {

/// Texts that live long, apart from what requests allocate: in blocks of one size, each leading to
/// the next, so that a text fits into whatever is free and nothing lies waste between texts. In the
/// heap the small pieces of remembered mail would keep whole pages from being given back. One
/// thread.
class Blocks {
  struct Block;

 public:
  /// A text that is kept, until drop().
  struct Kept {
    std::uint32_t first = 0;  // of its blocks
    std::uint32_t size = 0;   // bytes of text
  };

  Blocks();
  ~Blocks();
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  /// What a text of that size takes of memory.
  static std::size_t space_of(std::size_t size);

  /// `text` is shorter than 4 GiB.
  Kept keep(std::string_view text);
  /// A copy.
  std::string text(Kept kept) const;
  void drop(Kept kept);

 private:
  struct Slab;

  Block& at(std::uint32_t block) const;
  std::uint32_t take_one();
  std::uint32_t take(std::size_t count);

  std::vector<std::unique_ptr<Slab>> slabs_;
  std::uint32_t free_;         // the first block of those that are free again
  std::uint32_t touched_ = 0;  // blocks from here on were never used
  std::size_t in_use_ = 0;     // blocks
};

}  // namespace gmail_mcp::mail
