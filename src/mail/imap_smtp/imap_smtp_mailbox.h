#pragma once

// Private to this folder; others open one by imap_smtp.h.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mail/imap_smtp/imap_smtp.h"
#include "mail/imap_smtp/label_change.h"
#include "mail/imap_smtp/page_token.h"
#include "mail/imap_smtp/places.h"

namespace gmail_mcp::mail {

class ImapSmtpMailbox final : public Mailbox {
 public:
  ImapSmtpMailbox(const ImapSmtp& shared, std::shared_ptr<accounts::PasswordSource> password,
                  std::string address, Shareholder reader);
  /// Closes the account's unused connections, which are no longer needed with this credential.
  ~ImapSmtpMailbox() override;

  const Capabilities& capabilities() const override { return capabilities_; }
  const std::string& address() const override { return account_.address; }

  Task<model::Profile> profile() override;
  Task<std::vector<model::Label>> labels() override;
  Task<std::vector<model::Label>> label_names() override;
  Task<std::vector<model::SenderAddress>> sender_addresses() override;

  Task<model::Label> create_label(LabelWish wish) override;
  Task<model::Label> update_label(model::LabelId id, LabelWish wish) override;
  Task<model::Label> delete_label(model::LabelId id) override;

  Task<MessagePage> search(Query query) override;
  Task<IdPage> search_ids(Query query) override;
  Task<model::Message> message(model::MessageId id, Detail detail) override;
  Task<model::Thread> thread(model::ThreadId id) override;
  Task<model::Attachment> attachment(model::MessageId message, std::string attachment_id) override;
  Task<std::string> source(model::MessageId id) override;

  Task<std::vector<std::string>> modify_labels(model::MessageId id, std::vector<std::string> add,
                                               std::vector<std::string> remove) override;
  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> ids, Provenance provenance,
                                        std::vector<std::string> add,
                                        std::vector<std::string> remove) override;
  Task<void> trash(model::MessageId id) override;
  Task<void> untrash(model::MessageId id) override;

  Task<model::Sent> send(Outgoing mail) override;
  Task<std::optional<model::Sent>> find_sent(std::string rfc822_message_id, std::string send_id,
                                             Timestamp since) override;

