#include "mime/gmime_library.h"

namespace gmail_mcp::mime {

void start_gmime() {
  [[maybe_unused]] static const bool started = [] {
    g_mime_init();
    return true;
  }();
}

}  // namespace gmail_mcp::mime
