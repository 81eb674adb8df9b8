#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/client.h"
#include "imap/command.h"
#include "imap/conversation.h"
#include "imap/failure.h"
#include "imap/response.h"

namespace gmail_mcp::imap {

// The state of a Client, whose calls are spread over client*.cpp.
struct Client::State {
  State(const Executor& executor, std::unique_ptr<net::Stream> stream, Limits limits)
      : limits{limits},
        conversation{executor, std::move(stream), limits,
                     [this](const Response& response, bool taken) { overhear(response, taken); }} {}

  void overhear(const Response& response, bool taken);
  void learn(const StatusResponse& status);

  bool can(std::string_view capability) const;
  /// The number in a capability like APPENDLIMIT=35651584.
  std::optional<std::uint64_t> number_of(std::string_view capability) const;
  LiteralRule literals() const;
  CommandWriter command(std::string_view words) const { return {words, literals()}; }

  Task<void> ask_capabilities();
  /// Runs a command; throws its refusal.
  Task<StatusResponse> run(CommandWriter command, Conversation::Take take = {},
                           Asked asked = Asked::command);
  Task<Selected> open(std::string verb, std::string folder);
  /// UID COPY or UID MOVE.
  Task<Copied> carry(std::string verb, UidSet uids, std::string folder);

  Limits limits;
  std::vector<std::string> capabilities;
  std::optional<Selected> selected;
  std::optional<Copied> copied;  // by the last COPYUID
  bool has_changed = false;      // the open folder, since `idle` last looked
  Conversation conversation;
};

/// Sets longer than this are sent as several commands: servers limit a line, some to 8,000 bytes.
inline constexpr std::size_t longest_set = 4000;

}  // namespace gmail_mcp::imap
