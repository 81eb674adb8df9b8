#include "backup/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "backup/sealed_lines.h"
#include "sql/temp_folder.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::backup {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() {
    for (int i = 0; i < 3; ++i) {
      const auto id = model::ExternalUserId{"user-" + std::to_string(i)};
      run_to_end(loop_, store_->users().get_or_create(all_, id));
    }
  }

  Made make_backup(const std::vector<Secret>& keys) {
    const auto ring = crypto::KeyRing::parse(keys).value();
    return run_to_end(loop_, make(*store_, ring, path_, clock_.now(), silent_));
  }
  Contents restore_into(store::Store& store, const std::vector<Secret>& keys) {
    const auto ring = crypto::KeyRing::parse(keys).value();
    return run_to_end(loop_, restore(store, ring, path_, silent_));
  }
  /// What is said when the file is restored; empty: it was.
  std::string refusal(const std::vector<Secret>& keys) {
    store::testing::TestStore other{clock_, *log_};
    try {
      restore_into(*other, keys);
    } catch (const Error& error) {
      EXPECT_EQ(run_to_end(loop_, other->dump().counts()).at("users"), 0) << "it was begun";
      return error.message;
    }
    return {};
  }
  /// The same without a store, for files of which there are hundreds.
  std::string fault() {
    try {
      verify(path_, crypto::KeyRing::parse({key_}).value());
    } catch (const Error& error) {
      return error.message;
    }
    return {};
  }
  std::string bytes() const {
    std::ifstream file{path_, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  void put(const std::string& bytes) const {
    std::filesystem::remove(path_);
    std::ofstream{path_, std::ios::binary} << bytes;
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    LineReader reader{path_};
    while (auto line = reader.next()) all.push_back(*line);
    return all;
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  store::testing::TestStore store_{clock_, *log_};
  model::Access all_ = model::Access::system("test");
  Secret key_ = crypto::KeyRing::generate();
  Secret other_key_ = crypto::KeyRing::generate();
  sql::TempFolder folder_;
  std::string path_ = folder_ / "a.backup";
  Progress silent_ = [](std::string_view, std::int64_t) {};
};

TEST_F(BackupTest, what_was_backed_up_is_restored_and_backs_up_to_the_same_lines) {
  const auto made = make_backup({key_});
  EXPECT_EQ(made.counts.at("users"), 3);
  EXPECT_EQ(made.bytes, static_cast<std::int64_t>(bytes().size()));
  const auto before = lines();
  store::testing::TestStore other{clock_, *log_};
  const auto restored = restore_into(*other, {key_});
  EXPECT_EQ(restored.counts, made.counts);
  std::filesystem::remove(path_);
  const auto ring = crypto::KeyRing::parse({key_}).value();
  run_to_end(loop_, make(*other, ring, path_, clock_.now(), silent_));
  EXPECT_EQ(lines(), before);
}

TEST_F(BackupTest, only_its_owner_may_read_the_file_and_no_other_is_left) {
  make_backup({key_});
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".part"));
}

TEST_F(BackupTest, a_file_that_is_there_is_not_replaced) {
  put("somebody's");
  EXPECT_THROW(make_backup({key_}), Error);
  EXPECT_EQ(bytes(), "somebody's");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".part"));
}

TEST_F(BackupTest, what_a_killed_backup_left_is_in_nobodys_way) {
  std::ofstream{path_ + ".part"} << "half";
  make_backup({key_});
  EXPECT_EQ(refusal({key_}), "");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".part"));
}

TEST_F(BackupTest, a_backup_that_cannot_be_written_leaves_nothing) {
  path_ = folder_ / "missing/a.backup";
  try {
    make_backup({key_});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message, "The backup file cannot be written.");
    EXPECT_THAT(error.hint, HasSubstr("No such file or directory"));
  }
}

TEST_F(BackupTest, an_older_key_of_the_ring_opens_it_and_another_key_is_named_as_that) {
  make_backup({key_});
  EXPECT_EQ(refusal({other_key_, key_}), "");
  EXPECT_EQ(refusal({other_key_}),
            "The backup was made with an encryption key that is not configured.");
  std::string all;
  for (const auto& line : lines()) all += line;
  EXPECT_THAT(all, Not(HasSubstr(key_.reveal())));
}

TEST_F(BackupTest, wherever_it_is_cut_it_is_not_restored) {
  make_backup({key_});
  const auto whole = bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    put(whole.substr(0, size));
    EXPECT_NE(fault(), "") << size << " of " << whole.size();
  }
}

TEST_F(BackupTest, whatever_byte_is_changed_it_is_not_restored_as_another) {
  make_backup({key_});
  const auto whole = bytes();
  const auto before = lines();
  // The head of gzip has a date and the name of a system, which nobody reads.
  for (std::size_t place = 10; place < whole.size(); ++place) {
    auto changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 0x10);
    put(changed);
    if (fault().empty()) {
      EXPECT_EQ(lines(), before) << place;
    }
  }
}

// Somebody who can pack a file anew, but does not have the key.
TEST_F(BackupTest, edited_lines_are_not_restored) {
  make_backup({key_});
  const auto before = lines();
  const auto write = [&](const std::vector<std::string>& all) {
    std::filesystem::remove(path_);
    gzFile file = ::gzopen(path_.c_str(), "wb");
    for (const auto& line : all) {
      ::gzputs(file, line.c_str());
      ::gzputc(file, '\n');
    }
    ::gzclose(file);
  };
  write(before);
  EXPECT_EQ(refusal({key_}), "");
  const std::string changed = "The backup is damaged, or was changed after it was made.";
  for (std::size_t i = 1; i + 1 < before.size(); ++i) {
    auto edited = before;
    edited[i] += " ";
    write(edited);
    EXPECT_EQ(refusal({key_}), changed);
    edited = before;
    edited.erase(edited.begin() + static_cast<std::ptrdiff_t>(i));
    write(edited);
    EXPECT_EQ(refusal({key_}), changed);
  }
  auto longer = before;
  longer.push_back("[]");
  write(longer);
  EXPECT_EQ(refusal({key_}), changed);
  auto untagged = before;
  untagged.pop_back();
  write(untagged);
  EXPECT_EQ(refusal({key_}), "The backup is not whole: it ends too early.");
}

TEST_F(BackupTest, files_of_other_kinds_are_named_as_that) {
  put("not gzip at all");
  EXPECT_EQ(refusal({key_}), "This is not a backup of gmail-mcp.");
  put("");
  EXPECT_EQ(refusal({key_}), "This is not a backup of gmail-mcp.");
  const auto packed = [&](const std::string& text) {
    std::filesystem::remove(path_);
    gzFile file = ::gzopen(path_.c_str(), "wb");
    ::gzputs(file, text.c_str());
    ::gzclose(file);
  };
  for (const auto* text : {"no JSON\n", "[]\n", "{}\n", "{\"gmail_mcp_backup\":\"1\"}\n", "\n",
                           "{\"gmail_mcp_backup\":1}\n"}) {
    packed(text);
    EXPECT_EQ(refusal({key_}), "This is not a backup of gmail-mcp.") << text;
  }
  packed("{\"gmail_mcp_backup\":2,\"made_at\":\"\",\"key\":\"\"}\n");
  EXPECT_EQ(refusal({key_}), "The backup was made by another version of this program.");
  std::filesystem::remove(path_);
  EXPECT_EQ(refusal({key_}), "The backup file cannot be read.");
}

}  // namespace
}  // namespace gmail_mcp::backup
