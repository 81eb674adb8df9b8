#include "accounts/recognised_tokens.h"

#include <utility>

namespace gmail_mcp::accounts {

RecognisedTokens::RecognisedTokens(const Clock& clock)
    : clock_{clock}, tokens_{{.total = most, .of_one = most_of_one}, [](const Known& known) {
                               return !known.is_held();
                             }} {}

model::Caller RecognisedTokens::Known::caller() const {
  auto caller = found_.caller;
  caller.validity = validity_;
  return caller;
}

RecognisedTokens::Known* RecognisedTokens::believed(std::string_view digest) {
  auto* known = tokens_.use(digest);
  const bool is_old = known == nullptr || clock_.steady_now() >= known->found_.believed_until;
  return is_old ? nullptr : known;
}

RecognisedTokens::Known& RecognisedTokens::remember(const std::string& digest, Found found) {
  auto* known = tokens_.find(digest);
  if (known == nullptr) {
    Known made;
    made.validity_ = std::make_shared<model::Validity>();
    known = &tokens_.add(digest, found.caller.shareholder(), std::move(made));
  }
  // Whoever found this out may have begun before it ended.
  known->validity_->has_ended |= found.has_ended;
  known->validity_->until = found.expires;
  known->found_ = std::move(found);
  return *known;
}

void RecognisedTokens::forget(std::string_view digest) {
  auto* known = tokens_.find(digest);
  if (known == nullptr) return;
  known->validity_->has_ended = true;
  tokens_.erase(digest);
}

void RecognisedTokens::end(std::string_view source) {
  tokens_.for_each([source](std::string_view, Known& known) {
    if (known.found_.source == source) known.validity_->has_ended = true;
  });
}

std::vector<RecognisedTokens::Held> RecognisedTokens::held() {
  std::vector<Held> all;
  const auto now = clock_.now();
  tokens_.for_each([&](std::string_view digest, const Known& known) {
    if (!known.is_held() || !known.holds(now)) return;
    all.push_back({std::string{digest}, known.found_.source});
  });
  return all;
}

}  // namespace gmail_mcp::accounts
