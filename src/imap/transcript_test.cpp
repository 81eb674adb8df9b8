// Plays the conversations of tests/transcripts/imap; their language is explained in its README.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/text.h"
#include "imap/client.h"
#include "imap/utf7.h"
#include "net/pipe.h"

namespace gmail_mcp::imap {
namespace {

namespace asio = boost::asio;

[[noreturn]] void complain(const std::string& what) { throw std::runtime_error{what}; }

std::string in_parentheses(const std::vector<std::string>& words) {
  return "(" + join(words, " ") + ")";
}

std::string show(const BodyPart& part) {
  std::string text = part.section + (part.section.empty() ? "" : " ") + part.mime_type;
  if (const auto name = parameter(part.disposition_parameters, "filename"); !name.empty()) {
    text += " " + std::string{name};
  }
  if (part.parts.empty()) return text;
  std::vector<std::string> inside;
  for (const auto& child : part.parts) inside.push_back(show(child));
  return text + " [" + join(inside, ", ") + "]";
}

std::string show(const Fetched& message) {
  std::string text = "message " + std::to_string(message.uid);
  if (message.flags) text += " flags=" + in_parentheses(*message.flags);
  if (message.internal_date) text += " date=" + to_iso8601(*message.internal_date);
  if (message.size) text += " size=" + std::to_string(*message.size);
  if (message.modseq) text += " modseq=" + std::to_string(*message.modseq);
  if (message.gmail_message_id) text += " id=" + std::to_string(*message.gmail_message_id);
  if (message.gmail_thread_id) text += " thread=" + std::to_string(*message.gmail_thread_id);
  if (message.gmail_labels) text += " labels=" + in_parentheses(*message.gmail_labels);
  if (message.structure) text += " structure=" + show(*message.structure);
  for (const auto& section : message.sections) {
    auto bytes = section.bytes;
    for (auto at = bytes.find("\r\n"); at != std::string::npos; at = bytes.find("\r\n")) {
      bytes.replace(at, 2, "\\n");
    }
    text += " [" + section.name + "]=" + bytes;
  }
  return text;
}

std::string_view show(SpecialUse use) {
  switch (use) {
    case SpecialUse::none: return "";
    case SpecialUse::inbox: return " inbox";
    case SpecialUse::all: return " all";
    case SpecialUse::drafts: return " drafts";
    case SpecialUse::flagged: return " flagged";
    case SpecialUse::important: return " important";
    case SpecialUse::junk: return " junk";
    case SpecialUse::sent: return " sent";
    case SpecialUse::trash: return " trash";
    case SpecialUse::archive: return " archive";
  }
  return "?";
}

std::string show(const FolderStatus& status) {
  return "messages=" + std::to_string(status.messages) +
         " unseen=" + std::to_string(status.unseen) +
         " uidvalidity=" + std::to_string(status.uid_validity) +
         " uidnext=" + std::to_string(status.uid_next) +
         " modseq=" + std::to_string(status.highest_modseq);
}

std::string show(const Copied& copied) {
  std::string text = "copied";
  for (const auto& [from, to] : copied.uids) {
    text += " " + std::to_string(from) + "→" + std::to_string(to);
  }
  return text;
}

// A call under way: what it has shown so far, and its result.
struct Call {
  std::vector<std::string> shown;
  std::optional<std::string> end;
  std::string hint;
  asio::cancellation_signal cancel;
};

class Player {
 public:
  Player() {
    auto pipe = net::make_pipe(loop_.get_executor(), std::size_t{1} << 20);
    ours_ = std::move(pipe.first);
    server_ = std::move(pipe.second);
  }
  ~Player() {
    if (server_) server_->close();
    settle();
  }

  void play(const std::string& line) {
    if (line.starts_with("S:")) {
      say(line.size() > 3 ? line.substr(3) : "");
    } else if (line.starts_with("C:")) {
      hear(line.size() > 3 ? line.substr(3) : "");
    } else if (line.starts_with("do ")) {
      begin(line.substr(3));
    } else if (line.starts_with("is ")) {
      expect(line.substr(3));
    } else if (line.starts_with("hint ")) {
      if (last_hint_.find(line.substr(5)) == std::string::npos)
        complain("the hint is " + last_hint_);
    } else if (line.starts_with("with ")) {
      begin("greet");
      say("* OK [CAPABILITY " + line.substr(5) + "] at your service");
      expect("done");
    } else if (line == "silence") {
      pull();
      if (!heard_.empty()) complain("the client said " + heard_);
    } else if (line == "hang-up") {
      server_->close();
    } else if (line == "cancel") {
      calls_.front()->cancel.emit(asio::cancellation_type::terminal);
    } else if (line == "closed") {
      settle();
      if (client_->is_open()) complain("the connection is open");
    } else if (line == "open") {
      settle();
      if (!client_->is_open()) complain("the connection is closed");
    } else if (line.starts_with("limit ")) {
      limit(line.substr(6));
    } else {
      complain("no such line: " + line);
    }
    settle();
  }

