#include "store/store.h"

#include "base/error.h"

namespace gmail_mcp::store {

Task<void> keep_written(Store& store, Clock& clock) {
  while (true) {
    co_await clock.sleep(std::chrono::seconds{1});
    try {
      co_await store.flush();
    } catch (const Error&) {  // kept for the next time
    }
  }
}

}  // namespace gmail_mcp::store
