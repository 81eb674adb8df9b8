#include "sandbox/imap/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sandbox/imap/write.h"
#include "sandbox/mail_refusals.h"

namespace gmail_mcp::sandbox::imap {

namespace {

constexpr std::size_t max_line = std::size_t{256} << 10;
constexpr std::size_t max_literal = 35'651'584;  // APPENDLIMIT
constexpr std::size_t max_literals = 100;
// RFC 7888 §5: LITERAL- allows no larger literals without waiting.
constexpr std::size_t max_literal_unasked = 4096;

Error malformed() { return {Errc::invalid_argument, "Could not parse command"}; }

std::string_view email_of(const Command& command) {
  return command.name == "LOGIN" && !command.arguments.empty()
             ? std::string_view{command.arguments.front().text}
             : std::string_view{};
}

}  // namespace

FolderBook& Hub::book(Account& account) {
  auto& slot = books_[account.email];
  if (!slot) slot = std::make_unique<FolderBook>(account.mailbox);
  return *slot;
}

FolderBook* Hub::find_book(std::string_view email) {
  const auto found = books_.find(to_lower_ascii(email));
  return found == books_.end() ? nullptr : found->second.get();
}

Session::Session(MailHouse& house, Hub& hub, Wire& wire)
    : house_{house},
      hub_{hub},
      wire_{wire},
      encrypted_{!house.starttls},
      faults_{house, wire, imap_refusal} {
  ++house_.counters.imap_connections;
}

Session::~Session() {
  if (account_ != nullptr) --house_.counters.imap_open[account_->email];
}

void Session::say_bye(std::string text) {
  bye_ = std::move(text);
  wire_.interrupt();
}

void Session::hang_up() { throw Error{Errc::unavailable, "The server hangs up."}; }

Task<void> Session::serve() {
  const bool welcome = co_await greet();
  if (welcome) co_await loop();
}

Task<bool> Session::greet() {
  const auto refusal = co_await faults_.play("imap.greeting", "", "");
  if (refusal) {
    wire_.put(refusal->starts_with("* ") ? *refusal : "* BYE " + *refusal);
    wire_.put("\r\n");
    co_await wire_.flush();
    co_return false;
  }
  co_await faults_.keep_back();
  wire_.put("* OK Gimap ready for requests from 127.0.0.1 sandbox\r\n");
  co_await wire_.flush();
  co_return faults_.cut() == Cut::none;
}

Task<void> Session::loop() {
  while (!done_) {
    if (!wire_.has_input() || wire_.unsent() > (std::size_t{64} << 10U)) co_await wire_.flush();
    auto raw = co_await read_command();
    if (bye_) {
      wire_.put("* BYE " + *bye_ + "\r\n");
      break;
    }
    if (raw) co_await handle(std::move(*raw));
  }
  co_await wire_.flush();
}

// nullopt: interrupted, or refused already.
Task<std::optional<RawCommand>> Session::read_command() {
  RawCommand raw;
  auto first = co_await wire_.line_unless_interrupted(max_line);
  if (!first) co_return std::nullopt;
  auto line = std::move(*first);
  while (true) {
    const auto mark = literal_at_end(line);
    raw.text += line;
    const auto tag = raw.text.substr(0, raw.text.find(' '));
    if (!mark) {
      wire_.put(tag + " BAD " + mark.error().message + "\r\n");
      co_return std::nullopt;
    }
    if (!mark->has_value()) co_return raw;
    const auto [size, waits] = **mark;
    if (size > max_literal || raw.literals.size() >= max_literals ||
        (!waits && size > max_literal_unasked)) {
      wire_.put(tag + " BAD [TOOBIG] Literal too large\r\n");
      // A literal that does not wait is sent anyway, so we cannot get back in step.
      if (!waits) bye_ = "Literal too large";
      co_return std::nullopt;
    }
    if (waits) {
      wire_.put("+ go ahead\r\n");
      co_await wire_.flush();
    }
    raw.literals.push_back(co_await wire_.bytes(size));
    line = co_await wire_.line(max_line);
    if (raw.text.size() > 4 * max_line) throw Error{Errc::too_large, "The command is too long."};
  }
}

Task<void> Session::handle(RawCommand raw) {
  tag_ = "*";
  faults_.begin();
  auto command = parse_command(raw, tag_);
  raw = {};
  if (!command) {
    wire_.put(tag_ + " BAD Could not parse command\r\n");
    co_return;
  }
  ++house_.counters.requests["imap." + command->name];
  const std::string email{account_ != nullptr ? std::string_view{account_->email}
                                              : email_of(*command)};
  const auto folder = folder_of(*command);
  auto reply = co_await faults_.play("imap." + command->name, email, folder);
  if (!reply) reply = co_await play_faults_of_listed(*command);
  if (!reply) reply = co_await perform(*command);
  co_await faults_.keep_back();
  if (reply->starts_with("* BYE")) {
    wire_.put(*reply + "\r\n");
    co_await wire_.flush();
    hang_up();
  }
  if (faults_.cut() != Cut::none) {
    co_await wire_.flush();
    hang_up();
  }
  if (reply->empty()) co_return;
  const auto& name = command->name;
  // Message numbers must not change while the client uses them (RFC 3501 §7.4.1).
  tell_news(name != "FETCH" && name != "STORE" && name != "SEARCH");
  wire_.put(tag_ + " " + *reply + "\r\n");
}

Task<std::optional<Session::Reply>> Session::play_faults_of_listed(const Command& command) {
  if (account_ == nullptr || command.name != "LIST" || !asks_status(command))
    co_return std::nullopt;
  const auto all = folders();
  for (const auto& folder : all) {
    if (!house_.faults.names(folder.name)) continue;
    auto reply = co_await faults_.play("imap.STATUS", account_->email, folder.name);
    if (reply) co_return reply;
  }
  co_return std::nullopt;
}

Task<Session::Reply> Session::perform(const Command& command) {
  const auto* verb = find_verb(command.name);
  if (verb == nullptr) co_return "BAD Unknown command";
  if (verb->needs != Needs::nothing && account_ == nullptr) {
    co_return "BAD Command not allowed before login";
  }
  if (verb->needs == Needs::folder && !view_) co_return "BAD No mailbox selected";
  Reply refusal;
  try {
    if (verb->quick != nullptr) co_return (this->*verb->quick)(command);
    auto reply = co_await (this->*verb->slow)(command);
    co_return reply;
  } catch (const Error& error) {
    if (error.code == Errc::unavailable || error.code == Errc::too_large) throw;
    const bool wrong = error.code == Errc::invalid_argument;
    refusal = (wrong ? "BAD " : "NO ") + error.message + (wrong ? "" : " (Failure)");
  }
  co_return refusal;
}

void Session::tell_news(bool with_expunges) {
  if (!view_ || !view_->has_news() || !with_expunges) return;
  const auto news = view_->take_news();
  for (const auto number : news.expunged) wire_.put(fmt::format("* {} EXPUNGE\r\n", number));
  if (news.exists) wire_.put(fmt::format("* {} EXISTS\r\n", *news.exists));
  FetchItems items;
  items.flags = true;
  items.uid = items.modseq = condstore_;
  for (const auto uid : news.changed) {
    const auto* message = view_->folder().find(uid);
    if (message != nullptr) put_row(fetch_row(*message, view_->number_of(uid), items, eyes()));
  }
}

std::vector<Uid> Session::chosen(const Token& set, bool by_uid) const {
  const auto numbers = set.is_atom() ? SequenceSet::parse(set.text) : std::nullopt;
  if (!numbers) throw malformed();
  return view_->select(*numbers, by_uid);
}

void Session::need_writable() const {
  if (view_->is_read_only()) {
    throw Error{Errc::forbidden, "[READ-ONLY] The folder was opened by EXAMINE."};
  }
}

const Session::Verb* Session::find_verb(std::string_view name) {
  using S = Session;
  constexpr auto free = Needs::nothing;
  constexpr auto signed_in = Needs::sign_in;
  constexpr auto folder = Needs::folder;
  static constexpr std::array<Verb, 41> verbs{{
      {"CAPABILITY", free, &S::capability},
      {"NOOP", free, &S::noop},
      {"ID", free, &S::id},
      {"XYZZY", free, &S::xyzzy},
      {"LOGOUT", free, &S::log_out},
      {"LOGIN", free, &S::log_in},
      {"AUTHENTICATE", free, nullptr, &S::authenticate},
      {"STARTTLS", free, nullptr, &S::start_tls},
      {"COMPRESS", signed_in, nullptr, &S::compress},
      {"ENABLE", signed_in, &S::enable},
      {"NAMESPACE", signed_in, &S::name_spaces},
      {"SELECT", signed_in, &S::select},
      {"EXAMINE", signed_in, &S::select},
      {"STATUS", signed_in, &S::status},
      {"LIST", signed_in, &S::list},
      {"XLIST", signed_in, &S::list},
      {"LSUB", signed_in, &S::list},
      {"SUBSCRIBE", signed_in, &S::subscribe},
      {"UNSUBSCRIBE", signed_in, &S::subscribe},
      {"CREATE", signed_in, &S::create},
      {"DELETE", signed_in, &S::remove},
      {"RENAME", signed_in, &S::rename},
      {"GETQUOTA", signed_in, &S::quota},
      {"GETQUOTAROOT", signed_in, &S::quota},
      {"APPEND", signed_in, &S::append},
      {"IDLE", signed_in, nullptr, &S::idle},
      {"CLOSE", folder, &S::close},
      {"UNSELECT", folder, &S::unselect},
      {"CHECK", folder, &S::check},
      {"EXPUNGE", folder, &S::expunge},
      {"UID EXPUNGE", folder, &S::expunge},
      {"FETCH", folder, nullptr, &S::fetch},
      {"UID FETCH", folder, nullptr, &S::fetch},
      {"STORE", folder, nullptr, &S::store},
      {"UID STORE", folder, nullptr, &S::store},
      {"SEARCH", folder, &S::search},
      {"UID SEARCH", folder, &S::search},
      {"COPY", folder, &S::copy},
      {"UID COPY", folder, &S::copy},
      {"MOVE", folder, &S::copy},
      {"UID MOVE", folder, &S::copy},
  }};
  const auto found =
      std::find_if(verbs.begin(), verbs.end(), [&](const Verb& verb) { return verb.name == name; });
  return found == verbs.end() ? nullptr : &*found;
}

}  // namespace gmail_mcp::sandbox::imap
