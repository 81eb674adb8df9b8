#include "sql/sqlite/gathered_log.h"

#include <sqlite3.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include "base/error.h"

namespace gmail_mcp::sql::sqlite {

namespace {

// Below 128 KiB, beyond which SQLite's own functions make several calls of one.
constexpr std::size_t most_gathered = std::size_t{64} << 10;

// The write-ahead log of one connection. SQLite gives the memory; the usual file follows in it.
struct GatheredLog : sqlite3_file {
  std::unique_ptr<char[]> bytes;  // what is still to be written,
  std::size_t size = 0;
  sqlite3_int64 begin = 0;  // from there on

  sqlite3_file* usual() { return reinterpret_cast<sqlite3_file*>(this + 1); }

  // After a failure SQLite takes back the whole transaction.
  int write_gathered() {
    const auto count = static_cast<int>(size);
    size = 0;
    if (count == 0) return SQLITE_OK;
    return usual()->pMethods->xWrite(usual(), bytes.get(), count, begin);
  }

  int write(const void* data, int count, sqlite3_int64 offset) {
    const auto more = static_cast<std::size_t>(count);
    const bool goes_on = offset == begin + static_cast<sqlite3_int64>(size);
    if (!goes_on || size + more > most_gathered) {
      const int code = write_gathered();
      if (code != SQLITE_OK) return code;
      begin = offset;
    }
    if (more > most_gathered) return usual()->pMethods->xWrite(usual(), data, count, offset);
    std::memcpy(bytes.get() + size, data, more);
    size += more;
    return SQLITE_OK;
  }
};

GatheredLog& log_of(sqlite3_file* file) { return *static_cast<GatheredLog*>(file); }

// One of the functions of the usual file; `AfterWriting`: it has to see what was gathered.
template <auto Member>
struct OfUsualFile;
template <class... Args, int (*sqlite3_io_methods::*Member)(sqlite3_file*, Args...)>
struct OfUsualFile<Member> {
  static int call(sqlite3_file* file, Args... args) {
    auto* usual = log_of(file).usual();
    return (usual->pMethods->*Member)(usual, args...);
  }
  static int call_after_writing(sqlite3_file* file, Args... args) {
    const int code = log_of(file).write_gathered();
    return code == SQLITE_OK ? call(file, args...) : code;
  }
};

int write_log(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
  return log_of(file).write(data, count, offset);
}

int close_log(sqlite3_file* file) {
  auto& log = log_of(file);
  const int written = log.write_gathered();
  const int closed = log.usual()->pMethods->xClose(log.usual());
  log.~GatheredLog();
  return written != SQLITE_OK ? written : closed;
}

constexpr sqlite3_io_methods log_methods = [] {
  using Methods = sqlite3_io_methods;
  Methods methods{};
  methods.iVersion = 1;  // what came later is not asked of a log
  methods.xClose = close_log;
  methods.xRead = OfUsualFile<&Methods::xRead>::call_after_writing;
  methods.xWrite = write_log;
  methods.xTruncate = OfUsualFile<&Methods::xTruncate>::call_after_writing;
  methods.xSync = OfUsualFile<&Methods::xSync>::call_after_writing;
  methods.xFileSize = OfUsualFile<&Methods::xFileSize>::call_after_writing;
  methods.xLock = OfUsualFile<&Methods::xLock>::call;
  methods.xUnlock = OfUsualFile<&Methods::xUnlock>::call;
  methods.xCheckReservedLock = OfUsualFile<&Methods::xCheckReservedLock>::call;
  methods.xFileControl = OfUsualFile<&Methods::xFileControl>::call;
  methods.xSectorSize = OfUsualFile<&Methods::xSectorSize>::call;
  methods.xDeviceCharacteristics = OfUsualFile<&Methods::xDeviceCharacteristics>::call;
  return methods;
}();

sqlite3_vfs* usual_of(sqlite3_vfs* system) { return static_cast<sqlite3_vfs*>(system->pAppData); }

template <auto Member>
struct OfUsualSystem;
template <class Value, class... Args, Value (*sqlite3_vfs::*Member)(sqlite3_vfs*, Args...)>
struct OfUsualSystem<Member> {
  static Value call(sqlite3_vfs* system, Args... args) {
    auto* usual = usual_of(system);
    return (usual->*Member)(usual, args...);
  }
};

int open_file(sqlite3_vfs* system, const char* name, sqlite3_file* file, int flags, int* told) {
  auto* usual = usual_of(system);
  if ((flags & SQLITE_OPEN_WAL) == 0) return usual->xOpen(usual, name, file, flags, told);
  file->pMethods = nullptr;
  std::unique_ptr<char[]> bytes{new (std::nothrow) char[most_gathered]};
  if (!bytes) return SQLITE_NOMEM;
  auto* log = new (file) GatheredLog{};
  const int code = usual->xOpen(usual, name, log->usual(), flags, told);
  if (code != SQLITE_OK) {
    log->~GatheredLog();
    file->pMethods = nullptr;
    return code;
  }
  log->bytes = std::move(bytes);
  log->pMethods = &log_methods;
  return SQLITE_OK;
}

sqlite3_vfs gathering_system(sqlite3_vfs& usual) {
  using System = sqlite3_vfs;
  System system{};
  system.iVersion = 2;
  system.szOsFile = usual.szOsFile + static_cast<int>(sizeof(GatheredLog));
  system.mxPathname = usual.mxPathname;
  system.zName = "gathered log";
  system.pAppData = &usual;
  system.xOpen = open_file;
  system.xDelete = OfUsualSystem<&System::xDelete>::call;
  system.xAccess = OfUsualSystem<&System::xAccess>::call;
  system.xFullPathname = OfUsualSystem<&System::xFullPathname>::call;
  system.xDlOpen = OfUsualSystem<&System::xDlOpen>::call;
  system.xDlError = OfUsualSystem<&System::xDlError>::call;
  system.xDlSym = [](sqlite3_vfs* self, void* library, const char* symbol) {
    return usual_of(self)->xDlSym(usual_of(self), library, symbol);
  };
  system.xDlClose = OfUsualSystem<&System::xDlClose>::call;
  system.xRandomness = OfUsualSystem<&System::xRandomness>::call;
  system.xSleep = OfUsualSystem<&System::xSleep>::call;
  system.xCurrentTime = OfUsualSystem<&System::xCurrentTime>::call;
  system.xGetLastError = OfUsualSystem<&System::xGetLastError>::call;
  system.xCurrentTimeInt64 = OfUsualSystem<&System::xCurrentTimeInt64>::call;
  return system;
}

}  // namespace

const char* gathering_file_system() {
  // SQLite keeps it in its own list, and so it lasts as long as the process.
  static sqlite3_vfs* const registered = [] {
    auto* usual = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs system = gathering_system(*usual);
    const int code = sqlite3_vfs_register(&system, 0);
    if (code != SQLITE_OK) {
      throw Error{Errc::internal, "SQLite does not take a file system."};
    }
    return &system;
  }();
  return registered->zName;
}

}  // namespace gmail_mcp::sql::sqlite
