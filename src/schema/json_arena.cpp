#include "schema/json_arena.h"

#include <new>
#include <utility>

namespace gmail_mcp::schema {

namespace {

constexpr std::size_t long_text = std::size_t{32} << 10;

}  // namespace

JsonArena::Blocks::Blocks(boost::json::storage_ptr upstream) : upstream_{std::move(upstream)} {
  clear();
}

JsonArena::Blocks::~Blocks() { clear(); }

// `small_` is constructed again, because its release() keeps the size of the next block, which
// doubles with each block: after some twenty messages no machine would have that much memory.
void JsonArena::Blocks::clear() {
  while (long_ones_ != nullptr) release(long_ones_);
  small_.emplace(buffer_.data(), buffer_.size(), upstream_);
}

void* JsonArena::Blocks::do_allocate(std::size_t bytes, std::size_t alignment) {
  if (bytes < long_text) return small_->allocate(bytes, alignment);
  const std::size_t size = sizeof(Link) + bytes;
  auto* link = new (upstream_->allocate(size, alignof(Link))) Link{nullptr, long_ones_, size};
  if (long_ones_ != nullptr) long_ones_->before = link;
  long_ones_ = link;
  return link + 1;
}

void JsonArena::Blocks::do_deallocate(void* block, std::size_t bytes, std::size_t /*alignment*/) {
  if (bytes >= long_text) release(static_cast<Link*>(block) - 1);
}

void JsonArena::Blocks::release(Link* link) {
  (link->before != nullptr ? link->before->after : long_ones_) = link->after;
  if (link->after != nullptr) link->after->before = link->before;
  upstream_->deallocate(link, link->size, alignof(Link));
}

}  // namespace gmail_mcp::schema
