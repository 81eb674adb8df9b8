#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "base/task.h"
#include "model/access.h"
#include "model/caller.h"
#include "model/connection.h"
#include "store/sends.h"

namespace gmail_mcp::operation {

enum class Effect;
enum class Toolset;
struct Info;

/// What the operator allows to any caller: judged in one place, after a reply's recipients are
/// known, and for drafts too.
struct Policy {
  std::vector<std::string> enabled_toolsets;    // empty: all
  bool read_only = false;                       // tools.read_only
  std::vector<std::string> allowed_recipients;  // send.allowed_recipients; empty: anybody
  std::int64_t max_sends_per_day = 0;           // send.max_per_day; 0: no limit
  bool archives_oauth = true;                   // archive.oauth is not off

  /// Gives the keys for the names under which sends of removed accounts are counted: the first for
  /// new names, the others for those made before the key was changed. A function, because deriving
  /// them is a tenth of what a start would cost, and most programs send nothing.
  std::function<std::vector<Secret>()> account_keys;

  bool enables(Toolset toolset) const;

  /// Throws forbidden when the operation is switched off.
  void check_operation(const Info& info) const;

  /// Throws forbidden when one is not allowed; does not repeat which.
  void check_recipients(const std::vector<std::string>& recipients) const;

  /// Throws unsupported when mail of such an account is not archived here.
  void check_archive(const model::Connection& connection) const;

  /// The names under which the account is counted after its removal, one for each key. Without the
  /// key they do not reveal the account. Never empty.
  std::vector<std::string> spent_as(const model::Connection& connection) const;

  /// Throws rate_limited when the connection has used up its sends of the day, also those from
  /// before the account was removed and added again.
  Task<void> check_daily_sends(store::Sends& sends, const model::Access& access,
                               const model::Connection& connection, Timestamp now) const;
};

/// Whether the operation is within what a credential is limited to. To connect, disconnect or
/// remove accounts goes beyond any choice of connections.
bool is_within(const model::Grant& grant, const Info& info);
/// Throws forbidden when it is not, and says which limit it is.
void check_grant(const model::Grant& grant, const Info& info);

}  // namespace gmail_mcp::operation
