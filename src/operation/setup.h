#pragma once

#include "base/task.h"
#include "setup/new_config.h"
#include "setup/report.h"

namespace gmail_mcp::operation {

/// The work of the tools of the toolset `setup`, whether or not the set-up is complete.
class Setup {
 public:
  /// What is missing, and whether the database answers now.
  virtual Task<setup::Report> report() = 0;
  virtual Task<setup::Trial> try_out(bool verbose) = 0;
  /// Throws misconfigured while no database is open.
  virtual Task<setup::Migrations> migrate() = 0;
  /// Throws misconfigured when there is no place for the file; else as setup::write_config.
  virtual setup::WrittenConfig write_config(const setup::NewConfig& wanted) = 0;

 protected:
  ~Setup() = default;
};

}  // namespace gmail_mcp::operation
