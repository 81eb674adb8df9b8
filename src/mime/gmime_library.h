#pragma once

// For .cpp files of this folder only: our interface does not expose GMime.
#include <gmime/gmime.h>

#include <memory>

namespace gmail_mcp::mime {

/// Starts GMime once, on whichever thread comes first. To be called before any of its functions:
/// GMime registers its types at its start, and registering them later is not thread-safe.
void start_gmime();

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

struct Free {
  void operator()(gpointer memory) const { g_free(memory); }
};
using OwnedText = std::unique_ptr<char, Free>;

}  // namespace gmail_mcp::mime
