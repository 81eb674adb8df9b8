#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "crypto/random.h"
#include "model/access.h"
#include "store/store.h"

// What every store must do, asked of each of them.
namespace gmail_mcp::store {

/// Where the data of one test is.
class Place {
 public:
  virtual ~Place() = default;
  /// With its schema made. The place outlives the store.
  virtual std::unique_ptr<Store> open(const Clock& clock) = 0;
  /// Every byte that is kept, once all stores are closed; empty where there is no looking.
  virtual std::string bytes() { return {}; }

 protected:
  std::unique_ptr<Log> log_ = Log::silent();
};

struct Backend {
  std::string name;
  bool can_be_shared = true;  // by several processes
  std::function<std::unique_ptr<Place>()> make_place;

  friend void PrintTo(const Backend& backend, std::ostream* out) { *out << backend.name; }
};

/// All of them: a new backend is one line in store_contract.cpp.
const std::vector<Backend>& backends();
std::vector<Backend> shared_backends();

/// The access of a caller who acts for this user alone.
model::Access only(const std::string& user);

/// Runs `act(i)` on `count` threads that start together; each makes its own loop.
void race(int count, const std::function<void(int)>& act);

template <class T>
T wait_for(Task<T> task) {
  boost::asio::io_context loop;
  return run_to_end(loop, std::move(task));
}
inline void wait_for(Task<void> task) {
  boost::asio::io_context loop;
  run_to_end(loop, std::move(task));
}

/// The code of the Error that the task ends with.
template <class T>
Errc code_of(Task<T> task) {
  try {
    wait_for(std::move(task));
  } catch (const Error& error) {
    return error.code;
  }
  ADD_FAILURE() << "nothing was refused";
  return Errc::internal;
}

class StoreContract : public ::testing::TestWithParam<Backend> {
 protected:
  Store& store() { return *open_; }
  Users& users() { return store().users(); }
  Connections& connections() { return store().connections(); }

  model::User user(const std::string& name) {
    return wait_for(users().get_or_create(everyone_, model::ExternalUserId{name}));
  }
  NewCredential credential_of(const std::string& name, const std::string& address);
  model::Connection connect(const std::string& name, const std::string& address) {
    return wait_for(connections().save(everyone_, credential_of(name, address)));
  }
  /// Both steps of a removal. True when it took the row.
  bool remove(const model::Access& access, const model::ConnectionId& id, std::string spent_as) {
    wait_for(connections().begin_ending(access, id, model::ConnectionStatus::removing, std::nullopt,
                                        Erasure::everything));
    return wait_for(connections().remove(access, id, std::move(spent_as)));
  }
  std::optional<model::Connection> found(const model::ConnectionId& id) {
    return wait_for(connections().find(everyone_, id));
  }
  StoredCredential stored(const model::ConnectionId& id) {
    return wait_for(connections().credential(everyone_, id)).value();
  }

  ManualClock clock_;
  model::Access everyone_ = model::Access::system("test");
  std::unique_ptr<Place> place_ = GetParam().make_place();
  std::unique_ptr<Store> open_ = place_->open(clock_);
};

/// With a second store on the same data: another process.
class SharedStoreContract : public StoreContract {
 protected:
  Store& other() { return *other_; }

  std::unique_ptr<Store> other_ = place_->open(clock_);
};

inline std::string backend_name(const ::testing::TestParamInfo<Backend>& info) {
  return info.param.name;
}

}  // namespace gmail_mcp::store
