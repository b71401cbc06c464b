// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <mutex>
#include <string_view>

#include "crypto/sha256.h"
#include "ledger/state_store.h"
#include "os/file.h"
#include "os/lock.h"
#include "sqlite/database.h"

namespace lamella::ledger {
namespace {

constexpr std::array<std::string_view, 1> kSchema = {R"(
  CREATE TABLE journal (
    serial INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    written_at TEXT NOT NULL,
    chain TEXT NOT NULL          -- hex of sha256(previous chain, kind, payload)
  );
  CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
)"};

Digest chained(const Digest& previous, std::string_view kind, std::string_view payload) {
  crypto::Sha256 hasher;
  return hasher.update(previous.bytes()).update(kind).update("\n").update(payload).finish();
}

Error lost(std::int64_t expected, std::int64_t found) {
  return Error(ErrorCode::kConflict, "someone else wrote to this environment's journal meanwhile")
      .because(fmt::format("expected serial {}, found {}", expected, found))
      .remedy("look at `lamella history`, then run the command again");
}

/// The lock is the kernel's: it is gone when its holder is.
class FileLease final : public Lease {
 public:
  explicit FileLease(os::FileLock lock) : lock_(std::move(lock)) {}

 private:
  os::FileLock lock_;
};

class DirectoryStore final : public StateStore {
 public:
  DirectoryStore(sqlite::Database database, std::filesystem::path file, os::Clock& clock)
      : database_(std::move(database)), file_(std::move(file)), clock_(clock) {}

  Result<std::int64_t> last_serial() override {
    const std::lock_guard lock(mutex_);
    return last();
  }

  Result<std::int64_t> append(const std::vector<NewRecord>& records, std::int64_t expected) override {
    const std::lock_guard lock(mutex_);
    sqlite::Transaction transaction(database_);
    LAMELLA_TRY(transaction.begin());
    LAMELLA_TRY_ASSIGN(std::int64_t serial, last());
    if (serial != expected) return lost(expected, serial);
    LAMELLA_TRY_ASSIGN(Digest chain, chain_of(serial));
    for (const NewRecord& record : records) {
      chain = chained(chain, record.kind, record.payload);
      LAMELLA_TRY(database_.run(
          "INSERT INTO journal (serial, kind, payload, written_at, chain) VALUES (?, ?, ?, ?, ?)", ++serial,
          record.kind, record.payload, clock_.timestamp(), chain.hex()));
    }
    LAMELLA_TRY(transaction.commit());
    return serial;
  }

  Result<std::vector<Record>> read(std::int64_t serial) override {
    const std::lock_guard lock(mutex_);
    LAMELLA_TRY_ASSIGN(
        const auto rows,
        database_.query("SELECT serial, kind, payload, written_at, chain FROM journal ORDER BY serial"));
    std::vector<Record> records;
    Digest chain;
    std::int64_t wanted = 1;
    for (const sqlite::Row& row : rows) {
      chain = chained(chain, row.text(1), row.text(2));
      if (row.integer(0) != wanted || row.text(4) != chain.hex()) return damaged(wanted);
      if (wanted >= serial) records.push_back({wanted, row.text(1), row.text(2), row.text(3), chain});
      ++wanted;
    }
    return records;
  }

  Result<std::optional<std::string>> get(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    return value_of(key);
  }

  Result<> compare_and_set(const std::string& key, const std::optional<std::string>& expected,
                           const std::optional<std::string>& value) override {
    const std::lock_guard lock(mutex_);
    sqlite::Transaction transaction(database_);
    LAMELLA_TRY(transaction.begin());
    LAMELLA_TRY_ASSIGN(const auto found, value_of(key));
    if (found != expected) {
      return Error(ErrorCode::kConflict, fmt::format("'{}' was changed by someone else", key))
          .with("key", key);
    }
    if (value) {
      LAMELLA_TRY(database_.run("INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)", key, *value));
    } else {
      LAMELLA_TRY(database_.run("DELETE FROM state WHERE key = ?", key));
    }
    return transaction.commit();
  }

  Result<std::unique_ptr<Lease>> acquire_lease() override {
    const auto path = file_.parent_path() / "deploy.lock";
    LAMELLA_TRY_ASSIGN(auto lock, os::FileLock::try_lock(path));
    if (lock) return std::unique_ptr<Lease>(std::make_unique<FileLease>(std::move(*lock)));
    const auto holder = os::FileLock::holder(path);
    return Error(ErrorCode::kConflict, "another deploy to this environment is under way")
        .because(holder ? fmt::format("process {} holds {}", *holder, path.string())
                        : "its lock is held: " + path.string())
        .remedy("wait until it is done");
  }

 private:
  Result<std::int64_t> last() {
    LAMELLA_TRY_ASSIGN(const auto row, database_.query_one("SELECT COALESCE(MAX(serial), 0) FROM journal"));
    return row ? row->integer(0) : 0;
  }
  Result<Digest> chain_of(std::int64_t serial) {
    LAMELLA_TRY_ASSIGN(const auto row,
                       database_.query_one("SELECT chain FROM journal WHERE serial = ?", serial));
    const auto chain = row ? Digest::from_hex(row->text(0)) : std::optional(Digest());
    if (!chain) return damaged(serial);
    return *chain;
  }
  Result<std::optional<std::string>> value_of(const std::string& key) {
    LAMELLA_TRY_ASSIGN(const auto row, database_.query_one("SELECT value FROM state WHERE key = ?", key));
    return row ? std::optional(row->text(0)) : std::nullopt;
  }
  Error damaged(std::int64_t serial) const {
    return Error(ErrorCode::kCorrupt, "this environment's journal is damaged")
        .at(file_.string())
        .because(fmt::format("record {} is not what was written after record {}", serial, serial - 1))
        .remedy("restore the file from a backup; nothing was sent")
        .with("serial", std::to_string(serial));
  }

  std::mutex mutex_;
  sqlite::Database database_;  ///< guarded by mutex_
  std::filesystem::path file_;
  os::Clock& clock_;
};

}  // namespace

Result<std::unique_ptr<StateStore>> open_directory_store(const std::filesystem::path& folder,
                                                         os::Clock& clock) {
  LAMELLA_TRY(os::make_directories(folder));
  const auto file = folder / "journal.db";
  LAMELLA_TRY_ASSIGN(auto database, sqlite::Database::open(file, {.durable = true}));
  LAMELLA_TRY(database.migrate(kSchema));
  return std::unique_ptr<StateStore>(std::make_unique<DirectoryStore>(std::move(database), file, clock));
}

}  // namespace lamella::ledger