  Task<DraftRef> create_draft(Outgoing mail) override;
  Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) override;
  Task<void> delete_draft(model::DraftId id) override;
  Task<DraftPage> drafts(int max_results, std::string page_token) override;
  Task<DraftRef> draft(model::DraftId id) override;
  Task<DraftSource> draft_source(model::DraftId id) override;
  Task<model::Sent> send_draft(model::DraftId id) override;
  void forget_answers() override {}

 private:
  using Client = imap::Client;
  enum class Mode { read, write };

  struct Located {
    Place place;
    imap::Uid uid = 0;
  };
  /// How much of listed or read messages is shown.
  enum class Depth { ids, minimal, listed, texts };
  struct Read {
    imap::Uid uid = 0;
    model::Message message;
  };
  /// One folder of a search.
  struct Hits {
    Place place;
    std::uint32_t uid_validity = 0;
    imap::UidSet uids;                                        // not yet shown
    std::vector<std::pair<imap::Uid, Timestamp>> candidates;  // newest first
  };
  struct Found {
    std::vector<std::pair<Place, imap::UidSet>> page;
    std::vector<Omitted> omitted;  // known after the page was read
    std::string next_page_token;
    std::int64_t total = 0;
  };

  /// The messages that a search leaves out, because requesting them ends the connection or is never
  /// answered: found by requesting fewer and fewer together. If that takes too long, all that were
  /// not yet answered are left out.
  class Suspects {
   public:
    explicit Suspects(std::chrono::milliseconds patience) : patience_{patience} {}

    void begin() { asked_ = {}; }
    /// Takes the next of `uids` to be requested.
    imap::UidSet next(const std::string& folder, imap::UidSet& uids);
    void answered();
    /// Whether the connection was lost because of the request, and another try makes sense.
    bool narrow(const Client& client, const Error& error);
    /// How long the server may be silent.
    std::chrono::milliseconds patience() const;

   private:
    std::map<std::string, imap::UidSet> fatal_;     // by folder
    std::map<std::string, imap::UidSet> harmless_;  // by folder
    std::string folder_;
    imap::UidSet asked_;
    std::size_t at_once_ = most_at_once;
    std::chrono::milliseconds patience_;
    int losses_ = 0;
    int silences_ = 0;
    bool has_given_up_ = false;

    static constexpr std::size_t most_at_once = 1'000;
  };

  // --- connections (connection.cpp)

  /// Runs `work` on a connection, and once more on another if that one turned out to be dead. For
  /// work that may be repeated.
  template <class T>
  Task<T> with(std::function<Task<T>(Client&)> work) {
    return shared_.sessions.read<T>(account_, std::move(work));
  }
  /// The same for what reads messages of which some may be suspects: again and again, while the
  /// connection is lost at one and there are fewer to ask for.
  template <class T>
  Task<T> with_suspects(std::shared_ptr<Suspects> suspects, std::function<Task<T>(Client&)> work) {
    const auto guarded = [&](Client& client) -> Task<std::optional<T>> {
      suspects->begin();
      std::optional<T> answer;
      try {
        answer = co_await work(client);
      } catch (const Error& error) {
        if (!suspects->narrow(client, error)) throw;
      }
      co_return answer;
    };
    for (;;) {
      auto answer = co_await with<std::optional<T>>(guarded);
      if (answer) co_return std::move(*answer);
    }
  }
  /// A connection that has just answered: for work that must not be repeated.
  Task<SessionLease> fresh();
  Task<std::shared_ptr<const Places>> places(Client& client);
  void forget_places() { places_.reset(); }
  static Task<void> open(Client& client, std::string folder, Mode mode);
  /// Opens the folder and searches it, in one round trip.
  static Task<imap::UidSet> search_in(Client& client, std::string folder, imap::Search search,
                                      Mode mode);
  static Task<std::optional<Located>> locate_in(Client& client, Place place, std::string id,
                                                Mode mode);
  /// The folder of the message is open afterwards. Throws not_found.
  Task<Located> locate(Client& client, std::string id, Mode mode);

  // --- reading (reading.cpp)

  /// What the server returns of these; `refusal`: its reason for the missing ones, if it gave one.
  Task<std::vector<Read>> read(Client& client, Place place, imap::UidSet uids, Depth depth,
                               std::size_t longest_text, std::optional<Error>* refusal = nullptr);
  /// Removes messages whose texts are refused.
  static Task<void> add_texts(Client& client, std::vector<imap::Fetched>& fetched, Depth depth,
                              std::size_t longest_text, std::optional<Error>& refusal);
  /// Reads many messages, of which one may be a suspect.
  Task<std::vector<Read>> read_warily(Client& client, Place place, imap::UidSet uids, Depth depth,
                                      std::size_t longest_text, std::shared_ptr<Suspects> suspects);
  Task<void> read_thread(Client& client, Place place, imap::UidSet uids, model::Thread& thread,
                         std::shared_ptr<Suspects> suspects);
  Task<model::Message> read_one(Client& client, Located where, Detail detail);
  Task<std::string> read_whole(Client& client, imap::Uid uid);
  Task<std::string> undo_encoding(const imap::BodyPart& part, std::string bytes);

  // --- searching (searching.cpp)

  Task<Found> find(Client& client, Query query);
  static Found cut_page(std::vector<Hits> hits, std::size_t size);
  Task<void> account_for(Client& client, std::vector<Omitted>& omitted, Place place,
                         imap::UidSet missing);
  Task<std::vector<Read>> read_page(Client& client, Found& found, Depth depth,
                                    std::shared_ptr<Suspects> suspects);

  // --- labels (label_folders.cpp)

  /// The folders as they are now.
  Task<std::shared_ptr<const Places>> places_anew(Client& client);

  // --- organising (organising.cpp)

  Task<LabelChange> plan(Client& client, std::vector<std::string> add,
                         std::vector<std::string> remove);
  static Task<void> apply_marks(Client& client, imap::UidSet uids, const LabelChange& change);
  Task<void> apply(Client& client, Located where, const LabelChange& change, std::string id);
  Task<std::vector<std::string>> labels_after(Client& client, std::string id);
  /// Moves to the folder used for `use`.
  Task<void> move_to(Client& client, imap::UidSet uids, imap::SpecialUse use);

  // --- sending and drafts (sending.cpp, drafts.cpp)

  /// The recipients of a message, read on the pool if it is large.
  Task<std::vector<std::string>> read_recipients(const std::string& rfc822);
  Task<std::string> read_message_id(const std::string& rfc822);
  Task<void> submit(std::vector<std::string> to, std::string rfc822,
                    std::function<void()> handed_over);
  Task<model::Sent> find_soon(std::string message_id);
  Task<std::optional<model::Sent>> sent_by_id(Client& client, std::string message_id);
  Task<std::optional<model::Sent>> sent_by_mark(Client& client, std::string send_id,
                                                Timestamp since);
  Task<Place> drafts_place(Client& client);
  Task<Located> locate_draft(Client& client, std::string id, Mode mode);
  Task<DraftRef> ref_at(Client& client, Located where);
  Task<DraftRef> append_draft(Client& client, std::string rfc822);
  Task<void> remove_draft(Client& client, Located draft, std::string id);

  ImapSmtp shared_;
  ImapAccount account_;
  Shareholder reader_;
  Capabilities capabilities_;
  std::shared_ptr<const Places> places_;
  std::chrono::steady_clock::time_point places_until_;
};

/// A set of one UID.
imap::UidSet just(imap::Uid uid);

/// The error for an unknown id.
Error no_such(std::string_view thing);

/// The error for something that this server cannot do because it is not Gmail.
Error needs_gmail(std::string_view what);

}  // namespace gmail_mcp::mail
