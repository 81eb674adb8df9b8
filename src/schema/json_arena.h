#pragma once

#include <array>
#include <boost/json/memory_resource.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/storage_ptr.hpp>
#include <cstddef>
#include <optional>

namespace gmail_mcp::schema {

/// Memory for the tree of one JSON text, freed all at once. It must outlive everything that was
/// parsed into it, so values that are needed longer are copied out. A long text (a file in base64)
/// is freed as soon as it is cleared or replaced, not only at the end. One thread at a time.
class JsonArena {
 public:
  explicit JsonArena(boost::json::storage_ptr upstream = {}) : blocks_{std::move(upstream)} {}
  JsonArena(const JsonArena&) = delete;
  JsonArena& operator=(const JsonArena&) = delete;

  boost::json::storage_ptr storage() { return &blocks_; }
  void clear() { blocks_.clear(); }

 private:
  class Blocks final : public boost::json::memory_resource {
   public:
    explicit Blocks(boost::json::storage_ptr upstream);
    ~Blocks() override;
    Blocks(const Blocks&) = delete;
    Blocks& operator=(const Blocks&) = delete;
    void clear();

   private:
    // Stored before each long text.
    struct alignas(std::max_align_t) Link {
      Link* before = nullptr;
      Link* after = nullptr;
      std::size_t size = 0;
    };

    void* do_allocate(std::size_t bytes, std::size_t alignment) override;
    void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override;
    bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
      return this == &other;
    }
    void release(Link* link);

    boost::json::storage_ptr upstream_;
    std::array<unsigned char, 4096> buffer_;
    std::optional<boost::json::monotonic_resource> small_;
    Link* long_ones_ = nullptr;
  };

  Blocks blocks_;
};

}  // namespace gmail_mcp::schema
