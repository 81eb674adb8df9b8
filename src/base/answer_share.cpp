#include "base/answer_share.h"

namespace gmail_mcp {

FairShare::Hold hold_answer(const Shareholder& reader, std::size_t bytes) {
  FairShare::Hold hold;
  if (bytes <= uncounted_answer) return hold;
  hold = reader.hold();
  const auto answer = hold.resize(bytes);
  if (answer != FairShare::Answer::granted) throw answer_refused(answer);
  return hold;
}

}  // namespace gmail_mcp
