#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "mail/mailbox.h"
#include "operation/call.h"

namespace gmail_mcp::tools {

/// Labels as a caller wrote them (ids, or names in upper or lower case), or all as ids.
struct LabelWords {
  std::vector<std::string> add_labels, remove_labels;

  bool operator==(const LabelWords&) const = default;
};

/// The labels as ids. An id takes precedence over a name. The mailbox is asked only if there are
/// others than the ids of Gmail's own labels. Throws invalid_argument, which names the argument,
/// for an unknown label, or when a name fits several.
Task<LabelWords> label_ids(mail::Mailbox& mailbox, LabelWords given);

/// The same for the one label in the argument `label`.
Task<std::string> label_id(mail::Mailbox& mailbox, std::string given);

template <class T>
using LabelChange = std::function<Task<T>(mail::Mailbox&, LabelWords)>;

/// Runs `change` with `ids`, the ids of `given` as far as the mailbox knew. It may remember
/// outdated names: when `change` is refused with `stale`, and the names now mean other ids, it is
/// run once more with those. Owns all it needs.
template <class T>
Task<T> with_labels(mail::MailboxLease mailbox, LabelWords given, LabelWords ids, Errc stale,
                    LabelChange<T> change) {
  std::optional<Error> refused;
  try {
    co_return co_await change(*mailbox, ids);
  } catch (const Error& error) {
    if (error.code != stale || given == ids) throw;
    refused = error;
  }
  mailbox->forget_answers();
  auto now = co_await label_ids(*mailbox, std::move(given));
  if (now == ids) throw Error{*refused};
  co_return co_await change(*mailbox, std::move(now));
}

}  // namespace gmail_mcp::tools
