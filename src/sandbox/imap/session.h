#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "sandbox/imap/fetch.h"
#include "sandbox/imap/folder_list.h"
#include "sandbox/imap/token.h"
#include "sandbox/imap/view.h"
#include "sandbox/mail_faults.h"
#include "sandbox/mail_house.h"
#include "sandbox/wire.h"

namespace gmail_mcp::sandbox::imap {

/// What all connections share: the numbering of folders, and who is signed in.
class Hub {
 public:
  /// Made when first asked for; lives as long as this.
  FolderBook& book(Account& account);
  /// nullptr: nobody has ever signed in.
  FolderBook* find_book(std::string_view email);

 private:
  std::map<std::string, std::unique_ptr<FolderBook>, std::less<>> books_;
};

/// One IMAP connection, from its greeting to its end. Its commands are spread over session_*.cpp.
class Session {
 public:
  Session(MailHouse& house, Hub& hub, Wire& wire);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Throws Error{unavailable} when the peer goes.
  Task<void> serve();

  const Account* account() const { return account_; }
  /// The connection gets a BYE as soon as it sends or waits for something.
  void say_bye(std::string text);

 private:
  // The tagged answer without its tag: "OK Success"; "" when it was already sent.
  using Reply = std::string;
  using Quick = Reply (Session::*)(const Command&);
  using Slow = Task<Reply> (Session::*)(const Command&);
  enum class Needs { nothing, sign_in, folder };
  struct Verb {
    std::string_view name;
    Needs needs = Needs::nothing;
    Quick quick = nullptr;
    Slow slow = nullptr;
  };
  static const Verb* find_verb(std::string_view name);

  Task<bool> greet();
  Task<void> loop();
  Task<std::optional<RawCommand>> read_command();
  Task<void> handle(RawCommand raw);
  Task<Reply> perform(const Command& command);
  /// The faults of the folders whose STATUS a LIST asks for; nullopt: none.
  Task<std::optional<Reply>> play_faults_of_listed(const Command& command);
  /// The folder a command is about; "": none.
  std::string folder_of(const Command& command) const;
  static bool asks_status(const Command& list);
  void tell_news(bool with_expunges);
  [[noreturn]] void hang_up();

  // session_start.cpp
  Reply capability(const Command&);
  Reply noop(const Command&);
  Reply id(const Command&);
  Reply xyzzy(const Command&);
  Reply log_out(const Command&);
  Reply log_in(const Command&);
  Reply enable(const Command&);
  Reply name_spaces(const Command&);
  Task<Reply> authenticate(const Command&);
  Task<Reply> start_tls(const Command&);
  Task<Reply> compress(const Command&);
  std::string capabilities() const;
  Reply sign_in(std::string_view email, std::string_view password);
  Reply sign_in_with_token(std::string_view email, std::string_view token);
  Reply admit(Account& account);

  // session_folders.cpp
  Reply select(const Command&);
  Reply close(const Command&);
  Reply unselect(const Command&);
  Reply status(const Command&);
  Reply list(const Command&);
  Reply subscribe(const Command&);
  Reply create(const Command&);
  Reply remove(const Command&);
  Reply rename(const Command&);
  Reply quota(const Command&);
  std::string status_line(const ListedFolder& folder, const Token& items);
  std::string folder_name(const Token& token) const;  // in UTF-8
  std::string shown_name(std::string_view name) const;
  std::vector<ListedFolder> folders() const;
  /// Throws Errc::not_found.
  ListedFolder folder_named(const Token& token) const;

  // session_fetch.cpp
  Task<Reply> fetch(const Command&);
  Reply search(const Command&);
  Task<Reply> idle(const Command&);
  Reply check(const Command&);
  void put_row(const FetchedRow& row);

  // session_change.cpp
  Task<Reply> store(const Command&);
  Reply copy(const Command&);
  Reply expunge(const Command&);
  Reply append(const Command&);
  /// nullopt: there is no such folder, or it cannot hold messages.
  std::optional<ListedFolder> target_folder(const Token& token) const;
  void store_flags(const std::string& id, int sign, const std::vector<std::string>& flags);
  void store_labels(const std::string& id, int sign, const std::vector<std::string>& labels);
  bool put_into(const std::string& id, std::string_view key);
  void take_out(const std::string& id, std::string_view key);
  void expunge_deleted(const std::vector<Uid>& among);

  bool gmail() const { return !house_.faults.switches().mail.without_gmail_extensions; }
  Eyes eyes() { return Eyes{*book_, view_->folder(), utf8_}; }
  Mailbox& mailbox() { return account_->mailbox; }
  std::vector<Uid> chosen(const Token& set, bool by_uid) const;
  void need_writable() const;

  MailHouse& house_;
  Hub& hub_;
  Wire& wire_;
  Account* account_ = nullptr;
  FolderBook* book_ = nullptr;
  std::unique_ptr<View> view_;
  std::string opened_;  // the name of its folder
  bool encrypted_ = false;
  bool utf8_ = false;
  bool condstore_ = false;
  bool idling_ = false;
  bool done_ = false;
  std::optional<std::string> bye_;
  std::string tag_;
  MailFaults faults_;
};

}  // namespace gmail_mcp::sandbox::imap
