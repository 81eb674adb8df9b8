#include "mail/blocks.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

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

void Blocks::add_slab() {
  slabs_.push_back(std::make_unique_for_overwrite<Slab>());
  const auto first = static_cast<std::uint32_t>((slabs_.size() - 1) * slab_blocks);
  for (std::uint32_t i = 0; i < slab_blocks; ++i) {
    slabs_.back()->blocks[i].next = i + 1 < slab_blocks ? first + i + 1 : free_;
  }
  free_ = first;
}

// The first of that many, each leading to the next.
std::uint32_t Blocks::take(std::size_t count) {
  while (slabs_.size() * slab_blocks < in_use_ + count) add_slab();
  const std::uint32_t first = free_;
  std::uint32_t last = first;
  for (std::size_t i = 1; i < count; ++i) last = at(last).next;
  free_ = at(last).next;
  in_use_ += count;
  return first;
}

Blocks::Writer::Writer(Blocks& blocks, std::size_t size)
    : blocks_{blocks},
      kept_{blocks.take(blocks_for(size)), static_cast<std::uint32_t>(size)},
      block_{kept_.first} {}

void Blocks::Writer::write(std::string_view part) {
  while (!part.empty()) {
    if (used_ == text_size) {
      block_ = blocks_.at(block_).next;
      used_ = 0;
    }
    const auto now = std::min(part.size(), text_size - used_);
    std::memcpy(blocks_.at(block_).text.data() + used_, part.data(), now);
    used_ += now;
    part.remove_prefix(now);
  }
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
    return;
  }
  std::uint32_t last = kept.first;
  for (std::size_t i = 1; i < count; ++i) last = at(last).next;
  at(last).next = free_;
  free_ = kept.first;
}

}  // namespace gmail_mcp::mail
