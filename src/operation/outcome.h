#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/fair_share.h"
#include "base/receipt.h"
#include "base/task.h"
#include "schema/value.h"

namespace gmail_mcp::operation {

namespace json = boost::json;

/// Why an operation has no result.
struct Failure {
  Error error;
  json::object keys;  // keys of the operation's contract beside those of the error object
};

/// The result of a piece of work, or the reason why there is none. Each door writes it in its own
/// form.
template <class Made>
struct OutcomeOf {
  std::variant<Made, Failure> end;
  FairShare::Hold room;  // the answer's part of its reader's share
  Receipt receipt;       // `delivered()` once the caller has the answer

  bool ok() const { return end.index() == 0; }
  Made* made() { return std::get_if<Made>(&end); }
  const Made* made() const { return std::get_if<Made>(&end); }
  const Failure* failure() const { return std::get_if<Failure>(&end); }
};

/// The outcome of an operation: a described struct, which a door turns into JSON.
using Outcome = OutcomeOf<schema::Value>;

/// The one shape of a failure everywhere (docs/05-troubleshooting.md, *Codes*).
json::object error_object(const Error& error);
std::string json_text(const Failure& failure);

/// The outcome as the text of a JSON object, for a door to pass on: the one place where a result is
/// written. A long one is written on the pool. The struct is gone afterwards. If the text does not
/// fit into its reader's share, the outcome becomes that failure. The room stays taken as long as
/// `receipt` exists.
Task<std::string> json_text(Outcome& outcome, WorkPool* pool);

}  // namespace gmail_mcp::operation
