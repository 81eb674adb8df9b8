#include "accounts/network_counts.h"

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include "base/text.h"

namespace gmail_mcp::accounts {

namespace {

namespace ip = boost::asio::ip;

// About 100 bytes each.
constexpr std::size_t most_networks = 50'000;
constexpr std::int64_t for_all_together = 1'000;  // times as many as for one

}  // namespace

std::vector<std::string> networks_of(const std::string& address) {
  boost::system::error_code failed;
  const auto v6 = ip::make_address_v6(address, failed);
  if (failed) return {address};
  if (v6.is_v4_mapped()) return {ip::make_address_v4(ip::v4_mapped, v6).to_string()};
  const auto bytes = v6.to_bytes();
  const std::string_view all{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  std::vector<std::string> out;
  for (const std::size_t size : {8U, 7U, 6U}) out.push_back(to_hex(all.substr(0, size)));
  return out;
}

void NetworkCounts::make_place() {
  if (by_network_.size() < most_networks) return;
  const auto now = clock_.steady_now();
  std::erase_if(by_network_, [&](const auto& entry) { return now >= entry.second.until; });
  // Rather let some try again too early than look through a full table at each try.
  if (by_network_.size() < most_networks / 4 * 3) return;
  const auto all = by_network_[""];
  by_network_.clear();
  by_network_[""] = all;
}

std::optional<std::chrono::seconds> NetworkCounts::count(const std::string& address) {
  make_place();
  const auto now = clock_.steady_now();
  auto networks = networks_of(address);
  networks.emplace_back();
  std::vector<Counted*> places;  // which stay where they are while others are added
  auto most = most_;
  for (const auto& network : networks) {
    if (network.empty()) most = most_ * for_all_together;
    auto& place = by_network_[network];
    if (now >= place.until) place = {0, now + within_};
    if (place.tries >= most) {
      const auto wait = std::chrono::ceil<std::chrono::seconds>(place.until - now);
      return std::max(wait, std::chrono::seconds{1});
    }
    places.push_back(&place);
    most *= 2;
  }
  for (auto* place : places) ++place->tries;
  return std::nullopt;
}

}  // namespace gmail_mcp::accounts
