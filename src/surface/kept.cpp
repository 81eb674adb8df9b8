#include "surface/kept.h"

namespace gmail_mcp::surface {

namespace {

std::string until_when(std::int64_t days) {
  if (days == 0) return " until the account is disconnected.";
  if (days == 1) return " of the last day. Older ones are erased.";
  return " of the last " + std::to_string(days) + " days. Older ones are erased.";
}

}  // namespace

std::vector<std::string> what_is_kept(const WebOptions& options, model::ConnectionKind kind) {
  const auto& application = options.application_name;
  const auto& archive = options.archive;
  const auto& facts = model::facts_of(kind);
  const bool is_google = facts.by_consent;
  std::vector<std::string> sentences{"What is read of your mail goes to " + application +
                                     " and to the company whose AI model it uses. How long they "
                                     "keep it, " +
                                     application + " has to tell you."};
  const bool keeps_copies = !is_google || archive.oauth != setup::OauthArchive::off;
  if (keeps_copies) {
    const bool on_request = is_google && archive.oauth == setup::OauthArchive::ask;
    const auto days = is_google ? archive.days_of_oauth() : archive.retention_days;
    sentences.push_back((on_request ? "If " + application + " asks for it, this" : "This") +
                        " server keeps copies of your mail, with subjects, text and addresses," +
                        until_when(days));
    sentences.push_back(
        "They are erased when the account is disconnected, unless " + application +
        " asks to keep them until you come back; and seven days after this server learns that you "
        "have " +
        (is_google ? "taken back the " : "deleted the ") + std::string{facts.credential} +
        " at Google.");
  } else {
    sentences.emplace_back("This server keeps no copies of your mail.");
  }
  sentences.push_back("Also kept: your address, the " + std::string{facts.credential} +
                      " (encrypted), and for 90 days what was done and when, without anything of "
                      "your mail.");
  return sentences;
}

}  // namespace gmail_mcp::surface
