#include "mail/response_cache.h"

#include <limits>
#include <list>
#include <map>
#include <memory_resource>
#include <tuple>
#include <utility>

namespace gmail_mcp::mail {

namespace {

constexpr std::size_t kinds = 6;
// What an entry takes beside its blocks and its id: the nodes of map and list.
constexpr std::size_t overhead = 256;

const char* name_of(Remembered kind) {
  switch (kind) {
    case Remembered::labels:
    case Remembered::label_names: return "labels";
    case Remembered::profile: return "profile";
    case Remembered::sender_addresses: return "sender_addresses";
    case Remembered::message: return "message";
    case Remembered::attachment: break;
  }
  return "attachment";
}

}  // namespace

struct ResponseCache::State {
  // Whose, what, and which.
  using View = std::tuple<std::uint64_t, Remembered, std::string_view>;
  struct Key {
    using allocator_type = std::pmr::polymorphic_allocator<char>;

    Key(const View& view, const allocator_type& memory)
        : owner{std::get<0>(view)}, kind{std::get<1>(view)}, id{std::get<2>(view), memory} {}

    operator View() const { return {owner, kind, id}; }

    std::uint64_t owner;
    Remembered kind;
    std::pmr::string id;
  };
  struct Less {
    using is_transparent = void;
    bool operator()(const View& a, const View& b) const { return a < b; }
  };
  using Order = std::pmr::list<const Key*>;
  struct Entry {
    Blocks::Kept kept;
    std::chrono::steady_clock::time_point ends;
    Order::iterator place;
  };
  using Index = std::pmr::map<Key, Entry, Less>;

  State(std::size_t most, const Clock& time, Meter* meter) : max_bytes{most}, clock{time} {
    if (meter == nullptr) return;
    for (std::size_t i = 0; i < kinds; ++i) {
      hits[i] = &count(*meter, static_cast<Remembered>(i), "hit");
      misses[i] = &count(*meter, static_cast<Remembered>(i), "miss");
    }
  }

  static Counter& count(Meter& meter, Remembered kind, const char* result) {
    return meter.counter("gmail_mcp_response_cache_total",
                         "Questions to a mailbox that the response cache was asked for.",
                         {{"kind", name_of(kind)}, {"result", result}});
  }

  void note(Remembered kind, bool was_hit) {
    auto* const counter = (was_hit ? hits : misses)[static_cast<std::size_t>(kind)];
    if (counter != nullptr) counter->add();
  }

  static std::size_t bytes_of(std::string_view id, std::size_t size) {
    return overhead + id.size() + Blocks::space_of(size);
  }
  Index::iterator drop(Index::iterator it) {
    bytes -= bytes_of(it->first.id, it->second.kept.size);
    blocks.drop(it->second.kept);
    order.erase(it->second.place);
    return index.erase(it);
  }
  // Everything from one key up to another.
  void drop_range(const View& from, const View& to) {
    const auto end = index.lower_bound(to);
    for (auto it = index.lower_bound(from); it != end;) it = drop(it);
  }

  std::size_t max_bytes;
  const Clock& clock;
  std::size_t bytes = 0;
  std::uint64_t owners = 0;
  Blocks blocks;
  // For the nodes, which live as long as the texts.
  std::pmr::unsynchronized_pool_resource pool;
  Order order{&pool};  // the one used last in front
  Index index{&pool};
  Counter* hits[kinds] = {};
  Counter* misses[kinds] = {};
};

ResponseCache::ResponseCache(std::size_t max_bytes, const Clock& clock, Meter* meter)
    : state_{std::make_shared<State>(max_bytes, clock, meter)} {}

ResponseCache::~ResponseCache() = default;

std::unique_ptr<ResponseCache::Shelf> ResponseCache::shelf() {
  return std::make_unique<Shelf>(state_);
}

std::size_t ResponseCache::bytes() const { return state_->bytes; }

ResponseCache::Shelf::Shelf(std::shared_ptr<State> state)
    : state_{std::move(state)}, owner_{++state_->owners} {}

ResponseCache::Shelf::~Shelf() {
  state_->drop_range({owner_, Remembered{}, {}}, {owner_ + 1, Remembered{}, {}});
}

Timestamp ResponseCache::Shelf::now() const { return state_->clock.now(); }

std::optional<Blocks::Kept> ResponseCache::Shelf::look_up(Remembered kind, std::string_view id) {
  auto& state = *state_;
  auto it = state.index.find(State::View{owner_, kind, id});
  if (it != state.index.end() && it->second.ends <= state.clock.steady_now()) {
    state.drop(it);
    it = state.index.end();
  }
  state.note(kind, it != state.index.end());
  if (it == state.index.end()) return std::nullopt;
  state.order.splice(state.order.begin(), state.order, it->second.place);
  return it->second.kept;
}

std::string ResponseCache::Shelf::text_of(Blocks::Kept kept) const {
  return state_->blocks.text(kept);
}

// False if it is too much for the cache, whatever is dropped.
bool ResponseCache::Shelf::make_room(std::string_view id, std::size_t size) {
  auto& state = *state_;
  const auto bytes = State::bytes_of(id, size);
  if (bytes > state.max_bytes / 8 || size > std::numeric_limits<std::uint32_t>::max()) return false;
  while (state.bytes + bytes > state.max_bytes) {
    state.drop(state.index.find(*state.order.back()));
  }
  return true;
}

void ResponseCache::Shelf::put(Remembered kind, std::string_view id, std::string_view packed,
                               std::chrono::seconds how_long) {
  auto& state = *state_;
  const auto kept = state.blocks.keep(packed);
  const auto ends = state.clock.steady_now() + how_long;
  const auto [it, is_new] = state.index.emplace(State::View{owner_, kind, id},
                                                State::Entry{kept, ends, state.order.end()});
  it->second.place = state.order.insert(state.order.begin(), &it->first);
  state.bytes += State::bytes_of(id, kept.size);
}

void ResponseCache::Shelf::forget(Remembered kind, std::string_view id) {
  const auto it = state_->index.find(State::View{owner_, kind, id});
  if (it != state_->index.end()) state_->drop(it);
}

void ResponseCache::Shelf::forget(Remembered kind) {
  const auto next = static_cast<Remembered>(static_cast<int>(kind) + 1);
  state_->drop_range({owner_, kind, {}}, {owner_, next, {}});
}

}  // namespace gmail_mcp::mail