  void finish() {
    settle();
    if (!calls_.empty()) complain("a call was left over");
    pull();
    if (!heard_.empty()) complain("the client said more: " + heard_);
  }

 private:
  void settle() {
    loop_.restart();
    loop_.poll();
  }

  void limit(const std::string& text) {
    std::istringstream words{text};
    std::string name;
    std::size_t number = 0;
    words >> name >> number;
    if (name == "line") limits_.line = number;
    if (name == "literal") limits_.literal = number;
    if (name == "drip") limits_.drip = std::chrono::milliseconds{number};
    if (name == "silence") limits_.silence = std::chrono::milliseconds{number};
  }

  void say(std::string line) {
    for (auto at = line.find("<<"); at != std::string::npos; at = line.find("<<")) {
      const auto end = line.find(">>", at);
      const auto inside = line.substr(at + 2, end - at - 2);
      const auto blank = inside.find(' ');
      std::string many;
      for (auto i = std::stoul(inside.substr(0, blank)); i > 0; --i) {
        many += inside.substr(blank + 1);
      }
      line.replace(at, end + 2 - at, many);
    }
    line += "\r\n";
    // Byte by byte would work as well; a line that arrives as a whole is read as a whole.
    if (server_->try_write(line, {}).bytes != line.size()) complain("the pipe is full");
  }

  void pull() {
    settle();
    std::array<char, 4096> room;
    while (true) {
      const auto progress = server_->try_read(room);
      if (progress.state != net::Stream::State::ok) return;
      heard_.append(room.data(), progress.bytes);
      settle();
    }
  }

  void hear(const std::string& expected) {
    pull();
    const auto end = heard_.find("\r\n");
    if (end == std::string::npos) complain("the client said only \"" + heard_ + "\"");
    const auto line = heard_.substr(0, end);
    heard_.erase(0, end + 2);
    if (line != expected) complain("the client said \"" + line + "\"");
  }

  void expect(const std::string& expected) {
    settle();
    if (calls_.empty()) complain("nothing was asked");
    auto& call = *calls_.front();
    if (!call.shown.empty()) {
      if (call.shown.front() != expected) complain("it is \"" + call.shown.front() + "\"");
      call.shown.erase(call.shown.begin());
      return;
    }
    if (!call.end) complain("the call has not ended");
    const bool is_error = call.end->find(": ") != std::string::npos;
    const bool same = is_error ? call.end->starts_with(expected) : *call.end == expected;
    if (!same) complain("it is \"" + *call.end + "\"");
    last_hint_ = call.hint;
    calls_.pop_front();
  }

  void begin(const std::string& text) {
    auto words = std::make_shared<std::istringstream>(text);
    auto call = std::make_shared<Call>();
    calls_.push_back(call);
    auto done = [call](const std::exception_ptr& failure, std::string end) {
      if (!failure) {
        call->end = std::move(end);
        return;
      }
      try {
        std::rethrow_exception(failure);
      } catch (const Error& error) {
        call->end = std::string{to_string(error.code)} + ": " + error.message;
        if (error.retry_after)
          *call->end += " " + std::to_string(error.retry_after->count()) + " s";
        call->hint = error.hint;
      } catch (const std::exception& error) {
        call->end = "cancelled";
      }
    };
    asio::co_spawn(loop_, run(words, call),
                   asio::bind_cancellation_slot(call->cancel.slot(), std::move(done)));
  }

  static UidSet uids(const std::string& text) {
    auto set = UidSet::parse(text);
    if (!set) complain("no set of UIDs: " + text);
    return std::move(*set);
  }

  // The rest of the line, trimmed.
  static std::string rest(std::istringstream& words) {
    std::string text;
    std::getline(words >> std::ws, text);
    return text;
  }

