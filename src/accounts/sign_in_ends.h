#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "model/connection.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// How logs and the audit call a program whose host is not known: the beginning of the digest of
/// its client_id.
inline std::string client_label(const std::string& client) { return client.substr(0, 12); }

/// The audit's row of what happened to a sign-in: the program acts, with nothing but its token, so
/// there is no caller who is a person. `label`: of the program.
store::AuditEntry sign_in_entry(const store::ClientGrant& grant, const std::string& label,
                                std::string what, Timestamp now);

/// Ends the sign-ins of a person whose own mailbox is no longer connected, because Google refuses
/// it or it was disconnected: they took their permission back, so the programs that it was for must
/// ask again. `ended`: the connection that ended just now; nullopt: whichever did. Does nothing
/// while the mailbox is connected. `reason`: for the audit. A failure is logged; whoever calls this
/// now and then without a connection makes up for it.
Task<void> end_sign_ins_without_mailbox(store::Store& store, const Clock& clock, Log& log,
                                        std::optional<model::ConnectionId> ended,
                                        std::string reason);

}  // namespace gmail_mcp::accounts
