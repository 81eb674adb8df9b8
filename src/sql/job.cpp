#include "sql/job.h"

namespace gmail_mcp::sql {

Task<void> finished(Job& job, std::function<void()> submit) {
  std::function<void(Resumption)> start = [&](Resumption resume) {
    job.resume = std::move(resume);
    submit();
  };
  co_await suspend(std::move(start));
  if (job.failure) std::rethrow_exception(job.failure);
}

}  // namespace gmail_mcp::sql
