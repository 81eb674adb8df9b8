#include "net/dial.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "base/error.h"
#include "net/listen.h"

namespace gmail_mcp::net {
namespace {

// Nothing more can be opened while this lives.
class NoDescriptorLeft {
 public:
  NoDescriptorLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::open("/dev/null", O_RDONLY);
    ::close(next);
    auto limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~NoDescriptorLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptorLeft(const NoDescriptorLeft&) = delete;
  NoDescriptorLeft& operator=(const NoDescriptorLeft&) = delete;

 private:
  rlimit before_{};
};

TEST(Dial, without_a_descriptor_is_unavailable_and_no_cancellation) {
  boost::asio::io_context loop;
  const auto listener = listen(loop.get_executor(), {});
  const auto dial_it = [&]() -> Task<std::unique_ptr<Stream>> {
    DialOptions options;
    options.host = "127.0.0.1";
    options.port = listener->port();
    return dial(std::move(options));
  };
  // A first failure, of another kind, so that the loop, the resolver and UBSan (which opens a pipe
  // the first time it looks at a thrown object) already have the descriptors they need.
  EXPECT_NE(run_to_end(loop, dial_it()), nullptr);
  DialOptions nobody;
  nobody.host = "127.0.0.1";
  nobody.port = 1;
  EXPECT_THROW(run_to_end(loop, dial(nobody)), Error);
  std::string outcome;
  {
    const NoDescriptorLeft none;
    try {
      run_to_end(loop, dial_it());
      outcome = "connected";
    } catch (const Error& error) {
      outcome = to_string(error.code);
    } catch (const std::exception& other) {
      outcome = other.what();
    }
  }
  EXPECT_EQ(outcome, "unavailable");
  EXPECT_NE(run_to_end(loop, dial_it()), nullptr);
}

}  // namespace
}  // namespace gmail_mcp::net
