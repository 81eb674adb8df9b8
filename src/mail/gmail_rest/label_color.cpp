#include "mail/gmail_rest/label_color.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace gmail_mcp::mail {

namespace {

constexpr std::array<std::uint32_t, 113> label_palette{
    0x000000, 0x434343, 0x666666, 0x999999, 0xcccccc, 0xefefef, 0xf3f3f3, 0xffffff, 0xfb4c2f,
    0xffad47, 0xfad165, 0x16a766, 0x43d692, 0x4a86e8, 0xa479e2, 0xf691b3, 0xf6c5be, 0xffe6c7,
    0xfef1d1, 0xb9e4d0, 0xc6f3de, 0xc9daf8, 0xe4d7f5, 0xfcdee8, 0xefa093, 0xffd6a2, 0xfce8b3,
    0x89d3b2, 0xa0eac9, 0xa4c2f4, 0xd0bcf1, 0xfbc8d9, 0xe66550, 0xffbc6b, 0xfcda83, 0x44b984,
    0x68dfa9, 0x6d9eeb, 0xb694e8, 0xf7a7c0, 0xcc3a21, 0xeaa041, 0xf2c960, 0x149e60, 0x3dc789,
    0x3c78d8, 0x8e63ce, 0xe07798, 0xac2b16, 0xcf8933, 0xd5ae49, 0x0b804b, 0x2a9c68, 0x285bac,
    0x653e9b, 0xb65775, 0x822111, 0xa46a21, 0xaa8831, 0x076239, 0x1a764d, 0x1c4587, 0x41236d,
    0x83334c, 0x464646, 0xe7e7e7, 0x0d3472, 0xb6cff5, 0x0d3b44, 0x98d7e4, 0x3d188e, 0xe3d7ff,
    0x711a36, 0xfbd3e0, 0x8a1c0a, 0xf2b2a8, 0x7a2e0b, 0xffc8af, 0x7a4706, 0xffdeb5, 0x594c05,
    0xfbe983, 0x684e07, 0xfdedc1, 0x0b4f30, 0xb3efd3, 0x04502e, 0xa2dcc1, 0xc2c2c2, 0x4986e7,
    0x2da2bb, 0xb99aff, 0x994a64, 0xf691b2, 0xff7537, 0xffad46, 0x662e37, 0xebdbde, 0xcca6ac,
    0x094228, 0x42d692, 0x16a765, 0x757575, 0x1e53b8, 0x007286, 0x7858c3, 0xc2185b, 0xd93025,
    0x54240e, 0x633e04, 0x521d28, 0x202124, 0x083018,
};

constexpr int channel(std::uint32_t color, unsigned shift) {
  return static_cast<int>(color >> shift & 0xffU);
}

std::optional<std::uint32_t> read_color(std::string_view text) {
  if (text.starts_with('#')) text.remove_prefix(1);
  std::uint32_t color = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, color, 16);
  if (text.size() != 6 || failed != std::errc{} || stop != end) return std::nullopt;
  return color;
}

int distance(std::uint32_t a, std::uint32_t b) {
  int sum = 0;
  for (const unsigned shift : {16U, 8U, 0U}) {
    const int apart = channel(a, shift) - channel(b, shift);
    sum += apart * apart;
  }
  return sum;
}

}  // namespace

Result<std::string> nearest_label_color(std::string_view color) {
  const auto wanted = read_color(color);
  if (!wanted) {
    return Error{Errc::invalid_argument, "That is no colour of a label.",
                 "Write colours as #rrggbb, for instance #16a766."};
  }
  const auto nearest =
      std::min_element(label_palette.begin(), label_palette.end(),
                       [&](auto a, auto b) { return distance(a, *wanted) < distance(b, *wanted); });
  return fmt::format("#{:06x}", *nearest);
}

std::string text_color_on(std::string_view background) {
  const auto color = read_color(background).value_or(0);
  // The weights of ITU-R BT.601, in thousandths.
  const int luma = 299 * channel(color, 16U) + 587 * channel(color, 8U) + 114 * channel(color, 0U);
  return luma > 140'000 ? "#000000" : "#ffffff";
}

}  // namespace gmail_mcp::mail
