#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "mail/mailbox.h"

namespace gmail_mcp::tools {

/// Labels as a caller wrote them, ids or names in any case; or all as ids.
struct LabelWords {
  std::vector<std::string> add_labels, remove_labels;

  bool operator==(const LabelWords&) const = default;
};

/// As ids. An id wins over a name. The mailbox is asked only if there is something else than ids of
/// Gmail's own labels. Throws invalid_argument that names the argument for a label that is not
/// there, or when a name fits several.
Task<LabelWords> label_ids(mail::Mailbox& mailbox, LabelWords given);

/// The same of the one label in the argument `label`.
Task<std::string> label_id(mail::Mailbox& mailbox, std::string given);

/// Runs `change` with `ids`, which are what `given` meant to the mailbox. What it remembers of
/// names may be out of date: where `change` is refused with `stale`, and the names mean other ids
/// by now, it is run once more with those. Borrows `change`.
Task<void> with_labels(mail::Mailbox& mailbox, LabelWords given, LabelWords ids, Errc stale,
                       const std::function<Task<void>(LabelWords)>& change);

}  // namespace gmail_mcp::tools
