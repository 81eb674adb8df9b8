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
  json::object keys;  // of the operation's contract, beside those of the error object
};

/// What came of a piece of work: what it made, or why it made nothing. Each door tells it in its
/// own words.
template <class Made>
struct OutcomeOf {
  std::variant<Made, Failure> end;
  FairShare::Hold room;  // what the answer takes of its reader's share
  Receipt receipt;       // `delivered()` once the caller has the answer

  bool ok() const { return end.index() == 0; }
  Made* made() { return std::get_if<Made>(&end); }
  const Made* made() const { return std::get_if<Made>(&end); }
  const Failure* failure() const { return std::get_if<Failure>(&end); }
};

/// Of an operation: a described struct, of which a door makes JSON.
using Outcome = OutcomeOf<schema::Value>;

/// The one shape of a failure everywhere (docs/05-troubleshooting.md, *Codes*).
json::object error_object(const Error& error);
std::string json_text(const Failure& failure);

/// The outcome as the text of a JSON object, for a door to hand on: the one place where a result is
/// written. A long one is written by the pool. What was made is gone then; where its text finds no
/// room in its reader's share, the outcome is that failure from now on. The room stays taken for as
/// long as `receipt` is there.
Task<std::string> json_text(Outcome& outcome, WorkPool* pool);

}  // namespace gmail_mcp::operation
