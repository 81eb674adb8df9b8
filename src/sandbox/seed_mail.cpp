#include "sandbox/seed_mail.h"
namespace gmail_mcp::sandbox {
void seed_mail(World&) {}
}  // namespace gmail_mcp::sandbox
