#include "store/cached.h"

#include "store/answers.h"

namespace gmail_mcp::store {

namespace {

constexpr std::chrono::milliseconds lifetime{2000};
constexpr std::size_t most = 4096;

// The text of a question: parts are preceded by their length, so that no two questions read alike.
class Question {
 public:
  explicit Question(const model::Access& access) {
    text_.reserve(128);
    add(access.only_user());
  }

  Question& add(std::string_view part) {
    text_ += std::to_string(part.size());
    text_ += ':';
    text_ += part;
    return *this;
  }
  Question& add(const std::optional<model::ExternalUserId>& user) {
    if (user) return add(user->str());
    text_ += '*';
    return *this;
  }
  Question& add(std::int64_t number) {
    text_ += std::to_string(number);
    text_ += ';';
    return *this;
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

struct Memory {
  explicit Memory(const Clock& clock)
      : found{clock, lifetime, most}, listed{clock, lifetime, most}, users{clock, lifetime, most} {}

  void forget() {
    found.forget();
    listed.forget();
    users.forget();
  }

  Answers<std::optional<model::Connection>> found;
  Answers<std::vector<model::Connection>> listed;
  Answers<std::optional<model::User>> users;
};

// Forgets when a change is over, whether it is known to have succeeded or not.
class ForgetAfterwards {
 public:
  explicit ForgetAfterwards(Memory& memory) : memory_{memory} {}
  ForgetAfterwards(const ForgetAfterwards&) = delete;
  ForgetAfterwards& operator=(const ForgetAfterwards&) = delete;
  ~ForgetAfterwards() { memory_.forget(); }

 private:
  Memory& memory_;
};

class CachedUsers final : public Users {
 public:
  CachedUsers(Users& users, Memory& memory) : users_{users}, memory_{memory} {}

  Task<model::User> get_or_create(const model::Access& access,
                                  model::ExternalUserId external_id) override {
    const auto known = co_await find(access, external_id);
    if (known) co_return *known;
    const ForgetAfterwards guard{memory_};
    co_return co_await users_.get_or_create(access, std::move(external_id));
  }

  Task<std::optional<model::User>> find(const model::Access& access,
                                        model::ExternalUserId external_id) override {
    std::string question = Question{access}.add(external_id.str()).take();
    auto answer = memory_.users.remembered(question);
    if (!answer) {
      std::function<Task<std::optional<model::User>>()> ask = [&] {
        return users_.find(access, external_id);
      };
      answer = co_await memory_.users.ask(std::move(question), std::move(ask));
    }
    co_return *answer;
  }

  Task<bool> erase(const model::Access& access, model::ExternalUserId external_id) override {
    const ForgetAfterwards guard{memory_};
    co_return co_await users_.erase(access, std::move(external_id));
  }

  Task<std::vector<UserSummary>> list(const model::Access& access, std::int64_t limit) override {
    return users_.list(access, limit);
  }

 private:
  Users& users_;
  Memory& memory_;
};

class CachedConnections final : public Connections {
 public:
  CachedConnections(Connections& connections, Memory& memory)
      : connections_{connections}, memory_{memory} {}

  Task<std::optional<model::Connection>> find(const model::Access& access,
                                              model::ConnectionId id) override {
    std::string question = Question{access}.add(id.str()).take();
    auto answer = memory_.found.remembered(question);
    if (!answer) {
      std::function<Task<std::optional<model::Connection>>()> ask = [&] {
        return connections_.find(access, id);
      };
      answer = co_await memory_.found.ask(std::move(question), std::move(ask));
    }
    co_return *answer;
  }

  Task<std::vector<model::Connection>> list(const model::Access& access,
                                            ConnectionFilter filter) override {
    std::string question = Question{access}
                               .add(filter.user)
                               .add(filter.include_inactive ? 1 : 0)
                               .add(filter.limit)
                               .take();
    auto answer = memory_.listed.remembered(question);
    if (!answer) {
      std::function<Task<std::vector<model::Connection>>()> ask = [&] {
        return connections_.list(access, filter);
      };
      answer = co_await memory_.listed.ask(std::move(question), std::move(ask));
    }
    co_return *answer;
  }

  Task<std::vector<model::Connection>> expiring(const model::Access& access,
                                                ExpiringFilter filter) override {
    return connections_.expiring(access, filter);
  }

  Task<std::optional<StoredCredential>> credential(const model::Access& access,
                                                   model::ConnectionId id) override {
    return connections_.credential(access, std::move(id));
  }

  Task<model::Connection> save(const model::Access& access, NewCredential credential) override {
    const ForgetAfterwards guard{memory_};
    co_return co_await connections_.save(access, std::move(credential));
  }

  Task<bool> begin_refresh(const model::Access& access, model::ConnectionId id,
                           std::int64_t version, std::chrono::seconds lease) override {
    return connections_.begin_refresh(access, std::move(id), version, lease);
  }

  Task<bool> finish_refresh(const model::Access& access, model::ConnectionId id,
                            std::int64_t version, RefreshedToken token) override {
    const ForgetAfterwards guard{memory_};
    co_return co_await connections_.finish_refresh(access, std::move(id), version,
                                                   std::move(token));
  }

  Task<void> abandon_refresh(const model::Access& access, model::ConnectionId id,
                             std::int64_t version) override {
    return connections_.abandon_refresh(access, std::move(id), version);
  }

  Task<bool> require_reconnect(const model::Access& access, model::ConnectionId id,
                               std::int64_t version, CredentialLoss loss) override {
    const ForgetAfterwards guard{memory_};
    co_return co_await connections_.require_reconnect(access, std::move(id), version, loss);
  }

  Task<bool> shared_by(const model::Access& access, GoogleAccount account,
                       std::optional<model::ConnectionId> except) override {
    return connections_.shared_by(access, std::move(account), std::move(except));
  }

  Task<std::optional<StoredCredential>> disconnect(const model::Access& access,
                                                   model::ConnectionId id,
                                                   Erasure erasure) override {
    const ForgetAfterwards guard{memory_};
    co_return co_await connections_.disconnect(access, std::move(id), erasure);
  }

  Task<std::optional<StoredCredential>> begin_ending(const model::Access& access,
                                                     model::ConnectionId id,
                                                     model::ConnectionStatus as,
                                                     std::optional<std::int64_t> version,
                                                     Erasure erasure) override {
    const ForgetAfterwards guard{memory_};
    co_return co_await connections_.begin_ending(access, std::move(id), as, version, erasure);
  }

  Task<void> erase_credential(const model::Access& access, model::ConnectionId id) override {
    return connections_.erase_credential(access, std::move(id));
  }

  Task<void> erase_lost(const model::Access& access, Timestamp before,
                        std::int64_t limit) override {
    return connections_.erase_lost(access, before, limit);
  }

  Task<void> finish_erasure(const model::Access& access, model::ConnectionId id) override {
    return connections_.finish_erasure(access, std::move(id));
  }

  Task<std::vector<Ending>> endings(const model::Access& access) override {
    return connections_.endings(access);
  }

  Task<bool> remove(const model::Access& access, model::ConnectionId id,
                    std::string spent_as) override {
    const ForgetAfterwards guard{memory_};
    co_return co_await connections_.remove(access, std::move(id), std::move(spent_as));
  }

  void touch(model::ConnectionId id) override { connections_.touch(std::move(id)); }
  void note_ok(model::ConnectionId id) override { connections_.note_ok(std::move(id)); }
  void note_error(model::ConnectionId id, std::string sentence) override {
    connections_.note_error(std::move(id), std::move(sentence));
  }

  Task<std::vector<Ciphertexts>> sealed(const model::Access& access, std::int64_t limit) override {
    return connections_.sealed(access, limit);
  }

  Task<std::vector<ConnectionCount>> count(const model::Access& access) override {
    return connections_.count(access);
  }

 private:
  Connections& connections_;
  Memory& memory_;
};

class CachedStore final : public Store {
 public:
  CachedStore(std::unique_ptr<Store> store, const Clock& clock)
      : store_{std::move(store)},
        memory_{clock},
        users_{store_->users(), memory_},
        connections_{store_->connections(), memory_} {}

  Users& users() override { return users_; }
  Connections& connections() override { return connections_; }
  Flows& flows() override { return store_->flows(); }
  Sends& sends() override { return store_->sends(); }
  Leases& leases() override { return store_->leases(); }
  Audit& audit() override { return store_->audit(); }
  Archive& archive() override { return store_->archive(); }
  Task<void> check() override { return store_->check(); }
  Task<void> flush() override { return store_->flush(); }
  Task<sql::MigrationPlan> migrate() override { return store_->migrate(); }
  Task<void> compact() override { return store_->compact(); }

 private:
  std::unique_ptr<Store> store_;
  Memory memory_;
  CachedUsers users_;
  CachedConnections connections_;
};

}  // namespace

std::unique_ptr<Store> cache(std::unique_ptr<Store> store, const Clock& clock) {
  return std::make_unique<CachedStore>(std::move(store), clock);
}

}  // namespace gmail_mcp::store
