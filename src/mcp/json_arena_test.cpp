#include "mcp/json_arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/memory_resource.hpp>
#include <cstdlib>
#include <new>
#include <string>
#include <unordered_map>

#include "mcp/jsonrpc.h"

namespace gmail_mcp::mcp {
namespace {

// Counts the memory that arenas take from upstream. Counted by address, because a monotonic
// resource returns blocks with a different size than it took them.
class Counted final : public json::memory_resource {
 public:
  ~Counted() override { EXPECT_EQ(in_use, 0U); }

  std::size_t in_use = 0;
  std::size_t most = 0;

 private:
  void* do_allocate(std::size_t bytes, std::size_t /*alignment*/) override {
    // More than any test may ask for, whether or not the machine has it.
    if (bytes > std::size_t{1} << 30) throw std::bad_alloc{};
    void* block = ::operator new(bytes);
    sizes_[block] = bytes;
    in_use += bytes;
    most = std::max(most, in_use);
    return block;
  }
  void do_deallocate(void* block, std::size_t /*bytes*/, std::size_t /*alignment*/) override {
    const auto known = sizes_.find(block);
    in_use -= known->second;
    sizes_.erase(known);
    ::operator delete(block);
  }
  bool do_is_equal(const json::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::unordered_map<void*, std::size_t> sizes_;
};

std::string message_of(std::size_t bytes) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"text":")" +
         std::string(bytes, 'x') + R"("}})";
}

void parse_into(JsonArena& arena, const std::string& text) {
  const auto parsed = parse_json(text, {}, arena.storage());
  ASSERT_TRUE(std::holds_alternative<json::value>(parsed));
}

void serve_one_after_another(std::size_t count, std::size_t bytes) {
  Counted memory;
  ArenaPool pool{&memory};
  const auto text = message_of(bytes);
  for (std::size_t i = 0; i < count; ++i) {
    const auto arena = pool.lease();
    parse_into(*arena, text);
    ASSERT_LE(memory.most, 4 * bytes + (std::size_t{16} << 10)) << "of message " << i;
  }
  EXPECT_EQ(memory.in_use, 0U) << "nothing is kept for the next message";
}

TEST(JsonArena, TheTenThousandthMessageTakesAsMuchAsTheFirst) {
  serve_one_after_another(10'000, 6'000);
}

TEST(JsonArena, SoDoesALargeOne) { serve_one_after_another(200, 1'000'000); }

TEST(JsonArena, ALargeMessageLeavesNothingBehindForTheSmallOnesAfterIt) {
  Counted memory;
  ArenaPool pool{&memory};
  { parse_into(*pool.lease(), message_of(8'000'000)); }
  memory.most = 0;
  for (int i = 0; i < 100; ++i) parse_into(*pool.lease(), message_of(6'000));
  EXPECT_LE(memory.most, std::size_t{64} << 10);
}

TEST(JsonArena, SoDoManySideBySide) {
  Counted memory;
  ArenaPool pool{&memory};
  const auto text = message_of(6'000);
  for (int round = 0; round < 50; ++round) {
    std::vector<ArenaPool::Lease> together;
    for (int i = 0; i < 100; ++i) {
      parse_into(*together.emplace_back(pool.lease()), text);
    }
    ASSERT_LE(memory.most, std::size_t{100} * 40'000) << "in round " << round;
  }
  EXPECT_EQ(memory.in_use, 0U);
}

}  // namespace
}  // namespace gmail_mcp::mcp
