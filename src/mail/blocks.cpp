#include "mail/blocks.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

namespace gmail_mcp::mail {

namespace {

constexpr std::size_t block_size = 512;
// What is left beside the number of the next block.
constexpr std::size_t text_size = block_size - sizeof(std::uint32_t);
constexpr std::uint32_t no_block = std::numeric_limits<std::uint32_t>::max();
// Blocks that are asked for together: 256 KiB.
constexpr std::uint32_t slab_blocks = 512;

// An empty text takes one, too, so that each has a first block.
std::size_t blocks_for(std::size_t size) {
  return std::max<std::size_t>(1, (size + text_size - 1) / text_size);
}

}  // namespace

struct Blocks::Block {
  std::uint32_t next;
  std::array<char, text_size> text;
};

struct Blocks::Slab {
  std::array<Block, slab_blocks> blocks;
};

Blocks::Blocks() : free_{no_block} {}

Blocks::~Blocks() = default;

std::size_t Blocks::space_of(std::size_t size) { return blocks_for(size) * block_size; }

Blocks::Block& Blocks::at(std::uint32_t block) const {
  return slabs_[block / slab_blocks]->blocks[block % slab_blocks];
}

// One that was free, or else the first that was never used.
std::uint32_t Blocks::take_one() {
  if (free_ != no_block) return std::exchange(free_, at(free_).next);
  if (touched_ == slabs_.size() * slab_blocks) {
    slabs_.push_back(std::make_unique_for_overwrite<Slab>());
  }
  return touched_++;
}

// The first of that many, each leading to the next.
std::uint32_t Blocks::take(std::size_t count) {
  const auto first = take_one();
  auto last = first;
  for (std::size_t i = 1; i < count; ++i) {
    const auto next = take_one();
    at(last).next = next;
    last = next;
  }
  in_use_ += count;
  return first;
}

Blocks::Kept Blocks::keep(std::string_view text) {
  const Kept kept{take(blocks_for(text.size())), static_cast<std::uint32_t>(text.size())};
  for (auto block = kept.first; !text.empty(); block = at(block).next) {
    const auto part = text.substr(0, text_size);
    std::memcpy(at(block).text.data(), part.data(), part.size());
    text.remove_prefix(part.size());
  }
  return kept;
}

std::string Blocks::text(Kept kept) const {
  std::string text;
  text.reserve(kept.size);
  for (std::uint32_t block = kept.first; text.size() < kept.size; block = at(block).next) {
    text.append(at(block).text.data(), std::min(text_size, kept.size - text.size()));
  }
  return text;
}

void Blocks::drop(Kept kept) {
  const auto count = blocks_for(kept.size);
  in_use_ -= count;
  if (in_use_ == 0) {
    slabs_.clear();
    free_ = no_block;
    touched_ = 0;
    return;
  }
  std::uint32_t last = kept.first;
  for (std::size_t i = 1; i < count; ++i) last = at(last).next;
  at(last).next = free_;
  free_ = kept.first;
}

}  // namespace gmail_mcp::mail
