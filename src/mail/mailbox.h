#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "model/message.h"

namespace gmail_mcp::mail {

/// What a mailbox can do beside listing and reading its messages. What is not claimed is refused
/// before the backend is asked (mail/unsupported.h), and tests/contract asks a backend for nothing
/// else.
struct Capabilities {
  bool gmail_search = true;  // the Gmail query language; else as much of it as the backend can say
  bool threads = true;
  bool labels = true;   // as many on a message as people like; else marks, and folders it lies in
  bool changes = true;  // of labels, of what messages have of them, and the trash
  bool sending = true;
  bool drafts = true;
  bool sources = true;  // messages as they came, byte for byte

  bool operator==(const Capabilities&) const = default;
};

/// How much of a message is asked for.
enum class Detail { full, metadata, minimal };

struct Query {
  std::string text;  // Gmail search syntax; empty: everything but spam and trash
  std::vector<std::string> label_ids;
  int max_results = 10;  // 1–100 with messages, as the tools promise
  std::string page_token;
  bool include_body = false;
};

/// Why a message that was found is not in the page.
using model::Omitted;

struct MessagePage {
  std::vector<model::Message> messages;  // newest first
  std::vector<Omitted> omitted;          // nothing is dropped in silence
  std::string next_page_token;           // empty: complete
  std::int64_t total_estimate = 0;
};

/// A message ready to go out: RFC 5322 bytes. For Gmail the recipients are its headers (Bcc
/// included, Gmail removes it); for SMTP the envelope is given apart.
struct Outgoing {
  std::string rfc822;
  std::vector<std::string> envelope_to;  // bare addresses: to, cc and bcc
  std::string envelope_from;
  std::optional<model::ThreadId> thread_id;
  /// Called when a server has all of it and has yet to say whether it takes it, where that may take
  /// long; may be none.
  std::function<void()> handed_over;
};

struct DraftRef {
  model::DraftId id;
  model::Sent sent;  // the message inside
};

/// A draft with all of its message.
struct DraftSource {
  DraftRef ref;
  std::string rfc822;
};

struct DraftPage {
  std::vector<DraftRef> drafts;
  std::string next_page_token;
};

struct IdPage {
  std::vector<model::MessageId> ids;  // newest first
  std::string next_page_token;        // empty: complete
};

/// How a caller came by ids: what a mailbox has just listed exists, what somebody wrote may not.
enum class Provenance { listed, given };

enum class LabelVisibility { show, show_if_unread, hide };

/// What a label is to be; what is not given stays as it is.
struct LabelWish {
  std::optional<std::string> name;  // UTF-8; "Work/Clients" is within "Work"
  /// "#rrggbb"; the nearest of Gmail's colours is taken. A text colour that fits the background is
  /// chosen where none is given.
  std::optional<std::string> background_color, text_color;
  std::optional<LabelVisibility> in_label_list;
  std::optional<bool> in_message_list;  // whether it is shown beside its messages
};

/// The id of Gmail's own label of that name, in any case; "": none that everybody has.
std::string_view system_label_id(std::string_view name);

/// What became of one of many messages.
struct Change {
  model::MessageId id;
  std::optional<Error> failure;  // nothing: its labels are as was asked
};

/// One connected account, opened: the interface every mail backend implements and
/// tests/contract/mailbox_test.cpp asks about. No verb has a default that one who stands before
/// another mailbox (mail/forwarding.h) could forget to hand on. A resource: belongs to the pool,
/// stays on its thread; several calls may run at once. Ids are checked by the caller's decoding.
/// Failures throw Error: `not_found` for an unknown id, `insufficient_scope`, `reconnect_required`,
/// `rate_limited`, `unavailable`, `unsupported`.
class Mailbox {
 public:
  virtual ~Mailbox() = default;

  virtual const Capabilities& capabilities() const = 0;
  /// The account's own address.
  virtual const std::string& address() const = 0;

  virtual Task<model::Profile> profile() = 0;
  virtual Task<std::vector<model::Label>> labels() = 0;

  /// The labels without their counts: for names and ids, at the least cost.
  virtual Task<std::vector<model::Label>> label_names() = 0;

  /// `wish` names it. `conflict`: there is one of that name. `invalid_argument` for a name that no
  /// label can have, `unsupported` for colours and visibility where only folders are known.
  virtual Task<model::Label> create_label(LabelWish wish) = 0;
  /// The label as it is then, with another id where names are ids. Labels within it are renamed
  /// with it. `invalid_argument` for one of Gmail's own.
  virtual Task<model::Label> update_label(model::LabelId id, LabelWish wish) = 0;
  /// Takes it off all messages, which stay, as do labels within it. The label as it was, with its
  /// count. `unsupported` where messages would go with it.
  virtual Task<model::Label> delete_label(model::LabelId id) = 0;

  /// The addresses it may write under, its own first: at least that one.
  virtual Task<std::vector<model::SenderAddress>> sender_addresses() = 0;

  virtual Task<MessagePage> search(Query query) = 0;
  /// As `search`, but the ids alone; up to 500 a page.
  virtual Task<IdPage> search_ids(Query query) = 0;
  virtual Task<model::Message> message(model::MessageId id, Detail detail) = 0;
  virtual Task<model::Thread> thread(model::ThreadId id) = 0;
  /// `attachment_id` is model::AttachmentInfo::id; Gmail's own short-lived ids are accepted too.
  virtual Task<model::Attachment> attachment(model::MessageId message,
                                             std::string attachment_id) = 0;
  /// The message as it came: RFC 5322 bytes.
  virtual Task<std::string> source(model::MessageId id) = 0;

  /// The label ids afterwards.
  virtual Task<std::vector<std::string>> modify_labels(model::MessageId id,
                                                       std::vector<std::string> add,
                                                       std::vector<std::string> remove) = 0;
  /// The same for many messages, one answer an id in their order: what fails for one does not stop
  /// the others. Throws what concerns all of them, such as a label that does not exist.
  virtual Task<std::vector<Change>> modify_many(std::vector<model::MessageId> ids,
                                                Provenance provenance, std::vector<std::string> add,
                                                std::vector<std::string> remove) = 0;
  virtual Task<void> trash(model::MessageId id) = 0;
  virtual Task<void> untrash(model::MessageId id) = 0;

  /// An effect: exactly one attempt. Throws `outcome_unknown` when it may have happened.
  virtual Task<model::Sent> send(Outgoing mail) = 0;
  /// Looks for something we sent, by its Message-ID, then by its X-Gmail-MCP-Send header among what
  /// was sent since: whether an unclear send happened. nullopt: not there (yet).
  virtual Task<std::optional<model::Sent>> find_sent(std::string rfc822_message_id,
                                                     std::string send_id, Timestamp since) = 0;

  virtual Task<DraftRef> create_draft(Outgoing mail) = 0;
  virtual Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) = 0;
  virtual Task<void> delete_draft(model::DraftId id) = 0;
  virtual Task<DraftPage> drafts(int max_results, std::string page_token) = 0;
  /// Which message is in the draft; `not_found` once it is sent or deleted.
  virtual Task<DraftRef> draft(model::DraftId id) = 0;
  virtual Task<DraftSource> draft_source(model::DraftId id) = 0;
  /// An effect, as `send`.
  virtual Task<model::Sent> send_draft(model::DraftId id) = 0;

  /// What it remembers of labels and counts is out of date: it asks for them again.
  virtual void forget_answers() = 0;
};

/// For Mailbox::sender_addresses of a backend that is told no others.
std::vector<model::SenderAddress> only_own_address(std::string address);

}  // namespace gmail_mcp::mail
