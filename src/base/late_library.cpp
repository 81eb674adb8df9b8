#include "base/late_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "base/error.h"

namespace gmail_mcp {

void* find_in_library(const char* library, const char* function) {
  void* loaded = ::dlopen(library, RTLD_LAZY | RTLD_LOCAL);
  void* found = loaded == nullptr ? nullptr : ::dlsym(loaded, function);
  if (found != nullptr) return found;
  const char* reason = ::dlerror();
  throw Error{
      Errc::misconfigured, fmt::format("The library {} could not be loaded.", library),
      "Install the Debian package that has it, or install gmail-mcp from its package, which "
      "asks for all that it needs."}
      .with_detail(reason == nullptr ? "" : reason);
}

}  // namespace gmail_mcp
