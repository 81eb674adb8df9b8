#include "mcp/session_id.h"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace gmail_mcp::mcp {

namespace {

constexpr std::size_t longest_capabilities = 400;  // as JSON text
constexpr std::size_t name_size = 36;

struct KnownCapability {
  std::string_view name;
  std::array<std::string_view, 2> parts;  // members that change what may be asked
};
constexpr std::array<KnownCapability, 3> known_capabilities{{{"roots", {"listChanged", ""}},
                                                             {"sampling", {"context", "tools"}},
                                                             {"elicitation", {"form", "url"}}}};

}  // namespace

json::object bounded_capabilities(json::object capabilities) {
  if (json::serialize(capabilities).size() <= longest_capabilities) return capabilities;
  json::object kept;
  for (const auto& known : known_capabilities) {
    const auto* sent = capabilities.if_contains(known.name);
    if (sent == nullptr || !sent->is_object()) continue;
    json::object parts;
    for (const auto& part : known.parts) {
      const auto* value = sent->get_object().if_contains(part);
      if (value == nullptr || part.empty()) continue;
      if (value->is_bool()) parts.emplace(part, value->get_bool());
      if (value->is_object()) parts.emplace(part, json::object{});
    }
    kept.emplace(known.name, std::move(parts));
  }
  return kept;
}

// revision ␠ name ␠ capabilities. The moment when it was made follows from the end of its validity.
std::string SessionIds::make(const SessionTicket& ticket, std::string_view owner) const {
  std::string plain{ticket.revision->name};
  plain += ' ';
  plain += ticket.name;
  plain += ' ';
  plain += json::serialize(ticket.client_capabilities);
  return sealer_.seal(plain, owner, ticket.made + session_lifetime);
}

std::optional<SessionTicket> SessionIds::read(std::string_view id, std::string_view owner) const {
  const auto opened = sealer_.open(id, owner, Timestamp{});
  if (!opened) return std::nullopt;
  const std::string_view plain{opened->plain};
  const auto space = plain.find(' ');
  if (space == std::string_view::npos || plain.size() < space + name_size + 2) return std::nullopt;
  SessionTicket ticket;
  // A revision may have been given up since.
  ticket.revision = find_revision(plain.substr(0, space));
  if (ticket.revision == nullptr || ticket.revision->era != Era::legacy) return std::nullopt;
  ticket.name = plain.substr(space + 1, name_size);
  boost::system::error_code failed;
  const auto capabilities = json::parse(plain.substr(space + name_size + 2), failed);
  if (failed || !capabilities.is_object()) return std::nullopt;
  ticket.client_capabilities = capabilities.get_object();
  ticket.made = opened->until - session_lifetime;
  ticket.key = opened->key;
  return ticket;
}

}  // namespace gmail_mcp::mcp
