#include "operation/completion.h"

#include <array>
#include <utility>

#include "operation/accounts.h"

namespace gmail_mcp::operation {

namespace {

constexpr std::int64_t most_users = 1'000;

constexpr Info info_of(Toolset toolset) {
  return {.name = "completion",
          .title = "Completion",
          .description = "",
          .toolset = toolset,
          .effect = Effect::reads,
          .idempotent = true,
          .open_world = false};
}

Task<std::vector<std::string>> connections(Call& call, std::string /*connection*/) {
  const auto found = co_await call.connections(std::nullopt, false);
  std::vector<std::string> ids;
  for (const auto& one : found) ids.push_back(one.id.str());
  co_return ids;
}

Task<std::vector<std::string>> users(Call& call, std::string /*connection*/) {
  const auto found = co_await call.house().accounts.users(call, most_users);
  std::vector<std::string> ids;
  for (const auto& one : found) ids.push_back(one.user.external_id.str());
  co_return ids;
}

Task<std::vector<std::string>> labels(Call& call, std::string connection) {
  std::vector<std::string> names;
  if (connection.empty()) co_return names;
  auto mailbox = co_await call.mailbox(std::move(connection));
  auto found = co_await mailbox->label_names();
  for (auto& one : found) names.push_back(std::move(one.name));
  co_return names;
}

}  // namespace

const Completion* completion_of(std::string_view argument) {
  static const Completion of_connections{info_of(Toolset::connections), connections};
  static const Completion of_users{info_of(Toolset::connections), users};
  static const Completion of_labels{info_of(Toolset::read), labels};
  static const std::array<std::pair<std::string_view, const Completion*>, 6> all{
      {{"connection_id", &of_connections},
       {"account_id", &of_connections},
       {"user_id", &of_users},
       {"label", &of_labels},
       {"add_labels", &of_labels},
       {"remove_labels", &of_labels}}};
  for (const auto& [name, completion] : all) {
    if (name == argument) return completion;
  }
  return nullptr;
}

}  // namespace gmail_mcp::operation
