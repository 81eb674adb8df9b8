#include "tools/catalog.h"
#include "tools/drafts.h"
#include "views/message.h"

namespace gmail_mcp::tools::gmail_list_drafts {
namespace {

using operation::Call;

struct Args {
  std::string connection_id;
  int max_results = 10;
  std::string page_token;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        connection_field(&Args::connection_id),
        field("max_results", &Args::max_results, "Drafts per page").range(1, 100),
        field("page_token", &Args::page_token, "next_page_token of the page before").at_most(1024),
    };
  }
};

struct DraftView : SavedDraft {
  std::string subject, snippet;
  std::vector<model::Address> to;
  std::optional<Timestamp> date;

  static auto fields() {
    using schema::field;
    return schema::Fields<DraftView>{SavedDraft::fields()} +
           schema::Fields{field("subject", &DraftView::subject), field("to", &DraftView::to),
                          field("date", &DraftView::date), field("snippet", &DraftView::snippet)};
  }
};

struct Output {
  std::vector<DraftView> drafts;
  std::optional<std::string> next_page_token;
  std::vector<model::Omitted> omitted;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("drafts", &Output::drafts),
                          field("next_page_token", &Output::next_page_token),
                          field("omitted", &Output::omitted)};
  }
};

// Why a draft that could not be read is left out; empty: the list fails. A failure caused by one
// message must not hide the others.
std::string_view reason_to_omit(Errc code) {
  switch (code) {
    case Errc::not_found: return "deleted_meanwhile";  // sent or deleted since it was listed
    case Errc::internal:
    case Errc::too_large:
    case Errc::timeout:
    case Errc::unavailable: return "upstream_error";
    default: return {};
  }
}

// If this many are unreadable and none is readable, the drafts are not the cause.
constexpr std::size_t most_unreadable = 3;

Task<void> add(mail::MailboxLease mailbox, mail::DraftRef draft, Output& out) {
  DraftView one;
  static_cast<SavedDraft&>(one) = saved_draft(draft);
  if (draft.sent.message_id) {
    try {
      auto message = co_await mailbox->message(*draft.sent.message_id, mail::Detail::metadata);
      one.subject = std::move(message.subject);
      one.to = std::move(message.to);
      one.date = message.date;
      one.snippet = std::move(message.snippet);
    } catch (const Error& error) {
      const auto reason = reason_to_omit(error.code);
      const bool none_is_read = out.drafts.empty() && out.omitted.size() >= most_unreadable;
      if (reason.empty() || (none_is_read && error.retryable())) throw;
      out.omitted.push_back({model::MessageId{one.draft_id}, std::string{reason}});
      co_return;
    }
  }
  out.drafts.push_back(std::move(one));
}

Task<Output> run(Call& call, Args args) {
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  auto page = co_await mailbox->drafts(args.max_results, std::move(args.page_token));
  Output out;
  for (auto& one : page.drafts) co_await add(mailbox, std::move(one), out);
  if (!page.next_page_token.empty()) out.next_page_token = std::move(page.next_page_token);
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_list_drafts",
          .title = "List drafts",
          .description = "The drafts of a mailbox with recipients and subject; "
                         "gmail_get_message with `message_id` reads one. What could not be read is "
                         "in `omitted`. `next_page_token` null means complete.",
          .toolset = operation::Toolset::read,
          .effect = operation::Effect::reads,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_list_drafts
