#include "tools/in_portions.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/caught.h"

namespace gmail_mcp::tools {

Task<std::vector<mail::Change>> modify_in_portions(
    mail::Mailbox& mailbox, std::vector<model::MessageId> ids, mail::Provenance provenance,
    std::vector<std::string> add, std::vector<std::string> remove, std::shared_ptr<Steps> steps) {
  // As many as Gmail takes in two batches.
  constexpr std::size_t portion = 200;
  std::vector<mail::Change> changes;
  std::optional<Error> failure;
  std::size_t tried = 0;
  while (tried < ids.size() && !failure) {
    const auto left = ids.size() - tried;
    const auto size = provenance == mail::Provenance::listed ? left : std::min(left, portion);
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(tried);
    std::vector<model::MessageId> some(first, first + static_cast<std::ptrdiff_t>(size));
    auto done = co_await caught(mailbox.modify_many(std::move(some), provenance, add, remove));
    if (!done) {
      failure = done.error();
      if (tried == 0) throw Error{*failure};
      break;
    }
    auto answers = std::move(done).value();
    for (auto& one : answers) changes.push_back(std::move(one));
    tried += size;
    steps->add(static_cast<std::int64_t>(size));
  }
  for (; tried < ids.size(); ++tried) {
    changes.push_back({.id = std::move(ids[tried]), .failure = failure});
  }
  co_return changes;
}

TellSteps tell_changed(operation::Call& call, std::size_t total) {
  const auto all = static_cast<std::int64_t>(total);
  return call.teller(all, "messages changed");
}

}  // namespace gmail_mcp::tools
