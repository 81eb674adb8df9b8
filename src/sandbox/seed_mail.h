#pragma once

#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

/// Fills every mailbox with invented mail of the last weeks, the same each time but for the dates,
/// which are relative to now: newsletters, invoices, calendar, conversations, a mailing list,
/// files, a forwarded message and one that tries to give orders to an AI assistant.
void seed_mail(World& world);

}  // namespace gmail_mcp::sandbox
