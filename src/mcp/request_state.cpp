#include "mcp/request_state.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "crypto/digest.h"

namespace gmail_mcp::mcp {

namespace {

constexpr std::string_view state_label = "mcp request state";
constexpr std::array<std::string_view, 3> members_of_a_round{"_meta", "inputResponses",
                                                             "requestState"};

// Every part has its kind and its length in front, so that no two values give the same text.
void append_part(std::string& out, char kind, std::string_view text) {
  out += kind;
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

void append_canonical(std::string& out, const json::value& value);

void append_members(std::string& out, const json::object& object, bool outermost) {
  std::vector<const json::key_value_pair*> members;
  members.reserve(object.size());
  for (const auto& member : object) {
    const std::string_view name = member.key();
    if (outermost && std::ranges::find(members_of_a_round, name) != members_of_a_round.end()) {
      continue;
    }
    members.push_back(&member);
  }
  std::ranges::sort(members, {},
                    [](const auto* member) { return std::string_view{member->key()}; });
  append_part(out, 'o', std::to_string(members.size()));
  for (const auto* member : members) {
    append_part(out, 'k', member->key());
    append_canonical(out, member->value());
  }
}

// Long texts are hashed where they lie instead of being copied.
void append_text(std::string& out, std::string_view text) {
  constexpr std::size_t long_text = 256;
  if (text.size() < long_text) return append_part(out, 's', text);
  append_part(out, 'h', crypto::sha256(text));
}

// 5.0 is 5 for JSON Schema, and a client may write either.
void append_number(std::string& out, const json::value& value) {
  constexpr double exact = 9'007'199'254'740'992.0;  // 2^53
  std::string text;
  const double* number = value.if_double();
  if (number && std::abs(*number) <= exact && std::trunc(*number) == *number) {
    text = std::to_string(static_cast<std::int64_t>(*number));
  } else {
    append_json(text, value);
  }
  append_part(out, 'n', text);
}

void append_canonical(std::string& out, const json::value& value) {
  if (const auto* object = value.if_object()) return append_members(out, *object, false);
  if (const auto* text = value.if_string()) return append_text(out, *text);
  if (const auto* array = value.if_array()) {
    append_part(out, 'a', std::to_string(array->size()));
    for (const auto& element : *array) append_canonical(out, element);
  } else if (value.is_number()) {
    append_number(out, value);
  } else {
    append_part(out, 'w', value.is_null() ? "null" : value.get_bool() ? "true" : "false");
  }
}

std::string bound_to(const StateBinding& binding) {
  std::string text;
  append_part(text, 'c', binding.caller);
  append_part(text, 'm', binding.method);
  append_part(text, 'd', binding.digest);
  return text;
}

}  // namespace

std::string digest_of(const json::object& params) {
  std::string text;
  append_members(text, params, true);
  return crypto::sha256(text);
}

std::size_t bytes_of(const json::value& value) {
  constexpr std::size_t of_one_value = 16;
  std::size_t bytes = of_one_value;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) bytes += member.key().size() + bytes_of(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array) bytes += bytes_of(element);
  } else if (const auto* text = value.if_string()) {
    bytes += text->size();
  }
  return bytes;
}

RequestStates::RequestStates(std::optional<crypto::Sealer> sealer, std::chrono::seconds life,
                             const Clock& clock)
    : sealer_{sealer ? *std::move(sealer) : crypto::Sealer::for_this_process(state_label)},
      life_{life},
      clock_{clock} {}

std::string RequestStates::seal(std::string_view state, const StateBinding& binding) const {
  return sealer_.seal(state, bound_to(binding), clock_.now() + life_);
}

std::optional<std::string> RequestStates::open(std::string_view sealed,
                                               const StateBinding& binding) const {
  return sealer_.open_valid(sealed, bound_to(binding), clock_.now());
}

}  // namespace gmail_mcp::mcp