  Task<std::string> run(std::shared_ptr<std::istringstream> words, std::shared_ptr<Call> call) {
    std::string verb;
    std::string first;
    *words >> verb;
    if (verb == "greet") {
      client_ = co_await Client::greet(std::move(ours_), limits_);
    } else if (verb == "login" || verb == "login-with-token") {
      Login login;
      *words >> login.address;
      login.secret = Secret{rest(*words)};
      login.is_bearer = verb == "login-with-token";
      co_await client_->login(std::move(login));
    } else if (verb == "folders" || verb == "folders-with-status") {
      auto folders = co_await client_->folders(verb == "folders-with-status");
      for (const auto& folder : folders) {
        auto line = folder.name + std::string{show(folder.use)};
        if (!folder.can_select) line += " closed";
        if (folder.status) line += " " + show(*folder.status);
        call->shown.push_back(std::move(line));
      }
    } else if (verb == "select" || verb == "examine") {
      auto name = rest(*words);
      Selected opened;
      if (verb == "select") {
        opened = co_await client_->select(std::move(name));
      } else {
        opened = co_await client_->examine(std::move(name));
      }
      co_return "exists=" + std::to_string(opened.exists) +
          " uidvalidity=" + std::to_string(opened.uid_validity) +
          " uidnext=" + std::to_string(opened.uid_next) +
          " modseq=" + std::to_string(opened.highest_modseq) +
          (opened.is_read_only ? " read-only" : "");
    } else if (verb == "status") {
      const auto status = co_await client_->status(rest(*words));
      co_return show(status);
    } else if (verb == "fetch") {
      *words >> first;
      FetchItems items;
      std::string item;
      while (*words >> item) {
        if (item == "flags")
          items.flags = true;
        else if (item == "date")
          items.internal_date = true;
        else if (item == "size")
          items.size = true;
        else if (item == "modseq")
          items.modseq = true;
        else if (item == "structure")
          items.structure = true;
        else if (item == "ids")
          items.gmail_ids = true;
        else if (item == "labels")
          items.gmail_labels = true;
        else if (item == "whole")
          items.sections.emplace_back();
        else if (item.starts_with("since:"))
          items.changed_since = std::stoul(item.substr(6));
        else if (item.starts_with("first:"))
          items.window = {0, std::stoul(item.substr(6))};
        else
          items.sections.push_back(item);
      }
      FetchSink sink = [call](const Fetched& message) { call->shown.push_back(show(message)); };
      co_await client_->fetch(uids(first), std::move(items), std::move(sink));
    } else if (verb == "search" || verb == "gmail-search" || verb == "search-subject") {
      Search search;
      const auto text = rest(*words);
      if (verb == "search") search.keys(text);
      if (verb == "gmail-search") search.gmail(text);
      if (verb == "search-subject") search.text("SUBJECT", text);
      const auto found = co_await client_->search(std::move(search));
      co_return "found " + found.to_string();
    } else if (verb == "flag" || verb == "unflag") {
      *words >> first;
      std::vector<std::string> flags{rest(*words)};
      const auto mode = verb == "flag" ? StoreMode::add : StoreMode::remove;
      co_await client_->store_flags(uids(first), mode, std::move(flags));
    } else if (verb == "label" || verb == "unlabel") {
      *words >> first;
      auto labels = split(rest(*words), ',');
      const auto mode = verb == "label" ? StoreMode::add : StoreMode::remove;
      co_await client_->store_gmail_labels(uids(first), mode, std::move(labels));
    } else if (verb == "move" || verb == "copy") {
      *words >> first;
      auto folder = rest(*words);
      Copied copied;
      if (verb == "move") {
        copied = co_await client_->move(uids(first), std::move(folder));
      } else {
        copied = co_await client_->copy(uids(first), std::move(folder));
      }
      co_return show(copied);
    } else if (verb == "append") {
      *words >> first;
      auto text = rest(*words);
      for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n")) {
        text.replace(at, 2, "\r\n");
      }
      std::vector<std::string> flags{"\\Draft"};
      const Timestamp date = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
      const auto appended =
          co_await client_->append(first, std::move(text), std::move(flags), date);
      if (appended) co_return "appended " + std::to_string(appended->uid);
    } else if (verb == "expunge") {
      *words >> first;
      co_await client_->expunge(uids(first));
    } else if (verb == "create") {
      co_await client_->create_folder(rest(*words));
    } else if (verb == "rename") {
      *words >> first;
      co_await client_->rename_folder(first, rest(*words));
    } else if (verb == "delete") {
      co_await client_->delete_folder(rest(*words));
    } else if (verb == "noop") {
      co_await client_->noop();
    } else if (verb == "idle") {
      long limit = 600'000;
      *words >> limit;
      const bool changed = co_await client_->idle(std::chrono::milliseconds{limit});
      if (!changed) co_return "nothing new";
      co_return "changed";
    } else if (verb == "logout") {
      co_await client_->logout();
    } else {
      complain("no call " + verb);
    }
    co_return "done";
  }

  asio::io_context loop_;
  std::unique_ptr<net::Stream> ours_;
  std::unique_ptr<net::Stream> server_;
  std::unique_ptr<Client> client_;
  Limits limits_;
  std::string heard_;
  std::string last_hint_;
  std::deque<std::shared_ptr<Call>> calls_;
};

class ImapTranscriptTest : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(ImapTranscriptTest, GoesAsWritten) {
  std::ifstream file{GetParam()};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  ASSERT_FALSE(text.empty());
  Player player;
  int number = 0;
  for (const auto& line : split(text, '\n')) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    try {
      player.play(line);
    } catch (const std::exception& error) {
      FAIL() << GetParam().string() << ":" << number << ": " << line << "\n  " << error.what();
    }
  }
  EXPECT_NO_THROW(player.finish());
}

std::vector<std::filesystem::path> transcripts() {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator{"tests/transcripts/imap", failed}) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

INSTANTIATE_TEST_SUITE_P(Imap, ImapTranscriptTest, ::testing::ValuesIn(transcripts()),
                         [](const auto& test) {
                           auto name = test.param.stem().string();
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace gmail_mcp::imap
