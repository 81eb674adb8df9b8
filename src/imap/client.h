#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "base/task.h"
#include "imap/fetched.h"
#include "imap/folder.h"
#include "imap/uid_set.h"
#include "net/stream.h"
#include "net/tls.h"

namespace gmail_mcp::imap {

/// How a connection becomes encrypted. `none` is allowed for loopback only.
enum class Encryption { implicit, starttls, none };

/// The server that mail is read from.
struct Server {
  std::string host;
  std::uint16_t port = 993;
  Encryption encryption = Encryption::implicit;
  std::string ca_file;  // PEM bundle instead of the system's authorities; "": the system's
};

/// Who signs in. `secret` is a password (AUTHENTICATE PLAIN or LOGIN) or, with `is_bearer`, an
/// access token (AUTHENTICATE XOAUTH2).
struct Login {
  std::string address;
  Secret secret;
  bool is_bearer = false;
};

/// Bounds: a misbehaving server costs us a connection, not the process.
struct Limits {
  std::size_t line = std::size_t{1} << 20;          // text of one response, without its literals
  std::size_t search_line = std::size_t{16} << 20;  // the same, of SEARCH, whose lines are long
  std::size_t literal = std::size_t{64} << 20;      // bytes of one literal
  std::size_t response = std::size_t{96} << 20;     // all of one response
  std::chrono::milliseconds silence{60'000};  // the longest wait for a byte while an answer is due
  std::chrono::milliseconds drip{600'000};    // the longest time for one response of any size
  std::chrono::milliseconds dial{10'000};
  std::chrono::milliseconds first_word{10'000};  // the silence limit of a doubted connection
};

/// What to look for. Text from callers goes in by `text`; everything else is IMAP's own keywords.
class Search {
 public:
  /// Search keys in ASCII (RFC 3501 §6.4.4): "UNSEEN SINCE 1-Feb-2026". Constants of our own code
  /// only.
  Search& keys(std::string_view keys);
  /// A key and its argument, which is sent quoted or as a literal, as needed: ("HEADER Message-ID",
  /// "<a@b>").
  Search& text(std::string_view key, std::string_view value);
  /// Gmail's own search syntax (X-GM-RAW; needs X-GM-EXT-1).
  Search& gmail(std::string_view query) { return text("X-GM-RAW", query); }
  Search& uids(const UidSet& uids);

 private:
  friend class Client;
  struct Piece {
    std::string keys;
    std::optional<std::string> value;
  };
  std::vector<Piece> pieces_;
};

enum class StoreMode { add, remove, replace };

/// One connection to an IMAP server (RFC 3501), as its client. A resource: one owner, does not
/// move, stays on its thread.
///
/// Calls may overlap: their commands are sent at once and answered in order (`select` first, then
/// the calls that concern that folder). Every call throws Error by imap/failure.h, for instance
/// `unauthenticated` for a refused login, `rate_limited`, `not_found` for a folder, `unavailable`
/// when the connection is lost. A cancelled call, an unreadable answer or a silent server closes
/// the connection, so that it never gets out of step. A refusal (NO) does not.
///
/// While no call is running, and in `idle`, no buffer is held.
class Client {
 public:
  /// Dials, encrypts as `server` says, and reads the greeting. `tls`: net::TlsContext::for_client
  /// of its ca_file; unused with Encryption::none.
  static Task<std::unique_ptr<Client>> connect(Server server,
                                               std::shared_ptr<const net::TlsContext> tls,
                                               Limits limits = {});
  /// The same on an existing connection, which stays as it is.
  static Task<std::unique_ptr<Client>> greet(std::unique_ptr<net::Stream> stream,
                                             Limits limits = {});

  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Task<void> login(Login login);

  /// Upper or lower case; "MOVE", "AUTH=PLAIN". As of now: capabilities change with `login`.
  bool can(std::string_view capability) const;
  bool is_gmail() const { return can("X-GM-EXT-1"); }

  /// All folders with their special use and, `with_status`, their counts, in one round trip (RFC
  /// 5819, or pipelined STATUS).
  Task<std::vector<Folder>> folders(bool with_status = false);
  Task<FolderStatus> status(std::string folder);

  /// Opens a folder for writing (`examine`: for reading). Always asks the server, even if it is
  /// open already.
  Task<Selected> select(std::string folder);
  Task<Selected> examine(std::string folder);
  /// The folder that is open now: nullptr if none is. Borrowed until the next call.
  const Selected* selected() const;

  /// Streams the wanted items of `uids` to `sink`, in the server's order. UIDs that do not exist
  /// are left out. A long set is sent as several commands at once.
  Task<void> fetch(UidSet uids, FetchItems items, FetchSink sink);
  /// The same, collected; for small numbers of messages.
  Task<std::vector<Fetched>> fetch(UidSet uids, FetchItems items);

  Task<UidSet> search(Search search);

  Task<void> store_flags(UidSet uids, StoreMode mode, std::vector<std::string> flags);
  /// X-GM-LABELS; system labels as "\\Inbox", names in UTF-8. Unknown labels are created.
  Task<void> store_gmail_labels(UidSet uids, StoreMode mode, std::vector<std::string> labels);

  Task<Copied> copy(UidSet uids, std::string folder);
  /// MOVE (RFC 6851), or COPY, \Deleted and UID EXPUNGE where the server has UIDPLUS alone;
  /// `unsupported` when the server has neither.
  Task<Copied> move(UidSet uids, std::string folder);
  /// UID EXPUNGE (RFC 4315) of those that are \Deleted; `unsupported` without UIDPLUS.
  Task<void> expunge(UidSet uids);
  /// Adds a message; nullopt when the server does not send its UID.
  Task<std::optional<Appended>> append(std::string folder, std::string rfc822,
                                       std::vector<std::string> flags = {},
                                       std::optional<Timestamp> internal_date = std::nullopt);
  Task<void> create_folder(std::string folder);
  /// The folders inside it (by the delimiter) move with it (RFC 3501 §6.3.5).
  Task<void> rename_folder(std::string folder, std::string name);
  /// Deletes its messages too, on servers whose folders hold messages; Gmail's folders are labels.
  Task<void> delete_folder(std::string folder);

  Task<void> noop();
  /// Waits (RFC 2177) until the open folder changes (true) or `limit` has passed (false). No other
  /// call may run meanwhile. Changes since the end of the last call count as well.
  Task<bool> idle(std::chrono::milliseconds limit);

  /// Uses COMPRESS=DEFLATE (RFC 4978) from here on; false if the server does not have it. Costs
  /// about 100 KiB of memory.
  Task<bool> compress();

  /// Call this when the connection has not been used for a while. If no byte comes within
  /// `first_word` after the next command, it then counts as lost. Otherwise, when the server has
  /// vanished, the whole silence limit would pass before another connection is tried.
  void doubt();
  /// Replaces Limits::silence from now on; returns the previous value.
  std::chrono::milliseconds limit_silence(std::chrono::milliseconds silence);

  /// Signs out and closes. Never throws because of the server's answer.
  Task<void> logout();
  void close();

  /// Whether calls may still succeed: neither we nor the server closed the connection.
  bool is_open() const;
  /// The number of calls that have not ended.
  std::size_t in_flight() const;

  struct State;  // private to the client*.cpp files

 private:
  explicit Client(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::imap
