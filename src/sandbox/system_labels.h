#pragma once

#include <vector>

#include "sandbox/mailbox.h"

namespace gmail_mcp::sandbox {

/// The labels every Gmail mailbox has, in the order and with the visibilities Gmail gives them.
std::vector<Label> system_labels();

}  // namespace gmail_mcp::sandbox
