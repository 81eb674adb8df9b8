#include "operation/page_visit.h"

#include <optional>
#include <utility>

#include "model/caller.h"
#include "operation/removal.h"
#include "operation/run.h"

namespace gmail_mcp::operation {

namespace {

// Written when the visit ends, however it ends.
class VisitRecord {
 public:
  VisitRecord(const Services& services, std::string operation)
      : services_{services}, begun_{services.clock.steady_now()} {
    entry_.operation = std::move(operation);
    entry_.request_id = new_request_id();
    entry_.caller = model::Caller{.kind = model::CallerKind::flow,
                                  .only_user = {},
                                  .default_user = {},
                                  .credential = "page"}
                        .identity();
    entry_.outcome = "cancelled";
    if (services_.visits != nullptr) ++services_.visits->running;
  }
  ~VisitRecord() {
    if (services_.visits != nullptr) --services_.visits->running;
    entry_.at = services_.clock.now();
    const auto took = services_.clock.steady_now() - begun_;
    entry_.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    services_.store->audit().record(std::move(entry_));
  }
  VisitRecord(const VisitRecord&) = delete;
  VisitRecord& operator=(const VisitRecord&) = delete;

  void succeeded(const model::Connection& connection) {
    entry_.outcome = "ok";
    entry_.user_id = connection.external_user_id.str();
    entry_.connection_id = connection.id.str();
  }
  void failed(Errc code) { entry_.outcome = to_string(code); }

 private:
  const Services& services_;
  store::AuditEntry entry_;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace

Task<void> welcome(const Services& services, model::Connection connection) {
  services.pool->close(connection.id);
  co_await settle_archive(services, connection);
  if (services.account_added) services.account_added(connection);
  // It was verified a moment ago, by both servers.
  const bool was_verified = connection.kind == model::ConnectionKind::app_password;
  if (was_verified && services.conditions != nullptr) services.conditions->ok(connection.id);
}

Task<model::FlowEnd> finish_on_page(const Services& services, std::string operation,
                                    Task<model::FlowEnd> finish) {
  VisitRecord record{services, std::move(operation)};
  try {
    auto end = co_await std::move(finish);
    record.succeeded(end.connection);
    if (services.vault != nullptr) services.vault->forget(end.connection.id);
    co_await welcome(services, end.connection);
    if (services.visits != nullptr) services.visits->last = end;
    co_return end;
  } catch (const Error& error) {
    record.failed(error.code);
    throw;
  }
}

}  // namespace gmail_mcp::operation
